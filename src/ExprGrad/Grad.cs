using System.Linq.Expressions;

namespace ExprGrad;

/// <summary>Compiles lambdas into functions that return the value and the exact gradient.</summary>
public static partial class Grad
{
    /// <summary>Value and gradient of a function of a point.</summary>
    public static ValueAndGradient Compile(Expression<Func<double[], double>> f, GradOptions? options = null) => GradientCompiler.Compile<ValueAndGradient>(f, options).Delegate;

    /// <summary>Value and gradient of a function of a point and of data that is passed at each call.</summary>
    public static ValueAndGradient<TData> Compile<TData>(Expression<Func<double[], TData, double>> f, GradOptions? options = null) => GradientCompiler.Compile<ValueAndGradient<TData>>(f, options).Delegate;

    /// <summary>The expression before compilation.</summary>
    public static Expression<ValueAndGradient> Differentiate(Expression<Func<double[], double>> f, GradOptions? options = null) => GradientCompiler.Differentiate<ValueAndGradient>(f, options);

    /// <summary>The expression before compilation.</summary>
    public static Expression<ValueAndGradient<TData>> Differentiate<TData>(Expression<Func<double[], TData, double>> f, GradOptions? options = null) => GradientCompiler.Differentiate<ValueAndGradient<TData>>(f, options);
}
