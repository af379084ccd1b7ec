using ExprGrad.Tests.Oracle;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests.Fuzz;

/// <summary>What is right for a function at some points: value, exception and impure calls are those of the plain lambda, the gradient is that of the oracle. Found once, compared with several gradients.</summary>
internal sealed class Truth
{
    public const string ExceptionMismatch = "the plain lambda throws ", NoException = ", ours does not";

    private readonly bool exactExceptions;
    private readonly Expected[] points;

    /// <param name="f">The function.</param>
    /// <param name="plain">It, compiled by the platform or interpreted.</param>
    /// <param name="points">Where to look.</param>
    /// <param name="exactExceptions">Whether the type of an exception must be that of the plain lambda.</param>
    public Truth(Function f, Func<double[], double> plain, IReadOnlyList<double[]> points, bool exactExceptions)
    {
        this.exactExceptions = exactExceptions;
        this.points = [.. points.Select(x => new Expected(x, Observed<double>.Of(() => plain(x)), new(() => Observed<OracleResult>.Of(() => DualOracle.Evaluate(f, x)))))];
    }

    /// <summary>What is wrong with a gradient, and where; null if nothing is.</summary>
    /// <param name="compiled">The gradient.</param>
    /// <param name="report">Counts points.</param>
    public (string Reason, double[] Point)? ErrorOf(ValueAndGradient compiled, FuzzReport? report = null)
    {
        foreach (Expected expected in points)
            if (ErrorAt(expected, compiled, report) is { } error) return (error, expected.X);
        return null;
    }

    private string? ErrorAt(Expected expected, ValueAndGradient compiled, FuzzReport? report)
    {
        var (x, (value, thrown, log), oracle) = expected;
        var (result, ourThrown, ourLog) = Observed<(double Value, double[] Gradient)>.Of(() => compiled(x));
        if (thrown is not null)
        {
            if (report is not null) report.ThrowingPoints++;
            if (ourThrown is null) return $"{ExceptionMismatch}{thrown.GetType().Name}{NoException}";
            // That the point is too short is known before anything runs.
            bool isTooShort = thrown is IndexOutOfRangeException && ourThrown is ArgumentException { ParamName: "x" };
            return exactExceptions && ourThrown.GetType() != thrown.GetType() && !isTooShort ? $"{ExceptionMismatch}{thrown.GetType().Name}, ours {ourThrown.GetType().Name}: {ourThrown.Message}" : null;
        }
        if (ourThrown is not null) return $"throws {ourThrown.GetType().Name}: {ourThrown.Message}";
        if (!Agreement.SameBits(value, result.Value)) return $"the value is {result.Value:R} instead of {value:R}";
        if (!log.SequenceEqual(ourLog)) return $"calls {string.Join(" ", ourLog)} instead of {string.Join(" ", log)}";

        double[] buffer = [.. Enumerable.Repeat(double.NaN, x.Length)];
        var (again, _, _) = Observed<(double Value, double[] Gradient)>.Of(() => compiled(x, buffer));
        if (again.Gradient is null || !again.Gradient.Zip(result.Gradient).All(pair => Agreement.SameBits(pair.First, pair.Second))) return "the gradient in a buffer has other bits than a new one";

        var (right, oracleThrown, oracleLog) = oracle.Value;
        if (oracleThrown is not null) return $"ORACLE throws {oracleThrown.GetType().Name}: {oracleThrown.Message}";
        if (!Agreement.SameBits(value, right!.Value)) return $"ORACLE has the value {right.Value:R} instead of {value:R}";
        if (!log.SequenceEqual(oracleLog)) return "ORACLE calls impure methods in another order";
        if (report is not null && (right.HasNonFinite || right.HasExtreme)) report.LenientPoints++;
        else if (report is not null) report.StrictPoints++;
        return Agreement.GradientError(right, result.Gradient);
    }

    private sealed record Expected(double[] X, Observed<double> Plain, Lazy<Observed<OracleResult>> Oracle);

    /// <summary>What a call returned or threw, and the impure methods that it called.</summary>
    private sealed record Observed<T>(T? Result, Exception? Thrown, string[] Log)
    {
        public static Observed<T> Of(Func<T> action)
        {
            ImpureCalls.Reset();
            try
            {
                var result = action();
                return new(result, null, [.. ImpureCalls.Log]);
            }
            catch (Exception thrown)
            {
                return new(default, thrown, [.. ImpureCalls.Log]);
            }
        }
    }
}
