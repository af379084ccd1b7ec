using System.Linq.Expressions;

namespace ExprGrad.Tests.Oracle;

/// <summary>Value and gradient of a lambda by forward-mode dual numbers on its expression tree: slow, plain, and without a line of the library.</summary>
internal static class DualOracle
{
    public static OracleResult Evaluate(Expression<Func<double[], double>> f, double[] x) => Run(f, x, null);

    public static OracleResult Evaluate<TData>(Expression<Func<double[], TData, double>> f, double[] x, TData data) => Run(f, x, new Quantity(data));

    private static OracleResult Run(LambdaExpression f, double[] x, Quantity? data)
    {
        var elements = new Quantity[x.Length];
        for (int i = 0; i < x.Length; i++) elements[i] = new Quantity(x[i], Tangent.Seed(x.Length, i));
        var scope = new Scope(null);
        scope.Declare(f.Parameters[0], new Quantity(x) { Elements = elements });
        if (data is not null) scope.Declare(f.Parameters[1], data);
        var interpreter = new Interpreter();
        var result = interpreter.Evaluate(f.Body, scope);
        var tangent = result.Tangent ?? new Tangent(x.Length);
        return new OracleResult((double)result.Clr!, tangent.Values, tangent.Magnitudes, tangent.Present, tangent.HasNonFinite, tangent.HasExtreme, interpreter.Operations);
    }
}

/// <param name="Value">The value of the lambda.</param>
/// <param name="Gradient">Its partials; 0 where an input has no path to the value.</param>
/// <param name="Magnitude">For each input the sum over all paths of |contribution|.</param>
/// <param name="Present">Whether an input has a path to the value at this point at all.</param>
/// <param name="HasNonFinite">A partial on a path to the value was infinite, NaN, huge or unspecified: components that are not finite may differ.</param>
/// <param name="HasExtreme">A finite partial on a path to the value was huge or tiny: products may overflow or vanish in one order and not in another.</param>
/// <param name="Operations">How many operations were differentiated.</param>
internal sealed record OracleResult(double Value, double[] Gradient, double[] Magnitude, bool[] Present, bool HasNonFinite, bool HasExtreme, int Operations);
