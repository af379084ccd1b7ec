using System.Linq.Expressions;

namespace ExprGrad.Tests.Contract;

/// <summary>Nothing overflows, however deep the lambda.</summary>
public class C10_Size
{
    private const int Additions = 100_000, SmallStack = 1 << 20;

    [Fact]
    public void A_left_deep_chain_of_additions_fits_a_small_stack()
    {
        var x = Expression.Parameter(typeof(double[]), "x");
        Expression sum = Expression.ArrayIndex(x, Expression.Constant(0));
        for (int k = 1; k <= Additions; k++) sum = Expression.Add(sum, Expression.ArrayIndex(x, Expression.Constant(k % 2)));
        OnASmallStack(() =>
        {
            var (value, gradient) = Grad.Compile(Expression.Lambda<Func<double[], double>>(sum, x))([1, 2]);
            Assert.Equal((1.0 + Additions / 2 + Additions, 1.0 + Additions / 2, Additions / 2.0), (value, gradient[0], gradient[1]));
        });
    }

    [Fact]
    public void An_inactive_chain_of_additions_fits_a_small_stack()
    {
        double[] captured = [1];
        Expression one = Expression.ArrayIndex(Expression.Constant(captured), Expression.Constant(0)), sum = one;
        var x = Expression.Parameter(typeof(double[]), "x");
        for (int k = 1; k < Additions; k++) sum = Expression.Add(sum, Expression.Add(one, Expression.Constant((double)k)));
        OnASmallStack(() =>
        {
            var (value, gradient) = Grad.Compile(Expression.Lambda<Func<double[], double>>(Expression.Multiply(sum, Expression.ArrayIndex(x, Expression.Constant(0))), x))([2]);
            Assert.Equal((2 * (Additions + Additions * (Additions - 1.0) / 2), Additions + Additions * (Additions - 1.0) / 2), (value, gradient[0]));
        });
    }

    private static readonly ParameterExpression X = Expression.Parameter(typeof(double[]), "x");
    private static readonly Captures Captured = new();

    /// <summary>Shapes that are deep, by name: each must fit a small stack, whatever it computes.</summary>
    private static readonly Dictionary<string, Func<Expression>> Deep = new()
    {
        ["right-leaning sum"] = () => Fold(50_000, Element(0), (sum, k) => Expression.Add(Element(k % 7), sum)),
        ["negations"] = () => Fold(50_000, Element(0), (e, _) => Expression.Negate(e)),
        ["round trips through float"] = () => Fold(20_000, Element(0), (e, _) => Expression.Convert(Expression.Convert(e, typeof(float)), typeof(double))),
        ["calls on a captured value"] = () => Expression.Multiply(Fold(50_000, Field("Number"), (e, _) => Call("Sin", e)), Element(0)),
        ["captured integers"] = () => Expression.Multiply(Expression.Convert(Fold(50_000, Field("Count"), (e, _) => Expression.Add(e, Field("Count"))), typeof(double)), Element(0)),
        ["lengths"] = () => Expression.Multiply(Expression.Convert(Fold(50_000, Field("Count"), (e, _) => Expression.Add(e, Expression.ArrayLength(X))), typeof(double)), Element(0)),
        ["invocations"] = () => Fold(20_000, Element(0), (e, _) => Invoked(v => Expression.Add(v, Expression.Constant(1.0)), e)),
        ["members"] = () => Expression.Multiply(Expression.PropertyOrField(Fold(10_000, Expression.Constant(new Link()), (e, _) => Expression.Field(e, "Next")), "Number"), Element(0)),
        ["impure calls"] = () => Expression.Multiply(Fold(5_000, Field("Number"), (e, _) => Expression.Add(e, Expression.Invoke(Field("Next")))), Element(0)),
        ["a sum of 20,000 products"] = () => Fold(20_000, Element(0), (sum, k) => Expression.Add(sum, Expression.Multiply(Element(k % 11), Element((k * 7 + 3) % 13)))),
        ["5,000 inputs"] = () => Fold(5_000, Element(0), (sum, k) => Expression.Add(sum, Expression.Multiply(Element(k), Element(k)))),
        ["a switch with 500 cases"] = () => Expression.Switch(Expression.Convert(Element(0), typeof(int)), Element(1), [.. Enumerable.Range(0, 500).Select(k => Expression.SwitchCase(Expression.Multiply(Element(2), Expression.Constant((double)k)), Expression.Constant(k)))]),
    };

    /// <summary>Each node is used twice by the next: 2^60 paths, 60 nodes.</summary>
    private static readonly Dictionary<string, Func<Expression, Expression>> Doubled = new()
    {
        ["e + e"] = e => Expression.Add(e, e),
        ["sin(e) · e"] = e => Expression.Multiply(Call("Sin", e), e),
        ["|e| · e"] = e => Expression.Multiply(Call("Abs", e), e),
        ["pow(e, e)"] = e => Call("Pow", e, e),
        ["max(e, e · x)"] = e => Call("Max", e, Expression.Multiply(e, Element(1))),
        ["a lambda that uses its parameter twice"] = e => Invoked(v => Expression.Add(v, v), e),
        ["a tuple of e and e"] = e => Expression.Field(Expression.Call(typeof(ValueTuple), "Create", [typeof(double), typeof(double)], e, e), "Item1"),
        ["a test on e that chooses multiples of e"] = e => Expression.Condition(Expression.LessThan(e, Expression.Constant(0.5)), Expression.Multiply(e, Expression.Constant(2.0)), Expression.Multiply(e, Expression.Constant(0.5))),
        ["different tests that choose e or a multiple"] = e => Expression.Condition(Test(), e, Expression.Multiply(e, Expression.Constant(0.5))),
        ["different tests inside one another"] = e => Expression.Condition(Test(), Expression.Negate(e), Expression.Condition(Test(), e, Expression.Multiply(e, Expression.Constant(0.5)))),
    };

    private static int tests;

    private static BinaryExpression Test() => Expression.LessThan(Element(Interlocked.Increment(ref tests) % 5_000), Expression.Constant(0.5));

    public static TheoryData<string> DeepShapes => [.. Deep.Keys];

    public static TheoryData<string> DoubledShapes => [.. Doubled.Keys];

    [Theory, MemberData(nameof(DeepShapes))]
    public void A_deep_or_wide_function_fits_a_small_stack(string shape) => RunsOnASmallStack(Deep[shape]());

    [Theory, MemberData(nameof(DoubledShapes))]
    public void Nodes_that_are_used_twice_by_the_next_are_read_once(string shape) => RunsOnASmallStack(Fold(60, Element(0), (e, _) => Doubled[shape](e)));

    private static void RunsOnASmallStack(Expression body) => OnASmallStack(() =>
    {
        double[] point = [.. Enumerable.Range(0, 5_000).Select(k => 0.3 + 0.2 * (k % 5))];
        Assert.Equal(point.Length, Grad.Compile(Expression.Lambda<Func<double[], double>>(body, X))(point).Gradient.Length);
    });

    private static BinaryExpression Element(int index) => Expression.ArrayIndex(X, Expression.Constant(index));

    private static MemberExpression Field(string name) => Expression.Field(Expression.Constant(Captured), name);

    private static MethodCallExpression Call(string name, params Expression[] arguments) => Expression.Call(typeof(Math).GetMethod(name, [.. arguments.Select(argument => argument.Type)])!, arguments);

    private static InvocationExpression Invoked(Func<Expression, Expression> body, Expression argument)
    {
        ParameterExpression v = Expression.Parameter(typeof(double));
        return Expression.Invoke(Expression.Lambda(body(v), v), argument);
    }

    private static Expression Fold(int count, Expression first, Func<Expression, int, Expression> step)
    {
        for (int k = 0; k < count; k++) first = step(first, k);
        return first;
    }

    private static void OnASmallStack(Action action)
    {
        Exception? thrown = null;
        var thread = new Thread(() => thrown = Record.Exception(action), SmallStack);
        thread.Start();
        thread.Join();
        Assert.Null(thrown);
    }

    private sealed class Captures
    {
        public readonly double Number = 0.5;
        public readonly int Count = 3;
        public readonly Func<double> Next = () => 1;
    }

    private sealed class Link
    {
        public readonly double Number = 1;
        public readonly Link Next;

        public Link() => Next = this;
    }
}
