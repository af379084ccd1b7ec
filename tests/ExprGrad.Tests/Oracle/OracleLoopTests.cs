using System.Linq.Expressions;
using ExprGrad.Tests.Corpus;
using static System.Linq.Expressions.Expression;

namespace ExprGrad.Tests.Oracle;

/// <summary>The oracle on queries and on hand-built control flow, judged by numerical differentiation and by hand.</summary>
public class OracleLoopTests
{
    public static TheoryData<string> CorpusNames => LoopFunctions.Names;

    private static readonly ParameterExpression X = Parameter(typeof(double[]), "x");

    [Theory, MemberData(nameof(CorpusNames))]
    public void Agrees_with_numerical_differentiation_on_the_corpus_of_loops(string name)
    {
        // What extrapolated differences reach on smooth functions, relative to the sum of absolute contributions.
        const double Tolerance = 1e-7;
        var entry = LoopFunctions.Named(name);
        var plain = entry.Function.Compile();
        foreach (double[] x in entry.Points)
        {
            var result = DualOracle.Evaluate(entry.Function, x);
            Assert.True(Agreement.SameBits(plain(x), result.Value), $"value {result.Value:R} instead of {plain(x):R}");
            for (int i = 0; i < x.Length; i++)
            {
                var (estimate, error) = RichardsonDifference.Partial(plain, x, i);
                double scale = Math.Max(result.Magnitude[i], Math.Abs(result.Value) * 1e-3);
                Assert.True(Math.Abs(estimate - result.Gradient[i]) <= Tolerance * scale, $"at ({string.Join(", ", x)}): ∂{i} is {result.Gradient[i]:R}, numerically {estimate:R} ± {error:g2}");
            }
        }
    }

    private static OracleResult Evaluate(Expression<Func<double[], double>> f, params double[] x)
    {
        var result = DualOracle.Evaluate(f, x);
        Assert.True(Agreement.SameBits(f.Compile()(x), result.Value), $"{f}: {result.Value:R} instead of {f.Compile()(x):R}");
        return result;
    }

    [Fact]
    public void The_element_that_an_extremum_returns_gets_the_whole_partial()
    {
        Assert.Equal([1.0, 0, 0], Evaluate(x => x.Max(), 2, 2, 1).Gradient);
        Assert.Equal([0.0, 1, 0], Evaluate(x => x.Min(), 2, 1, 1).Gradient);
        Assert.Equal([0.0, 1, 0], Evaluate(x => x.Max(), double.NaN, 1, -1).Gradient);
        Assert.Equal([0.0, 1, 0], Evaluate(x => x.Min(), -1, double.NaN, -2).Gradient);
        Assert.Equal([false, true, false], Evaluate(x => x.Min(), -1, double.NaN, -2).Present);
        Assert.Equal([1.0, 0], Evaluate(x => x.Max(), -0.0, 0.0).Gradient);
    }

    [Fact]
    public void Signed_zeros_are_those_of_LINQ()
    {
        Assert.Equal(double.PositiveInfinity, Evaluate(x => 1 / x.Average(), -0.0, -0.0).Value);
        Evaluate(x => 1 / x.Select(v => v).Average(), -0.0, -0.0);
        Evaluate(x => 1 / x.ToList().Average(), -0.0, -0.0);
        Evaluate(x => 1 / x.Average(v => v), -0.0, -0.0);
        Evaluate(x => 1 / x.Sum() + 1 / x.Take(0).Sum(), -0.0, -0.0);
        Evaluate(x => 1 / x.Max() + 1 / x.Min(), -0.0, 0.0);
        Evaluate(x => 1 / x.Select(v => v).Max() + 1 / x.Select(v => v).Min(), 0.0, -0.0);
    }

    [Fact]
    public void Empty_sequences_throw_what_LINQ_throws()
    {
        foreach (Expression<Func<double[], double>> f in new Expression<Func<double[], double>>[] { x => x.Max(), x => x.Min(v => v), x => x.Average(), x => x.Aggregate((a, b) => a + b), x => x.First(), x => x.Last() })
            Assert.Throws<InvalidOperationException>(() => DualOracle.Evaluate(f, []));
        double[]? missing = null;
        Assert.Throws<ArgumentNullException>(() => DualOracle.Evaluate(x => missing!.Sum(v => v * x[0]), [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => DualOracle.Evaluate(x => Enumerable.Range(0, x.Length - 3).Sum(i => x[i]), [1]));
        Assert.Throws<IndexOutOfRangeException>(() => DualOracle.Evaluate(x => Enumerable.Range(0, 2).Sum(i => x[i]), [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => DualOracle.Evaluate(x => x.ElementAt(3), [1]));
        Assert.Equal([0.0], DualOracle.Evaluate(x => x.Where(v => v > 5).Sum(), [1]).Gradient);
    }

    [Fact]
    public void Selectors_run_as_late_and_as_often_as_in_the_plain_lambda()
    {
        int calls = 0;
        Func<double> count = () => ++calls;
        double[] table = [1, 2, 3];
        foreach (Expression<Func<double[], double>> f in new Expression<Func<double[], double>>[]
        {
            x => x.Select(v => v * count()).First(),
            x => x.Select(v => v * count()).Last(),
            x => table.Select(v => v * count()).Take(2).Sum() * x[0],
            x => table.Select(v => v * count()).Any(v => v > 1) ? x[0] : x[1],
            x => x.Where(v => v < count()).Select(v => v * count()).Skip(1).Sum(),
            x => x.Select(v => v * count()).Count() * x[0] + count(),
            x => Enumerable.Range(0, 4).Select(i => i * count()).ElementAt(2) * x[0],
            x => x.Zip(table.Select(v => v * count()), (a, b) => a * b).Sum(),
            x => x.Concat(x.Select(v => v * count())).Reverse().Sum(v => v * count()),
        })
        {
            calls = 0;
            f.Compile()([0.5, 2, 4]);
            int plain = calls;
            calls = 0;
            DualOracle.Evaluate(f, [0.5, 2, 4]);
            Assert.True(plain == calls, $"{f}: {calls} calls instead of {plain}");
        }
    }

    [Fact]
    public void What_was_not_selected_in_an_iteration_contributes_nothing()
    {
        double[] d = [-1, 2, -3];
        Assert.Equal([0.0, 2], Evaluate(x => Enumerable.Range(0, 3).Sum(i => d[i] > 0 ? d[i] * x[1] : d[i] > 5 ? Math.Log(x[0]) : 0), 0, 1).Gradient);
        Assert.Equal([true, false], Evaluate(x => x.Where(v => v > 0).Sum(v => Math.Sqrt(v)), 4, 0).Present);
    }

    [Fact]
    public void A_loop_with_continue_and_break_is_run_as_written()
    {
        // for (i = 0; ; i++) { if (i >= 6) break; if (i == 2) continue; s = s * x[0] + i; }
        var (i, s) = (Variable(typeof(int), "i"), Variable(typeof(double), "s"));
        var (end, next) = (Label(), Label());
        var body = Block(
            IfThen(GreaterThanOrEqual(i, Constant(6)), Break(end)),
            IfThen(Equal(PostIncrementAssign(i), Constant(2)), Continue(next)),
            Assign(s, Add(Multiply(s, ArrayIndex(X, Constant(0))), Convert(i, typeof(double)))));
        var f = Lambda<Func<double[], double>>(Block([i, s], Assign(s, ArrayIndex(X, Constant(1))), Loop(body, end, next), s), X);
        AssertAgrees(f, [0.7, 1.2]);
    }

    [Fact]
    public void A_while_of_unknown_length_is_run_as_written()
    {
        // while (true) { s *= 0.5 * x[1]; if (s < 0.01) return n + s; n += s * s; }
        var (n, s) = (Variable(typeof(double), "n"), Variable(typeof(double), "s"));
        var done = Label(typeof(double));
        var body = Block(
            MultiplyAssign(s, Multiply(Constant(0.5), ArrayIndex(X, Constant(1)))),
            IfThen(LessThan(s, Constant(0.01)), Break(done, Add(n, s))),
            AddAssign(n, Multiply(s, s)));
        AssertAgrees(Lambda<Func<double[], double>>(Block([n, s], Assign(s, ArrayIndex(X, Constant(0))), Loop(body, done)), X), [0.9, 1.1]);
    }

    [Fact]
    public void Statements_switches_and_jumps_are_run_as_written()
    {
        // s = x[0]; again: n++; switch (n % 3) { case 0: s += x[1]; case 1: s *= 0.9; default: s = sin(s) }; if (n < 7) goto again; if (s > 0) s = s * s else s = -s; return s
        var (n, s) = (Variable(typeof(int), "n"), Variable(typeof(double), "s"));
        var again = Label();
        var f = Lambda<Func<double[], double>>(
            Block([n, s],
                Assign(s, ArrayIndex(X, Constant(0))),
                Label(again),
                PreIncrementAssign(n),
                Switch(Modulo(n, Constant(3)), Assign(s, Call(typeof(Math), "Sin", null, s)), SwitchCase(AddAssign(s, ArrayIndex(X, Constant(1))), Constant(0)), SwitchCase(MultiplyAssign(s, Constant(0.9)), Constant(1))),
                IfThen(LessThan(n, Constant(7)), Goto(again)),
                IfThenElse(GreaterThan(s, Constant(0.0)), Assign(s, Multiply(s, s)), Assign(s, Negate(s))),
                s),
            X);
        AssertAgrees(f, [0.9, 1.1]);
        AssertAgrees(f, [-2, -1.1]);
    }

    [Fact]
    public void Elements_of_an_array_that_the_lambda_made_can_be_assigned()
    {
        var (i, v) = (Variable(typeof(int), "i"), Variable(typeof(double[]), "v"));
        var end = Label();
        var body = Block(
            IfThen(GreaterThanOrEqual(i, Constant(3)), Break(end)),
            Assign(ArrayAccess(v, i), Multiply(ArrayIndex(v, Modulo(Add(i, Constant(1)), Constant(3))), ArrayIndex(X, Constant(0)))),
            AddAssign(i, Constant(1)));
        AssertAgrees(Lambda<Func<double[], double>>(Block([i, v], Assign(v, NewArrayInit(typeof(double), ArrayIndex(X, Constant(1)), Constant(2.0), ArrayIndex(X, Constant(0)))), Loop(body, end),
            Add(ArrayIndex(v, Constant(0)), Multiply(ArrayIndex(v, Constant(1)), ArrayIndex(v, Constant(2))))), X), [0.9, 1.1]);
    }

    private static void AssertAgrees(Expression<Func<double[], double>> f, double[] x)
    {
        const double Tolerance = 1e-8;
        var result = Evaluate(f, x);
        for (int i = 0; i < x.Length; i++)
            Assert.Equal(RichardsonDifference.Partial(f.Compile(), x, i).Derivative, result.Gradient[i], Tolerance * result.Magnitude[i]);
    }

    [Fact]
    public void Functions_of_sequences_have_textbook_partials()
    {
        double[] v = [0.5, -1.5, 2];
        double norm = Math.Sqrt(v.Sum(e => e * e)), lse = Math.Log(v.Sum(Math.Exp));
        AssertPartials("Norm", norm, e => Math.Sqrt(e.Sum(u => u * u)), v);
        AssertPartials("SumOfSquares", norm * norm, e => e.Sum(u => u * u), v);
        AssertPartials("LogSumExp", lse, e => Math.Log(e.Sum(Math.Exp)), v);
        Assert.Equal([[3, 4], [1, 2]], VectorPartials.Of("Dot", [[1, 2], [3, 4]], 11)!);
        Assert.Equal([[3, 4, 0], [1, 2]], VectorPartials.Of("Dot", [[1, 2, 5], [3, 4]], 11)!);
    }

    private static void AssertPartials(string name, double value, Func<double[], double> f, double[] v)
    {
        const double Tolerance = 1e-9;
        var partials = VectorPartials.Of(name, [v], value)![0];
        for (int i = 0; i < v.Length; i++) Assert.Equal(RichardsonDifference.Partial(f, v, i).Derivative, partials[i]!.Value, Tolerance);
    }
}
