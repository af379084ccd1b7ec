using System.Linq.Expressions;
using ExprGrad.Compilation;
using ExprGrad.Diagnostics;
using ExprGrad.Differentiation;
using ExprGrad.IR;
using ExprGrad.Reading;
using ExprGrad.Simplification;
using ExprGrad.Tests.Contract;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests;

/// <summary>How much work value and gradient take, counted: what of speed does not depend on the machine.</summary>
public class WorkTests
{
    private static readonly Expression<Func<double, double>> Tail = a =>
        a > 37 ? 0
        : a < 7 ? Math.Exp(-0.5 * a * a) * ((0.035 * a + 0.7) * a + 6.4) / ((0.088 * a + 1.76) * a + 16)
        : Math.Exp(-0.5 * a * a) / (a + 1 / (a + 2 / (a + 0.65))) / 2.5;

    private static readonly Expression<Func<double, double, double>> OnItsSide = (z, tail) => z > 0 ? 1 - tail : tail;

    private static readonly Expression<Func<double, double>> Cdf = z => OnItsSide.Compile()(z, Tail.Compile()(Math.Abs(z)));

    private static readonly Dictionary<string, Function> Functions = new()
    {
        ["log(x0*x1)*sin(x1)"] = x => Math.Log(x[0] * x[1]) * Math.Sin(x[1]),
        ["Rosenbrock 10"] = Rosenbrock(10),
        ["Rosenbrock 100"] = Rosenbrock(100),
        ["Black-Scholes"] = x => x[0] * Cdf.Compile()((Math.Log(x[0] / x[1]) + (x[2] + 0.5 * x[3] * x[3]) * x[4]) / (x[3] * Math.Sqrt(x[4])))
            - x[1] * Math.Exp(-x[2] * x[4]) * Cdf.Compile()((Math.Log(x[0] / x[1]) + (x[2] - 0.5 * x[3] * x[3]) * x[4]) / (x[3] * Math.Sqrt(x[4]))),
        ["Ackley 3"] = x => -20 * Math.Exp(-0.2 * Math.Sqrt((x[0] * x[0] + x[1] * x[1] + x[2] * x[2]) / 3))
            - Math.Exp((Math.Cos(2 * Math.PI * x[0]) + Math.Cos(2 * Math.PI * x[1]) + Math.Cos(2 * Math.PI * x[2])) / 3) + 20 + Math.E,
        ["Helmholtz 2"] = x => x[0] * Math.Log(x[0] / (1 - (0.1 * x[0] + 0.2 * x[1]))) + x[1] * Math.Log(x[1] / (1 - (0.1 * x[0] + 0.2 * x[1])))
            - (x[0] * x[0] + 0.5 * x[0] * x[1] + x[1] * x[1]) / (Math.Sqrt(8) * (0.1 * x[0] + 0.2 * x[1]))
            * Math.Log((1 + (1 + Math.Sqrt(2)) * (0.1 * x[0] + 0.2 * x[1])) / (1 + (1 - Math.Sqrt(2)) * (0.1 * x[0] + 0.2 * x[1]))),
        ["in a branch, then outside"] = x => (x[0] > 0 ? Math.Exp(x[0] * x[1]) * x[0] : x[1]) + Math.Exp(x[0] * x[1]) * x[1],
        ["in both branches"] = x => (x[0] > 0 ? Math.Exp(x[0] * x[1]) * x[0] : Math.Exp(x[0] * x[1]) / x[1]) + x[0],
        ["in both branches of a branch, then outside"] = x => (x[0] > 0 ? x[1] > 1 ? Math.Sin(x[0] * x[1]) * x[0] : Math.Sin(x[0] * x[1]) / x[1] : x[0]) * Math.Cos(x[0] * x[1]),
    };

    public static TheoryData<string> Names => [.. Functions.Keys];

    [Fact]
    public void The_example_takes_one_logarithm_one_sincos_one_division_and_five_multiplications_one_of_them_fused()
    {
        OperationCounts counts = OperationCounter.Count(Gradient(Functions["log(x0*x1)*sin(x1)"]));
        Assert.Equal((4, 0, 1, 1, 0), (counts.Multiplications, counts.Additions, counts.FusedMultiplyAdds, counts.Divisions, counts.Negations));
        // The sign bit of the product is masked: the logarithm has the partial +∞ at −0.
        Assert.Equal(new Dictionary<string, int> { ["abs"] = 1, ["log"] = 1, ["sincos"] = 1 }, counts.Functions);
    }

    [Fact]
    public void Rosenbrock_takes_at_most_eleven_operations_for_each_variable()
    {
        OperationCounts counts = OperationCounter.Count(Gradient(Functions["Rosenbrock 10"]));
        Assert.InRange(counts.Additions + counts.Multiplications + counts.FusedMultiplyAdds, 0, 110);
        Assert.Equal((0, 0, 0), (counts.Divisions, counts.Negations, counts.FunctionCalls));
    }

    [Fact]
    public void Both_partials_of_a_quotient_take_one_division() =>
        Assert.Equal(2, OperationCounter.Count(Gradient(x => Math.Exp(x[0]) / x[1])).Divisions);

    [Theory, MemberData(nameof(Names))]
    public void No_transcendental_function_is_computed_in_two_places(string name)
    {
        Graph graph = Gradient(Functions[name]);
        GraphVerifier.Verify(graph);
        int[] uses = Liveness.CountUses(graph);
        var classes = new Dictionary<Node, string>();
        var known = new Dictionary<string, List<Node>>();
        foreach (Node node in graph.Nodes.Where(node => uses[node.Id] > 0))
        {
            string text = node is Apply { Operation: var operation } ? $"{operation.Name}({string.Join(", ", node.Operands.Select(operand => classes[operand]))})" : node.ToString();
            if (!known.TryGetValue(text, out List<Node>? equal))
                known[text] = equal = [];
            classes[node] = (equal.Count == 0 ? node : equal[0]).ToString();
            equal.Add(node);
        }
        Assert.All(known.Where(entry => IsTranscendental(entry.Value[0])), entry => Assert.Single(entry.Value));
    }

    [Theory, MemberData(nameof(Names))]
    public void FastExpressionCompiler_compiles_each(string name) =>
        Assert.Equal(CompiledBy.FastExpressionCompiler, GradientCompiler.Compile<ValueAndGradient>(Functions[name], null).By);

    [Theory, MemberData(nameof(Names))]
    public void Each_agrees_with_the_oracle(string name)
    {
        ValueAndGradient compiled = Grad.Compile(Functions[name]);
        var random = new Random(17);
        for (int k = 0; k < 50; k++)
        {
            double[] x = [.. Enumerable.Range(0, 100).Select(_ => 0.05 + 2 * random.NextDouble())];
            var (value, gradient) = compiled(x);
            Expect.SameBits(Functions[name].Compile()(x), value, name);
            string? error = Oracle.Agreement.GradientError(Oracle.DualOracle.Evaluate(Functions[name], x), gradient);
            Assert.True(error is null, $"at {Expect.Text(x)}: {error}");
        }
    }

    private static bool IsTranscendental(Node node) => node is Apply { Operation.Name: "exp" or "log" or "sin" or "cos" or "sincos" or "pow" };

    private static Graph Gradient(Function f) => Simplifier.Simplify(ReverseMode.Differentiate(LambdaReader.Read(f)), FloatingPoint.Default, fusing: true);

    private static Function Rosenbrock(int n)
    {
        Expression<Func<double, double, double>> term = (a, b) => 100 * ((b - a * a) * (b - a * a)) + (1 - a) * (1 - a);
        ParameterExpression x = Expression.Parameter(typeof(double[]), "x");
        Expression Element(int i) => Expression.ArrayIndex(x, Expression.Constant(i));
        Expression sum = Expression.Invoke(term, Element(0), Element(1));
        for (int i = 1; i < n - 1; i++)
            sum = Expression.Add(sum, Expression.Invoke(term, Element(i), Element(i + 1)));
        return Expression.Lambda<Func<double[], double>>(sum, x);
    }
}
