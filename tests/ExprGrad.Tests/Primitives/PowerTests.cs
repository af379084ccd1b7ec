using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Tests.Primitives;

/// <summary>A literal exponent is decided when compiling, one that varies when running: both must say the same.</summary>
public class PowerTests
{
    /// <summary>The literal form and the general one round differently, a few times each.</summary>
    private const double Tolerance = 2e-15;

    private static readonly Primitive Pow = Catalogue.Find(((Func<double, double, double>)Math.Pow).Method)!;

    private static readonly double[] Bases =
        [0, -0.0, 1e-310, 3e-300, 1.3e-154, 1e-154, 2e-103, 0.3, 1, 1.5, 2, 1e80, 3e102, 1.3e154, 1e200, 1.7e308, double.PositiveInfinity, double.NaN];

    public static TheoryData<double> Literals => [-300, -7.5, -5, -4, -3, -2, -1.5, -1, -0.5, -1e-3, -0.0, 0, 1e-300, 0.25, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 8, 10.27, 1000];

    [Theory]
    [MemberData(nameof(Literals))]
    public void A_literal_exponent_gives_the_partial_that_a_varying_one_gives(double y)
    {
        bool isInteger = y == Math.Round(y);
        foreach (double x in isInteger ? Bases.Concat(Bases.Select(x => -x)) : Bases)
        {
            double running = PrimitiveProbe.Partial(Pow, 0, x, y);
            double literal = PrimitiveProbe.PartialWithLiterals(Pow, 0, [1], x, y);
            Assert.True(literal.Equals(running) || literal == running || Math.Abs(literal - running) <= (Tolerance * Math.Abs(running)) + (4 * double.Epsilon), $"∂x {x:R}^{y:R}: literal {literal:R}, running {running:R}");
        }
    }

    [Fact]
    public void A_literal_base_gives_the_partial_that_a_varying_one_gives()
    {
        foreach (double x in Bases.Append(-2))
        {
            foreach (double y in new[] { -3, -0.5, 0, 0.5, 2, 7.3 })
            {
                double running = PrimitiveProbe.Partial(Pow, 1, x, y);
                double literal = PrimitiveProbe.PartialWithLiterals(Pow, 1, [0], x, y);
                Assert.True(literal.Equals(running) || literal == running || Math.Abs(literal - running) <= Tolerance * Math.Abs(running), $"∂y {x:R}^{y:R}: literal {literal:R}, running {running:R}");
            }
        }
    }

    [Theory]
    [InlineData(-4.0)]
    [InlineData(-1.0)]
    [InlineData(-0.5)]
    [InlineData(0.5)]
    [InlineData(1.5)]
    [InlineData(2.0)]
    [InlineData(4.0)]
    public void A_small_literal_exponent_needs_no_second_power_and_no_branch(double y)
    {
        var builder = new GraphBuilder();
        Node x = builder.Parameter("x", typeof(double)), exponent = builder.Constant(y);
        Node f = builder.Apply(Pow, x, exponent);

        _ = Pow.Partial(0, new Operands(builder, [x, exponent]), new Real(builder, f)).In(builder);

        Assert.Single(builder.Nodes.OfType<Apply>(), node => node.Operation.Equals(Pow));
        Assert.Empty(builder.Nodes.OfType<Choice>());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(-2)]
    [InlineData(7)]
    public void A_literal_root_gives_the_partial_that_a_varying_one_gives(int n)
    {
        Primitive root = Catalogue.Find(((Func<double, int, double>)double.RootN).Method)!;
        foreach (double x in Bases)
        {
            double running = PrimitiveProbe.Partial(root, 0, x, n);
            double literal = PrimitiveProbe.PartialWithLiterals(root, 0, [1], x, n);
            Assert.True(literal.Equals(running) || Math.Abs(literal - running) <= Tolerance * Math.Abs(running), $"∂x RootN({x:R}, {n}): literal {literal:R}, running {running:R}");
        }
    }
}
