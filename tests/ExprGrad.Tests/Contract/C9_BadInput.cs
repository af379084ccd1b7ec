using System.Linq.Expressions;

namespace ExprGrad.Tests.Contract;

/// <summary>Bad arguments are named, with the length that is needed, before anything is written.</summary>
public class C9_BadInput
{
    /// <summary>What a buffer holds that was not written to.</summary>
    private const double Untouched = 123.456;

    private static double[] Buffer(int length) => [.. Enumerable.Repeat(Untouched, length)];

    private static ArgumentException Refuses(string argument, Action call)
    {
        var thrown = Assert.ThrowsAny<ArgumentException>(call);
        Assert.Equal(argument, thrown.ParamName);
        return thrown;
    }

    [Fact]
    public void A_missing_lambda_is_named()
    {
        Assert.Throws<ArgumentNullException>(() => Grad.Compile((Expression<Func<double[], double>>)null!));
        Assert.Throws<ArgumentNullException>(() => Grad.Differentiate((Expression<Func<double[], double>>)null!));
    }

    [Fact]
    public void A_missing_point_is_named()
    {
        var f = Grad.Compile(x => x[0]);
        double[] buffer = Buffer(1);
        Refuses("x", () => f(null!));
        Refuses("x", () => f(null!, buffer));
        Assert.Equal(Untouched, buffer[0]);
        Refuses("x", () => Grad.Compile(x => 1.0)(null!));
        Refuses("x", () => Grad.Compile((double[] x, double d) => x[0] * d)(null!, 1));
    }

    [Fact]
    public void A_point_that_is_too_short_is_named_with_the_length_needed()
    {
        var f = Grad.Compile(x => x[0] * Math.Sin(x[2]));
        double[] buffer = Buffer(2);
        Assert.Contains("3", Refuses("x", () => f([1, 2])).Message, StringComparison.Ordinal);
        Refuses("x", () => f([1, 2], buffer));
        Refuses("x", () => f([]));
        Assert.Equal([Untouched, Untouched], buffer);
    }

    [Fact]
    public void A_load_in_a_branch_is_not_demanded_of_every_point()
    {
        var f = Grad.Compile(x => x[0] > 0 ? x[3] : x[0] * 2);
        Assert.Equal([2.0, 0], f([-1, 0]).Gradient);
        Assert.Throws<IndexOutOfRangeException>(() => f([1, 0]));
        var both = Grad.Compile(x => x[1] * (x[0] > 0 ? x[3] : x[4]));
        Assert.Contains("2", Refuses("x", () => both([1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_computed_index_out_of_range_throws_what_the_plain_lambda_throws()
    {
        int index = 7;
        double[] table = [1];
        List<double> list = [1];
        Assert.Throws<IndexOutOfRangeException>(() => Grad.Compile(x => x[index])([1]));
        Assert.Throws<IndexOutOfRangeException>(() => Grad.Compile(x => x[0] * x[(int)x[0]])([-1]));
        Assert.Throws<IndexOutOfRangeException>(() => Grad.Compile(x => x[0] * table[(int)x[0]])([1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Grad.Compile(x => x[0] * list[(int)x[0]])([1]));
    }

    [Theory, InlineData(0), InlineData(1), InlineData(3)]
    public void A_buffer_of_another_length_is_named_with_the_length_needed(int length)
    {
        var f = Grad.Compile(x => x[0] * x[1]);
        double[] buffer = Buffer(length);
        Assert.Contains("2", Refuses("gradient", () => f([3, 5], buffer)).Message, StringComparison.Ordinal);
        Assert.All(buffer, element => Assert.Equal(Untouched, element));
    }

    [Fact]
    public void A_buffer_that_is_the_point_is_refused()
    {
        double[] x = [3, 5];
        Refuses("gradient", () => Grad.Compile(p => p[0] * p[1])(x, x));
        Assert.Equal([3.0, 5], x);
    }

    [Fact]
    public void A_buffer_that_the_lambda_reads_is_refused()
    {
        double[] weights = [3, 5];
        Refuses("gradient", () => Grad.Compile(x => x[0] * weights[0] + x[1] * weights[1])([1, 1], weights));
        double[][] rows = [[1, 2], weights];
        Refuses("gradient", () => Grad.Compile(x => x[0] * rows[1][0])([1, 1], weights));
        Refuses("gradient", () => Grad.Compile((double[] x, double[] d) => x[0] * d[0])([1, 1], weights, weights));
        Assert.Equal([3.0, 5], weights);
    }

    [Fact]
    public void A_longer_point_has_zeros_in_the_gradient()
    {
        double[] buffer = Buffer(4);
        Assert.Equal([2.0, 0, 0, 0], Grad.Compile(x => x[0] * 2)([1, 1, 1, 1], buffer).Gradient);
        Assert.Equal([0.0, 0, 3, 0], Grad.Compile(x => x[2] * 3)([1, 1, double.NaN, 1]).Gradient);
    }

    [Fact]
    public void A_constant_needs_no_point()
    {
        Assert.Empty(Grad.Compile(x => 2.0)([]).Gradient);
        Assert.Equal([0.0, 0], Grad.Compile(x => 2.0)([1, 2], Buffer(2)).Gradient);
        Assert.Equal([0.0], Grad.Compile(x => x.Length * 2)([1]).Gradient);
    }
}
