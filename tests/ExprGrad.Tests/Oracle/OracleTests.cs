using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.Tests.Corpus;
using static ExprGrad.Tests.Oracle.DualOracle;

namespace ExprGrad.Tests.Oracle;

/// <summary>The oracle judges the library, so it is judged itself: by a table of 80-digit values, by numerical differentiation and by hand.</summary>
public class OracleTests
{
    public static TheoryData<string> TableFunctions => [.. PrimitiveTable.Rows.Select(row => row.Function).Distinct()];

    [Theory, MemberData(nameof(TableFunctions))]
    public void Agrees_with_the_80_digit_table(string function)
    {
        // What correctly rounded partials computed from rounded intermediate values reach.
        const double Tolerance = 1e-12;
        foreach (var row in PrimitiveTable.Rows.Where(row => row.Function == function))
        {
            var result = Evaluate(row.Lambda(), row.Arguments);
            for (int i = 0; i < row.Partials.Length; i++)
                Assert.True(Math.Abs(result.Gradient[i] - row.Partials[i]) <= Tolerance * Math.Abs(row.Partials[i]), $"{row}: ∂{i} is {result.Gradient[i]:R}");
        }
    }

    public static TheoryData<string> CorpusNames => FunctionCorpus.Names;

    [Theory, MemberData(nameof(CorpusNames))]
    public void Agrees_with_numerical_differentiation_on_the_corpus(string name)
    {
        // What extrapolated differences reach on smooth functions, relative to the sum of absolute contributions.
        const double Tolerance = 1e-7;
        var entry = FunctionCorpus.Named(name);
        var plain = entry.Function.Compile();
        foreach (double[] x in entry.Points)
        {
            var result = Evaluate(entry.Function, x);
            Assert.True(Agreement.SameBits(plain(x), result.Value), $"value {result.Value:R}");
            for (int i = 0; i < x.Length; i++)
            {
                var (estimate, error) = RichardsonDifference.Partial(plain, x, i);
                double scale = Math.Max(result.Magnitude[i], Math.Abs(result.Value) * 1e-3);
                Assert.True(Math.Abs(estimate - result.Gradient[i]) <= Tolerance * scale, $"at ({string.Join(", ", x)}): ∂{i} is {result.Gradient[i]:R}, numerically {estimate:R} ± {error:g2}");
            }
        }
    }

    [Theory, MemberData(nameof(CorpusNames))]
    public void Has_the_value_of_the_plain_lambda_at_edges(string name)
    {
        var entry = FunctionCorpus.Named(name);
        foreach (double[] x in entry.Edges)
            Assert.True(Agreement.SameBits(entry.Function.Compile()(x), Evaluate(entry.Function, x).Value), $"at ({string.Join(", ", x)})");
    }

    /// <summary>Without rounding to digits: differences over many steps look smooth.</summary>
    public static TheoryData<string> SmoothFunctions => [.. KnownFunctions.All.Keys.Where(signature => !signature.Contains("Round(", StringComparison.Ordinal))];

    [Theory, MemberData(nameof(SmoothFunctions))]
    public void Agrees_with_numerical_differentiation_on_each_known_function(string signature)
    {
        const double Tolerance = 1e-7;
        var f = KnownFunctions.Lambda(KnownFunctions.All[signature]);
        var plain = f.Compile();
        int compared = 0;
        foreach (double[] x in KnownFunctions.Points)
        {
            if (Record.Exception(() => plain(x)) is ArgumentException || !double.IsFinite(plain(x))) continue;
            var result = Evaluate(f, x);
            for (int i = 0; i < x.Length; i++)
            {
                var (estimate, error) = RichardsonDifference.Partial(plain, x, i);
                double scale = Math.Max(Math.Abs(result.Gradient[i]), Math.Abs(result.Value) * 1e-3);
                if (!(error <= Tolerance * scale)) continue; // across a step or a pole
                compared++;
                Assert.True(Math.Abs(estimate - result.Gradient[i]) <= Tolerance * scale, $"at ({string.Join(", ", x)}): ∂{i} is {result.Gradient[i]:R}, numerically {estimate:R} ± {error:g2}");
            }
        }
        Assert.True(compared > 0, "no partial could be compared");
    }

    [Fact]
    public void Knows_every_real_function_of_Math_and_double()
    {
        var unknown =
            from type in new[] { typeof(Math), typeof(double), typeof(MathF) }
            from method in type.GetMethods(BindingFlags.Public | BindingFlags.Static)
            where method.ReturnType == typeof(double) || method.ReturnType == typeof(float)
            where !method.IsGenericMethod && !method.IsSpecialName && method.Name != "Parse"
            let parameters = method.GetParameters()
            where parameters[0].ParameterType == method.ReturnType
            where !TextbookPartials.Refused.Contains(method.Name)
            where TextbookPartials.Of(method.Name, [.. parameters.Select(_ => 0.5)], 0.5) is null
            select method.ToString();
        Assert.Empty(unknown.Distinct());
    }

    private static void Check(Expression<Func<double[], double>> f, double[] x, params double[] gradient)
    {
        var result = Evaluate(f, x);
        Assert.True(Agreement.SameBits(f.Compile()(x), result.Value), $"{f}: {result.Value:R}");
        for (int i = 0; i < gradient.Length; i++)
            if (double.IsFinite(gradient[i])) Assert.Equal(gradient[i], result.Gradient[i], 1e-12);
            else Assert.Equal(gradient[i], result.Gradient[i]);
    }

    [Fact]
    public void Adds_the_contributions_of_all_uses() =>
        Check(x => Math.Log(x[0] * x[1]) * Math.Sin(x[1]), [0.5, 0.75], 1.3632775200466682, 0.19118983333660755);

    [Fact]
    public void Kinks_follow_the_conventions()
    {
        Check(x => Math.Abs(x[0]), [0], 0);
        Check(x => Math.Abs(x[0]), [double.NaN], double.NaN);
        Check(x => Math.Max(x[0], x[1]), [2, 2], 0.5, 0.5);
        Check(x => Math.Min(x[0], x[1]), [2, double.NaN], double.NaN, double.NaN);
        Check(x => Math.Clamp(x[0], x[1], x[2]), [1, 1, 2], 1, 0, 0);
        Check(x => Math.Clamp(x[0], x[1], x[2]), [3, 1, 2], 0, 0, 1);
        Check(x => Math.MaxMagnitude(x[0], x[1]), [-2, 2], 0, 1);
        Check(x => Math.MinMagnitude(x[0], x[1]), [2, 2], 0.5, 0.5);
        Check(x => Math.CopySign(x[0], x[1]), [0, -1], 0, 0);
        Check(x => x[0] % x[1], [-5, 3], 1, 1);
        Check(x => Math.IEEERemainder(x[0], x[1]), [5, 3], 1, -2);
        Check(x => Math.Pow(x[0], x[1]), [0, 2], 0, 0);
        Check(x => Math.Pow(x[0], x[1]), [0, 1], 1, 0);
        Check(x => Math.Pow(x[0], x[1]), [0, 0], 0, 0);
        Check(x => Math.Pow(x[0], 3), [-2], 12);
        Check(x => Math.Sqrt(x[0]), [-0.0], double.PositiveInfinity);
        Check(x => Math.Log(x[0]), [-0.0], double.PositiveInfinity);
        Check(x => Math.Asin(x[0]) + Math.Atanh(x[1]), [-1, 1], double.PositiveInfinity, double.PositiveInfinity);
        Check(x => Math.Acos(x[0]) + Math.Acosh(x[1]), [1, 1], double.NegativeInfinity, double.PositiveInfinity);
        Check(x => Math.Atan2(x[0], x[1]) + double.Hypot(x[0], x[1]), [0, 0], 0, 0);
        Check(x => Math.Floor(x[0]) + Math.Round(x[0]) + (int)x[0] + (float)x[0], [1.5], 1);
    }

    [Fact]
    public void What_was_not_selected_contributes_nothing()
    {
        Check(x => Math.Max(Math.Sqrt(x[0]), 1), [0], 0);
        Check(x => Math.Clamp(Math.Log(x[0]), -1, 1), [0], 0);
        Check(x => x[0] > 0 ? Math.Log(x[0]) : 0.0, [0], 0);
        Check(x => Math.Floor(Math.Sqrt(x[0])) * x[1], [0, 2], 0, 0);
    }

    [Fact]
    public void A_numerical_zero_next_to_infinity_is_NaN() => Check(x => Math.Sqrt(x[0]) * Math.Sqrt(x[0]), [0], double.NaN);

    private sealed record Reading(double Level, int Index);

    private struct Mutable
    {
        public double A;
        public int B { get; set; }
    }

    [Fact]
    public void Looks_into_what_the_lambda_builds_and_takes_apart()
    {
        Check(x => ValueTuple.Create(x[0], 2).Item1 * Tuple.Create(x[0], x[1]).Item2, [3, 5], 5, 3);
        Check(x => new ValueTuple<double, double>(x[0], x[1]).Item2, [3, 5], 0, 1);
        Check(x => new { a = x[0] * x[1], b = 1 }.a, [3, 5], 5, 3);
        Check(x => new Reading(x[0] * 2, 1).Level, [3], 2);
        Check(x => new Mutable { A = x[0] * x[0], B = 2 }.A, [3], 6);
        Check(x => new[] { x[0], x[1] * x[1] }[1], [3, 5], 0, 10);
        Check(x => new { inner = new { x } }.inner.x[1], [3, 5], 0, 1);
        Check(x => Math.SinCos(x[0]).Cos, [0.5], -Math.Sin(0.5));
        Check(x => (double)(object)(x[0] * 2), [3], 2);
        Check(x => ((double?)x[0] ?? 1) * ((double?)x[0])!.Value, [3], 6);
    }

    [Fact]
    public void Reads_what_is_captured()
    {
        double factor = 2;
        double[] table = [1, 2, 3];
        double[,] grid = { { 1, 2 }, { 3, 4 } };
        double[][] jagged = [[1], [2, 3]];
        List<double> list = [5, 6];
        IReadOnlyList<double> view = list;
        double? maybe = null;
        Func<double, double> plain = v => v + 1;
        Check(x => x[0] * factor * table[(int)x[1]] * grid[1, 0] * jagged[1][1] * list[1] * view[0], [1, 2.5], 2 * 3 * 3 * 3 * 6 * 5, 0);
        Check(x => x[table.Length - 2] * (maybe ?? 4) + plain(2), [1, 2], 0, 4);
        Check(x => x.Length * x[x.Length - 1], [1, 2], 0, 2);
    }

    [Fact]
    public void Looks_into_captured_expressions()
    {
        Expression<Func<double, double>> square = v => v * v;
        Check(x => square.Compile()(x[0]) + square.Compile()(3), [2], 4);
        var p = Expression.Parameter(typeof(double[]), "x");
        Check(Expression.Lambda<Func<double[], double>>(Expression.Invoke(square, Expression.ArrayIndex(p, Expression.Constant(0))), p), [2], 4);
    }

    [Fact]
    public void Evaluates_blocks_and_switches()
    {
        var p = Expression.Parameter(typeof(double[]), "x");
        var v = Expression.Variable(typeof(double), "v");
        var x0 = Expression.ArrayIndex(p, Expression.Constant(0));
        Expression block = Expression.Block([v], Expression.Assign(v, x0), Expression.MultiplyAssign(v, x0), v);
        Check(Expression.Lambda<Func<double[], double>>(block, p), [3], 6);
        Expression choice = Expression.Switch(Expression.Convert(x0, typeof(int)), Expression.Constant(0.0),
            Expression.SwitchCase(Expression.Multiply(x0, x0), Expression.Constant(1), Expression.Constant(3)));
        Check(Expression.Lambda<Func<double[], double>>(choice, p), [3], 6);
        Check(Expression.Lambda<Func<double[], double>>(choice, p), [2], 0);
    }

    [Fact]
    public void Integer_arithmetic_is_that_of_the_platform()
    {
        int seven = 7;
        Check(x => x[0] * (seven / 2) + seven % 3 * (1L << seven) + (seven & 3), [2.0], 3);
        Check(x => unchecked((byte)(int)x[0]) * x[0], [300.0], 44);
        Assert.Throws<OverflowException>(() => Evaluate(x => checked((byte)(int)x[0]) * x[0], [300]));
        Assert.Throws<DivideByZeroException>(() => Evaluate(x => 1 / (int)x[0], [0.5]));
        Assert.Throws<IndexOutOfRangeException>(() => Evaluate(x => x[3], [0.5]));
        Check(x => (float)x[0] * (float)x[1], [0.1, 3], 3, 0.1f);
    }

    [Fact]
    public void Evaluates_no_branch_that_is_not_taken()
    {
        int calls = 0;
        Func<double> touch = () => ++calls;
        var result = Evaluate(x => x[0] > 0 || touch() > 0 ? x[0] : touch(), [1]);
        Assert.Equal((1.0, 0), (result.Gradient[0], calls));
    }

    [Fact]
    public void Data_are_not_differentiated() =>
        Assert.Equal([6.0], Evaluate((double[] x, double[] d) => x[0] * d[0] * d[1], [1], new double[] { 2, 3 }).Gradient);
}
