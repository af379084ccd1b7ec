using System.Linq.Expressions;

namespace ExprGrad;

/// <summary>Compiles lambdas into functions that return the value and the exact gradient.</summary>
/// <remarks>All members are thread-safe. Compiling takes about a millisecond for a small function; keep the delegate and call it many times.</remarks>
public static partial class Grad
{
    /// <summary>Compiles value and gradient of a function of a point.</summary>
    /// <param name="f">The function. Loops, methods without a known derivative and the like are refused.</param>
    /// <param name="options">How to compile; null for the default.</param>
    /// <returns>A delegate for points of any length that the function accepts.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="f"/> is null.</exception>
    /// <exception cref="UnsupportedExpressionException">Parts of <paramref name="f"/> cannot be differentiated; all of them are reported.</exception>
    public static ValueAndGradient Compile(Expression<Func<double[], double>> f, GradOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(f);
        return GradientCompiler.Compile<ValueAndGradient>(f, options).Delegate;
    }

    /// <summary>Compiles value and gradient of a function of a point and of data that is passed at each call and not differentiated.</summary>
    /// <inheritdoc cref="Compile(Expression{Func{double[], double}}, GradOptions?)"/>
    /// <typeparam name="TData">The type of the data: any.</typeparam>
    public static ValueAndGradient<TData> Compile<TData>(Expression<Func<double[], TData, double>> f, GradOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(f);
        return GradientCompiler.Compile<ValueAndGradient<TData>>(f, options).Delegate;
    }

    /// <summary>What <see cref="Compile(Expression{Func{double[], double}}, GradOptions?)"/> compiles, as one expression that calls public members only: to print, combine, or compile in another way.</summary>
    /// <inheritdoc cref="Compile(Expression{Func{double[], double}}, GradOptions?)"/>
    /// <returns>The expression. Compile it with a compiler that needs no deep stack for long blocks.</returns>
    public static Expression<ValueAndGradient> Differentiate(Expression<Func<double[], double>> f, GradOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(f);
        return GradientCompiler.Differentiate<ValueAndGradient>(f, options);
    }

    /// <summary>What <see cref="Compile{TData}(Expression{Func{double[], TData, double}}, GradOptions?)"/> compiles, as one expression that calls public members only.</summary>
    /// <inheritdoc cref="Differentiate(Expression{Func{double[], double}}, GradOptions?)"/>
    /// <typeparam name="TData">The type of the data: any.</typeparam>
    public static Expression<ValueAndGradient<TData>> Differentiate<TData>(Expression<Func<double[], TData, double>> f, GradOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(f);
        return GradientCompiler.Differentiate<ValueAndGradient<TData>>(f, options);
    }
}
