using System.Linq.Expressions;
using ExprGrad.Differentiation;
using ExprGrad.IR;
using ExprGrad.Reading;

namespace ExprGrad.Tests;

/// <summary>Which elements a function reads is known where the indices are made of literals.</summary>
public class IndexTests
{
    private static readonly Expression<Func<double[], int, double>> Pair = (x, first) => x[first] * x[2 * first + 1] + x[first + 3 - 1];

    [Fact]
    public void An_index_of_literals_is_a_literal()
    {
        Graph graph = ReverseMode.Differentiate(LambdaReader.Read((Expression<Func<double[], double>>)(x => Pair.Compile()(x, 1))));
        Assert.Equal(4, graph.RequiredLength);
        Assert.Empty(graph.Effects);
        Assert.Equal([1, 3], graph.Gradient.Select(component => component.Index));
    }

    [Fact]
    public void Components_between_those_that_are_used_are_zero()
    {
        double[] buffer = [9, 9, 9, 9, 9, 9];
        Assert.Equal([0, 5, 0, 2, 0, 0], Grad.Compile(x => x[1] * x[3])([1, 2, 3, 5, 7, 8], buffer).Gradient);
        double[] more = [.. Enumerable.Repeat(9.0, 40)];
        Assert.Equal([.. Enumerable.Repeat(0.0, 30), 1, .. Enumerable.Repeat(0.0, 9)], Grad.Compile(x => x[30])(new double[40], more).Gradient);
    }
}
