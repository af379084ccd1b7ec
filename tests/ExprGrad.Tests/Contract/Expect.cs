using System.Linq.Expressions;
using ExprGrad.Tests.Oracle;

namespace ExprGrad.Tests.Contract;

/// <summary>Checks that the contract tests share.</summary>
internal static class Expect
{
    /// <summary>The gradient at <paramref name="x"/> is <paramref name="gradient"/>: exactly where that is 0 or not finite, within a few roundings elsewhere.</summary>
    public static void Gradient(Expression<Func<double[], double>> f, double[] x, params double[] gradient)
    {
        var (value, actual) = Grad.Compile(f)(x);
        SameBits(f.Compile()(x), value, $"value of {f} at {Text(x)}");
        Close(gradient, actual, $"gradient of {f} at {Text(x)}");
    }

    /// <summary>The value has the bits of the plain lambda, the gradient is the oracle's; what the plain lambda throws is thrown.</summary>
    public static void Oracle(Expression<Func<double[], double>> f, ValueAndGradient compiled, double[] x)
    {
        var plain = f.Compile();
        if (Record.Exception(() => plain(x)) is { } thrown)
        {
            Assert.Equal(thrown.GetType(), Record.Exception(() => compiled(x))?.GetType());
            return;
        }
        var (value, gradient) = compiled(x);
        SameBits(plain(x), value, $"value of {f} at {Text(x)}");
        string? error = Agreement.GradientError(DualOracle.Evaluate(f, x), gradient);
        Assert.True(error is null, $"{f} at {Text(x)}: {error}");
    }

    /// <inheritdoc cref="Oracle(Expression{Func{double[], double}}, ValueAndGradient, double[])"/>
    public static void Oracle(Expression<Func<double[], double>> f, params double[][] points)
    {
        var compiled = Grad.Compile(f);
        foreach (double[] x in points) Oracle(f, compiled, x);
    }

    public static void Close(double[] expected, double[] actual, string what)
    {
        // Expected numbers are closed forms evaluated in double precision: a few roundings each.
        const double Tolerance = 4e-15;
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            bool agrees = double.IsFinite(expected[i]) ? Math.Abs(expected[i] - actual[i]) <= Tolerance * Math.Abs(expected[i]) : Agreement.SameBits(expected[i], actual[i]);
            Assert.True(agrees, $"{what}: component {i} is {actual[i]:R} instead of {expected[i]:R}");
        }
    }

    public static void SameBits(double expected, double actual, string what) =>
        Assert.True(Agreement.SameBits(expected, actual), $"{what} is {actual:R} instead of {expected:R}");

    public static string Text(double[] x) => $"[{string.Join(", ", x.Select(v => v.ToString("R")))}]";
}
