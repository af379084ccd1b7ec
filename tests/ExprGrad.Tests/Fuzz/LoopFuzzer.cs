using ExprGrad.Scheduling;
using ExprGrad.Tests.Oracle;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests.Fuzz;

/// <summary>Compares compiled gradients of random programs with loops with the plain lambda (value, type of exception) and with the oracle (gradient).</summary>
internal static class LoopFuzzer
{
    public const int Shallowest = 3, Deepest = 6;

    /// <param name="seed">Where to start; printed with each failure is the seed of its own program.</param>
    /// <param name="depth">How deep loops are nested at least.</param>
    /// <param name="count">How many programs.</param>
    /// <param name="optimisations">What the compiler may do.</param>
    public static FuzzReport Run(int seed, int depth, int count = 100, Optimisations optimisations = Optimisations.All) =>
        Run(seed, depth, count, f => Compile(f, optimisations));

    public static FuzzReport Run(int seed, int depth, int count, Func<Function, ValueAndGradient> compile) =>
        Fuzzer.Run(seed, count, own =>
        {
            var (f, inputs) = LoopGenerator.Generate(own, depth);
            return (f, depth, Points(own, inputs));
        }, compile, shrink: true, exactExceptions: true);

    /// <summary>Ordinary points, kinks, infinities, and one that is longer: loops over the point are.</summary>
    public static IReadOnlyList<double[]> Points(int seed, int inputs) => [.. Fuzzer.Points(seed, inputs), Fuzzer.Points(seed + 1, inputs + 1)[0]];

    /// <summary>Every second program gets its data passed, the others capture it.</summary>
    private static ValueAndGradient Compile(Function f, Optimisations optimisations)
    {
        if (f.ToString().Length % 2 == 0) return GradientCompiler.Compile<ValueAndGradient>(f, null, optimisations).Delegate;
        var compiled = GradientCompiler.Compile<ValueAndGradient<LoopData>>(LoopGenerator.WithData(f), null, optimisations).Delegate;
        var data = new LoopData();
        return (x, gradient) => compiled(x, data, gradient);
    }

    /// <summary>The oracle in the compiler's place.</summary>
    public static ValueAndGradient Oracle(Function f) => (x, gradient) =>
    {
        var result = DualOracle.Evaluate(f, x);
        gradient ??= new double[x.Length];
        result.Gradient.CopyTo(gradient, 0);
        return (result.Value, gradient);
    };
}
