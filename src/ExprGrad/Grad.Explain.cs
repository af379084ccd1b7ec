using System.Linq.Expressions;
using ExprGrad.Diagnostics;

namespace ExprGrad;

public static partial class Grad
{
    /// <summary>Shows what <see cref="Compile(Expression{Func{double[], double}}, GradOptions?)"/> makes of a function: the generated code, the graph, operation counts. Nothing is compiled or run.</summary>
    /// <param name="f">The function.</param>
    /// <param name="options">How it is compiled; null for the default.</param>
    /// <exception cref="ArgumentNullException"><paramref name="f"/> is null.</exception>
    /// <exception cref="UnsupportedExpressionException">Parts of <paramref name="f"/> cannot be differentiated; all of them are reported.</exception>
    public static Explanation Explain(Expression<Func<double[], double>> f, GradOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(f);
        return Explainer.Explain<ValueAndGradient>(f, options);
    }

    /// <summary>Shows what <see cref="Compile{TData}(Expression{Func{double[], TData, double}}, GradOptions?)"/> makes of a function that takes data.</summary>
    /// <inheritdoc cref="Explain(Expression{Func{double[], double}}, GradOptions?)"/>
    /// <typeparam name="TData">The type of the data.</typeparam>
    public static Explanation Explain<TData>(Expression<Func<double[], TData, double>> f, GradOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(f);
        return Explainer.Explain<ValueAndGradient<TData>>(f, options);
    }
}
