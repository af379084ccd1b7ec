using System.Linq.Expressions;
using ExprGrad.Diagnostics;
using ExprGrad.Tests.Corpus;

namespace ExprGrad.Tests;

public class CheckTests
{
    // What a numerical derivative of double precision reaches on well-scaled functions.
    private const double Agreement = 1e-6;

    [Fact]
    public void The_worked_example_agrees_to_ten_digits()
    {
        GradientCheck check = Grad.Check(x => Math.Log(x[0] * x[1]) * Math.Sin(x[1]), [0.5, 0.75]);
        Assert.Equal(Math.Log(0.5 * 0.75) * Math.Sin(0.75), check.Value);
        Assert.Equal([0, 1], check.Components.Select(component => component.Index));
        Assert.Equal([1.3632775200466682, 0.19118983333660755], check.Components.Select(component => component.Gradient), (a, b) => Math.Abs(a - b) < 1e-15);
        Assert.InRange(check.MaxError, 0, 1e-10);
        Assert.All(check.Components, component => Assert.InRange(component.Uncertainty, 0, 1e-9));
    }

    [Theory]
    [MemberData(nameof(FunctionCorpus.Names), MemberType = typeof(FunctionCorpus))]
    public void Every_function_of_the_corpus_agrees_at_smooth_points(string name)
    {
        CorpusEntry entry = FunctionCorpus.Named(name);
        foreach (double[] point in entry.Points)
        {
            GradientCheck check = Grad.Check(entry.Function, point);
            Assert.All(check.Components, component => Assert.True(component.Error <= Agreement, $"{name}\n{check}"));
        }
    }

    [Fact]
    public void A_wrong_gradient_is_found_beside_a_large_value()
    {
        Expression<Func<double[], double>> f = x => 1e6 + (1e-3 * x[0] * x[0]);
        GradientCheck right = Grad.Check(f, [1]);
        Assert.InRange(right.MaxError, 0, Agreement);
        GradientCheck wrong = Checker.Check((x, gradient) => (f.Compile()(x), [0.0]), f.Compile(), [1]);
        Assert.InRange(wrong.MaxError, 0.05, 1);
    }

    [Fact]
    public void The_point_is_not_modified()
    {
        double[] x = [0.1, 0.2];
        Grad.Check(p => p[0] * p[1] * p[1], x);
        Assert.Equal([0.1, 0.2], x);
    }

    [Fact]
    public void Data_are_passed_to_the_function()
    {
        GradientCheck check = Grad.Check((x, data) => Math.Exp(x[0] * data.Rate) * data.Scale, [2], (Rate: 0.5, Scale: 3.0));
        Assert.Equal(3 * Math.E, check.Value, 1e-14);
        Assert.InRange(check.MaxError, 0, 1e-10);
    }

    [Fact]
    public void At_the_end_of_the_domain_the_estimate_is_one_sided()
    {
        ComponentCheck component = Assert.Single(Grad.Check(x => x[0] * Math.Sqrt(x[0]) + 2 * x[0], [0]).Components);
        Assert.True(double.IsNaN(component.Gradient) || component.Gradient == 2, component.ToString());
        ComponentCheck root = Assert.Single(Grad.Check(x => Math.Sqrt(x[0]) * Math.Sqrt(x[0]), [0]).Components);
        Assert.Equal(1, root.Estimate, 1e-9);
        Assert.Equal(double.PositiveInfinity, root.Error);
    }

    [Fact]
    public void Where_there_is_no_derivative_the_estimate_is_NaN()
    {
        Assert.Equal(double.NaN, Grad.Check(x => Math.Sqrt(x[0]), [0]).Components[0].Estimate);
        Assert.Equal(double.NaN, Grad.Check(x => Math.Cbrt(x[0]), [0]).Components[0].Estimate);
        Assert.Equal(double.NaN, Grad.Check(x => x[0] > 0 ? Math.Log(x[0]) : 0.0, [0]).Components[0].Estimate);
        Assert.Equal(double.NaN, Grad.Check(x => Math.Floor(x[0]), [1]).Components[0].Estimate);
        GradientCheck outside = Grad.Check(x => Math.Log(x[0]) + x[1], [-1, 2]);
        Assert.Equal([double.NaN, double.NaN], outside.Components.Select(component => component.Estimate));
        Assert.Equal(double.NaN, outside.MaxError);
    }

    [Fact]
    public void At_a_kink_the_estimate_is_the_mean_of_both_slopes()
    {
        Assert.Equal(0, Grad.Check(x => Math.Abs(x[0]), [0]).MaxError);
        Assert.InRange(Grad.Check(x => Math.Max(x[0], 3 * x[1]), [3, 1]).MaxError, 0, 1e-9);
    }

    [Fact]
    public void Where_a_neighbour_throws_the_estimate_uses_the_other_side()
    {
        double[] table = [1, 4];
        ComponentCheck component = Grad.Check(x => table[(int)Math.Ceiling(x[0])] * x[0], [1]).Components[0];
        Assert.Equal(4, component.Gradient);
        Assert.Equal(4, component.Estimate, 1e-9);
    }

    [Fact]
    public void What_the_function_throws_at_the_point_comes_through()
    {
        double[] table = [1, 4];
        Assert.Throws<IndexOutOfRangeException>(() => Grad.Check(x => table[(int)x[0]] * x[0], [2]));
        Assert.Throws<ArgumentException>(() => Grad.Check(x => x[0] + x[2], [1, 2]));
    }

    [Fact]
    public void A_check_prints_as_a_table()
    {
        var check = new GradientCheck(0.1, [new(0, 1, 1.0000000000000002, 2.5e-15, 2.2e-16), new(1, -12.25, double.NaN, double.NaN, double.NaN)]);
        Assert.Equal("""
            value 0.1
            component  gradient  estimate            uncertainty  error
            x[0]       1         1.0000000000000002  2.5E-15      2.2E-16
            x[1]       -12.25    NaN                 NaN          NaN
            largest error 2.2E-16
            """, check.ToString(), ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void A_function_without_inputs_has_no_error() => Assert.Equal(0, Grad.Check(x => 2.0, []).MaxError);
}
