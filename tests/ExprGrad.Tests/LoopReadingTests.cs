using ExprGrad.Differentiation;
using ExprGrad.IR;
using ExprGrad.Reading;
using ExprGrad.Tests.Corpus;
using ExprGrad.Tests.Fuzz;
using ExprGrad.Tests.Oracle;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests;

/// <summary>What the reader makes of loops, and what reverse mode makes of that: the meaning of the graphs is that of the plain lambda, and of the oracle.</summary>
public class LoopReadingTests
{
    private const int Seed = 4300, Programs = 100;

    // Nullable numbers that depend on the input have no derivative.
    private const string Refused = "nullable terms";

    public static TheoryData<string> CorpusNames => [.. LoopFunctions.Entries.Select(entry => entry.Name).Where(name => name != Refused)];

    [Theory, MemberData(nameof(CorpusNames))]
    public void The_primal_graph_has_the_value_of_the_lambda(string name)
    {
        CorpusEntry entry = LoopFunctions.Named(name);
        Graph graph = LambdaReader.Read(entry.Function);
        GraphVerifier.Verify(graph);
        foreach (double[] x in entry.AllPoints)
            Assert.Equal(Outcome(() => entry.Function.Compile()(x)), Outcome(() => GraphInterpreter.Run(graph, x).Value));
    }

    [Theory, MemberData(nameof(CorpusNames))]
    public void The_gradient_graph_has_the_gradient_of_the_oracle(string name)
    {
        CorpusEntry entry = LoopFunctions.Named(name);
        Graph graph = ReverseMode.Differentiate(LambdaReader.Read(entry.Function));
        GraphVerifier.Verify(graph);
        foreach (double[] x in entry.AllPoints)
        {
            OracleResult expected = DualOracle.Evaluate(entry.Function, x);
            string? error = Agreement.GradientError(expected, GraphInterpreter.Run(graph, x).Gradient);
            Assert.True(error is null, $"{entry.Function} at {string.Join(", ", x)}: {error}");
        }
    }

    [Theory, MemberData(nameof(LoopFuzzerTests.Depths), MemberType = typeof(LoopFuzzerTests))]
    public void Graphs_of_random_programs_agree_with_the_plain_lambda_and_the_oracle(int depth)
    {
        FuzzReport report = LoopFuzzer.Run(Seed, depth, Programs, Interpreted);
        Assert.True(report.IsClean, report.ToString());
    }

    private static ValueAndGradient Interpreted(Function f)
    {
        Graph primal = LambdaReader.Read(f);
        GraphVerifier.Verify(primal);
        Graph graph = ReverseMode.Differentiate(primal);
        GraphVerifier.Verify(graph);
        return (x, gradient) => GraphInterpreter.Run(graph, x);
    }

    private static string Outcome(Func<double> run)
    {
        try
        {
            return double.IsNaN(run()) ? "NaN" : BitConverter.DoubleToInt64Bits(run()).ToString();
        }
        catch (Exception thrown)
        {
            return thrown.GetType().Name;
        }
    }
}
