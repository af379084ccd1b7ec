using System.Linq.Expressions;

namespace ExprGrad.Tests.Contract;

/// <summary>A value used in several places gets the sum of the contributions of all its uses.</summary>
public class C3_FanOut
{
    [Fact]
    public void The_worked_example_has_its_gradient()
    {
        var (value, gradient) = Grad.Compile(x => Math.Log(x[0] * x[1]) * Math.Sin(x[1]))([0.5, 0.75]);
        Assert.Equal(Math.Log(0.5 * 0.75) * Math.Sin(0.75), value);
        Expect.Close([1.3632775200466682, 0.19118983333660755], gradient, "the gradient");
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(10), InlineData(100)]
    public void A_value_used_k_times_gets_k_contributions(int k)
    {
        var x = Expression.Parameter(typeof(double[]), "x");
        Expression shared = Expression.Call(typeof(Math), "Sin", null, Expression.ArrayIndex(x, Expression.Constant(0))), sum = shared;
        for (int use = 2; use <= k; use++) sum = Expression.Add(sum, Expression.Multiply(Expression.Constant((double)use), shared));
        var gradient = Grad.Compile(Expression.Lambda<Func<double[], double>>(sum, x))([0.4]).Gradient;
        Expect.Close([k * (k + 1) / 2 * Math.Cos(0.4)], gradient, "the gradient");
    }

    [Fact]
    public void The_contributions_of_a_value_flow_on_only_when_all_have_arrived()
    {
        Expect.Gradient(x => x[0] * x[0] * x[0], [3], 27);
        Expect.Gradient(x => Math.Exp(x[0] * x[1]) * (x[0] * x[1]), [0.5, 2], 2 * Math.E * 2, 2 * Math.E * 0.5);
        Expect.Gradient(x => (x[0] + x[1]) * (x[0] + x[1]) + (x[0] + x[1]), [1, 2], 7, 7);
        Expression<Func<double, double>> square = v => v * v;
        Expect.Gradient(x => square.Compile()(square.Compile()(square.Compile()(x[0]))), [2], 8 * 128);
    }

    [Fact]
    public void Opposite_contributions_cancel()
    {
        Expect.Gradient(x => x[0] - x[0], [3], 0);
        Expect.Gradient(x => x[0] / x[0], [2], 0);
        Expect.Gradient(x => x[0] * x[1] - x[1] * x[0], [3, 5], 0, 0);
    }

    [Fact]
    public void Contributions_of_both_sides_of_a_branch_add_to_those_from_outside()
    {
        Expect.Gradient(x => x[0] * x[1] + (x[0] > 0 ? x[0] * x[1] * 2 : x[0] * x[1] * 3), [2, 5], 15, 6);
        Expect.Gradient(x => x[0] * x[1] + (x[0] > 0 ? x[0] * x[1] * 2 : x[0] * x[1] * 3), [-2, 5], 20, -8);
    }

    [Fact]
    public void Sixty_levels_that_use_each_node_twice_are_sixty_nodes()
    {
        var x = Expression.Parameter(typeof(double[]), "x");
        Expression node = Expression.ArrayIndex(x, Expression.Constant(0));
        for (int level = 0; level < 60; level++) node = Expression.Add(node, node);
        // Whoever walks 2^60 paths does not come back.
        var f = Expression.Lambda<Func<double[], double>>(node, x);
        Assert.Equal(60, Grad.Explain(f).Primal.Arithmetic);
        var (value, gradient) = Grad.Compile(f)([3]);
        Assert.Equal((3 * Math.Pow(2, 60), Math.Pow(2, 60)), (value, gradient[0]));
    }
}
