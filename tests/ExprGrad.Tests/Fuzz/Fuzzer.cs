using System.Linq.Expressions;
using FastExpressionCompiler;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests.Fuzz;

/// <summary>Compares compiled gradients with the plain lambda (value, exceptions, impure calls) and with the oracle (gradient) on random lambdas.</summary>
public static class Fuzzer
{
    private const int Smallest = 5, Largest = 60, PointsPerLambda = 6;

    /// <param name="seed">Where to start; printed with each failure is the seed of its own lambda.</param>
    /// <param name="count">How many lambdas.</param>
    /// <param name="compile">What is tested: the library under any settings.</param>
    /// <param name="features">What the lambdas may contain.</param>
    /// <param name="shrink">Whether to make failing lambdas smaller (slow if there are many).</param>
    /// <param name="reshape">Makes another lambda of a random one; null: as it is.</param>
    public static FuzzReport Run(int seed, int count, Func<Function, ValueAndGradient> compile, Features features = Features.All, bool shrink = true, Func<Function, Function>? reshape = null)
        => Run(seed, count, own =>
        {
            int size = Smallest + (int)((uint)own * 2654435769u >> 8) % (Largest + 1 - Smallest);
            var (f, inputs) = LambdaGenerator.Generate(own, size, features);
            return (reshape?.Invoke(f) ?? f, size, Points(own, inputs));
        }, compile, shrink, exactExceptions: false);

    /// <param name="seed">Where to start.</param>
    /// <param name="count">How many lambdas.</param>
    /// <param name="generate">Makes the lambda of a seed, its size and the points to try.</param>
    /// <param name="compile">What is tested.</param>
    /// <param name="shrink">Whether to make failing lambdas smaller.</param>
    /// <param name="exactExceptions">Whether the type of an exception must be that of the plain lambda: no lambda has two places that throw.</param>
    internal static FuzzReport Run(int seed, int count, Func<int, (Function Lambda, int Size, IReadOnlyList<double[]> Points)> generate, Func<Function, ValueAndGradient> compile, bool shrink, bool exactExceptions)
    {
        var report = new FuzzReport { ExactExceptions = exactExceptions };
        for (int k = 0; k < count; k++)
        {
            int own = unchecked(seed * 1_000_003 + k);
            var (f, size, points) = generate(own);
            if (FindError(f, points, compile, report) is not var (reason, point)) continue;
            bool inException = reason.StartsWith(Truth.ExceptionMismatch, StringComparison.Ordinal);
            var failures = inException ? report.WrongExceptions : report.Wrong;
            // A smaller lambda may throw in two places.
            var shown = shrink && failures.Count < 5 && !inException ? Shrinker.Shrink(f, smaller => FindError(smaller, points, compile, null) is { } other && KindOf(other.Reason) == KindOf(reason)) : f;
            if (shown != f && FindError(shown, points, compile, null) is var (smallerReason, smallerPoint)) (reason, point) = (smallerReason, smallerPoint);
            failures.Add(new FuzzFailure(own, size, reason, point, Print(shown)));
        }
        return report;
    }

    // The reason without the numbers in it.
    internal static string KindOf(string reason) => string.Concat(reason.TakeWhile(c => !char.IsDigit(c) && c != '-'));

    /// <summary>As C#, because <see cref="object.ToString"/> hides what is inside a switch; as the tree prints itself if the printer fails.</summary>
    internal static string Print(Function f)
    {
        try
        {
            return f.ToCSharpString();
        }
        catch (Exception)
        {
            return f.ToString();
        }
    }

    /// <summary>Ordinary points, points on kinks and zeros, and now and then one with infinities.</summary>
    public static IReadOnlyList<double[]> Points(int seed, int inputs)
    {
        var random = new Random(seed ^ 0x901175);
        double[] grid = [-1, 0, 1, 2, -2, 0.5, -0.0];
        double[] special = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e300, -1e-300, 0, 1, double.MaxValue, double.Epsilon];
        return
        [
            .. Enumerable.Range(0, PointsPerLambda).Select(k =>
            {
                double common = grid[random.Next(grid.Length)];
                return Enumerable.Range(0, inputs).Select(_ => k switch
                {
                    < 3 => random.NextDouble() * 6 - 3,
                    3 => grid[random.Next(grid.Length)],
                    4 => random.Next(3) == 0 ? random.NextDouble() : common,
                    _ => random.Next(3) == 0 ? special[random.Next(special.Length)] : random.NextDouble() * 4,
                }).ToArray();
            }),
        ];
    }

    private static (string Reason, double[]? Point)? FindError(Function f, IReadOnlyList<double[]> points, Func<Function, ValueAndGradient> compile, FuzzReport? report)
    {
        ValueAndGradient compiled;
        try
        {
            compiled = compile(f);
        }
        catch (UnsupportedExpressionException refused)
        {
            if (report is null) return null;
            report.Refused++;
            foreach (var refusal in refused.Refusals)
            {
                string text = $"{refusal.Code} {refusal.Expression}";
                string key = report.Refusals.Keys.FirstOrDefault(known => known.StartsWith(refusal.Code, StringComparison.Ordinal)) ?? text;
                report.Refusals[key] = report.Refusals.TryGetValue(key, out int times) ? times + 1 : 1;
            }
            return null;
        }
        catch (Exception failed)
        {
            return ($"does not compile: {failed.GetType().Name}: {failed.Message}", null);
        }
        if (new Truth(f, f.Compile(), points, report is { ExactExceptions: true }).ErrorOf(compiled, report) is { } error) return error;
        if (report is not null) report.Agreed++;
        return null;
    }
}
