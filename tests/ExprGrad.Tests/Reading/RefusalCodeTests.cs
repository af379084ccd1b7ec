using System.Linq.Expressions;
using System.Numerics;
using System.Reflection;
using ExprGrad.Reading;
using static System.Linq.Expressions.Expression;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests.Reading;

/// <summary>Which code each unreadable piece of C# is refused with, and which piece is shown.</summary>
public class RefusalCodeTests
{
    private static readonly double[] Weights = [2, 3, 5];

    private static readonly double?[] Gaps = [1, null, 3];

    private static readonly Func<double, double> Plain = v => v + 1;

    private static readonly Expression<Func<double, double>> Square = v => v * v;

    private static Expression<Func<double, double>>? Missing => null;

    private delegate double SelfApplied(SelfApplied self, double v);

    private static double Discount(double rate) => 1 / (1 + rate);

    private static double Total(params double[] values) => values.Sum();

    private static double Rise(ref double place) => place++;

    private static double AtTwo(Func<double, double> f) => f(2);

    private static Expression<Func<double, double>> Power(int exponent) => v => Math.Pow(v, exponent);

    private sealed class Doubling(double value)
    {
        public double Value { get; } = 2 * value;
    }

    private sealed class Model(double factor)
    {
        public double Price(double spot) => factor * spot;
    }

    private sealed record Level(double Height)
    {
        public double Twice => 2 * this.Height;
    }

    private readonly record struct Height(double Metres)
    {
        public double Feet => this.Metres / 0.3048;
    }

    private sealed class Box
    {
        public double Content { get; set; }

        public double Half => this.Content / 2;
    }

    // Case, code, the sub-expression that is marked, function.
    private static readonly (string Name, string Code, string Marked, Function Function)[] FromLambdas =
    [
        ("decimal", "EG1001", "(decimal)x[0]", x => (double)((decimal)x[0] * 2m)),
        ("half", "EG1001", "(Half)x[0]", x => (double)(Half)x[0]),
        ("big integer", "EG1001", "(BigInteger)x[0]", x => (double)(BigInteger)x[0]),
        ("boxed", "EG1001", "x[0]", x => (double)(object)x[0]),
        ("boxed nullable", "EG1001", "x[1]", x => (double)(object)(double?)x[1]!),
        ("nullable decimal", "EG1001", "x[0] + 1", x => (double)(decimal?)((double?)x[0] + 1)!),
        ("type test", "EG1001", "x[0]", x => (object)x[0] is double ? 1 : 0),
        ("interpolated text", "EG1001", "x[0]", x => $"{x[0]}".Length * x[1]),

        ("argument", "EG1002", "RefusalCodeTests.Total(x)", x => Total(x)),
        ("copy", "EG1002", "x.Clone()", x => ((double[])x.Clone())[0]),
        ("choice of arrays", "EG1002", "x[0] > 0 ? x : RefusalCodeTests.Weights", x => (x[0] > 0 ? x : Weights)[0]),
        ("array of arrays", "EG1002", "new[] { x, RefusalCodeTests.Weights }[(int)x[1]]", x => new[] { x, Weights }[(int)x[1]][0]),
        ("reference conversion", "EG1002", "x as object", x => (x as object) == null ? 1 : x[0]),

        ("delegate", "EG1003", "RefusalCodeTests.Plain(x[0])", x => Plain(x[0])),
        ("delegate by name", "EG1003", "RefusalCodeTests.Plain.Invoke(x[0] + 1)", x => Plain.Invoke(x[0] + 1)),
        ("delegate made from an expression by a method", "EG1003", "Compiled()(x[0])", x => Compiled()(x[0])),

        ("sorting", "EG1004", "x.OrderBy(v => v)", x => x.OrderBy(v => v).First()),
        ("sorting of what was selected", "EG1004", "x.Select(v => v * v).Order()", x => x.Select(v => v * v).Order().Sum()),
        ("grouping", "EG1004", "x.GroupBy(v => v > 0)", x => x.GroupBy(v => v > 0).Sum(group => group.Sum())),
        ("set", "EG1004", "x.Distinct()", x => x.Distinct().Sum()),
        ("dictionary", "EG1004", "x.ToDictionary(v => 2 * v)", x => x.ToDictionary(v => 2 * v)[2]),
        ("sum of decimals that may be null", "EG1004", "RefusalCodeTests.Gaps.Sum(gap => (decimal?)(gap * x[0]))", x => (double)Gaps.Sum(gap => (decimal?)(gap * x[0]))!.Value),
        ("sum of decimals", "EG1004", "x.Sum(v => (decimal)v)", x => (double)x.Sum(v => (decimal)v)),
        ("delegate for each element", "EG1003", "RefusalCodeTests.Plain", x => x.Sum(Plain)),
        ("method for each element", "EG1007", "RefusalCodeTests.Discount(v)", x => x.Sum(v => Discount(v))),
        ("state of a recurrence as an argument", "EG1004", "RefusalCodeTests.Weights.Aggregate", x => Weights.Aggregate(new[] { x[0], 1.0 }, (s, w) => new[] { Total(s) * w, s[0] })[1]),

        ("estimate of a reciprocal", "EG1006", "Math.ReciprocalEstimate(x[0])", x => Math.ReciprocalEstimate(x[0])),
        ("estimate of a reciprocal root", "EG1006", "Math.ReciprocalSqrtEstimate(x[0])", x => Math.ReciprocalSqrtEstimate(x[0])),
        ("estimate in double", "EG1006", "double.ReciprocalSqrtEstimate(x[0])", x => double.ReciprocalSqrtEstimate(x[0])),
        ("next number", "EG1006", "Math.BitIncrement(x[0])", x => Math.BitIncrement(x[0])),
        ("previous number", "EG1006", "double.BitDecrement(x[1])", x => x[0] * double.BitDecrement(x[1])),

        ("bits", "EG1006", "BitConverter.DoubleToInt64Bits(x[0])", x => BitConverter.DoubleToInt64Bits(x[0]) * x[1]),
        ("bits of a rounded number", "EG1006", "BitConverter.SingleToInt32Bits((float)x[0])", x => BitConverter.Int32BitsToSingle(0x5f3759df - (BitConverter.SingleToInt32Bits((float)x[0]) >> 1))),

        ("method", "EG1007", "RefusalCodeTests.Discount(x[0])", x => Discount(x[0]) * x[1]),
        ("instance method", "EG1007", "new RefusalCodeTests.Model(2).Price(x[0])", x => new Model(2).Price(x[0])),
        ("single precision", "EG1007", "MathF.Sin((float)x[0])", x => MathF.Sin((float)x[0])),
        ("conversion by a method", "EG1007", "Convert.ToDouble(x[0])", x => System.Convert.ToDouble(x[0])),
        ("text", "EG1007", "x[0].ToString()", x => double.Parse(x[0].ToString())),
        ("date", "EG1007", "DateTime.UnixEpoch.AddDays(x[0])", x => (DateTime.UnixEpoch.AddDays(x[0]) - DateTime.UnixEpoch).TotalDays),
        ("duration", "EG1007", "TimeSpan.FromSeconds(x[0])", x => TimeSpan.FromSeconds(x[0]).TotalMinutes),
        ("exchange", "EG1007", "Interlocked.Exchange(ref RefusalCodeTests.Weights[0], x[0])", x => Interlocked.Exchange(ref Weights[0], x[0])),
        ("lambda for a method", "EG1007", "RefusalCodeTests.AtTwo(v => v * x[0])", x => AtTwo(v => v * x[0])),

        ("constructor that computes", "EG1008", "new RefusalCodeTests.Doubling(x[0])", x => new Doubling(x[0]).Value),
        ("property that computes", "EG1008", "new RefusalCodeTests.Level(x[0])", x => new Level(x[0]).Twice),
        ("property of a struct that computes", "EG1008", "new RefusalCodeTests.Height(x[0])", x => new Height(x[0]).Feet),
        ("initialiser and a property that computes", "EG1008", "new RefusalCodeTests.Box { Content = x[0] }", x => new Box { Content = x[0] }.Half),
        ("comparison of objects", "EG1008", "ValueTuple.Create(x[0], 1)", x => ValueTuple.Create(x[0], 1).Equals(ValueTuple.Create(1.0, 1)) ? 1 : 0),
        ("complex number", "EG1008", "new Complex(x[0], 1)", x => (new Complex(x[0], 1) * 2).Real),
        ("vector", "EG1008", "new Vector<double>(x[0])", x => new Vector<double>(x[0])[0]),
        ("list", "EG1008", "new List<double> { x[0] }", x => new List<double> { x[0] }[0]),
        ("list of x", "EG1008", "new List<double>(x)", x => new List<double>(x)[0]),
        ("new array as an argument", "EG1008", "RefusalCodeTests.Total(x[0], x[1])", x => Total(x[0], x[1])),

        ("null", "EG1010", "RefusalCodeTests.Missing.Compile()", x => Missing!.Compile()(x[0])),
        ("made by a method", "EG1010", "RefusalCodeTests.Power(2).Compile()", x => Power(2).Compile()(x[0])),
        ("chosen", "EG1010", "(x[0] > 0 ? RefusalCodeTests.Square : RefusalCodeTests.Square).Compile()", x => (x[0] > 0 ? Square : Square).Compile()(x[0])),
    ];

    private static Func<double, double> Compiled() => Square.Compile();

    private static readonly ParameterExpression X = Parameter(typeof(double[]), "x");
    private static readonly Expression X0 = ArrayIndex(X, Constant(0)), X1 = ArrayIndex(X, Constant(1));
    private static readonly ParameterExpression Y = Variable(typeof(double), "y"), V = Parameter(typeof(double), "v");
    private static readonly Expression IsPositive = GreaterThan(X0, Constant(0.0));
    private static readonly LabelTarget End = Label(typeof(double), "end"), Start = Label("start");
    private static readonly ParameterExpression Kept = Variable(typeof(double[]), "kept");

    // C# allows no statements in lambdas that become expressions; code that builds expressions does.
    private static readonly (string Name, string Code, string Marked, Expression Body)[] FromTrees =
    [
        ("loop without an end", "EG1005", "while", InY(Assign(Y, X0), Loop(Assign(Y, Multiply(Y, Y))), Y)),
        ("loop with effects that runs as often as nobody knows", "EG1005", "while", InY(Assign(Y, X0), Loop(IfThenElse(LessThan(Y, Constant(100.0)), AddAssign(Y, Call(Constant(Random.Shared), nameof(Random.NextDouble), null)), Break(End, Y)), End))),
        ("array that a loop keeps", "EG1005", "kept", Block([Y, Kept], Assign(Kept, Constant(Weights)), UpTo100(AddAssign(Y, Multiply(X0, SumOf(Kept))), Assign(Kept, Constant(Weights))), Y)),
        ("variable of a block in a loop that is read first", "EG1005", "kept", InY(UpTo100(Block([Kept], AddAssign(Y, SumOf(Kept)))), Multiply(Y, X0))),
        ("jump backwards", "EG1005", "goto", Block(Label(Start), IfThen(IsPositive, Goto(Start)), X0)),
        ("jump out of an operand", "EG1005", "goto", Block(Multiply(X0, Condition(IsPositive, Goto(End, X1, typeof(double)), X1)), Label(End, Constant(0.0)))),
        ("assignment in a lambda that a query runs", "EG1005", "y", InY(Assign(Y, X0), Call(typeof(Enumerable), nameof(Enumerable.Sum), [typeof(double)], X, Lambda<Func<double, double>>(Assign(Y, Add(Y, V)), V)))),
        ("try and catch", "EG1005", "try", TryCatch(X0, Catch(typeof(Exception), Constant(0.0)))),
        ("try and finally", "EG1005", "try", TryFinally(X0, Empty())),
        ("assignment to x", "EG1005", "x = ", Block(Assign(X, Constant(Weights)), X0)),
        ("assignment to an element of x", "EG1005", "x[0] = 2", Block(Assign(ArrayAccess(X, Constant(0)), Constant(2.0)), X0)),
        ("reference", "EG1005", "Rise(ref y)", InY(Assign(Y, X0), Call(((RiseMethod)Rise).Method, Y), Y)),
        ("variables made accessible", "EG1005", "", InY(Assign(Y, X0), Multiply(Y, Convert(Property(RuntimeVariables(Y), nameof(System.Runtime.CompilerServices.IRuntimeVariables.Count)), typeof(double))))),
        ("exception with a value", "EG1005", "throw", Condition(IsPositive, X0, Throw(New(typeof(ArgumentOutOfRangeException).GetConstructor([typeof(string)])!, Call(X1, typeof(double).GetMethod("ToString", Type.EmptyTypes)!)), typeof(double)))),
        ("undeclared variable", "EG1005", "y", Multiply(Y, X0)),
        ("undeclared variable that is assigned", "EG1005", "y = x[0]", Block(Assign(Y, X0), X0)),
        ("call without a value", "EG1005", "Console.WriteLine(x[0])", Block(Call(typeof(Console).GetMethod("WriteLine", [typeof(double)])!, X0), X0)),

        ("function that calls itself", "EG1009", "f(v - 1)", Factorial()),
        ("lambda that is applied to itself", "EG1009", "self(self, v)", Omega()),

        ("lambda from a method in a tree", "EG1010", "Power(3)", Invoke(Call(typeof(RefusalCodeTests).GetMethod(nameof(Power), BindingFlags.NonPublic | BindingFlags.Static)!, Constant(3)), X0)),
        ("quotation of x", "EG1001", "", Condition(Property(Quote(Lambda<Func<double>>(X0)), nameof(Expression.CanReduce)), X0, X1)),
        ("type equality", "EG1001", "x[0]", Condition(TypeEqual(Convert(X0, typeof(object)), typeof(double)), X0, X1)),
    ];

    private delegate double RiseMethod(ref double place);

    private static BlockExpression InY(params Expression[] statements) => Block([Y], statements);

    // while (y < 100) …
    private static LoopExpression UpTo100(params Expression[] body)
    {
        LabelTarget end = Label();
        return Loop(IfThenElse(LessThan(Y, Constant(100.0)), Block(typeof(void), body), Break(end)), end);
    }

    private static MethodCallExpression SumOf(Expression array) => Call(typeof(Enumerable), nameof(Enumerable.Sum), null, array);

    private static BlockExpression Factorial()
    {
        ParameterExpression f = Variable(typeof(Func<double, double>), "f");
        Expression<Func<double, double>> body = Lambda<Func<double, double>>(Condition(LessThan(V, Constant(1.0)), Constant(1.0), Multiply(V, Invoke(f, Subtract(V, Constant(1.0))))), V);
        return Block([f], Assign(f, body), Invoke(f, X0));
    }

    private static InvocationExpression Omega()
    {
        ParameterExpression self = Parameter(typeof(SelfApplied), "self");
        Expression<SelfApplied> omega = Lambda<SelfApplied>(Invoke(self, self, V), self, V);
        return Invoke(omega, omega, X0);
    }

    private static readonly Dictionary<string, (string Code, string Marked, Function Function)> Table =
        FromLambdas.Concat(FromTrees.Select(tree => (tree.Name, tree.Code, tree.Marked, Function: Lambda<Func<double[], double>>(tree.Body, X))))
            .ToDictionary(entry => $"{entry.Code} {entry.Name}", entry => (entry.Code, entry.Marked, entry.Function));

    public static TheoryData<string> Names => [.. Table.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Is_refused_once_with_this_code_at_this_place(string name)
    {
        (string code, string marked, Function f) = Table[name];
        var thrown = Assert.Throws<UnsupportedExpressionException>(() => Grad.Compile(f));
        Refusal refusal = Assert.Single(thrown.Refusals);
        Assert.Equal(code, refusal.Code);
        Assert.Contains(marked, refusal.Expression, StringComparison.Ordinal);
        Assert.DoesNotContain(Environment.NewLine, refusal.Reason + refusal.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_code_is_in_the_table()
    {
        string[] codes = [.. typeof(RefusalCode).GetProperties(BindingFlags.Public | BindingFlags.Static).Select(property => ((RefusalCode)property.GetValue(null)!).Code)];
        Assert.Equal(codes.Order(), codes.Distinct().Order());
        Assert.Equal(codes.Order(), Table.Values.Select(entry => entry.Code).Distinct().Order());
    }
}
