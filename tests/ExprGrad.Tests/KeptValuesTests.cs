using ExprGrad.IR;
using ExprGrad.Reading;
using ExprGrad.Scheduling;
using ExprGrad.Tests.Contract;
using ExprGrad.Tests.Fuzz;
using ExprGrad.Tests.Oracle;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests;

/// <summary>What recurrences keep for the way back, where it lies, and what becomes of the arrays that they carry.</summary>
public class KeptValuesTests
{
    private const double H = 0.01;

    private static readonly double[] X = [0.7, -1.2, 0.4];

    private static readonly System.Linq.Expressions.Expression<Func<double[], ValueTuple<double[], double[]>>> Twice = a => ValueTuple.Create(a, a);

    private static readonly double[] Long = [.. Enumerable.Range(0, 19).Select(k => Math.Cos(k))];
    private static readonly int[] Picks = [2, 0, 1];

    private static readonly Dictionary<string, Function> Functions = new()
    {
        ["a step of two stages"] = x => Enumerable.Range(0, 37).Aggregate(
            ValueTuple.Create(x[0], x[1]),
            (s, _) => ValueTuple.Create(s.Item1 + H * (x[2] * (s.Item1 + H * (x[2] * s.Item1 - s.Item1 * s.Item2 * s.Item2)) - (s.Item1 + H * (x[2] * s.Item1 - s.Item1 * s.Item2 * s.Item2)) * s.Item2), s.Item2 - H * s.Item1 * s.Item2),
            s => s.Item1 * s.Item2),
        ["quotients"] = x => Enumerable.Range(1, 37).Aggregate(x[0], (s, k) => s / (1 + s * s) * (x[1] / k) + x[2] / (2 + s * s)),
        ["seven functions of a state"] = x => Enumerable.Range(0, 37).Aggregate(x[0], (s, k) => Math.Sin(s) * Math.Cos(s + 1) * Math.Exp(-s) + Math.Tanh(s) * Math.Atan(s) + Math.Sin(x[1] + k) * Math.Exp(x[2] * s) * 0.1),
        ["a state that is chosen"] = x => Enumerable.Range(0, 37).Aggregate(x[0], (s, k) => s > 0.3 ? s * x[1] * Math.Sin(s) / (1 + s * s * s * s) : Math.Exp(s) * x[2] + 0.3),
        ["arrays"] = x => Enumerable.Range(0, 9).Aggregate(x.Select(v => v * v).ToArray(), (s, k) => s.Select((v, j) => Math.Sin(v) * x[j] + v / (2 + v * v)).ToArray()).Sum(),
        ["two arrays that change places"] = x => Enumerable.Range(0, 9).Aggregate(ValueTuple.Create(x.Select(v => v + 1).ToArray(), x.Select(v => v * 2).ToArray()), (s, k) => ValueTuple.Create(s.Item2, s.Item1.Zip(s.Item2, (a, b) => a * Math.Cos(b)).ToArray()), s => s.Item1.Sum() + 3 * s.Item2.Sum()),
        ["the array before"] = x => Enumerable.Range(0, 9).Aggregate(ValueTuple.Create(x.Select(v => v + 1).ToArray(), x.Select(v => v * 2).ToArray()), (s, k) => ValueTuple.Create(s.Item1.Zip(s.Item2, (a, b) => a * Math.Cos(b)).ToArray(), s.Item1), s => s.Item1.Sum() + 3 * s.Item2.Sum()),
        ["three arrays in a circle"] = x => Enumerable.Range(0, 8).Aggregate(ValueTuple.Create(x.Select(v => v + 1).ToArray(), x.Select(v => v * 2).ToArray(), x), (s, k) => ValueTuple.Create(s.Item3, s.Item1, s.Item2.Select(v => Math.Sin(v) + 0.1 * k).ToArray()), s => s.Item1.Sum() + 3 * s.Item2.Sum() - s.Item3.Sum()),
        ["two arrays in a circle"] = x => Enumerable.Range(0, 7).Aggregate(ValueTuple.Create(x.Select(v => v + 1).ToArray(), x.Select(v => v * 2).ToArray()), (s, k) => ValueTuple.Create(s.Item2, s.Item1), s => s.Item1.Sum() + 3 * s.Item2.Sum()),
        ["the input as a state of two recurrences"] = x => x.Aggregate(x, (outer, v) => Enumerable.Range(0, 2).Aggregate(outer, (s, k) => v > 0 ? s : s.Select(e => Math.Sin(e) * v).ToArray())).Sum(),
        ["arrays of which one is chosen"] = x => x.Sum(v => Enumerable.Range(0, 3).Aggregate(ValueTuple.Create(x, x, -0.3), (s, k) => ValueTuple.Create(x, v < 0.5 ? s.Item1 : s.Item2, s.Item3 + s.Item2[k])).Item3 * v),
        ["an array of all iterations or one of its own"] = x => Long.Sum(v => Math.Atan(new[] { 1.0, 1.0 }.Aggregate(
            ValueTuple.Create(Enumerable.Range(0, 3).Select(_ => 1.0).ToArray(), Enumerable.Range(0, 3).Select(_ => v).ToArray()),
            (s, _) => ValueTuple.Create(Picks.Contains(0) ? s.Item1 : s.Item2, s.Item1), s => s.Item2.Sum()))) * x[0],
        ["one array for two states"] = x => Enumerable.Range(0, 9).Aggregate(ValueTuple.Create(x.ToArray(), x.ToArray()), (s, k) => Twice.Compile()(s.Item1.Zip(s.Item2, (a, b) => a * Math.Cos(b) + 0.1 * k).ToArray()), s => s.Item1.Sum() + 3 * s.Item2.Sum()),
        ["an array in a recurrence in a recurrence"] = x => Enumerable.Range(0, 5).Aggregate(x.ToArray(), (outer, n) => Enumerable.Range(0, 4).Aggregate(outer.Select(v => v * 0.9).ToArray(), (s, k) => s.Select(v => Math.Sin(v + n) - 0.1 * v * v).ToArray())).Sum(),
        ["an array and a number"] = x => Enumerable.Range(0, 9).Aggregate(ValueTuple.Create(x.ToArray(), 1.0), (s, k) => ValueTuple.Create(s.Item1.Select(v => v * s.Item2 * 0.5).ToArray(), Math.Cos(s.Item1.Sum())), s => s.Item1.Sum() * s.Item2),
    };

    public static TheoryData<string> Names => [.. Functions.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Value_and_gradient_are_right_under_all_settings(string name)
    {
        Function f = Functions[name];
        OracleResult oracle = DualOracle.Evaluate(f, X);
        foreach (Optimisations setting in Settings.All)
        {
            (double value, double[] gradient) = GradientCompiler.Compile<ValueAndGradient>(f, null, setting).Delegate(X, null);
            Expect.SameBits(oracle.Value, value, $"{name}, {setting}");
            Assert.Null(Agreement.GradientError(oracle, gradient, lenient: false));
        }
    }

    // Two calls use the same memory, which holds what the first left in it.
    [Theory, MemberData(nameof(Names))]
    public void A_call_leaves_nothing_behind(string name)
    {
        ValueAndGradient f = Grad.Compile(Functions[name]);
        (double value, double[] gradient) = f(X);
        Assert.Throws<IndexOutOfRangeException>(() => Grad.Compile(x => Enumerable.Range(0, 20).Aggregate(x[0], (s, k) => Math.Sin(s) * x[k]))(X));
        f([9, 8, 7]);
        (double again, double[] gradientAgain) = f(X);
        Assert.Equal([value, .. gradient], [again, .. gradientAgain]);
    }

    [Fact]
    public void What_is_stored_together_lies_side_by_side()
    {
        Schedule schedule = Arranged(Functions["seven functions of a state"], Optimisations.All);
        Assert.Equal(8, schedule.Strands.Count);
        Assert.Equal(Enumerable.Range(0, 8), schedule.Strands.Values.Select(strand => strand.Offset).Order());
        Assert.All(schedule.Strands, entry => Assert.Equal(schedule.Locals[entry.Value.First], schedule.Locals[entry.Key]));
        Assert.Empty(Arranged(Functions["seven functions of a state"], Optimisations.All & ~Optimisations.Interleaving).Strands);
    }

    [Fact]
    public void Arrays_change_places_with_the_states_that_they_become()
    {
        Assert.Contains("Scratch.Swap", Grad.Explain(Functions["arrays"]).Code, StringComparison.Ordinal);
        Assert.Contains("Scratch.Copy", Grad.Explain(Functions["one array for two states"]).Code, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_that_was_rented_for_a_loop_is_read_without_a_check_and_other_memory_with_one()
    {
        string code = Grad.Explain(Functions["seven functions of a state"]).Code;
        Assert.Contains("Elements.Get", code, StringComparison.Ordinal);
        double[] data = [1, 2, 3];
        Assert.DoesNotContain("Elements.Get", Grad.Explain(x => Enumerable.Range(0, 9).Sum(k => data[k] * x[k])).Code, StringComparison.Ordinal);
    }

    // So large that locals are used again: what the length of an array was taken from is another's by the time it is copied.
    [Fact]
    public void An_array_is_copied_whole_after_the_local_of_its_length_was_used_again()
    {
        const int L = 5, N = 3;
        double[] d = [0.4, -0.9, 0.2, 0.7, -0.1], x = [-0.5, -0.78, -0.07, 0.54, 0.32];
        double[][] rows = [[0.3], [-0.6], [0.9]];
        Function f = x => Enumerable.Range(0, 3).Select(k => new
        {
            F = Enumerable.Range(0, N).Aggregate(
                new Arrays(x, k % 4 == 1 ? x.Select(w => w).ToArray() : x.Select(w => w).ToArray(), Enumerable.Range(0, L).Select(_ => x[k % L]).ToArray()),
                (s, i) => i % 4 == 0 ? new Arrays(s.B, s.A, s.A) : s),
            G = d,
        }).Sum(o =>
            rows.SelectMany(row => row).Aggregate(
                new Arrays(o.F.C[0] > o.F.C[0] ? o.F.C : o.F.A, Enumerable.Range(0, L).Select(_ => 0.3).ToArray(), x[0] > x[L - 1] && d[0] > 0 ? o.G : o.F.A),
                (s, _) => Enumerable.Range(1, L).Aggregate(s, (t, i) => new Arrays(t.A, t.B, t.C))).A.Sum()
            + Enumerable.Range(0, N).Aggregate(o.F, (s, _) => new Arrays(s.B, o.G, s.C)).B.Sum(q => q * q)
            + o.F.A.Sum(q => q * q));
        OracleResult oracle = DualOracle.Evaluate(f, x);
        foreach (Optimisations setting in Settings.All)
        {
            Pools.Poison();
            (double value, double[] gradient) = GradientCompiler.Compile<ValueAndGradient>(f, null, setting).Delegate(x, null);
            Expect.SameBits(oracle.Value, value, setting.ToString());
            Assert.Null(Agreement.GradientError(oracle, gradient, lenient: false));
        }
    }

    public sealed record Arrays(double[] A, double[] B, double[] C);

    [Fact]
    public void An_input_that_is_chosen_in_an_object_is_refused()
    {
        double[] d = [1, 2];
        var refused = Assert.Throws<UnsupportedExpressionException>(() => Grad.Compile(x => Enumerable.Range(0, 3).Aggregate(new Arrays(d, d, d), (s, i) => i % 2 == 0 ? new Arrays(d, s.A, d) : new Arrays(x, d, d)).A.Sum()));
        Assert.Contains("EG1002", refused.Message, StringComparison.Ordinal);
    }

    // 2²⁰ steps of 2¹² numbers are 2³² numbers: as an int that is 0, and memory for none.
    [Fact]
    public void A_history_that_is_longer_than_an_array_can_be_is_no_short_one()
    {
        int[] steps = new int[1 << 20], width = new int[1 << 12];
        var f = Grad.Compile(x => steps.Aggregate(width.Select(_ => x[0]).ToArray(), (s, _) => s.Select(v => Math.Sin(v) * x[1]).ToArray()).Sum());
        Assert.Throws<OutOfMemoryException>(() => f([1, 2]));
    }

    private static Schedule Arranged(Function f, Optimisations optimisations) => Scheduler.Arrange(GradientCompiler.WithGradient(LambdaReader.Read(f), new GradOptions()), optimisations);
}
