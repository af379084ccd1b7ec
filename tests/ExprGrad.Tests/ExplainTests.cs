using System.Linq.Expressions;
using System.Reflection;
using System.Text;
using ExprGrad.Diagnostics;
using ExprGrad.Differentiation;
using ExprGrad.IR;
using ExprGrad.Reading;
using ExprGrad.Simplification;
using ExprGrad.Tests.Corpus;
using ExprGrad.Tests.Fuzz;
using ExprGrad.Tests.Oracle;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace ExprGrad.Tests;

public class ExplainTests
{
    private sealed record Quote(double Strike, Market Market);

    private sealed class Market
    {
        public double[] Rates { get; } = [0.5, 2];

        public List<double> Spreads { get; } = [0.25, 4];
    }

    private enum Side
    {
        Buy,
        Sell,
    }

    [Fact]
    public void The_printed_code_of_the_corpus_compiles_alone_and_has_the_same_bits()
    {
        var quote = new Quote(2, new Market());
        Side side = Side.Sell;
        int calls = 0;
        double step = 0.1;
        Func<double> next = () => (calls++ + 1) * step;
        object boxed = 3;
        decimal price = 1.5m;
        string mode = "fast";
        CorpusEntry[] entries =
        [
            .. FunctionCorpus.Entries,
            new("Private types", x => x[0] * quote.Strike + x[1] * quote.Market.Rates[1] * quote.Market.Rates[(int)x[0]] + (quote == null ? 1 : 0), [0.5, 2]),
            new("A list at a computed index", x => x[0] * quote.Market.Spreads[(int)x[1]] + quote.Market.Spreads.Count, [0.5, 1.5]),
            new("A private enum", x => side == Side.Buy ? x[0] : x[0] * x[0], [3]),
            new("A boxed number and a decimal", x => x[0] * (int)boxed * (double)(price + 1), [3]),
            new("A text decides", x => mode == "fast" ? Math.Exp(x[0]) : mode.Length * x[0], [0.3]),
            new("Loads in a branch of captured data", x => x[0] > 0 ? quote.Market.Rates[(int)x[0]] * x[0] : x[0], [1.5], [-1]),
        ];
        AssertSameBits(entries);
        Assert.Equal(0, calls);

        Explanation random = Grad.Explain(x => next() * x[0] - next() * x[1]);
        Assert.StartsWith("#nullable disable\n// next: next()\n// next1: next()\npublic static (double, double[]) ValueAndGradient(double[] x, double next, double next1, double[] gradient)\n", random.Code);
        var (value, gradient) = ((double, double[]))CompileAlone([random.Code])[0].Invoke(null, [new double[] { 1, 2 }, 3.0, 5.0, null])!;
        Assert.Equal(-7, value);
        Assert.Equal([3, -5], gradient);
    }

    [Fact]
    public void The_printed_code_of_random_lambdas_compiles_alone_and_has_the_same_bits()
    {
        const int Count = 60, Size = 30;
        var entries = new List<CorpusEntry>();
        for (int seed = 0; seed < Count; seed++)
        {
            (Expression<Func<double[], double>> f, int inputs) = LambdaGenerator.Generate(seed, Size, Features.All & ~Features.Impure & ~Features.Throwing);
            entries.Add(new($"seed {seed}", f, [.. Fuzzer.Points(seed, inputs)]));
        }
        AssertSameBits(entries);
    }

    [Fact]
    public void The_printed_code_of_loops_compiles_alone_and_has_the_same_bits()
    {
        // What is the user's own code in a loop is a function of its indices.
        CorpusEntry[] entries = [.. LoopFunctions.Entries.Where(entry => GivenValues.In(GraphOf(entry.Function)).Parameters.All(given => !typeof(Delegate).IsAssignableFrom(given.Parameter.Type)))];
        Assert.True(entries.Length > LoopFunctions.Entries.Count / 2, $"{entries.Length} of {LoopFunctions.Entries.Count}");
        AssertSameBits(entries);
    }

    [Fact]
    public void The_code_of_the_worked_example_is_what_an_expert_writes()
    {
        Explanation explanation = Grad.Explain(x => Math.Log(x[0] * x[1]) * Math.Sin(x[1]), new GradOptions { FloatingPoint = FloatingPoint.Reproducible });
        Assert.StartsWith("#nullable disable\npublic static (double, double[]) ValueAndGradient(double[] x, double[] gradient)\n{\n", explanation.Code);
        Assert.Equal(1, Occurrences(explanation.Code, "System.Math.SinCos("));
        Assert.Equal(1, Occurrences(explanation.Code, "System.Math.Log("));
        Assert.Equal(2, explanation.RequiredLength);
    }

    [Fact]
    public void Operations_of_the_worked_example_are_counted()
    {
        Explanation explanation = Grad.Explain(x => Math.Log(x[0] * x[1]) * Math.Sin(x[1]), new GradOptions { FloatingPoint = FloatingPoint.Reproducible });
        Assert.Equal(new OperationCounts { Multiplications = 2, Functions = new Dictionary<string, int> { ["log"] = 1, ["sin"] = 1 }, Loads = 2 }, explanation.Primal);
        Assert.Equal("2 multiplications, 1 log, 1 sin, 2 loads", explanation.Primal.ToString());
        Assert.Equal(2, explanation.Primal.Arithmetic);
        Assert.Equal(2, explanation.Primal.FunctionCalls);
        // p = x₀x₁: sin · (1 / |p|), shared by both partials, times x₁, times x₀; log · cos; their sum.
        var functions = new Dictionary<string, int> { ["abs"] = 1, ["log"] = 1, ["sincos"] = 1 };
        Assert.Equal(new OperationCounts { Additions = 1, Multiplications = 6, Divisions = 1, Functions = functions, Loads = 2 }, explanation.Gradient);
        Assert.Equal("value: 2 multiplications, 1 log, 1 sin, 2 loads\nvalue and gradient: 1 addition, 6 multiplications, 1 division, 1 abs, 1 log, 1 sincos, 2 loads", explanation.ToString(), ignoreLineEndingDifferences: true);

        // By default sin / |p|, and the sum is fused where the processor can.
        OperationCounts fused = Grad.Explain(x => Math.Log(x[0] * x[1]) * Math.Sin(x[1])).Gradient;
        OperationCounts expected = FusionRules.IsHardwareAccelerated ? new() { Multiplications = 4, FusedMultiplyAdds = 1 } : new() { Multiplications = 5, Additions = 1 };
        Assert.Equal(expected with { Divisions = 1, Functions = functions, Loads = 2 }, fused);
    }

    [Fact]
    public void Branches_loads_and_captured_values_are_counted()
    {
        double[] table = [1, 2];
        OperationCounts counts = Grad.Explain(x => x[0] > 0 ? table[(int)x[1]] * x[0] : -x[0] % 3).Primal;
        Assert.Equal(new OperationCounts { Multiplications = 1, Negations = 1, Functions = new Dictionary<string, int> { ["modulo"] = 1 }, Comparisons = 1, Branches = 1, Loads = 3, Opaque = 1, Others = 1 }, counts);
    }

    [Fact]
    public void Captured_values_are_parameters_named_after_what_they_are()
    {
        var quote = new Quote(2, new Market());
        double[] tab = [1, 2];
        string code = Grad.Explain(x => x[0] * tab[1] + quote.Strike * quote.Market.Rates[0] + DateTime.Now.Ticks).Code;
        Assert.Contains("double[] tab", code);
        Assert.Contains("double quote_Strike", code);
        Assert.Contains("double[] quote_Market_Rates", code);
        Assert.Contains("// quote_Market_Rates: quote.Market.Rates\n", code);
        Assert.Contains("// Now_Ticks: DateTime.Now.Ticks\n", code);
    }

    [Fact]
    public void Rows_of_captured_arrays_are_read_in_the_code()
    {
        double[][] rows = [[1, 2], [3, 4]];
        string code = Grad.Explain(x => rows.Sum(row => row.Select((v, j) => v * x[j]).Sum())).Code;
        Assert.Contains("(double[] x, double[][] rows, double[] gradient)", code);
        var (value, gradient) = ((double, double[]))CompileAlone([code])[0].Invoke(null, [new double[] { 5, 7 }, rows, null])!;
        Assert.Equal(62, value);
        Assert.Equal([4, 6], gradient);
    }

    [Fact]
    public void Data_are_a_parameter_where_the_code_reads_them_and_else_their_members_are()
    {
        Assert.Contains("(double[] x, double[] row, double[] gradient)", Grad.Explain<double[]>((x, row) => x[0] * row[0] + row[1]).Code);
        Assert.Contains("(double[] x, double quote_Strike, double[] gradient)", Grad.Explain<Quote>((x, quote) => x[0] * quote.Strike).Code);
        CompileAlone([Grad.Explain<double[]>((x, row) => x[0] * row[0]).Code, Grad.Explain<Quote>((x, quote) => x[0] * quote.Strike).Code]);
    }

    [Fact]
    public void The_graphs_mark_primal_and_adjoint_and_frame_branches()
    {
        Explanation explanation = Grad.Explain(x => x[0] > 0 ? Math.Log(x[0]) : 2 * x[1]);
        Assert.StartsWith("flowchart TD\n", explanation.Mermaid);
        Assert.Contains("[\"log\"]:::primal", explanation.Mermaid);
        Assert.Contains("divide 1.0 ·\"]:::adjoint", explanation.Mermaid);
        Assert.Contains("[\"gradient[1]\"]:::result", explanation.Mermaid);
        Assert.Equal(2, Occurrences(explanation.Mermaid, "subgraph "));
        Assert.Contains("subgraph r", explanation.Mermaid);
        Assert.Contains("GreaterThan · 0.0 is true", explanation.Mermaid);
        Assert.StartsWith("digraph gradient {\n", explanation.Dot);
        Assert.Contains("[label=\"log\", class=primal", explanation.Dot);
        Assert.Contains("class=adjoint", explanation.Dot);
        Assert.Equal(2, Occurrences(explanation.Dot, "subgraph cluster_r"));
        Assert.Equal(Occurrences(explanation.Dot, "{"), Occurrences(explanation.Dot, "}"));
    }

    [Fact]
    public void Names_of_captured_values_do_not_collide_with_those_of_the_code()
    {
        double gradient = 2, x = 3, t0 = 4, @class = 5;
        string code = Grad.Explain(p => p[0] * gradient * x * t0 * @class * Math.Sin(p[0])).Code;
        var (value, slope) = ((double, double[]))CompileAlone([code])[0].Invoke(null, [new double[] { 1 }, gradient, x, t0, @class, null])!;
        Assert.Equal(1.0 * 2 * 3 * 4 * 5 * Math.Sin(1), value);
        Assert.Equal(120 * (Math.Sin(1) + Math.Cos(1)), slope[0], 1e-12);
        Assert.Contains("// gradient1: gradient\n", code);
    }

    [Fact]
    public void Texts_in_labels_are_escaped()
    {
        string mode = "a";
        Explanation explanation = Grad.Explain(x => mode == "b\"<" ? x[0] : 0.0);
        Assert.DoesNotContain("b\\\"<", explanation.Mermaid);
        Assert.Contains("#quot;", explanation.Mermaid);
        Assert.Contains("b\\\\\\\"<", explanation.Dot);
    }

    [Fact]
    public void What_cannot_be_differentiated_is_refused() => Assert.Throws<UnsupportedExpressionException>(() => Grad.Explain(x => x.OrderBy(v => v).First()));

    private static void AssertSameBits(IReadOnlyList<CorpusEntry> entries)
    {
        MethodInfo[] methods = CompileAlone([.. entries.Select(entry => Grad.Explain(entry.Function).Code)]);
        for (int k = 0; k < entries.Count; k++)
        {
            Graph graph = GraphOf(entries[k].Function);
            ValueAndGradient compiled = Grad.Compile(entries[k].Function);
            foreach (double[] point in entries[k].AllPoints)
            {
                (double Value, double[] Gradient) expected;
                try
                {
                    expected = compiled(point);
                }
                catch (Exception failure) when (failure is IndexOutOfRangeException or ArgumentException or OverflowException or DivideByZeroException)
                {
                    continue;
                }
                var actual = ((double Value, double[] Gradient))methods[k].Invoke(null, [point, .. Arguments(graph, point), null])!;
                Assert.True(Agreement.SameBits(expected.Value, actual.Value), $"{entries[k].Name}: value {actual.Value:R} instead of {expected.Value:R}");
                Assert.True(expected.Gradient.Zip(actual.Gradient, Agreement.SameBits).All(same => same), $"{entries[k].Name}: [{string.Join(", ", actual.Gradient)}] instead of [{string.Join(", ", expected.Gradient)}]");
            }
        }
    }

    private static Graph GraphOf(Expression<Func<double[], double>> f) => GradientCompiler.WithGradient(LambdaReader.Read(f), new GradOptions());

    private static int Occurrences(string text, string part) => text.Split(part).Length - 1;

    // What the parameters stand for, at a point; what is not reached has no value.
    private static IEnumerable<object?> Arguments(Graph graph, double[] x)
    {
        var interpreter = new GraphInterpreter(new Dictionary<Parameter, object?> { [graph.Input] = x });
        foreach ((ParameterExpression parameter, Node node) in GivenValues.In(graph).Parameters)
            yield return interpreter.Runs(node.Region) ? interpreter.Evaluate(node) : parameter.Type.IsValueType ? Activator.CreateInstance(parameter.Type) : null;
    }

    private static MethodInfo[] CompileAlone(IReadOnlyList<string> codes)
    {
        var source = new StringBuilder();
        for (int k = 0; k < codes.Count; k++)
            source.Append($"public static class F{k}\n{{\n{codes[k]}}}\n");
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        MetadataReference[] references = [.. new[] { typeof(object).Assembly.Location, Path.Combine(framework, "System.Runtime.dll"), Path.Combine(framework, "System.Runtime.Intrinsics.dll"), typeof(Grad).Assembly.Location }.Select(path => MetadataReference.CreateFromFile(path))];
        var compilation = CSharpCompilation.Create("Explained", [CSharpSyntaxTree.ParseText(source.ToString())], references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release));
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.True(result.Success, string.Join("\n", result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(10).Select(d => $"{d}\n{d.Location.SourceTree!.GetText().Lines[d.Location.GetLineSpan().StartLinePosition.Line]}")));
        Assembly assembly = Assembly.Load(image.ToArray());
        return [.. codes.Select((_, k) => assembly.GetType($"F{k}")!.GetMethod("ValueAndGradient")!)];
    }
}
