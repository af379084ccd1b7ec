using ExprGrad.Scheduling;
using ExprGrad.Tests.Corpus;
using ExprGrad.Tests.Fuzz;
using ExprGrad.Tests.Oracle;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests;

/// <summary>Each optimisation changes speed only.</summary>
public class OptimisationTests
{
    private const int Seed = 6100, Lambdas = 220, Smallest = 5, Largest = 60;

    public static TheoryData<int> Toggled => [.. Settings.All.Select(optimisations => (int)optimisations)];

    public static TheoryData<string> CorpusNames => FunctionCorpus.Names;

    [Theory, MemberData(nameof(Toggled))]
    public void Random_lambdas_agree_with_the_oracle_under_all_settings(int toggled)
    {
        // Other lambdas for each setting, so that together they are many.
        FuzzReport report = Fuzzer.Run(Seed + toggled, Lambdas, f => Compile(f, FloatingPoint.Default, (Optimisations)toggled));
        Assert.True(report.IsClean, $"{(Optimisations)toggled}: {report}");
    }

    [Theory, MemberData(nameof(CorpusNames))]
    public void The_corpus_has_the_same_value_under_all_settings_and_the_same_gradient_when_reproducible(string name)
    {
        CorpusEntry entry = FunctionCorpus.Named(name);
        string? error = Difference(entry.Function, [.. entry.AllPoints]);
        Assert.True(error is null, error);
    }

    // Without sharing, what a recurrence leads back to while it leaves the loop around would be there twice: the test of a choice apart from that of its cases.
    [Fact]
    public void A_choice_in_a_recurrence_that_leaves_a_loop_has_one_test()
    {
        Function f = x => x.Select(v => Enumerable.Range(0, 1).Aggregate(x, (s, k) => s.Select((e, i) => Math.Atan(s[3] != 0 ? (i < 1 ? 1 : x[2]) : x[0])).ToArray(), s => s[1])).ToList().Count * x[1];
        Assert.Null(Difference(f, [[0.5, 2, -1, 3], [1, 2, 3, 0, 5]]));
    }

    [Fact]
    public void Random_lambdas_have_the_same_value_under_all_settings_and_the_same_gradient_when_reproducible()
    {
        List<string> wrong = [];
        for (int seed = Seed; seed < Seed + Lambdas; seed++)
        {
            int size = Smallest + (seed * 7 % (Largest - Smallest));
            (Function f, int inputs) = LambdaGenerator.Generate(seed, size, Features.All & ~Features.Throwing);
            if (Difference(f, Fuzzer.Points(seed, inputs)) is { } error)
                wrong.Add($"seed {seed}, size {size}: {error}");
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong:\n{string.Join("\n", wrong.Take(20))}");
    }

    private static string? Difference(Function f, IReadOnlyList<double[]> points)
    {
        foreach (FloatingPoint floatingPoint in new[] { FloatingPoint.Default, FloatingPoint.Reproducible })
        {
            ValueAndGradient reference = Compile(f, floatingPoint, Optimisations.All);
            foreach (Optimisations optimisations in Settings.All)
            {
                // Without sharing an adjoint is not summed before it flows on; rules round, unless that is forbidden.
                bool sameGradient = optimisations.HasFlag(Optimisations.Sharing)
                    && (floatingPoint == FloatingPoint.Reproducible || optimisations.HasFlag(Optimisations.Simplification));
                ValueAndGradient other = Compile(f, floatingPoint, optimisations);
                if (points.Select(x => Difference(Observe(reference, x), Observe(other, x), sameGradient) is { } what ? $"{what} at {string.Join(", ", x)}" : null).FirstOrDefault(what => what is not null) is { } error)
                    return $"{floatingPoint}, {optimisations}: {error}";
            }
        }
        return null;
    }

    private static string? Difference((double Value, double[] Gradient) expected, (double Value, double[] Gradient) actual, bool sameGradient)
    {
        if (!Agreement.SameBits(expected.Value, actual.Value))
            return $"the value is {actual.Value:R} instead of {expected.Value:R}";
        for (int i = 0; sameGradient && i < expected.Gradient.Length; i++)
        {
            if (!Agreement.SameBits(expected.Gradient[i], actual.Gradient[i]))
                return $"component {i} is {actual.Gradient[i]:R} instead of {expected.Gradient[i]:R}";
        }
        return null;
    }

    private static (double Value, double[] Gradient) Observe(ValueAndGradient f, double[] x)
    {
        ImpureCalls.Reset();
        try
        {
            return f(x);
        }
        catch (Exception thrown) when (thrown is ArithmeticException or IndexOutOfRangeException or ArgumentException)
        {
            return (double.NaN, new double[x.Length]);
        }
    }

    private static ValueAndGradient Compile(Function f, FloatingPoint floatingPoint, Optimisations optimisations) =>
        GradientCompiler.Compile<ValueAndGradient>(f, new GradOptions { FloatingPoint = floatingPoint }, optimisations).Delegate;
}
