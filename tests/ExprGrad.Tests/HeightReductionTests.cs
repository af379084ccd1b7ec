using ExprGrad.IR;
using ExprGrad.Reading;
using ExprGrad.Scheduling;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests;

/// <summary>How long the way back of a recurrence waits from step to step.</summary>
public class HeightReductionTests
{
    private const double H = 0.1;

    private static readonly double[] X = [0.7, -1.2, 0.4, 1.9];

    private static readonly Dictionary<string, (Function F, int Height)> Functions = new()
    {
        ["a product"] = (x => Enumerable.Range(0, 20).Aggregate(x[0], (s, k) => s * x[1] * x[2] * x[3] + k), 1),
        ["a sum of products"] = (x => Enumerable.Range(0, 20).Aggregate(x[0], (s, k) => s * x[1] * x[2] + Math.Sin(s) * x[2] * x[3] - x[1] * s), 1),
        // s + h·(a·s·t) and t + h·(b·s·t): h times what is carried, then what comes from the one and from the other.
        ["two states"] = (x => Enumerable.Range(0, 20).Aggregate(new ValueTuple<double, double>(x[0], x[1]), (s, k) => new ValueTuple<double, double>(s.Item1 + H * (x[2] * s.Item1 * s.Item2), s.Item2 + H * (x[3] * s.Item1 * s.Item2)), s => s.Item1 - s.Item2), 3),
    };

    public static TheoryData<string> Names => [.. Functions.Keys];

    [Theory, MemberData(nameof(Names))]
    public void What_is_carried_goes_through_as_few_operations_as_a_step_needs(string name)
    {
        (Function f, int height) = Functions[name];
        Assert.Equal(height, HeightOf(f, Optimisations.All));
        Assert.True(HeightOf(f, Optimisations.None) > height);
    }

    [Theory, MemberData(nameof(Names))]
    public void The_gradient_is_the_same_within_rounding(string name)
    {
        Function f = Functions[name].F;
        double[] reduced = Grad.Compile(f)(X).Gradient, reproducible = Grad.Compile(f, new GradOptions { FloatingPoint = FloatingPoint.Reproducible })(X).Gradient;
        double scale = reproducible.Max(Math.Abs);
        for (int k = 0; k < X.Length; k++)
            Assert.Equal(reproducible[k], reduced[k], 1e-14 * scale);
        Assert.InRange(Grad.Check(f, X).MaxError, 0, 1e-7);
    }

    // The way back of a recurrence over measurements: from the first iteration on there is an adjoint, and nothing counts how often.
    [Fact]
    public void A_recurrence_takes_two_loops_and_no_flags()
    {
        double[] measured = [1, 2, 3, 4];
        string code = Grad.Explain(x => measured.Aggregate(new ValueTuple<double, double>(x[0], 0), (s, m) => new ValueTuple<double, double>(x[1] * s.Item1, s.Item2 + (x[1] * s.Item1 - m) * (x[1] * s.Item1 - m))).Item2).Code;
        Assert.Equal(2, code.Split("while (true)").Length - 1);
        Assert.DoesNotContain("bool t", code, StringComparison.Ordinal);
        Assert.DoesNotContain("checked(", code, StringComparison.Ordinal);
    }

    // The greatest number of operations between a state of the adjoint and what it becomes.
    private static int HeightOf(Function f, Optimisations optimisations)
    {
        Graph graph = GradientCompiler.WithGradient(LambdaReader.Read(f), new GradOptions(), optimisations);
        int[] uses = Liveness.CountUses(graph);
        bool[] isPrimal = Liveness.OfPrimal(graph);
        int[] heights = new int[graph.Nodes.Count];
        foreach (Node node in graph.Nodes)
        {
            bool isStep = node is Apply or Choice && node.Type == typeof(double);
            int highest = isStep ? node.Operands.Max(operand => heights[operand.Id]) : -1;
            heights[node.Id] = node is State && !isPrimal[node.Id] ? 0 : highest < 0 ? -1 : highest + 1;
        }
        return graph.Nodes.OfType<State>().Where(state => uses[state.Id] > 0 && !isPrimal[state.Id] && state.Type == typeof(double)).Max(state => heights[state.Fold.NextOf(state).Id]);
    }
}
