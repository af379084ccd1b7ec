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

    public static TheoryData<string> ThrowingNames => [.. Throwing.Select(entry => entry.Name)];

    private static readonly double[] Empty = [], Data = [1.5, -2, 0.5];
    private static readonly List<double> EmptyList = [];
    private static double[]? Missing => null;
    private static List<double>? MissingList => null;
    private static IEnumerable<double>? MissingSequence => null;
    private static readonly int MinusOne = -1, Seven = 7;

    // What throws in the plain lambda throws the same here.
    private static readonly (string Name, Function Function)[] Throwing =
    [
        ("average of nothing", x => Empty.Average(v => v * x[0])),
        ("average of nothing that is left", x => x.Where(v => v > 100).Average()),
        ("largest of nothing", x => EmptyList.Max(v => v * x[0])),
        ("smallest of nothing that is left", x => x.Where(v => v > 100).Min()),
        ("largest integer of nothing", x => x.Take(0).Max(v => (int)v)),
        ("aggregate of nothing", x => Empty.Aggregate((s, v) => s * v * x[0])),
        ("first of nothing", x => x.Skip(7).First()),
        ("first of nothing that is left", x => x.First(v => v > 100)),
        ("last of nothing that is left", x => x.Last(v => v > 100)),
        ("single of several", x => x.Single()),
        ("single of several that are left", x => x.Single(v => v > 0)),
        ("single of nothing", x => x.SingleOrDefault(v => v > 0) + x[0]),
        ("element out of range", x => x.ElementAt(Seven)),
        ("negative element", x => x.Select(v => v * v).ElementAt(MinusOne)),
        ("element of what is left", x => x.Where(v => v > 0).ElementAt(2)),
        ("null array", x => Missing!.Sum(v => v * x[0])),
        ("null list", x => MissingList!.Select(v => v * x[0]).Sum()),
        ("null sequence", x => MissingSequence!.Sum(v => v * x[0])),
        ("null array in a loop", x => x.Sum(v => Missing!.Sum(w => w * v))),
        ("null array in a loop that does not run", x => x.Skip(7).Sum(v => Missing!.Sum(w => w * v)) + x[0]),
        ("negative range", x => Enumerable.Range(0, MinusOne).Sum(i => x[i])),
        ("range beyond the integers", x => Enumerable.Range(int.MaxValue - 1, Seven).Sum(i => x[0] * i)),
        ("negative repetition", x => Enumerable.Repeat(x[0], MinusOne).Sum()),
        ("negative length", x => x[0] + new double[MinusOne].Sum(v => v * x[0])),
        ("chunks of nothing", x => x.Chunk(MinusOne + 1).Sum(chunk => chunk.Sum())),
        ("index out of range", x => Enumerable.Range(0, Seven).Sum(i => x[i])),
        ("index out of range behind a test", x => Enumerable.Range(0, Seven).Where(i => i < x.Length).Sum(i => x[i])),
        ("index out of range of data", x => Enumerable.Range(0, x.Length + 1).Sum(i => Data[i] * x[0])),
        ("index out of range of a vector", x => (from v in x let w = x.Select(u => u * v).ToArray() select w[Seven]).Sum()),
        ("index out of range of a list", x => (from v in x let w = x.Select(u => u * v).ToList() select w[Seven]).Sum()),
        ("index out of range of an empty vector", x => (from v in x let w = Empty.Select(u => u * v).ToArray() select w[0]).Sum()),
        ("overflow of a sum", x => x[0] * Data.Sum(v => int.MaxValue)),
        ("division by zero", x => Enumerable.Range(0, 3).Sum(i => x[0] * (3 / (i - 1)))),
        ("no division by zero behind a test", x => Enumerable.Range(0, 3).Where(i => i != 1).Sum(i => x[0] * (3 / (i - 1)))),
        ("what decides comes before what throws", x => (Enumerable.Range(0, 3).Any(i => 3 / (1 - i) == 3) ? x[0] : x[1]) + Enumerable.Range(0, 3).First(i => 3 / (1 - i) == 3)),
        ("what throws is not taken", x => Enumerable.Range(0, 3).Select(i => x[0] * (3 / (1 - i))).Take(1).Sum() + Enumerable.Range(0, 9).TakeWhile(i => i < x.Length).Sum(i => x[i])),
    ];

    [Theory, MemberData(nameof(ThrowingNames))]
    public void What_throws_in_the_plain_lambda_throws_the_same(string name)
    {
        Function f = Throwing.Single(entry => entry.Name == name).Function;
        Graph graph = ReverseMode.Differentiate(LambdaReader.Read(f));
        double[][] points = [[0.5, 1.5, -2], [-0.5, -1.5, -2]];
        foreach (double[] x in points)
            Assert.Equal(Outcome(() => f.Compile()(x)), Outcome(() => GraphInterpreter.Run(graph, x).Value));
    }

    public static TheoryData<string> ImpureNames => [.. Impure.Select(entry => entry.Name)];

    private static IEnumerable<double> Counted(int count)
    {
        for (int k = 0; k < count; k++)
            yield return ImpureCalls.Next(k);
    }

    private static readonly System.Linq.Expressions.Expression<Func<IEnumerable<double>, double>> Twice = vs => vs.Sum() * vs.Max();

    // Each call is made as often and in the same order.
    private static readonly (string Name, Function Function)[] Impure =
    [
        ("in a sum", x => Data.Sum(v => ImpureCalls.Next(1) * x[0] * v)),
        ("in two sums over one range", x => Data.Sum(v => ImpureCalls.Next(1) * x[0]) + Data.Sum(v => ImpureCalls.Next(2) * x[1]) * Data.Sum(v => v * x[2])),
        ("around sums", x => ImpureCalls.Next(0) + Data.Sum(v => v * ImpureCalls.Next(1)) * x[0] + ImpureCalls.Next(2)),
        ("in a nested sum", x => Data.Sum(v => ImpureCalls.Next(1) * Data.Sum(w => ImpureCalls.Next(2) * x[0]) + ImpureCalls.Next(3))),
        ("in a test", x => x.Where(v => ImpureCalls.Flip(1)).Sum(v => v * v) + x.Count(v => ImpureCalls.Flip(2))),
        ("in a branch of a sum", x => x.Sum(v => v > 0 ? ImpureCalls.Next(1) * v : v)),
        ("in a selection that is used twice", x => (from v in x let w = x.Select(u => u * ImpureCalls.Next(1)).ToArray() select w.Sum() * w[0]).Sum()),
        ("in a sequence that is enumerated twice", x => Twice.Compile()(x.Select(v => v * ImpureCalls.Next(1)))),
        ("until it is decided", x => x.Any(v => ImpureCalls.Flip(1)) && x.All(v => ImpureCalls.Flip(2)) ? x[0] : x[1]),
        ("in a recurrence", x => Data.Aggregate(x[0], (s, v) => s * x[1] + ImpureCalls.Next(1))),
        ("in a recurrence and in loops in it", x => Data.Aggregate(x[0], (s, v) => Math.Sin(s) * x.Sum(w => w * s * ImpureCalls.Next(1)) + (v > 0 ? s * ImpureCalls.Next(2) : s))),
        ("in a recurrence in a recurrence", x => Data.Aggregate(x[0], (s, v) => x.Aggregate(s, (t, w) => Math.Sin(t * w) * ImpureCalls.Next(1) + s * t))),
        ("in a recurrence in a sum", x => x.Sum(v => Data.Aggregate(v, (s, w) => s * s * ImpureCalls.Next(1) * x[1]))),
        ("in a recurrence with vectors", x => Data.Aggregate(new[] { x[0], x[1] }, (s, v) => s.Select(u => u * s[0] * ImpureCalls.Next(1)).ToArray()).Sum()),
        ("source", x => Counted(3).Sum(v => v * x[0]) + Counted(2).Select((v, i) => v * x[i]).Sum()),
        ("source in a loop", x => x.Sum(v => Counted(2).Sum(w => v * w))),
        ("in a loop that does not run", x => x.Skip(5).Sum(v => v * ImpureCalls.Next(1)) + x[0] * ImpureCalls.Next(2)),
        ("backwards", x => x.Select(v => v * ImpureCalls.Next(1)).Reverse().Sum(v => v * ImpureCalls.Next(2)) + x.Max(v => v * ImpureCalls.Next(3)) + x.Min(v => (int)(9 * v * ImpureCalls.Next(4)))),
        ("one after the other", x => x.Select(v => v * ImpureCalls.Next(1)).Zip(x.Select(v => v * ImpureCalls.Next(2)), (v, w) => v * w).Concat(x.Select(v => v * ImpureCalls.Next(3))).Sum() + x.Select(v => v * ImpureCalls.Next(4)).Aggregate((s, v) => s * v)),
        ("counted", x => x[0] * x.Where(v => ImpureCalls.Flip(1)).Count() + x[1] * x.Select(v => ImpureCalls.Next(2)).Count() + x.SelectMany(v => Data.Where(w => ImpureCalls.Flip(3)), (v, w) => v * w * ImpureCalls.Next(4)).Average()),
        ("elements taken", x => x.Where(v => ImpureCalls.Flip(1)).Take(1).Sum() + x.Select(v => v * ImpureCalls.Next(2)).Last() + x.Select(v => v * ImpureCalls.Next(3)).Skip(1).Sum() + x.Select(v => v * ImpureCalls.Next(4)).ElementAt(1)),
    ];

    [Theory, MemberData(nameof(ImpureNames))]
    public void Impure_code_runs_as_often_and_in_the_same_order(string name)
    {
        Function f = Impure.Single(entry => entry.Name == name).Function;
        Graph primal = LambdaReader.Read(f);
        GraphVerifier.Verify(primal);
        Graph graph = ReverseMode.Differentiate(primal);
        GraphVerifier.Verify(graph);
        double[][] points = [[0.5, 1.5, -2], [-0.5, -1.5, 2]];
        foreach (double[] x in points)
        {
            ImpureCalls.Reset();
            double expected = f.Compile()(x);
            string[] calls = [.. ImpureCalls.Log];
            ImpureCalls.Reset();
            OracleResult oracle = DualOracle.Evaluate(f, x);
            ImpureCalls.Reset();
            (double value, double[] gradient) = GraphInterpreter.Run(graph, x);
            Assert.Equal(calls, ImpureCalls.Log);
            Assert.Equal(expected, value);
            string? error = Agreement.GradientError(oracle, gradient);
            Assert.True(error is null, error);
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
