using System.Linq.Expressions;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests.Contract;

/// <summary>What cannot be differentiated is refused when compiling, with code, place, reason and advice, all at once.</summary>
public class C8_Refusal
{
    private static double Discount(double rate) => 1 / (1 + rate);

    private static double Total(double[] values) => values.Sum();

    private sealed class Doubling(double value)
    {
        public double Value { get; } = 2 * value;
    }

    private sealed record Level(double Height)
    {
        public double Twice => 2 * Height;
    }

    private static readonly Func<double, double> Plain = v => v + 1;

    private static readonly Dictionary<string, (string Fragment, Function Function)> Table = new()
    {
        ["unknown method"] = ("Discount(x[0])", x => Discount(x[0]) * x[1]),
        ["unknown method of a value computed from x"] = ("Discount(", x => 1 + Discount(Math.Exp(x[0]) + 1)),
        ["delegate"] = ("Plain", x => Plain(x[0])),
        ["decimal"] = ("decimal", x => (double)((decimal)x[0] * 2m)),
        ["BitIncrement"] = ("BitIncrement(x[0])", x => Math.BitIncrement(x[0])),
        ["BitDecrement"] = ("BitDecrement(x[0])", x => x[1] - Math.BitDecrement(x[0])),
        ["ReciprocalEstimate"] = ("ReciprocalEstimate(x[0])", x => Math.ReciprocalEstimate(x[0])),
        ["ReciprocalSqrtEstimate"] = ("ReciprocalSqrtEstimate(x[0])", x => Math.ReciprocalSqrtEstimate(x[0])),
        ["x passed to a method"] = ("Total(x)", x => Total(x)),
        ["sorting"] = ("x", x => x.OrderBy(v => v).First()),
        ["a constructor that computes"] = ("Doubling(x[0])", x => new Doubling(x[0]).Value),
        ["a property that computes"] = ("Level(x[0])", x => new Level(x[0]).Twice),
        ["text"] = ("x[0]", x => double.Parse(x[0].ToString())),
        ["in a branch that is not taken"] = ("Discount(x[1])", x => x[0] > 0 ? x[0] : Discount(x[1])),
        ["in a test"] = ("Discount(x[0])", x => Discount(x[0]) > 0 ? x[0] : 0),
    };

    public static TheoryData<string> Names => [.. Table.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Is_refused_with_code_and_place(string name)
    {
        var (fragment, f) = Table[name];
        var thrown = Assert.Throws<UnsupportedExpressionException>(() => Grad.Compile(f));
        Assert.NotEmpty(thrown.Refusals);
        Assert.All(thrown.Refusals, refusal =>
        {
            Assert.Matches(@"^EG1\d{3}$", refusal.Code);
            Assert.NotEmpty(refusal.Reason);
            Assert.NotEmpty(refusal.Advice);
            Assert.InRange(refusal.Start, 0, refusal.Source.Length - refusal.Length);
            Assert.Contains(refusal.Code, thrown.Message, StringComparison.Ordinal);
        });
        Assert.Contains(thrown.Refusals, refusal => refusal.Expression.Contains(fragment, StringComparison.Ordinal));
    }

    [Fact]
    public void All_refusals_are_reported_together_in_the_order_of_the_source()
    {
        var thrown = Assert.Throws<UnsupportedExpressionException>(() => Grad.Compile(x => Discount(x[0]) + x[1] * Math.BitIncrement(x[1])));
        Assert.Equal(2, thrown.Refusals.Count);
        Assert.Contains("Discount(x[0])", thrown.Refusals[0].Expression, StringComparison.Ordinal);
        Assert.Contains("BitIncrement(x[1])", thrown.Refusals[1].Expression, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_entry_point_refuses()
    {
        Assert.Throws<UnsupportedExpressionException>(() => Grad.Differentiate(x => Discount(x[0])));
        Assert.Throws<UnsupportedExpressionException>(() => Grad.Compile((double[] x, double d) => Discount(x[0]) * d));
        Assert.Throws<UnsupportedExpressionException>(() => Grad.Differentiate((double[] x, double d) => Discount(x[0]) * d));
    }

    [Fact]
    public void The_same_code_is_not_refused_where_it_does_not_depend_on_x()
    {
        double rate = 1;
        double[] values = [1, 2];
        Expect.Gradient(x => Discount(rate) * x[0], [3], 0.5);
        Expect.Gradient(x => Total(values) * x[0], [3], 3);
        Expect.Gradient(x => Plain(2) * x[0], [3], 3);
        Expect.Gradient(x => (double)((decimal)rate * 2m) * x[0], [3], 2);
        Expect.Gradient(x => values.Where(v => v > 1).Sum() * x[0], [3], 2);
        Expect.Gradient(x => double.Parse("2.5") * x[0], [3], 2.5);
        Expect.Gradient(x => new Doubling(rate).Value * x[0], [3], 2);
        Expect.Gradient(x => (x.Length > 1 ? $"{rate}x".Length : 1) * x[0], [3], 1);
    }
}
