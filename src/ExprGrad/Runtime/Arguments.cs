using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace ExprGrad.Runtime;

/// <summary>What compiled functions call to check their arguments. Public because code made by <see cref="Grad.Differentiate(System.Linq.Expressions.Expression{Func{double[], double}}, GradOptions?)"/> calls it; not meant to be called by hand.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Arguments
{
    /// <summary>Whether the arguments of a call need more than a look: something is wrong with them, or the gradient is missing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSpecial(double[] x, double[]? gradient, int required) =>
        x is null || gradient is null || ReferenceEquals(x, gradient) || x.Length != gradient.Length || x.Length < required;

    /// <summary>Checks the arguments of a call and returns the gradient's array: <paramref name="gradient"/>, or a new one if it is null.</summary>
    /// <param name="x">The point.</param>
    /// <param name="gradient">The buffer, or null.</param>
    /// <param name="required">How many elements of <paramref name="x"/> every path of the function loads.</param>
    /// <exception cref="ArgumentException">As <see cref="ValueAndGradient"/> says.</exception>
    public static double[] Gradient(double[] x, double[]? gradient, int required)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Length < required)
            throw new ArgumentException($"The function needs a point of at least {required} elements; x has {x.Length}.", nameof(x));
        if (gradient is null)
            return new double[x.Length];
        if (gradient.Length != x.Length)
            throw new ArgumentException($"The gradient buffer needs {x.Length} elements, as many as x; it has {gradient.Length}.", nameof(gradient));
        NotGradient(x, gradient);
        return gradient;
    }

    /// <summary>Whether <see cref="IsSpecial"/>, or the point has more elements than the function uses, so that there are components to set to 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSpecialOrLonger(double[] x, double[]? gradient, int required) =>
        x is null || gradient is null || ReferenceEquals(x, gradient) || x.Length != required || gradient.Length != required;

    /// <summary>As <see cref="Gradient"/>; the components from <paramref name="required"/> on are 0.</summary>
    /// <inheritdoc cref="Gradient"/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static double[] GradientOfLonger(double[] x, double[]? gradient, int required)
    {
        gradient = Gradient(x, gradient, required);
        ClearFrom(gradient, required);
        return gradient;
    }

    /// <summary>Returns <paramref name="array"/>, which the function reads, if it is not the gradient buffer.</summary>
    /// <exception cref="ArgumentException">It is the gradient buffer.</exception>
    public static T NotGradient<T>(T array, double[] gradient)
        where T : class?
    {
        if (ReferenceEquals(array, gradient))
            throw new ArgumentException($"The gradient buffer is an array that the function reads; pass another array of {gradient.Length} elements.", nameof(gradient));
        return array;
    }

    /// <summary>Sets the components from <paramref name="start"/> on to 0.</summary>
    public static void ClearFrom(double[] gradient, int start) => UpperLanes.Clear(gradient, start, gradient.Length - start);

    /// <summary>Returns <paramref name="index"/> if an array of <paramref name="length"/> elements has it.</summary>
    /// <exception cref="IndexOutOfRangeException">It has not.</exception>
#pragma warning disable CA2201 // the exception that the array would throw
    public static int IndexWithin(int index, int length) =>
        (uint)index < (uint)length ? index : throw new IndexOutOfRangeException();
#pragma warning restore CA2201
}
