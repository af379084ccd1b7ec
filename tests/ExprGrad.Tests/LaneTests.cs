using System.Linq.Expressions;
using System.Runtime.Intrinsics;
using ExprGrad.Compilation;
using ExprGrad.IR;
using ExprGrad.Reading;
using ExprGrad.Runtime;
using ExprGrad.Scheduling;
using ExprGrad.Tests.Contract;
using ExprGrad.Tests.Fuzz;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests;

/// <summary>Loops that run eight iterations at once.</summary>
public class LaneTests
{
    private const int Seed = 8200, Programs = 60;

    private const string LookedUpRows = "rows that are looked up";

    // What waits for itself cannot.
    private static readonly string[] Waiting = ["a state that waits for itself", "states that wait for each other", "a state from a square"];

    // Of the largest component: the lanes are added up in another order.
    private const double Reordered = 1e-13;

    private const Optimisations Eager = Optimisations.All | Optimisations.EagerLanes, Without = Optimisations.All & ~Optimisations.Lanes;

    private static readonly double[] Table = [.. Enumerable.Range(0, 40).Select(i => Math.Sin(i) + 1.25)];
    private static readonly double[][] Rows = [.. Enumerable.Range(0, 40).Select(i => new[] { Math.Cos(i), 0.1 * i, 1.5, -0.5 * i })];
    private static readonly int[] Picks = [.. Enumerable.Range(0, 40).Select(i => i * 7 % 3)];
    private static readonly int[] Firsts = [.. Enumerable.Range(0, 40).Select(i => i * 5 % 2)];
    private static readonly Pair[] Pairs = [.. Enumerable.Range(0, 40).Select(i => new Pair(i, Math.Sqrt(i)))];

    private readonly record struct Pair(int Number, double Root);

    private static readonly Dictionary<string, Function> Functions = new()
    {
        ["neighbours"] = x => Enumerable.Range(0, x.Length - 1).Sum(i => 100 * Math.Pow(x[i + 1] - x[i] * x[i], 2) + Math.Pow(1 - x[i], 2)),
        ["far neighbours"] = x => Enumerable.Range(0, x.Length - 3).Sum(i => x[i] * x[i + 1] * x[i + 3]),
        ["captured"] = x => Enumerable.Range(0, x.Length).Sum(i => Table[i] * x[i] * x[0]),
        ["rows"] = x => Enumerable.Range(0, x.Length).Sum(i => Math.Log(1 + Math.Exp(Enumerable.Range(0, 2).Sum(k => x[k] * Rows[i][k])))),
        ["picked"] = x => Enumerable.Range(0, x.Length).Sum(i => x[Picks[i]] * x[i] + Table[Picks[i] + 2]),
        ["blocks of three"] = x => Enumerable.Range(0, x.Length).Sum(i => x[Firsts[i]] * Math.Sin(x[Firsts[i] + 2]) * x[Firsts[i] + 1] * x[i]),
        ["blocks of five"] = x => Enumerable.Range(0, x.Length).Sum(i => x[i] * (Table[Firsts[i] * 8 + 2] - Table[Firsts[i] * 8 + 3]) * (Table[Firsts[i] * 8 + 6] + x[0] * Table[Firsts[i] * 8 + 5])),
        [LookedUpRows] = x => Enumerable.Range(0, x.Length).Sum(i => Rows[Picks[i] + 1][1] * x[i] * x[i] + Rows[Picks[i]].Length * x[0]),
        ["objects"] = x => Enumerable.Range(0, x.Length).Sum(i => (x[0] - Pairs[i].Root) * Pairs[i].Number * x[i]),
        ["branches"] = x => Enumerable.Range(0, x.Length).Sum(i => x[i] > 1 ? Math.Sqrt(x[i]) : x[i] < 0 ? x[i] * x[i] : x[0]),
        ["selections"] = x => Enumerable.Range(0, x.Length).Sum(i => Math.Max(x[i], x[0]) * Math.Min(Table[i], 1.3) + Math.Abs(x[i] - 1)),
        ["sine and cosine"] = x => Enumerable.Range(0, x.Length).Sum(i => Math.Sin(x[i]) * Math.Cos(x[i]) * x[0]),
        ["two arguments"] = x => Enumerable.Range(0, x.Length).Sum(i => Math.Pow(Math.Abs(x[i]) + 1, x[0]) + Math.Atan2(x[i], Table[i])),
        ["loops inside"] = x => Enumerable.Range(0, x.Length).Sum(i => Math.Log(Enumerable.Range(0, 3).Select(k => Math.Exp(x[k] * Table[i])).ToArray().Sum())),
        ["greatest"] = x => Enumerable.Range(0, x.Length).Sum(i => Enumerable.Range(0, 3).Select(k => x[k] * Rows[i][k]).ToArray().Max() * x[i]),
        ["recurrence inside"] = x => Enumerable.Range(0, x.Length).Sum(i => Enumerable.Range(0, 4).Aggregate(x[i], (s, k) => s * x[0] + Table[k])),
        ["vector outside"] = x => Enumerable.Range(0, x.Length).Select(i => x[i] * x[0] + Table[i]).ToArray().Reverse().Aggregate(0.5, (s, v) => 0.5 * s * v + 1),
        ["a state that waits for itself"] = x => Enumerable.Range(0, x.Length).Aggregate(new ValueTuple<double, double>(0.3, 1.3), (s, i) => new ValueTuple<double, double>(s.Item2 * Table[i], Math.Sin(s.Item2) * x[0])).Item1,
        ["states that wait for each other"] = x => Enumerable.Range(0, x.Length).Aggregate(new ValueTuple<double, double, double>(0.3, 1.3, 0.1), (s, i) => new ValueTuple<double, double, double>(s.Item3 * Table[i], Math.Sin(s.Item1) * x[0], s.Item2 * s.Item2 * x[1])).Item1,
        ["a state from a square"] = x => Enumerable.Range(0, x.Length).Aggregate(new ValueTuple<double, double>(x[0], x[1]), (s, i) => new ValueTuple<double, double>(s.Item2 * s.Item2 * x[0] * Table[i], 0.1 * s.Item2 * (x[0] - x[1] * s.Item2))).Item1,
        ["a state that is used beside one made of it"] = x => Enumerable.Range(0, x.Length).Aggregate(new ValueTuple<double, double, double, double>(0.2, 0.3, 0.5, x[1]), (s, i) => new ValueTuple<double, double, double, double>(s.Item4, Math.Exp(-s.Item1 * s.Item3), Math.Exp(-Math.Abs(x[0] * s.Item4)), x[0] * Table[i]), s => s.Item1 + s.Item2 + s.Item3 + s.Item4),
        ["states in a chain"] = x => Enumerable.Range(0, x.Length).Aggregate(new ValueTuple<double, double, double, double>(0.2, x[1], 0.4, 0.5), (s, i) => new ValueTuple<double, double, double, double>(Math.Exp(-Math.Abs(2 * s.Item3 * s.Item2)), Math.Sin(x[1] * s.Item3) * s.Item3, x[0] * Table[i], s.Item3 * s.Item1)).Item4,
        ["layers of a recurrence"] = x => Enumerable.Range(0, 5).Aggregate(x, (h, t) => h.Select((v, j) => Math.Tanh(v * x[j] + Table[j + t]) * x[0]).ToArray()).Sum(),
        ["gated layers"] = x => Enumerable.Range(0, 5).Aggregate(ValueTuple.Create(x, x.Select((v, j) => Table[j]).ToArray()), (s, t) => ValueTuple.Create(s.Item1.Zip(s.Item2, (h, c) => Math.Tanh(c) / (1 + Math.Exp(-h * x[t % 3]))).ToArray(), s.Item1.Select((h, j) => s.Item2[j] * 0.5 + h * x[j]).ToArray()), s => s.Item1.Sum() * s.Item2[1]),
        ["sums inside of a recurrence"] = x => Enumerable.Range(0, 4).Aggregate(0.5, (s, t) => Math.Sin(s + Enumerable.Range(0, x.Length).Sum(j => x[j] * Table[j] * s))),
        ["a sum that decides, inside of a recurrence"] = x => Enumerable.Range(0, 6).Aggregate(0.5, (s, t) => Enumerable.Range(0, x.Length).Sum(j => Math.Sin(s * x[j]) * Table[j]) > 0 ? s * x[0] + 0.1 : Math.Cos(s) - x[1]),
        ["recurrences inside of recurrences"] = x => Enumerable.Range(0, 4).Aggregate(x[0], (s, t) => x.Select(v => v * s + Table[t]).ToArray().Aggregate(s, (r, v) => 0.5 * Math.Sin(r) * v)),
        ["scatters inside of a recurrence"] = x => Enumerable.Range(0, 4).Aggregate(x, (h, t) => h.Select((v, j) => h[Picks[j]] * v + x[h.Length - 1 - j]).ToArray()).Select((v, j) => v * Table[j]).Sum(),
        ["indices as numbers"] = x => Enumerable.Range(0, x.Length).Sum(i => (2.0 * i + 1) * x[i] / (i + 1) + (i % 3) * x[0]),
    };

    public static TheoryData<string, int> NamesAndWidths
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (string name in Functions.Keys)
            {
                data.Add(name, (int)Eager);
                data.Add(name, (int)(Eager | Optimisations.FourLanes));
            }
            return data;
        }
    }

    public static TheoryData<int> Lengths => [4, 7, 8, 9, 15, 16, 17, 33];

    [Theory, MemberData(nameof(NamesAndWidths))]
    public void Lanes_keep_the_bits_of_the_value_and_the_gradient_but_for_the_order_of_sums(string name, int toggled)
    {
        Function f = Functions[name];
        Func<double[], double> plain = f.Compile();
        Compiled<ValueAndGradient> lanes = GradientCompiler.Compile<ValueAndGradient>(f, null, (Optimisations)toggled);
        ValueAndGradient reference = GradientCompiler.Compile<ValueAndGradient>(f, null, Without).Delegate;
        Assert.Equal(CompiledBy.FastExpressionCompiler, lanes.By);
        var random = new Random(3);
        foreach (int length in Lengths.Select(row => row.Data))
        {
            for (int k = 0; k < 6; k++)
            {
                double[] x = [.. Enumerable.Range(0, length).Select(_ => 3 * random.NextDouble() - 1)];
                AssertSame(plain, lanes.Delegate, reference, x, name);
            }
        }
    }

    [Theory, MemberData(nameof(NamesAndWidths))]
    public void Lanes_do_with_special_numbers_what_single_iterations_do(string name, int toggled)
    {
        double[] special = [double.NaN, 0.0, -0.0, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, -double.MaxValue, 1e300, 1, -1];
        Function f = Functions[name];
        Func<double[], double> plain = f.Compile();
        ValueAndGradient lanes = GradientCompiler.Compile<ValueAndGradient>(f, null, (Optimisations)toggled).Delegate;
        var random = new Random(4);
        for (int k = 0; k < 200; k++)
        {
            double[] x = [.. Enumerable.Range(0, 17).Select(_ => random.Next(4) == 0 ? special[random.Next(special.Length)] : random.NextDouble())];
            Assert.True(BitsOf(plain(x)) == BitsOf(lanes(x).Value), $"{name} at {string.Join(", ", x)}: {lanes(x).Value:R} instead of {plain(x):R}");
        }
    }

    [Theory, InlineData((int)Eager), InlineData((int)(Eager | Optimisations.FourLanes))]
    public void Lanes_that_are_not_chosen_add_to_no_element_that_is_not_there(int toggled)
    {
        int far = 1000;
        Function[] functions =
        [
            x => Math.Atan(x.Prepend(0.5).Sum()),
            x => Math.Atan(Enumerable.Range(0, x.Length + 3).Sum(i => i < 2 ? Table[i] : i < x.Length ? x[i - 2] * Table[i] : 1)),
            x => Math.Atan(Enumerable.Range(0, x.Length).Sum(i => Table[i] > 100 ? x[far] : Table[i])) * x[0],
        ];
        foreach (Function f in functions)
        {
            ValueAndGradient lanes = GradientCompiler.Compile<ValueAndGradient>(f, null, (Optimisations)toggled).Delegate, reference = GradientCompiler.Compile<ValueAndGradient>(f, null, Without).Delegate;
            foreach (int length in Lengths.Select(row => row.Data))
                AssertSame(f.Compile(), lanes, reference, [.. Enumerable.Range(0, length).Select(i => 0.1 * i - 0.4)], f.ToString());
        }
    }

    [Fact]
    public void Most_of_these_functions_run_in_lanes()
    {
        Assert.SkipUnless(Vector256.IsHardwareAccelerated, "This processor has no vectors of 256 bits.");
        string[] without = [.. Functions.Where(entry => !RunsInLanes(entry.Value, Eager)).Select(entry => entry.Key)];
        Assert.True(without.Except([LookedUpRows, .. Waiting]).Count() <= 3, string.Join(", ", without));
        // What is another array in each lane has no vector of elements.
        Assert.Contains(LookedUpRows, without);
        Assert.Empty(Waiting.Except(without));
        // What gains by it does by default.
        string[] byDefault = [.. Functions.Where(entry => RunsInLanes(entry.Value, Optimisations.All)).Select(entry => entry.Key)];
        Assert.True(byDefault.Contains("far neighbours") && byDefault.Contains("greatest"), string.Join(", ", byDefault));
    }

    [Fact]
    public void Reproducible_gradients_have_no_lanes()
    {
        var reproducible = new GradOptions { FloatingPoint = FloatingPoint.Reproducible };
        Assert.DoesNotContain("Lanes.", Grad.Explain(Functions["neighbours"], reproducible).Code, StringComparison.Ordinal);
    }

    [Theory, InlineData((int)Eager), InlineData((int)(Eager | Optimisations.FourLanes))]
    public void Random_programs_over_many_rows_agree_with_the_oracle_in_lanes(int toggled)
    {
        int inLanes = 0;
        FuzzReport report = Fuzzer.Run(Seed, Programs, own =>
        {
            (Function f, int inputs) = LoopGenerator.Generate(own, 1 + (int)((uint)own % 3));
            Function sum = ManyRows.SumOf(f, own);
            inLanes += RunsInLanes(sum, Eager) ? 1 : 0;
            return (sum, 1, LoopFuzzer.Points(own, inputs));
        }, f => GradientCompiler.Compile<ValueAndGradient>(f, null, (Optimisations)toggled).Delegate, shrink: true, exactExceptions: true);
        Assert.True(report.IsClean, report.ToString());
        TestContext.Current.TestOutputHelper?.WriteLine($"{inLanes} of {Programs} programs ran in lanes.");
        Assert.True(!Vector256.IsHardwareAccelerated || inLanes > Programs / 8, $"Only {inLanes} of {Programs} programs ran in lanes.");
    }

    [Fact]
    public void Rows_that_are_missing_or_short_throw_what_the_plain_lambda_throws()
    {
        double[][] rows = [.. Enumerable.Range(0, 24).Select(i => new double[] { i, 1, 2 })];
        Function f = x => Enumerable.Range(0, rows.Length).Sum(i => Math.Exp(-Enumerable.Range(0, 3).Sum(k => x[k] * rows[i][k])) * x[0] * x[1]);
        ValueAndGradient compiled = GradientCompiler.Compile<ValueAndGradient>(f, null, Eager).Delegate;
        double[] x = [0.1, 0.2, 0.3], buffer = new double[3];
        Assert.Equal(f.Compile()(x), compiled(x, buffer).Value);
        rows[13] = [1, 2, 3, 4];
        Assert.Equal(f.Compile()(x), compiled(x, buffer).Value);
        rows[13] = [1, 2];
        Assert.Throws<IndexOutOfRangeException>(() => compiled(x, buffer));
        rows[13] = null!;
        Assert.Throws<NullReferenceException>(() => compiled(x, buffer));
        rows[13] = buffer;
        Assert.Throws<ArgumentException>(() => compiled(x, buffer));
    }

    [Theory, InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7), InlineData(8), InlineData(11), InlineData(16)]
    public void Blocks_are_read_and_added_to_as_their_elements_are_one_by_one(int count)
    {
        Assert.SkipUnless(Vector256.IsHardwareAccelerated, "This processor has no vectors of 256 bits.");
        var random = new Random(count);
        for (int k = 0; k < 50; k++)
        {
            double[] array = [.. Enumerable.Range(0, count + 20).Select(_ => random.NextDouble())];
            int[] firsts = [.. Enumerable.Range(0, 8).Select(_ => random.Next(21))];
            AssertBlocks(4, count, array, firsts, (columns, from) => FourLanes.LoadBlocks(from, Vector128.Create(firsts.AsSpan(0, 4)), count, columns), (columns, to) => FourLanes.AddBlocks(to, Vector128.Create(firsts.AsSpan(0, 4)), count, columns), FourLanes.LengthOfBlocks(count));
            AssertBlocks(8, count, array, firsts, (columns, from) => EightLanes.LoadBlocks(from, Vector256.Create<int>(firsts), count, columns), (columns, to) => EightLanes.AddBlocks(to, Vector256.Create<int>(firsts), count, columns), EightLanes.LengthOfBlocks(count));
        }
        double[] few = new double[count + 1], memory = new double[EightLanes.LengthOfBlocks(count)];
        foreach (int first in new[] { -1, 2, int.MinValue, int.MaxValue })
        {
            Assert.Throws<IndexOutOfRangeException>(() => FourLanes.LoadBlocks(few, Vector128.Create(0, 1, first, 0), count, memory));
            Assert.Throws<IndexOutOfRangeException>(() => EightLanes.LoadBlocks(few, Vector256.Create(0, 1, 0, 0, 1, 1, 0, first), count, memory));
            Assert.Throws<IndexOutOfRangeException>(() => FourLanes.AddBlocks(few, Vector128.Create(0, 1, first, 0), count, memory));
            Assert.Throws<IndexOutOfRangeException>(() => EightLanes.AddBlocks(few, Vector256.Create(0, 1, 0, 0, 1, 1, 0, first), count, memory));
        }
        Assert.Throws<IndexOutOfRangeException>(() => EightLanes.LoadBlocks(new double[count - 1], Vector256<int>.Zero, count, memory));
        Assert.Throws<IndexOutOfRangeException>(() => EightLanes.LoadBlocks(few, Vector256<int>.Zero, count, new double[8]));
        Assert.All(few, element => Assert.Equal(0, element));
    }

    private static void AssertBlocks(int width, int count, double[] array, int[] firsts, Action<double[], double[]> load, Action<double[], double[]> add, int length)
    {
        double[] columns = new double[length], sum = [.. array], expected = [.. array];
        load(columns, array);
        for (int lane = 0; lane < width; lane++)
        {
            for (int k = 0; k < count; k++)
            {
                Assert.Equal(array[firsts[lane] + k], columns[k * width + lane]);
                expected[firsts[lane] + k] += columns[k * width + lane];
            }
        }
        add(columns, sum);
        Assert.Equal(expected, sum);
    }

    [Fact]
    public void Lanes_allocate_nothing()
    {
        ValueAndGradient f = Grad.Compile(Functions["loops inside"]);
        double[] x = [.. Enumerable.Range(0, 40).Select(i => 0.01 * i)], buffer = new double[40];
        Allocations.AssertNone(() =>
        {
            for (int k = 0; k < 100; k++)
                f(x, buffer);
        });
    }

    private static void AssertSame(Func<double[], double> plain, ValueAndGradient lanes, ValueAndGradient reference, double[] x, string name)
    {
        (double value, double[] gradient) = lanes(x);
        double[] expected = reference(x).Gradient;
        Assert.True(BitsOf(plain(x)) == BitsOf(value), $"{name}, {x.Length} numbers: {value:R} instead of {plain(x):R}");
        double scale = expected.Max(Math.Abs);
        for (int k = 0; k < gradient.Length; k++)
            Assert.True(Math.Abs(gradient[k] - expected[k]) <= Reordered * scale, $"{name}, {x.Length} numbers, component {k}: {gradient[k]:R} instead of {expected[k]:R}");
    }

    private static long BitsOf(double number) => BitConverter.DoubleToInt64Bits(double.IsNaN(number) ? double.NaN : number);

    private static bool RunsInLanes(Function f, Optimisations optimisations)
    {
        Graph graph = GradientCompiler.WithGradient(LambdaReader.Read(f), new GradOptions(), optimisations);
        return Contains(Scheduler.Arrange(graph, optimisations).Body);

        static bool Contains(IReadOnlyList<Statement> statements) => statements.Any(statement => statement is Repeat { Lanes: not null } || statement.Blocks.Any(Contains));
    }
}
