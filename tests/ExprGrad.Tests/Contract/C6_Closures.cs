using System.Linq.Expressions;

namespace ExprGrad.Tests.Contract;

/// <summary>What a lambda captures is read at every call.</summary>
public class C6_Closures
{
    private double field = 2;

    private static double shared = 2;

    private double Property { get; set; } = 2;

    private sealed class Model
    {
        public double Rate { get; set; } = 2;
        public double[] Weights = [2, 3];
        public Model? Inner { get; set; }
    }

    [Fact]
    public void A_local_is_read_at_every_call()
    {
        double factor = 2;
        var f = Grad.Compile(x => factor * x[0]);
        Assert.Equal((10.0, 2.0), (f([5]).Value, f([5]).Gradient[0]));
        factor = 7;
        Assert.Equal((35.0, 7.0), (f([5]).Value, f([5]).Gradient[0]));
    }

    [Fact]
    public void Fields_and_properties_are_read_at_every_call()
    {
        var f = Grad.Compile(x => field * x[0] + Property * x[1] + shared * x[2]);
        Assert.Equal([2.0, 2, 2], f([1, 1, 1]).Gradient);
        (field, Property, shared) = (3, 4, 5);
        Assert.Equal([3.0, 4, 5], f([1, 1, 1]).Gradient);
        shared = 2;
    }

    [Fact]
    public void Members_of_captured_objects_are_read_at_every_call()
    {
        var model = new Model { Inner = new Model() };
        var f = Grad.Compile(x => model.Rate * x[0] + model.Inner!.Weights[1] * x[1]);
        Assert.Equal([2.0, 3], f([1, 1]).Gradient);
        model.Rate = 4;
        model.Inner!.Weights[1] = 5;
        Assert.Equal([4.0, 5], f([1, 1]).Gradient);
        model = new Model { Rate = -1, Inner = new Model { Weights = [0, -2] } };
        Assert.Equal([-1.0, -2], f([1, 1]).Gradient);
    }

    [Fact]
    public void Elements_of_captured_arrays_and_lists_are_read_at_every_call()
    {
        double[] table = [1, 2];
        double[,] grid = { { 1, 2 }, { 3, 4 } };
        double[][] rows = [[1], [2, 3]];
        List<double> list = [1, 2];
        IReadOnlyList<double> view = table;
        int index = 0;
        var f = Grad.Compile(x => table[index] * x[0] + grid[1, index] * x[1] + rows[index][0] * x[2] + list[index] * x[3] + view[index] * x[4]);
        Assert.Equal([1.0, 3, 1, 1, 1], f([1, 1, 1, 1, 1]).Gradient);
        index = 1;
        Assert.Equal([2.0, 4, 2, 2, 2], f([1, 1, 1, 1, 1]).Gradient);
        table[1] = 10;
        grid[1, 1] = 20;
        rows[1][0] = 30;
        list[1] = 40;
        Assert.Equal([10.0, 20, 30, 40, 10], f([1, 1, 1, 1, 1]).Gradient);
        table = [5, 6];
        Assert.Equal([6.0, 20, 30, 40, 10], f([1, 1, 1, 1, 1]).Gradient);
    }

    [Fact]
    public void A_captured_flag_chooses_the_branch_at_every_call()
    {
        bool squared = true;
        var f = Grad.Compile(x => squared ? x[0] * x[0] : x[0]);
        Assert.Equal(6, f([3]).Gradient[0]);
        squared = false;
        Assert.Equal(1, f([3]).Gradient[0]);
    }

    [Fact]
    public void Which_input_is_loaded_is_decided_at_every_call()
    {
        int index = 0;
        int[] order = [2, 1, 0];
        var f = Grad.Compile(x => x[index] * x[order[index]]);
        Assert.Equal([7.0, 0, 3], f([3, 5, 7]).Gradient);
        index = 1;
        Assert.Equal([0.0, 10, 0], f([3, 5, 7]).Gradient);
    }

    [Fact]
    public void An_impure_call_is_made_at_every_call()
    {
        int calls = 0;
        Func<double> next = () => ++calls;
        var f = Grad.Compile(x => next() * x[0]);
        Assert.Equal((1.0, 2.0, 3.0), (f([1]).Gradient[0], f([1]).Gradient[0], f([1]).Gradient[0]));
    }

    [Fact]
    public void Data_are_read_at_every_call()
    {
        var f = Grad.Compile((double[] x, Model m) => m.Rate * x[0] + m.Weights[0] * x[1]);
        Assert.Equal([2.0, 2], f([1, 1], new Model()).Gradient);
        Assert.Equal([9.0, 8], f([1, 1], new Model { Rate = 9, Weights = [8] }).Gradient);
    }

    [Fact]
    public void The_point_may_change_between_calls()
    {
        double[] x = [1, 2];
        var f = Grad.Compile(p => p[0] * p[1]);
        Assert.Equal([2.0, 1], f(x).Gradient);
        x[0] = 5;
        Assert.Equal([2.0, 5], f(x).Gradient);
    }

    [Fact]
    public void A_captured_expression_is_read_once_when_compiling()
    {
        Expression<Func<double, double>> inner = v => v * v;
        var f = Grad.Compile(x => inner.Compile()(x[0]));
        inner = v => v;
        Assert.Equal(6, f([3]).Gradient[0]);
    }
}
