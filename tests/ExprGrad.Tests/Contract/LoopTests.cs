using System.Linq.Expressions;
using ExprGrad.Tests.Fuzz;
using ExprGrad.Tests.Oracle;
using static System.Linq.Expressions.Expression;

namespace ExprGrad.Tests.Contract;

/// <summary>The contract where there are loops.</summary>
public class LoopTests
{
    private static readonly ParameterExpression X = Parameter(typeof(double[]), "x");

    // ---------------------------------------------------------------- C1: the value

    [Fact]
    public void C1_Sums_are_added_in_the_order_of_the_lambda()
    {
        double[] terms = [1e16, 1, -1e16, 1, 3e-16, 1e16, -1e16, 0.1, 0.2, 0.3];
        double[] x = [1, 0.1];
        Expect.Oracle(p => terms.Sum(t => t * p[0]), x);
        Expect.Oracle(p => terms.Average(t => t + p[1]), x);
        Expect.Oracle(p => terms.Aggregate(p[1], (s, t) => s + t * p[0]), x);
        Expect.Oracle(p => terms.Reverse().Sum(t => t * p[0]), x);
        Expect.Oracle(p => terms.Sum(t => t * p[0]) + terms.Sum(t => t * p[1]), x);
        Expect.Oracle(p => Enumerable.Range(0, 5).Sum(i => Enumerable.Range(0, 2).Sum(j => terms[2 * i + j] * p[j])), x);
        Expect.Oracle(p => terms.Select(t => (float)(t * p[0])).Sum(), x);
        Expect.Oracle(p => terms.Select(t => (float)(t * p[1])).Average(), x);
    }

    [Fact]
    public void C1_Extrema_keep_the_order_of_LINQ()
    {
        double[][] points = [[1, 2, 2, 1], [0.0, -0.0, 0.0, -0.0], [-0.0, 0.0, -0.0, 0.0], [double.NaN, 1, 2, -1], [1, double.NaN, -3, double.NaN], [double.NaN, double.NaN, double.NaN, double.NaN], [double.PositiveInfinity, double.NegativeInfinity, 0, 1],
            [double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity], [double.NegativeInfinity, double.NegativeInfinity, double.NegativeInfinity, double.NegativeInfinity]];
        Expect.Oracle(x => x.Max(), points);
        Expect.Oracle(x => x.Min(), points);
        Expect.Oracle(x => x.Max(v => -v) * 2 + x.Min(v => v * v), points);
        Expect.Oracle(x => x.Select(v => (float)v).Max() + x.Select(v => (float)v).Min(), points);
        Expect.Oracle(x => 1 / x.Max() + 1 / x.Min(), points);
        // Written out, and of numbers of which some are missing.
        Expect.Oracle(x => new[] { x[0], x[1], x[2] }.Max() + new[] { x[1], x[2], x[3] }.Min(), points);
        Expect.Oracle(x => new[] { 1, 2, 3 }.Min(k => x[k]) * 2 + new[] { 1, 2, 3 }.Max(k => x[k]), points);
        Expect.Oracle(x => new double?[] { null, x[1], x[2] }.Min()!.Value + new double?[] { null, x[1], x[2] }.Max()!.Value, points);
        Expect.Oracle(x => x.Where(v => v != 1).Min() + x.Where(v => v != 1).Max(), points);
    }

    [Fact]
    public void C1_Signed_zeros_of_sums_are_those_of_LINQ()
    {
        Expect.Oracle(x => 1 / x.Sum(), [-0.0], [-0.0, -0.0], [0.0]);
        Expect.Oracle(x => 1 / x.Sum(v => v * -1.0), [0.0, 0.0]);
        Expect.Oracle(x => 1 / x.Aggregate((a, b) => a + b), [-0.0, -0.0]);
        // The mean of an array begins with 0, that of a query with its first element.
        Expect.Oracle(x => 1 / x.Average(), [-0.0, -0.0]);
        Expect.Oracle(x => 1 / x.Average(v => v), [-0.0, -0.0]);
        Expect.Oracle(x => 1 / x.Select(v => v).Average(), [-0.0, -0.0]);
        Expect.Oracle(x => 1 / x.ToList().Average(), [-0.0, -0.0]);
        Expect.Oracle(x => 1 / x.Take(0).Sum(), [-0.0]);
    }

    [Fact]
    public void C1_Counts_and_integers_are_exact()
    {
        int[] counts = [7, 3, 2, 9];
        Expect.Oracle(x => x[0] * (counts.Sum() / 2) + counts.Average() * x[0] + counts.Max(c => c % 4) * x[0] + x.Count(v => v > 0) * x[0] + x.LongCount() * x[0], [0.3], [-1, 2, 3]);
        Expect.Oracle(x => x[0] * counts.Aggregate(1, (a, c) => unchecked(a * 1000003 + c)), [0.3]);
        Expect.Oracle(x => x[0] * counts.Sum(c => c * 1_000_000_000L), [0.3]);
        int[] large = [int.MaxValue, 1];
        Assert.Throws<OverflowException>(() => Grad.Compile(x => x[0] * large.Sum())([1]));
    }

    [Fact]
    public void C1_Impure_selectors_run_as_late_as_often_and_in_the_same_order()
    {
        double[] table = [1, 2, 3];
        foreach (Expression<Func<double[], double>> f in new Expression<Func<double[], double>>[]
        {
            x => x.Sum(v => v * ImpureCalls.Next(1)),
            x => x.Select(v => v * ImpureCalls.Next(1)).ToArray().Sum() + ImpureCalls.Next(2),
            x => x.Sum(v => ImpureCalls.Flip(1) ? v : ImpureCalls.Next(2)),
            x => x.Where(v => ImpureCalls.Flip(3)).Sum(v => v * ImpureCalls.Next(4)),
            x => table.Select(t => t * ImpureCalls.Next(1)).Select(t => t * ImpureCalls.Next(2)).Sum() * x[0],
            x => x.Zip(table.Select(t => t * ImpureCalls.Next(1)), (v, t) => v * t * ImpureCalls.Next(2)).Sum(),
            x => x.Aggregate(ImpureCalls.Next(0), (s, v) => s * 0.5 + v * ImpureCalls.Next(1)),
            x => table.Any(t => t * ImpureCalls.Next(1) > 0.5) ? x[0] : x[1],
            x => Enumerable.Range(0, 3).Sum(i => Enumerable.Range(0, i).Sum(j => x[j] * ImpureCalls.Observe(i, j))),
            x => x.Sum(v => v * v) * ImpureCalls.Next(1) + x.Sum(v => v * ImpureCalls.Next(2)),
        })
        {
            double[] x = [0.5, 2, 4];
            var plain = f.Compile();
            var compiled = Grad.Compile(f);
            ImpureCalls.Reset();
            double value = plain(x);
            string[] calls = [.. ImpureCalls.Log];
            ImpureCalls.Reset();
            Expect.SameBits(value, compiled(x).Value, f.ToString());
            Assert.Equal(calls, ImpureCalls.Log);
        }
    }

    // ---------------------------------------------------------------- C4: branches in loops

    [Fact]
    public void C4_A_branch_that_no_iteration_takes_is_silent()
    {
        double[] d = [-1, -2, -3];
        Expect.Gradient(x => Enumerable.Range(0, 3).Sum(i => d[i] > 0 ? Math.Log(x[0]) * d[i] : 0), [0], 0);
        Expect.Gradient(x => d.Sum(v => v > 0 ? Math.Sqrt(x[0]) * v : x[1]), [0, 1], 0, 3);
        Expect.Gradient(x => d.Where(v => v > 0).Sum(v => v / x[0]), [0], 0);
        Expect.Gradient(x => d.Aggregate(x[1], (s, v) => v > 0 ? s * Math.Log(x[0]) : s + v), [0, 2], 0, 1);
        Expect.Gradient(x => x.Where(v => v > 0).Sum(v => Math.Sqrt(v)), [4, 0, -1], 0.25, 0, 0);
        Expect.Gradient(x => x.Sum(v => Math.Max(Math.Sqrt(v), 1)), [0, 4], 0, 0.25);
    }

    [Fact]
    public void C4_A_branch_that_some_iterations_take_is_differentiated_in_those()
    {
        double[] d = [-1, 2, -3, 4];
        Expect.Gradient(x => d.Sum(v => v > 0 ? Math.Log(x[0]) * v : 0), [2], 3);
        Expect.Gradient(x => Enumerable.Range(0, 4).Sum(i => d[i] > 0 ? (d[i] > 3 ? x[0] : x[1]) * d[i] : Math.Sqrt(x[2])), [1, 1, 4], 4, 2, 0.5);
        Expect.Gradient(x => Enumerable.Range(0, 4).Sum(i => i < x.Length ? x[i] * d[i] : 0), [1, 1], -1, 2);
    }

    [Fact]
    public void C4_A_loop_in_a_branch_that_is_not_taken_does_not_run()
    {
        double[]? missing = null;
        Expect.Gradient(x => x[0] > 0 ? missing!.Sum(v => v * x[0]) : x[0] * 2, [-1], 2);
        Expect.Gradient(x => x.Length > 2 ? Enumerable.Range(0, 3).Sum(i => x[i]) : x[0], [5], 1);
        Expect.Gradient(x => x[0] > 0 ? x.Skip(1).Max() : 0, [-1], 0);
    }

    [Fact]
    public void C4_What_is_used_in_branches_of_a_loop_only_is_silent_if_none_is_taken()
    {
        double[] d = [-1, -2];
        Expression<Func<double, double>> inLoop = root => d.Sum(v => v > 0 ? root * v : v);
        Expect.Gradient(x => inLoop.Compile()(Math.Sqrt(x[0])) + x[1], [0, 1], 0, 1);
        Expect.Gradient(x => Math.Sqrt(d.Sum(v => v > 0 ? x[0] : 0)) * 0 + x[1], [0, 1], 0, 1);
        Expect.Gradient(x => Enumerable.Range(0, 0).Sum(i => Math.Log(x[0])) + x[1], [0, 1], 0, 1);
    }

    // ---------------------------------------------------------------- C5: loops stay loops

    [Fact]
    public void C5_Code_does_not_grow_with_the_length()
    {
        int Nodes(int length)
        {
            double[] data = new double[length];
            return Count(Grad.Differentiate(x => data.Sum(v => Math.Exp(v * x[0])) + Enumerable.Range(0, data.Length).Sum(i => data[i] * x[1] * x[i % 2])));
        }
        Assert.Equal(Nodes(10), Nodes(10_000));
        Assert.Equal(Nodes(10), Nodes(10_000_000));
    }

    [Fact]
    public void C5_Code_does_not_grow_with_a_length_that_is_written_in_the_lambda()
    {
        int few = Count(Grad.Differentiate(x => Enumerable.Range(0, 10).Aggregate(x[0], (s, i) => Math.Sin(s + x[1] * i))));
        int many = Count(Grad.Differentiate(x => Enumerable.Range(0, 10_000).Aggregate(x[0], (s, i) => Math.Sin(s + x[1] * i))));
        int most = Count(Grad.Differentiate(x => Enumerable.Range(0, 10_000_000).Aggregate(x[0], (s, i) => Math.Sin(s + x[1] * i))));
        Assert.Equal(many, most);
        // A short loop may be unrolled.
        Assert.True(few <= 10 * many, $"{few} nodes for 10 terms, {many} for 10,000");
    }

    [Fact]
    public void C5_Code_does_not_grow_with_a_range_inside_of_elements_that_are_written_out()
    {
        static int Nodes(int length) => Count(Grad.Differentiate(x => new[] { x[0], 2, x[1] }.SelectMany(v => Enumerable.Range(0, length), (v, i) => v * i).Sum() + new[] { x[0], 2 }.SelectMany(v => Enumerable.Repeat(v, length)).Max()));
        static int OfLiteral() => Count(Grad.Differentiate(x => new[] { x[0], 2, x[1] }.SelectMany(v => Enumerable.Range(0, 10_000_000), (v, i) => v * i).Sum()));
        Assert.Equal(Nodes(10), Nodes(10_000_000));
        Assert.True(OfLiteral() < 1000, $"{OfLiteral()} nodes");
        foreach (double[] x in new double[][] { [0.5, -1.5], [3, double.NaN], [-0.0, double.PositiveInfinity] })
        {
            Expect.Oracle(p => new[] { p[0], 2, p[1] }.SelectMany(v => Enumerable.Range(0, 5), (v, i) => Math.Sin(v + i)).Sum(), x);
            Expect.Oracle(p => new[] { p[0], 2, p[1] }.SelectMany(v => Enumerable.Range(0, 5), (v, i) => Math.Sin(v + i)).Average(), x);
            Expect.Oracle(p => new[] { p[0], 2, p[1] }.SelectMany(v => Enumerable.Range(0, 5), (v, i) => v * (i - 1)).Max(), x);
            Expect.Oracle(p => new[] { p[0], 2, p[1] }.SelectMany(v => Enumerable.Range(0, 5), (v, i) => v * (i - 1)).Aggregate(0.5, (s, v) => Math.Cos(s) * v), x);
            Expect.Oracle(p => new[] { p[0], 2, p[1] }.SelectMany(v => Enumerable.Range(0, 5), (v, i) => v * (i - 1)).First(v => v > 1 || double.IsNaN(v)), [3, x[1]]);
            Expect.Oracle(p => new[] { p[0], 2, p[1] }.SelectMany(v => Enumerable.Range(0, 5), (v, i) => v * (i - 1)).Where(v => v > -1).Select((v, k) => v * k).ToArray().Sum(), x);
            Expect.Oracle(p => new[] { p[0], 2, p[1] }.SelectMany(v => Enumerable.Range(0, 5), (v, i) => v * (i - 1)).Count(v => v > 0) * p[0], x);
        }
    }

    [Fact]
    public void C5_A_long_sum_and_a_long_recurrence_run()
    {
        const int Length = 1_000_000;
        var sum = Grad.Compile(x => Enumerable.Range(0, Length).Sum(i => x[0] * i));
        Assert.Equal(Length * (Length - 1.0) / 2, sum([2]).Gradient[0]);

        var recurrence = Grad.Compile(x => Enumerable.Range(0, Length).Aggregate(x[0], (s, _) => s + 1e-6 * Math.Sin(s * x[1])));
        var (value, gradient) = recurrence([1, 2]);
        double plain = 1, byStart = 1, byRate = 0;
        for (int k = 0; k < Length; k++)
        {
            double slope = 1e-6 * Math.Cos(plain * 2);
            (plain, byStart, byRate) = (plain + 1e-6 * Math.Sin(plain * 2), byStart * (1 + slope * 2), byRate * (1 + slope * 2) + slope * plain);
        }
        Expect.SameBits(plain, value, "the last state");
        Assert.Equal(byStart, gradient[0], 1e-9 * Math.Abs(byStart));
        Assert.Equal(byRate, gradient[1], 1e-9 * Math.Abs(byRate));
    }

    internal static int Count(Expression expression)
    {
        var counter = new Counter();
        counter.Visit(expression);
        return counter.Nodes;
    }

    private sealed class Counter : ExpressionVisitor
    {
        public int Nodes { get; private set; }

        public override Expression? Visit(Expression? node)
        {
            Nodes += node is null ? 0 : 1;
            return base.Visit(node);
        }
    }

    // ---------------------------------------------------------------- C6: closures are live

    [Fact]
    public void C6_Arrays_lists_and_variables_are_read_at_every_call()
    {
        double[] data = [1, 2];
        List<double> list = [3];
        int count = 1;
        double factor = 2;
        var f = Grad.Compile(x => data.Sum(v => v * x[0]) + list.Sum(v => v * x[1]) + Enumerable.Range(0, count).Sum(i => factor * x[2]));
        Assert.Equal([3.0, 3, 2], f([1, 1, 1]).Gradient);
        data[1] = 5;
        list.Add(4);
        count = 3;
        Assert.Equal([6.0, 7, 6], f([1, 1, 1]).Gradient);
        data = [1, 1, 1, 1];
        factor = -1;
        list.Clear();
        Assert.Equal([4.0, 0, -3], f([1, 1, 1]).Gradient);
        data = [];
        count = 0;
        Assert.Equal([0.0, 0, 0], f([1, 1, 1]).Gradient);
    }

    [Fact]
    public void C6_One_function_serves_points_and_data_of_every_length()
    {
        var f = Grad.Compile((double[] x, double[][] rows) => rows.Sum(row => row.Select((v, i) => v * x[i]).Sum() * row.Length));
        Assert.Equal([2.0, 4], f([1, 1], [[1, 2]]).Gradient);
        Assert.Equal([3.0, 4, 0], f([1, 1, 1], [[1, 2], [], [1]]).Gradient);
        Assert.Equal([0.0], f([1], []).Gradient);
        var sum = Grad.Compile(x => x.Sum(v => v * v));
        foreach (int length in new[] { 0, 1, 2, 1000, 3 }) Assert.Equal(Enumerable.Repeat(2.0, length), sum([.. Enumerable.Repeat(1.0, length)]).Gradient);
    }

    // ---------------------------------------------------------------- C7: cost

    [Fact]
    public void C7_A_function_with_loops_may_call_its_own_gradient_while_it_is_evaluated()
    {
        ValueAndGradient? self = null;
        Func<int, double> again = depth => depth > 0 ? self!([2, depth - 1]).Gradient[0] : 1;
        self = Grad.Compile(x => Enumerable.Range(0, 2).Aggregate(x[0], (s, _) => s * s) * again((int)x[1]));
        // x⁴ · the gradient of the level below: 4 · 2³ at the bottom.
        Assert.Equal((81 * 32.0, 108 * 32.0), (self([3, 1]).Value, self([3, 1]).Gradient[0]));
    }

    // ---------------------------------------------------------------- C9: bad input

    [Fact]
    public void C9_Bad_input_throws_what_the_plain_lambda_throws()
    {
        double[]? missing = null;
        List<double>? missingList = null;
        double[] empty = [];
        int negative = -1;
        double[][] holes = [[1], null!];
        foreach (Expression<Func<double[], double>> f in new Expression<Func<double[], double>>[]
        {
            x => missing!.Sum(v => v * x[0]),
            x => missing!.Select(v => v * x[0]).ToArray().Length,
            x => missingList!.Sum(v => v * x[0]),
            x => holes.Sum(row => row.Sum(v => v * x[0])),
            x => holes.Sum(row => row.Length * x[0]),
            x => empty.Max() * x[0],
            x => empty.Min(v => v * x[0]),
            x => empty.Average(v => v * x[0]),
            x => empty.Aggregate((a, b) => a * x[0] + b),
            x => empty.First() * x[0],
            x => x.Last(v => v > 1e9),
            x => x.Where(v => v > 1e9).Max(),
            x => x.ElementAt(7),
            x => Enumerable.Range(0, negative).Sum(i => x[0]),
            x => Enumerable.Repeat(x[0], negative).Sum(),
            x => Enumerable.Range(0, x.Length + 1).Sum(i => x[i]),
            x => Enumerable.Range(0, 3).Sum(i => x[i - 1]),
            x => Enumerable.Range(0, 2).Sum(i => x[0] * empty[i]),
            x => Enumerable.Range(0, 3).Sum(i => x[0] * (1 / i)),
            x => Enumerable.Range(0, 3).Aggregate(x[0], (s, i) => s * x[5 * i]),
        })
        {
            var thrown = Record.Exception(() => f.Compile()([1, 2]));
            Assert.NotNull(thrown);
            var compiled = Grad.Compile(f);
            Assert.True(thrown.GetType() == Record.Exception(() => compiled([1, 2]))?.GetType(), $"{f} throws {Record.Exception(() => compiled([1, 2]))?.GetType().Name ?? "nothing"} instead of {thrown.GetType().Name}");
        }
    }

    [Fact]
    public void C9_Nothing_is_a_sum_of_zero()
    {
        double[] empty = [];
        Expect.Oracle(x => empty.Sum(v => v * x[0]) + x.Where(v => v > 1e9).Sum() + empty.Count(v => v > x[0]) + (empty.Any(v => v > x[0]) ? x[0] : 2 * x[0]) + (empty.All(v => v > x[0]) ? x[0] : 2 * x[0]), [1]);
        Expect.Oracle(x => empty.Aggregate(x[0], (s, v) => s * v), [3]);
        Expect.Oracle(x => empty.Select(v => v * x[0]).ToArray().Sum() + x.Sum(), []);
    }

    [Fact]
    public void C9_A_buffer_that_a_loop_reads_is_refused()
    {
        double[] weights = [3, 5];
        Assert.ThrowsAny<ArgumentException>(() => Grad.Compile(x => weights.Sum(w => w * x[0] + x[1]))([1, 1], weights));
        double[][] rows = [[1, 2], weights];
        Assert.ThrowsAny<ArgumentException>(() => Grad.Compile(x => rows.Sum(row => row[0] * x[0]) + x[1])([1, 1], weights));
        Assert.Equal([3.0, 5], weights);
    }

    // ---------------------------------------------------------------- hand-built control flow

    [Fact]
    public void A_loop_with_continue_and_break_is_differentiated()
    {
        // for (i = 0; ; ) { if (i >= 6) break; if (i++ == 2) continue; s = s * x[0] + i; }
        var (i, s) = (Variable(typeof(int), "i"), Variable(typeof(double), "s"));
        var (end, next) = (Label(), Label());
        var body = Block(
            IfThen(GreaterThanOrEqual(i, Constant(6)), Break(end)),
            IfThen(Equal(PostIncrementAssign(i), Constant(2)), Continue(next)),
            Assign(s, Add(Multiply(s, ArrayIndex(X, Constant(0))), Convert(i, typeof(double)))));
        Expect.Oracle(Lambda<Func<double[], double>>(Block([i, s], Assign(s, ArrayIndex(X, Constant(1))), Loop(body, end, next), s), X), [0.7, 1.2], [-1, 0]);
    }

    [Fact]
    public void A_while_of_unknown_length_is_differentiated()
    {
        // Newton's method for the root of x[0], until it does not move: while (|r·r − x| > 1e−9) r = (r + x / r) / 2
        var r = Variable(typeof(double), "r");
        var x0 = ArrayIndex(X, Constant(0));
        var done = Label(typeof(double));
        var body = IfThenElse(
            GreaterThan(Call(typeof(Math), "Abs", null, Subtract(Multiply(r, r), x0)), Constant(1e-9)),
            Assign(r, Divide(Add(r, Divide(x0, r)), Constant(2.0))),
            Break(done, r));
        Expect.Oracle(Lambda<Func<double[], double>>(Block([r], Assign(r, ArrayIndex(X, Constant(1))), Loop(body, done)), X), [2, 1], [1, 1], [1000, 3], [0.01, 50]);
    }

    [Fact]
    public void Statements_with_compound_assignments_and_a_switch_in_a_loop_are_differentiated()
    {
        // for (n = 0; n < x.Length; n++) switch (n % 3) { case 0: s += x[n]; case 1: s *= x[n]; default: s = sin(s) − t; t /= 2 }
        var (n, s, t) = (Variable(typeof(int), "n"), Variable(typeof(double), "s"), Variable(typeof(double), "t"));
        var end = Label();
        var body = Block(
            IfThen(GreaterThanOrEqual(n, ArrayLength(X)), Break(end)),
            Switch(Modulo(n, Constant(3)),
                Block(typeof(void), Assign(s, Subtract(Call(typeof(Math), "Sin", null, s), t)), DivideAssign(t, Constant(2.0))),
                SwitchCase(Block(typeof(void), AddAssign(s, ArrayIndex(X, n))), Constant(0)),
                SwitchCase(Block(typeof(void), MultiplyAssign(s, ArrayIndex(X, n))), Constant(1))),
            PreIncrementAssign(n));
        Expect.Oracle(Lambda<Func<double[], double>>(Block([n, s, t], Assign(s, Constant(0.5)), Assign(t, Constant(1.0)), Loop(body, end), Multiply(s, t)), X), [], [2], [2, 3, 4, 5, 6, 7, 8]);
    }
}
