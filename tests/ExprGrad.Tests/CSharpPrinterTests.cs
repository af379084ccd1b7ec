using System.Globalization;
using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.Diagnostics;
using static System.Linq.Expressions.Expression;

namespace ExprGrad.Tests;

public class CSharpPrinterTests
{
    private sealed record Point(double X, double Y)
    {
        public double Length { get; init; }
        public List<double> Weights { get; } = [];
        public Point? Inner { get; init; }
        public const double Half = 0.5;
        public static readonly double Scale = 2;
        public static double Discount(double x) => x;
    }

    private sealed class Model(double rate)
    {
        private readonly double field = 3;
        private double Shift(double x) => x + field;
        public Expression<Func<double[], double>> Uses() => x => x[0] * field + Shift(x[1]) - rate;

        public Expression<Func<double[], double>> CapturesThis()
        {
            double local = 1;
            return x => x[0] * local + field;
        }
    }

    private static double Weighted(params double[] values) => values.Length;

    private static Expression<Func<double[], T>> F<T>(Expression<Func<double[], T>> f) => f;

    private static readonly Dictionary<string, LambdaExpression> Table = Lambdas();

    public static TheoryData<string> Texts => [.. Table.Keys];

    [Theory, MemberData(nameof(Texts))]
    public void A_lambda_is_printed_as_its_author_wrote_it(string text) => Assert.Equal(text, CSharpPrinter.Print(Table[text].Body).Text);

    private static Dictionary<string, LambdaExpression> Lambdas()
    {
        double a = 2, rate = 1;
        int n = 3, m = 4;
        int? perhaps = n;
        double[] weights = [1, 2];
        List<double> list = [1, 2];
        double[,] matrix = new double[2, 2];
        Func<double, double> f = Math.Sin;
        string s = "abc";
        DayOfWeek day = DayOfWeek.Monday;
        object o = weights;
        Expression<Func<double[], double>> nested;
        {
            double inner = 5;
            nested = x => inner * rate + x[0];
        }
        (double Left, double Right) pair = (1, 2);

        return new Dictionary<string, LambdaExpression>
        {
            // Operators: the parentheses that precedence and association need.
            ["x[0] + x[1] * x[2] - x[3]"] = F(x => x[0] + x[1] * x[2] - x[3]),
            ["(x[0] + x[1]) * x[2]"] = F(x => (x[0] + x[1]) * x[2]),
            ["x[0] - (x[1] - x[2])"] = F(x => x[0] - (x[1] - x[2])),
            ["x[0] - x[1] - x[2] + x[3]"] = F(x => x[0] - x[1] - x[2] + x[3]),
            ["x[0] * (x[1] / x[2])"] = F(x => x[0] * (x[1] / x[2])),
            ["-(x[0] + 1)"] = F(x => -(x[0] + 1)),
            ["-(-x[0])"] = F(x => -(-x[0])),
            ["x[0] - -x[1]"] = F(x => x[0] - -x[1]),
            ["x[0] - -1"] = F(x => x[0] - -1.0),
            ["x[0] > 1 && x[1] < 2 || !(x[2] >= 3)"] = F(x => x[0] > 1 && x[1] < 2 || !(x[2] >= 3)),
            ["x[0] > 0 && (x[1] > 0 || x[2] > 0)"] = F(x => x[0] > 0 && (x[1] > 0 || x[2] > 0)),
            ["(n & m | 1) << 2 ^ ~n"] = F(x => (n & m | 1) << 2 ^ ~n),
            ["x[0] > 0 ? x[0] : x[1] > 0 ? x[1] : 0"] = F(x => x[0] > 0 ? x[0] : x[1] > 0 ? x[1] : 0),
            ["(x[0] > 0 ? x[0] : 1) * 2"] = F(x => (x[0] > 0 ? x[0] : 1) * 2),
            ["perhaps ?? n"] = F(x => perhaps ?? n),
            ["(perhaps ?? n) + 1"] = F(x => (perhaps ?? n) + 1),
            ["checked(n * (m + 1)) - n"] = F(x => checked(n * (m + 1)) - n),
            ["s + \"b\""] = F(x => s + "b"),

            // Conversions: shown where C# needs them or where the text would mean something else.
            ["x[0] * n"] = F(x => x[0] * n),
            ["n / 2.0 * x[0]"] = F(x => n / 2.0 * x[0]),
            ["(double)n / m"] = F(x => (double)n / m),
            ["n / m * x[0]"] = F(x => n / m * x[0]),
            ["(int)x[0] + n"] = F(x => (int)x[0] + n),
            ["(float)(x[0] * x[1])"] = F(x => (float)(x[0] * x[1])),
            ["(int)(-x[0])"] = F(x => (int)-x[0]),
            ["n * 2L"] = F(x => n * 2L),
            ["checked((byte)n)"] = F(x => checked((byte)n)),
            ["((double[])o)[0]"] = F(x => ((double[])o)[0]),
            ["o as double[]"] = F(x => o as double[]),
            ["o is double[]"] = F(x => o is double[]),
            ["day == DayOfWeek.Monday"] = F(x => day == DayOfWeek.Monday),
            ["s[0] == 'a'"] = F(x => s[0] == 'a'),
            ["0.5f * n"] = F(x => 0.5f * n),
            ["1.5m * n"] = F(x => 1.5m * n),

            // Names.
            ["a * x[0] + rate"] = F(x => a * x[0] + rate),
            ["inner * rate + x[0]"] = nested,
            ["x[0] * field + Shift(x[1]) - rate"] = new Model(1).Uses(),
            ["x[0] * local + field"] = new Model(1).CapturesThis(),
            ["CSharpPrinterTests.Point.Discount(x[0]) * CSharpPrinterTests.Point.Scale"] = F(x => Point.Discount(x[0]) * Point.Scale),
            ["Math.PI * x[0] + Math.E"] = F(x => Math.PI * x[0] + Math.E),
            ["double.Hypot(x[0], x[1])"] = F(x => double.Hypot(x[0], x[1])),
            ["pair.Item1 * x[0]"] = F(x => pair.Item1 * x[0]),
            ["@class * @class"] = (Expression<Func<double, double>>)(@class => @class * @class),

            // Elements, calls, lambdas.
            ["weights[n] * list[0] * matrix[0, n]"] = F(x => weights[n] * list[0] * matrix[0, n]),
            ["x.Length + list.Count + s.Length"] = F(x => x.Length + list.Count + s.Length),
            ["x.Sum(v => v * v)"] = F(x => x.Sum(v => v * v)),
            ["x.Zip(weights, (p, q) => p * q).Sum()"] = F(x => x.Zip(weights, (p, q) => p * q).Sum()),
            ["Enumerable.Range(0, n).Select(i => x[i]).Sum()"] = F(x => Enumerable.Range(0, n).Select(i => x[i]).Sum()),
            ["x.Select(Math.Sin).Sum()"] = F(x => x.Select(Math.Sin).Sum()),
            ["((IEnumerable<double>)o).Cast<double>().Sum()"] = F(x => ((IEnumerable<double>)o).Cast<double>().Sum()),
            ["Enumerable.Empty<double>().Sum() + f(x[0])"] = F(x => Enumerable.Empty<double>().Sum() + f(x[0])),
            ["CSharpPrinterTests.Weighted(x[0], 1, a)"] = F(x => Weighted(x[0], 1, a)),
            ["Enumerable.Range(0, n).Select(i => new { i, y = x[i] }).Select(_ => _.y * _.i).Sum()"] = F(x => Enumerable.Range(0, n).Select(i => new { i, y = x[i] }).Select(_ => _.y * _.i).Sum()),
            ["x.Select(v => new { v, w = v * v }).Select(_ => v * w).Sum()"] = F(x => (from v in x let w = v * v select v * w).Sum()),
            ["x.Contains(a) ? x[0] : 0"] = F(x => x.Contains(a) ? x[0] : 0),

            // Creations.
            ["ValueTuple.Create(x[0], 1).Item1"] = F(x => ValueTuple.Create(x[0], 1).Item1),
            ["new ValueTuple<double, double[]>(x[0], x).Item1"] = F(x => new ValueTuple<double, double[]>(x[0], x).Item1),
            ["new { A = x[0], x.Length }.A"] = F(x => new { A = x[0], x.Length }.A),
            ["new[] { x[0], 2 }.Sum()"] = F(x => new[] { x[0], 2 }.Sum()),
            ["(new double[n]).Length"] = F(x => new double[n].Length),
            ["new List<double> { 1, x[0] }.Sum()"] = F(x => new List<double> { 1, x[0] }.Sum()),
            ["new Dictionary<string, int?> { { \"a\", 1 }, { \"b\", null } }.Count"] = F(x => new Dictionary<string, int?> { { "a", 1 }, { "b", null } }.Count),
            ["new CSharpPrinterTests.Point(x[0], 1) { Length = 2, Weights = { 1, x[1] } }.X"] = F(x => new Point(x[0], 1) { Length = 2, Weights = { 1, x[1] } }.X),

            // Constants and types.
            ["x[0] + 1E-300 + double.NaN + double.PositiveInfinity"] = F(x => x[0] + 1e-300 + double.NaN + double.PositiveInfinity),
            ["\"a\\n\\\"\\\\\\u0001é😀\" + s"] = F(x => "a\n\"\\\u0001é😀" + s),
            ["typeof(Dictionary<string, List<int?>[,][]>)"] = F(x => typeof(Dictionary<string, List<int?>[,][]>)),
            ["typeof((int, double[])[])"] = F(x => typeof((int, double[])[])),
            ["(BindingFlags.Instance | BindingFlags.Public).ToString()"] = F(x => (BindingFlags.Public | BindingFlags.Instance).ToString()),
            ["(DayOfWeek)9 == day ? 'q' : '\\''"] = F(x => (DayOfWeek)9 == day ? 'q' : '\''),
        };
    }

    [Fact]
    public void What_Csharp_cannot_put_into_a_lambda_is_printed_too()
    {
        ParameterExpression x = Parameter(typeof(double), "x"), t = Variable(typeof(double), "t"), e = Parameter(typeof(ArgumentException), "e"), nameless = Parameter(typeof(int));
        LabelTarget end = Label("end");
        Dictionary<string, Expression> table = new()
        {
            ["{ double t = x * 2; t + 1 }"] = Expression.Block([t], Assign(t, Multiply(x, Constant(2.0))), Add(t, Constant(1.0))),
            ["{ double t; if (x > 0) { t = x; } else { t = -x; } t }"] =
                Expression.Block([t], IfThenElse(GreaterThan(x, Constant(0.0)), Assign(t, x), Assign(t, Negate(x))), t),
            ["x * { double t = x; t }"] = Multiply(x, Expression.Block([t], Assign(t, x), t)),
            ["while (x < 3) { x += 1; }"] = Loop(IfThenElse(LessThan(x, Constant(3.0)), AddAssign(x, Constant(1.0)), Break(end)), end),
            ["while (true) { if (x < 0) { break; } x = -x; }"] = Loop(Expression.Block(IfThen(LessThan(x, Constant(0.0)), Break(end)), Assign(x, Negate(x))), end),
            ["try { x } catch (ArgumentException e) when (e.Message == \"\") { 1 } finally { Console.WriteLine(); }"] = TryCatchFinally(
                x, Call(typeof(Console), nameof(Console.WriteLine), null), Catch(e, Constant(1.0), Equal(Property(e, "Message"), Constant("")))),
            ["x switch { 1 or 2 => x, _ => throw new Exception() }"] =
                Switch(x, Throw(New(typeof(Exception)), typeof(double)), SwitchCase(x, Constant(1.0), Constant(2.0))),
            ["switch (x) { case 1: Console.WriteLine(); break; default: break; }"] =
                Switch(typeof(void), x, Empty(), null, SwitchCase(Call(typeof(Console), nameof(Console.WriteLine), null), Constant(1.0))),
            ["Math.Pow(x, 2) * (x + 1)"] = Multiply(Power(x, Constant(2.0)), Increment(x)),
            ["v + v1"] = Add(nameless, Parameter(typeof(int))),
            ["<double[]>[0]"] = ArrayIndex(Constant(new double[1]), Constant(0)),
            ["<Random>"] = Constant(new Random(1)),
            ["<Strange>"] = new Strange(),
            ["x + <Strange>"] = Add(x, new Strange()),
            ["new double[v][]"] = NewArrayBounds(typeof(double[]), nameless),
            ["(new double[v]).Length"] = ArrayLength(NewArrayBounds(typeof(double), nameless)),
            ["(t => t + 1)(x)"] = Invoke(Lambda(Add(t, Constant(1.0)), t), x),
            ["x.GetType() == typeof(double)"] = TypeEqual(x, typeof(double)),
            ["default(DateTime)"] = Default(typeof(DateTime)),
            ["null"] = Constant(null, typeof(string)),
        };
        Assert.All(table, row => Assert.Equal(row.Key, CSharpPrinter.Print(row.Value).Text));
    }

    [Fact]
    public void The_culture_of_the_reader_does_not_matter()
    {
        var former = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        comma.NumberFormat.NegativeSign = "~";
        CultureInfo.CurrentCulture = comma;
        try
        {
            Assert.Equal("-1.5", CSharpPrinter.Print(Constant(-1.5)).Text);
            Assert.Equal("-15", CSharpPrinter.Print(Constant(-15)).Text);
        }
        finally
        {
            CultureInfo.CurrentCulture = former;
        }
    }

    [Fact]
    public void A_sub_expression_is_found_without_the_parentheses_around_it()
    {
        Expression<Func<double[], double>> f = x => 2 * (Math.Sin(x[0]) + x[1]);
        var sum = ((BinaryExpression)f.Body).Right;
        var sine = ((BinaryExpression)sum).Left;
        var printed = CSharpPrinter.Print(f.Body);
        Assert.Equal("2 * (Math.Sin(x[0]) + x[1])", printed.Text);
        AssertFound(printed, sum, "Math.Sin(x[0]) + x[1]");
        AssertFound(printed, sine, "Math.Sin(x[0])");
        AssertFound(printed, f.Body, printed.Text);
        Assert.False(printed.TryFind(Constant(1), out _, out _));
    }

    [Fact]
    public void The_first_occurrence_of_a_shared_sub_expression_is_found()
    {
        var x = Parameter(typeof(double), "x");
        var square = Multiply(x, x);
        var printed = CSharpPrinter.Print(Divide(square, Negate(square)));
        Assert.Equal("x * x / -(x * x)", printed.Text);
        Assert.True(printed.TryFind(square, out int start, out int length));
        Assert.Equal((0, 5), (start, length));
    }

    [Fact]
    public void A_sub_expression_without_text_is_found_as_the_expression_around_it()
    {
        double rate = 2;
        Expression<Func<double[], double>> f = x => x[0] * rate;
        var captured = (MemberExpression)((BinaryExpression)f.Body).Right;
        AssertFound(CSharpPrinter.Print(f.Body), captured.Expression!, "rate");
    }

    [Fact]
    public void Of_a_deep_chain_the_upper_levels_and_a_window_around_each_place_are_printed() => OnSmallStack(() =>
    {
        var x = Parameter(typeof(double[]), "x");
        var deepest = Call(typeof(Math), nameof(Math.Sin), null, ArrayIndex(x, Constant(0)));
        List<Expression> terms = [.. Enumerable.Range(1, 100_000).Select(i => i % 10_000 == 5_000 ? Call(typeof(Math), nameof(Math.Cos), null, ArrayIndex(x, Constant(i))) : (Expression)ArrayIndex(x, Constant(i)))];
        var chain = terms.Aggregate((Expression)deepest, Add);

        var printed = CSharpPrinter.Print(chain, [deepest, terms[4_999], terms[54_999]]);
        AssertFound(printed, deepest, "Math.Sin(x[0])");
        AssertFound(printed, terms[4_999], "Math.Cos(x[5000])");
        AssertFound(printed, terms[54_999], "Math.Cos(x[55000])");
        Assert.EndsWith(" + x[99999] + x[100000]", printed.Text);
        Assert.StartsWith("… Math.Sin(x[0]) + x[1] + x[2] … + … + x[49", printed.Text);
        Assert.Contains(" + x[54999] + Math.Cos(x[55000]) + x[55001] … + … + x[99", printed.Text);
        Assert.InRange(printed.Text.Length, 1_000, 20_000);

        // Many places: each is shown, in linear time.
        const int Many = 20_000;
        var all = CSharpPrinter.Print(chain, terms.Take(Many));
        for (int i = 0; i < Many; i++)
        {
            bool found = all.TryFind(terms[i], out int start, out int length);
            string expected = terms[i] is MethodCallExpression ? $"Math.Cos(x[{i + 1}])" : $"x[{i + 1}]";
            if (!found || !all.Text.AsSpan(start, length).SequenceEqual(expected)) Assert.Fail(expected);
        }
    });

    [Fact]
    public void Of_a_graph_with_two_to_the_sixty_paths_a_part_is_printed() => OnSmallStack(() =>
    {
        var x = Parameter(typeof(double), "x");
        var deepest = Call(typeof(Math), nameof(Math.Sin), null, x);
        Expression node = deepest;
        for (int level = 0; level < 60; level++) node = Add(node, node);
        var printed = CSharpPrinter.Print(node, deepest);
        AssertFound(printed, deepest, "Math.Sin(x)");
        Assert.InRange(printed.Text.Length, 1_000, 20_000);
    });

    [Fact]
    public void Of_a_long_list_the_first_elements_and_the_places_are_printed()
    {
        var x = Parameter(typeof(double[]), "x");
        var elements = Enumerable.Range(0, 1000).Select(i => ArrayIndex(x, Constant(i))).ToArray();
        var printed = CSharpPrinter.Print(NewArrayInit(typeof(double), elements), elements[700]);
        Assert.StartsWith("new[] { x[0], x[1], ", printed.Text);
        Assert.EndsWith(", x[99], …, … x[700] …, … }", printed.Text);
        AssertFound(printed, elements[700], "x[700]");
    }

    private static void AssertFound(PrintedExpression printed, Expression node, string expected)
    {
        Assert.True(printed.TryFind(node, out int start, out int length));
        Assert.Equal(expected, printed.Text.Substring(start, length));
    }

    private static void OnSmallStack(Action test)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(test), 1 << 20);
        thread.Start();
        thread.Join();
        if (failure is not null) throw new AggregateException(failure);
    }

    private sealed class Strange : Expression
    {
        public override ExpressionType NodeType => ExpressionType.Extension;
        public override Type Type => typeof(double);
    }
}
