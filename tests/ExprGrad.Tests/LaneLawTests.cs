using System.Linq.Expressions;
using System.Runtime.Intrinsics;
using ExprGrad.IR;
using ExprGrad.Primitives;
using ExprGrad.Runtime;
using ExprGrad.Tests.Oracle;

namespace ExprGrad.Tests;

/// <summary>A lane has the bits that the number would have alone, on every kind of double.</summary>
public class LaneLawTests
{
    private const int Seed = 8100, Points = 20_000;

    private static readonly LaneShape[] Shapes = [LaneShape.Two, LaneShape.Four];

    private static readonly Primitive[] Operators = [Arithmetic.Add, Arithmetic.Subtract, Arithmetic.Multiply, Arithmetic.Divide, Arithmetic.Negate];

    private static readonly double[] Values =
    [
        0.0, -0.0, 1, -1, 2, -3, 0.1, -1 / 3.0, double.PositiveInfinity, double.NegativeInfinity, double.NaN, double.Epsilon, -double.Epsilon, 1e-310, -3e-309,
        2.2250738585072014E-308, double.MaxValue, -double.MaxValue, 1e300, -1e-300, 1e160, 1e-160, Math.PI,
    ];

    private static IEnumerable<Primitive> WithLanes => Operators.Concat(Catalogue.All).Where(primitive => primitive.HasLanes);

    public static TheoryData<string, int> Cases => [.. WithLanes.Select(primitive => primitive.Name).Distinct().SelectMany(name => Shapes.Select(shape => (name, shape.Count)))];

    [Fact]
    public void Arithmetic_and_functions_that_are_exact_have_lanes() =>
        Assert.Equal(["abs", "add", "divide", "fusedmultiplyadd", "multiply", "negate", "sqrt", "subtract"], WithLanes.Select(primitive => primitive.Name).Distinct().Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Cases))]
    public void Each_lane_has_the_bits_of_the_number_alone(string name, int lanes)
    {
        LaneShape shape = Shapes.Single(shape => shape.Count == lanes);
        foreach (Primitive primitive in WithLanes.Where(primitive => primitive.Name == name))
        {
            int arity = primitive.Samples.Count == 2 && primitive.Equals(Arithmetic.Negate) ? 1 : primitive.Samples.Count;
            Func<double[], double> alone = Alone(primitive, arity);
            Func<double[], int, double> inLane = InLane(primitive, arity, shape);
            var random = new Random(Seed);
            for (int k = 0; k < Points; k++)
            {
                // Operand after operand, each with its lanes.
                double[] operands = [.. Enumerable.Range(0, arity * lanes).Select(_ => Value(random))];
                for (int lane = 0; lane < lanes; lane++)
                {
                    double expected = alone([.. Enumerable.Range(0, arity).Select(operand => operands[operand * lanes + lane])]), actual = inLane(operands, lane);
                    Assert.True(Agreement.SameBits(expected, actual), $"{name} in lane {lane} of {string.Join(", ", operands)} is {actual:R} instead of {expected:R}");
                }
            }
        }
    }

    [Theory, MemberData(nameof(Symmetric))]
    public void Operands_that_may_change_places_give_the_same_bits(string name)
    {
        Primitive primitive = WithLanes.First(primitive => primitive.Name == name);
        int arity = primitive.Samples.Count;
        Func<double[], double> f = Alone(primitive, arity);
        var random = new Random(Seed);
        for (int k = 0; k < Points; k++)
        {
            double[] operands = [.. Enumerable.Range(0, arity).Select(_ => Value(random))], turned = [operands[1], operands[0], .. operands[2..]];
            Assert.True(Agreement.SameBits(f(operands), f(turned)), $"{name} of {string.Join(", ", operands)}");
        }
    }

    public static TheoryData<string> Symmetric => [.. WithLanes.Where(primitive => primitive.IsSymmetric).Select(primitive => primitive.Name).Distinct()];

    [Fact]
    public void Lanes_are_the_neighbours_in_the_array()
    {
        double[] array = [1, 2, 3, 4, 5, 6], copy = new double[6];
        Assert.Equal(Vector128.Create(2.0, 3), Lanes.Load2(array, 1));
        Assert.Equal(Vector256.Create(3.0, 4, 5, 6), Lanes.Load4(array, 2));
        Lanes.Store2(Lanes.Load2(array, 0), copy, 0);
        Lanes.Store4(Lanes.Load4(array, 2), copy, 2);
        Assert.Equal(array, copy);
    }

    [Theory, InlineData(-1), InlineData(3), InlineData(6), InlineData(int.MaxValue), InlineData(int.MinValue)]
    public void Neighbours_that_an_array_has_not_got_throw_as_its_elements_do(int start)
    {
        double[] array = new double[start == 3 ? 4 : 6];
        Assert.Throws<IndexOutOfRangeException>(() => Lanes.Load2(array, start));
        Assert.Throws<IndexOutOfRangeException>(() => Lanes.Load4(array, start));
        Assert.Throws<IndexOutOfRangeException>(() => Lanes.Store2(default, array, start));
        Assert.Throws<IndexOutOfRangeException>(() => Lanes.Store4(default, array, start));
        Assert.All(array, element => Assert.Equal(0, element));
    }

    [Fact]
    public void A_join_has_the_last_lanes_of_one_vector_and_the_first_of_another()
    {
        Vector256<double> first = Vector256.Create(1.0, 2, 3, 4), second = Vector256.Create(5.0, 6, 7, 8);
        Assert.Equal(Vector256.Create(2.0, 3, 4, 5), Lanes.Join4(first, second, 1));
        Assert.Equal(Vector256.Create(3.0, 4, 5, 6), Lanes.Join4(first, second, 2));
        Assert.Equal(Vector256.Create(4.0, 5, 6, 7), Lanes.Join4(first, second, 3));
        Assert.Equal(Vector128.Create(2.0, 3), Lanes.Join2(Vector128.Create(1.0, 2), Vector128.Create(3.0, 4), 1));
    }

    private static Func<double[], double> Alone(Primitive primitive, int arity)
    {
        ParameterExpression operands = Expression.Parameter(typeof(double[]));
        Expression value = primitive.Emit([.. Enumerable.Range(0, arity).Select(operand => Expression.ArrayIndex(operands, Expression.Constant(operand)))]);
        return Expression.Lambda<Func<double[], double>>(value, operands).Compile();
    }

    private static Func<double[], int, double> InLane(Primitive primitive, int arity, LaneShape shape)
    {
        ParameterExpression operands = Expression.Parameter(typeof(double[])), lane = Expression.Parameter(typeof(int));
        Expression vector = new OnLanes(shape, primitive).Emit([.. Enumerable.Range(0, arity).Select(operand => Expression.Call(shape.Load, operands, Expression.Constant(operand * shape.Count)))]);
        return Expression.Lambda<Func<double[], int, double>>(Expression.Call(shape.Operations, nameof(Vector256.GetElement), [typeof(double)], vector, lane), operands, lane).Compile();
    }

    private static double Value(Random random) =>
        random.Next(3) switch
        {
            0 => Values[random.Next(Values.Length)],
            1 => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)),
            _ => 4 * random.NextDouble() - 2,
        };
}
