using ExprGrad.Compilation;
using ExprGrad.Differentiation;
using ExprGrad.IR;
using ExprGrad.Reading;
using ExprGrad.Simplification;
using ExprGrad.Tests.Corpus;
using ExprGrad.Tests.Fuzz;
using ExprGrad.Tests.Oracle;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests;

/// <summary>What the graph means is what the code does: the interpreter of the graph, FastExpressionCompiler and <c>Expression.Compile</c> give the same bits.</summary>
public class LoweringTests
{
    private const int Seed = 5100, Lambdas = 1_000, Smallest = 5, Largest = 60;

    public static TheoryData<string> CorpusNames => FunctionCorpus.Names;

    [Theory, MemberData(nameof(CorpusNames))]
    public void Interpreter_both_compilers_and_tables_agree_bit_for_bit_on_the_corpus(string name)
    {
        CorpusEntry entry = FunctionCorpus.Named(name);
        string? error = Difference(entry.Function, entry.AllPoints);
        Assert.True(error is null, error);
    }

    [Fact]
    public void Interpreter_both_compilers_and_tables_agree_bit_for_bit_on_random_lambdas()
    {
        List<string> wrong = [], refused = [];
        for (int seed = Seed; seed < Seed + Lambdas; seed++)
        {
            int size = Smallest + (seed * 7 % (Largest - Smallest));
            (Function f, int inputs) = LambdaGenerator.Generate(seed, size);
            try
            {
                if (Difference(f, Fuzzer.Points(seed, inputs)) is { } error)
                    wrong.Add($"seed {seed}, size {size}: {error}");
            }
            catch (UnsupportedExpressionException refusal)
            {
                refused.Add($"seed {seed}, size {size}: {refusal.Message}");
            }
        }
        Assert.True(wrong.Count == 0 && refused.Count == 0, $"{wrong.Count} wrong, {refused.Count} refused:\n{string.Join("\n", wrong.Concat(refused).Take(20))}");
    }

    /// <summary>What of value, gradient, exception and impure calls differs, or which compiler fell back; null if nothing.</summary>
    private static string? Difference(Function f, IEnumerable<double[]> points)
    {
        Graph graph = Simplifier.Simplify(ReverseMode.Differentiate(LambdaReader.Read(f)), FloatingPoint.Default);
        Compiled<ValueAndGradient> fast = GradientCompiler.Compile<ValueAndGradient>(f, null);
        if (fast.By != CompiledBy.FastExpressionCompiler)
            return "FastExpressionCompiler did not compile it";
        ValueAndGradient slow = Grad.Differentiate(f).Compile();
        foreach (double[] x in points)
        {
            var byGraph = Observe(() => GraphInterpreter.Run(graph, x));
            var byFast = Observe(() => fast.Delegate(x));
            var bySlow = Observe(() => slow(x));
            if ((Different(byFast, bySlow) ?? Different(byGraph, byFast)) is { } what)
                return $"{what} at {string.Join(", ", x)}: {byGraph} in the graph, {byFast} by FastExpressionCompiler, {bySlow} by Expression.Compile";
        }
        return null;
    }

    private static Outcome Observe(Func<(double Value, double[] Gradient)> run)
    {
        ImpureCalls.Reset();
        try
        {
            (double value, double[] gradient) = run();
            return new Outcome(value, gradient, null, [.. ImpureCalls.Log]);
        }
        catch (Exception thrown)
        {
            return new Outcome(double.NaN, [], thrown, []);
        }
    }

    private static string? Different(Outcome a, Outcome b) =>
        // Which of several exceptions appears is not promised.
        a.Thrown is null != b.Thrown is null ? "an exception"
        : !Agreement.SameBits(a.Value, b.Value) ? "the value"
        : !a.Gradient.Zip(b.Gradient).All(pair => Agreement.SameBits(pair.First, pair.Second)) ? "the gradient"
        : !a.Calls.SequenceEqual(b.Calls) ? "the impure calls"
        : null;

    private sealed record Outcome(double Value, double[] Gradient, Exception? Thrown, string[] Calls)
    {
        public override string ToString() => this.Thrown is null ? $"{this.Value:R}, [{string.Join(", ", this.Gradient.Select(component => component.ToString("R")))}] [{string.Join(", ", this.Calls)}]" : this.Thrown.GetType().Name;
    }
}
