using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests.Contract;

/// <summary>C# that does not depend on the input means what it means in the plain lambda, down to the corners of the language.</summary>
public class C1_Language
{
    private static readonly uint Unsigned = 4_000_000_000;
    private static readonly ulong Large = ulong.MaxValue;
    private static readonly int Three = 3;
    private static readonly Tuple<int, int> Left = Tuple.Create(1, 2), Right = Tuple.Create(1, 2);

    private static int ByReadOnlyReference(in int value) => value;

    private static double Set(double[] array, double value) => array[0] = value;

    private static double Set(Point point, double value) => point.X = value;

    private static int Bump(ref int value) => ++value;

    private sealed class Point
    {
        public double X { get; set; }
    }

    private sealed class Wrapped(int value)
    {
        public readonly uint Value = (uint)value;
    }

    private static class Broken
    {
        public static readonly int Value = int.Parse("no number");
    }

    private static readonly System.Linq.Expressions.Expression<Func<double[], double, double>> ChangesArray = (a, v) => Set(a, 7) * v + a[0] * v * v;

    private static readonly System.Linq.Expressions.Expression<Func<Point, double, double>> ChangesPoint = (p, v) => (v > 0 ? Set(p, 7) : 0) * v + p.X * v * v;

    private static readonly int[] Counters = [5];

    private static readonly Dictionary<string, Function> Table = new()
    {
        ["uint to long"] = x => (long)Unsigned * x[0],
        ["uint division"] = x => (double)(Unsigned / 7) * x[0],
        ["negated uint"] = x => (double)-Unsigned * x[0],
        ["ulong division"] = x => (double)(Large / 3) * x[0],
        ["ulong comparison"] = x => (Large > 5 ? 1 : 2) * x[0],
        ["references are compared"] = x => Left == Right ? x[0] : x[0] * x[0],
        ["boxes are compared"] = x => (object)Three == (object)(Three + 0) ? x[0] : x[0] * x[0],
        ["in parameter"] = x => ByReadOnlyReference(Three + 1) * x[0],
        ["decimal scale"] = x => 1.0m.ToString().Length * x[0],
        ["an array that a method changes"] = x => ChangesArray.Compile()(new[] { 1.0, 2.0 }, x[0]),
        ["an object that a method changes"] = x => ChangesPoint.Compile()(new Point { X = 1 }, x[0]),
        ["a constructor that converts"] = x => new Wrapped(-1).Value * x[0],
        ["an element by reference"] = x => Bump(ref Counters[0]) * x[0],
    };

    public static TheoryData<string> Names => [.. Table.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Has_the_value_of_the_plain_lambda(string name)
    {
        Function f = Table[name];
        Counters[0] = 5;
        double expected = f.Compile()([3]);
        Counters[0] = 5;
        Assert.Equal(expected, Grad.Compile(f)([3]).Value);
        Counters[0] = 5;
        Assert.Equal(expected, Grad.Differentiate(f).Compile()([3]).Value);
    }

    private struct Counter
    {
        public int Count;

        public int Next() => ++this.Count;
    }

    [Fact]
    public void A_changeable_object_may_be_active_in_one_branch_only()
    {
        var f = Grad.Compile(x => (x[0] > 0 ? new Point { X = x[0] * x[0] } : new Point { X = 1 }).X * x[0]);
        Assert.Equal((27.0, 27.0), (f([3]).Value, f([3]).Gradient[0]));
        Assert.Equal((-3.0, 1.0), (f([-3]).Value, f([-3]).Gradient[0]));
    }

    [Fact]
    public void A_struct_that_changes_itself_is_read_in_order()
    {
        System.Linq.Expressions.Expression<Func<double[], Counter, double>> f = (x, c) => (c.Count + 10 * c.Next() + 100 * c.Count) * x[0];
        Assert.Equal(f.Compile()([3], new Counter { Count = 1 }), Grad.Compile(f)([3], new Counter { Count = 1 }).Value);
    }

    [Fact]
    public void A_switch_computes_its_cases_until_one_is_equal()
    {
        var log = new List<int>();
        Func<int, int> logged = value =>
        {
            log.Add(value);
            return value;
        };
        var x = System.Linq.Expressions.Expression.Parameter(typeof(double[]), "x");
        System.Linq.Expressions.Expression X0() => System.Linq.Expressions.Expression.ArrayIndex(x, System.Linq.Expressions.Expression.Constant(0));
        System.Linq.Expressions.SwitchCase Case(int value, double factor) => System.Linq.Expressions.Expression.SwitchCase(
            System.Linq.Expressions.Expression.Multiply(X0(), System.Linq.Expressions.Expression.Constant(factor)),
            System.Linq.Expressions.Expression.Invoke(System.Linq.Expressions.Expression.Constant(logged), System.Linq.Expressions.Expression.Constant(value)));
        var @switch = System.Linq.Expressions.Expression.Switch(System.Linq.Expressions.Expression.Convert(X0(), typeof(int)), X0(), Case(2, 10), Case(3, 20));
        var compiled = Grad.Compile(System.Linq.Expressions.Expression.Lambda<Func<double[], double>>(@switch, x));
        var (value, gradient) = compiled([2]);
        Assert.Equal((20.0, 10.0), (value, gradient[0]));
        Assert.Equal([2], log);
    }

    [Fact]
    public void Checked_conversions_throw()
    {
        Function narrowing = x => checked((int)Unsigned) * x[0], negation = x => checked(-(int.MinValue + Three - 3)) * x[0];
        Assert.Throws<OverflowException>(() => Grad.Compile(narrowing)([3]));
        Assert.Throws<OverflowException>(() => Grad.Compile(negation)([3]));
    }

    [Fact]
    public void A_type_that_cannot_be_initialised_throws_even_if_its_field_is_not_used() =>
        Assert.Throws<TypeInitializationException>(() => Grad.Compile(x => ValueTuple.Create(Broken.Value, x[0]).Item2)([3]));
}
