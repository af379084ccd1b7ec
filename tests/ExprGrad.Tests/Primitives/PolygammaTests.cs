using System.Globalization;
using ExprGrad.Primitives;

namespace ExprGrad.Tests.Primitives;

public class PolygammaTests
{
    /// <summary>2 ulps where x &gt; 0; the reflection raises π and a cotangent to the power n + 1.</summary>
    private const double Tolerance = 4e-15;

    private static readonly Primitive Polygamma = Catalogue.Find(((Func<int, double, double>)GradMath.Polygamma).Method)!;

    [Fact]
    public void The_value_agrees_with_the_table()
    {
        foreach ((int n, double x, double expected) in Rows())
        {
            double actual = GradMath.Polygamma(n, x);
            Assert.True(Math.Abs(actual - expected) <= Tolerance * Math.Abs(expected), $"Polygamma({n}, {x:R}) = {actual:R}, not {expected:R}");
        }
    }

    [Fact]
    public void The_partial_is_the_function_of_the_next_order()
    {
        foreach ((int n, double x, double expected) in Rows().Where(row => row.N > 0))
        {
            Assert.Equal(expected, PrimitiveProbe.Partial(Polygamma, 1, n - 1, x), Tolerance * Math.Abs(expected));
            Assert.Equal(expected, PrimitiveProbe.PartialWithLiterals(Polygamma, 1, [0], n - 1, x), Tolerance * Math.Abs(expected));
        }
    }

    [Theory]
    [InlineData(2, 0.0, double.NaN)]
    [InlineData(3, 0.0, double.PositiveInfinity)]
    [InlineData(3, -4.0, double.PositiveInfinity)]
    [InlineData(4, -4.0, double.NaN)]
    [InlineData(3, double.NegativeInfinity, double.NaN)]
    [InlineData(2, double.PositiveInfinity, 0.0)]
    [InlineData(3, double.NaN, double.NaN)]
    [InlineData(-1, 1.0, double.NaN)]
    [InlineData(101, 1.0, double.NaN)]
    public void At_poles_and_ends_it_is_as_documented(int n, double x, double expected) => Assert.Equal(expected, GradMath.Polygamma(n, x) + 0.0);

    private static IEnumerable<(int N, double X, double Value)> Rows() =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Data", "polygamma.csv")).Skip(1).Select(line => line.Split(','))
            .Select(cells => (int.Parse(cells[0], CultureInfo.InvariantCulture), double.Parse(cells[1], CultureInfo.InvariantCulture), double.Parse(cells[2], CultureInfo.InvariantCulture)));
}
