namespace ExprGrad.Tests;

public class NormTests
{
    private const double Ulp = 2.3e-16;

    [Theory, InlineData(double.Epsilon), InlineData(1e-310), InlineData(1e-200), InlineData(1e-141), InlineData(1), InlineData(1e149), InlineData(1e200), InlineData(1e307)]
    public void Three_and_four_make_five_at_any_scale(double unit)
    {
        double[] v = [3 * unit, -4 * unit, 0];
        (double value, double[] gradient) = Grad.Compile(x => GradMath.Norm(x))(v);
        Assert.Equal(5 * unit, value, 4 * Ulp * value);
        Assert.Equal(GradMath.Norm(v), value);
        Assert.Equal(0.6, gradient[0], 4 * Ulp);
        Assert.Equal(-0.8, gradient[1], 4 * Ulp);
        Assert.Equal(0, gradient[2]);
    }

    [Fact]
    public void The_units_are_powers_of_two()
    {
        Assert.Equal(GradMath.SmallUnit, Math.ScaleB(1, -600));
        Assert.Equal(GradMath.LargeUnit, Math.ScaleB(1, 600));
    }

    [Fact]
    public void Of_one_element_the_gradient_is_its_sign()
    {
        foreach (double v in new[] { double.Epsilon, -double.Epsilon, 1e-300, -1e300, double.MaxValue })
        {
            (double value, double[] gradient) = Grad.Compile(x => GradMath.Norm(x))([v]);
            Assert.Equal(Math.Abs(v), value);
            Assert.Equal(Math.Sign(v), gradient[0], 4 * Ulp);
        }
    }

    [Fact]
    public void Elements_that_add_up_beyond_the_largest_number_have_finite_derivatives()
    {
        double[] table = [-3, 0.125];
        (double value, double[] gradient) = Grad.Compile(x => GradMath.Norm(table.Select(v => v + x[0])))([double.MaxValue]);
        Assert.Equal(double.PositiveInfinity, value);
        Assert.Equal(Math.Sqrt(2), gradient[0], 4 * Ulp);
    }

    [Fact]
    public void Of_zeros_and_of_nothing_it_is_zero_and_so_is_the_gradient()
    {
        (double value, double[] gradient) = Grad.Compile(x => GradMath.Norm(x))([0, -0.0]);
        Assert.Equal(0, value);
        Assert.All(gradient, component => Assert.Equal(0, component));
        Assert.Equal(0, GradMath.Norm([]));
        Assert.Equal(double.PositiveInfinity, GradMath.Norm([1, double.NegativeInfinity]));
        Assert.True(double.IsNaN(GradMath.Norm([1, double.NaN])));
    }
}
