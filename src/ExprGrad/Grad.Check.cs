using System.Linq.Expressions;
using ExprGrad.Diagnostics;

namespace ExprGrad;

public static partial class Grad
{
    /// <summary>Compares the gradient at a point with numerical derivatives: a test of a function, and of ExprGrad. Numerical derivatives are never used to compute a gradient.</summary>
    /// <param name="f">The function.</param>
    /// <param name="x">The point; not modified.</param>
    /// <returns>Value, and for each component gradient, estimate and error.</returns>
    /// <remarks>Compiles <paramref name="f"/> twice, with and without gradient, and calls the plain lambda up to 200 times for each element of <paramref name="x"/>, near <paramref name="x"/> as well as at it.</remarks>
    /// <exception cref="UnsupportedExpressionException"><paramref name="f"/> contains something that cannot be differentiated.</exception>
    /// <exception cref="ArgumentException"><paramref name="x"/> is null or too short. What <paramref name="f"/> throws at <paramref name="x"/> comes through; what it throws at other points is taken as a missing value.</exception>
    public static GradientCheck Check(Expression<Func<double[], double>> f, double[] x) => Checker.Check(Compile(f), f.Compile(), x);

    /// <summary>Compares the gradient at a point with numerical derivatives, for a function that takes data.</summary>
    /// <typeparam name="TData">The type of the data.</typeparam>
    /// <param name="f">The function.</param>
    /// <param name="x">The point; not modified.</param>
    /// <param name="data">What is passed to the function at each call.</param>
    /// <inheritdoc cref="Check(Expression{Func{double[], double}}, double[])" path="/returns|/remarks|/exception"/>
    public static GradientCheck Check<TData>(Expression<Func<double[], TData, double>> f, double[] x, TData data)
    {
        (ValueAndGradient<TData> compiled, Func<double[], TData, double> plain) = (Compile(f), f.Compile());
        return Checker.Check((point, gradient) => compiled(point, data, gradient), point => plain(point, data), x);
    }
}
