using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Tests.Primitives;

/// <summary>Laws of every primitive in the catalogue and of every operator.</summary>
public class PrimitiveLawTests
{
    private const int Seed = 20240607;

    private const int PointCount = 40;

    /// <summary>What extrapolated differences of doubles give: the values are known to 1e-16, and a step of 1 % of x leaves eight digits beside a singularity.</summary>
    private const double NumericalTolerance = 1e-8;

    private static readonly double[] Special =
        [0.0, -0.0, 0.5, -0.5, 1, -1, 2, -2, 3, 1e308, -1e308, 1e-310, -1e-310, double.Epsilon, double.MaxValue, double.PositiveInfinity, double.NegativeInfinity, double.NaN];

    private static readonly IReadOnlyList<Primitive> Primitives =
        [.. Catalogue.All, Arithmetic.Add, Arithmetic.Subtract, Arithmetic.Multiply, Arithmetic.Divide, Arithmetic.Negate, new Modulo(typeof(double))];

    public static TheoryData<string> Names => [.. Primitives.Select(NameOf)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_partial_is_the_numerical_derivative_of_the_value(string name)
    {
        Primitive primitive = Named(name);
        var random = new Random(Seed);
        for (int point = 0; point < PointCount; point++)
        {
            object[] arguments = Sample(primitive, random);
            for (int k = 0; k < arguments.Length; k++)
            {
                if (arguments[k] is not double x || !primitive.IsDifferentiable(k))
                    continue;
                Domain domain = primitive.Samples[k];
                double reach = Math.Min(0.01 * Math.Max(1, Math.Abs(x)), 0.5 * Math.Min(x - domain.Low, domain.High - x));
                double numerical = NumericalDerivative.At(z => PrimitiveProbe.Value(primitive, [.. arguments[..k], z, .. arguments[(k + 1)..]]), x, reach);
                double partial = PrimitiveProbe.Partial(primitive, k, arguments);
                double scale = Math.Max(Math.Abs(numerical), Math.Abs(PrimitiveProbe.Value(primitive, arguments)) / Math.Max(1, Math.Abs(x)));
                Assert.True(Math.Abs(partial - numerical) <= NumericalTolerance * scale, $"∂{k} {name}({string.Join("; ", arguments)}) = {partial:R}, numerically {numerical:R} (seed {Seed})");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_value_has_the_bits_of_the_plain_call(string name)
    {
        Primitive primitive = Named(name);
        if (primitive.Method is not { } method)
            return;
        var random = new Random(Seed);
        for (int point = 0; point < PointCount; point++)
        {
            object[] arguments = Sample(primitive, random);
            Assert.Equal(BitConverter.DoubleToInt64Bits((double)method.Invoke(null, arguments)!), BitConverter.DoubleToInt64Bits(PrimitiveProbe.Value(primitive, arguments)));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_throws_somewhere_if_and_only_if_it_says_so(string name)
    {
        Primitive primitive = Named(name);
        bool throws = EverySpecial(primitive).Any(arguments => Throws(() => PrimitiveProbe.Value(primitive, arguments)));
        Assert.Equal(primitive.Behaviour.HasFlag(Behaviour.MayThrow), throws);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Partials_throw_nowhere(string name)
    {
        Primitive primitive = Named(name);
        int[] differentiable = [.. Enumerable.Range(0, primitive.Samples.Count).Where(primitive.IsDifferentiable)];
        foreach (object[] arguments in EverySpecial(primitive).Where(arguments => !Throws(() => PrimitiveProbe.Value(primitive, arguments))))
        {
            foreach (int k in differentiable)
                _ = PrimitiveProbe.Partial(primitive, k, arguments);
        }
    }

    [Fact]
    public void Only_numbers_of_type_double_are_differentiable()
    {
        foreach (Primitive primitive in Catalogue.All)
        {
            Type[] types = PrimitiveProbe.OperandTypes(primitive);
            Assert.Equal(types.Length, primitive.Samples.Count);
            for (int k = 0; k < types.Length; k++)
                Assert.True(types[k] == typeof(double) || !primitive.IsDifferentiable(k), $"{NameOf(primitive)}, operand {k}");
        }
    }

    private static string NameOf(Primitive primitive) =>
        primitive.Method is { } method ? $"{(method.DeclaringType == typeof(double) ? "double" : method.DeclaringType!.Name)}.{method.Name}({string.Join(", ", method.GetParameters().Select(parameter => parameter.ParameterType.Name))})"
        : primitive.Name;

    private static Primitive Named(string name) => Primitives.Single(primitive => NameOf(primitive) == name);

    private static object[] Sample(Primitive primitive, Random random) =>
        [.. primitive.Samples.Zip(PrimitiveProbe.OperandTypes(primitive), (domain, type) => InType(domain.Low + (random.NextDouble() * (domain.High - domain.Low)), type))];

    private static object InType(double number, Type type) =>
        type == typeof(double) ? number : type.IsEnum ? Enum.ToObject(type, (int)Math.Round(number)) : (int)Math.Round(number);

    /// <summary>All combinations of special numbers; one in seven of them for three operands.</summary>
    private static IEnumerable<object[]> EverySpecial(Primitive primitive)
    {
        IEnumerable<object[]> tuples = [[]];
        foreach (Type type in PrimitiveProbe.OperandTypes(primitive))
        {
            object[] choices = type == typeof(double) ? [.. Special] : [.. new[] { -2000, -2, -1, 0, 1, 2, 3, 2000 }.Select(integer => InType(integer, type))];
            tuples = tuples.SelectMany(_ => choices, (tuple, last) => (object[])[.. tuple, last]);
        }
        return primitive.Samples.Count < 3 ? tuples : tuples.Where((_, k) => k % 7 == 0);
    }

    private static bool Throws(Action action)
    {
        try
        {
            action();
            return false;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }
}
