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

    private static void OnASmallStack(Action action)
    {
        Exception? thrown = null;
        var thread = new Thread(() => thrown = Record.Exception(action), SmallStack);
        thread.Start();
        thread.Join();
        Assert.Null(thrown);
    }
}
