using ExprGrad.Primitives;

namespace ExprGrad.Tests.Primitives;

/// <summary>Partials against numbers that were computed with 80 digits, not with the formulas under test.</summary>
public class TruthTableTests
{
    /// <summary>What the contract allows a gradient (C2). Most partials are within 2e-15; the library's RootN rounds 1/n and is not.</summary>
    private const double Tolerance = 1e-14;

    /// <summary>A few roundings in the subnormal range, where they are absolute.</summary>
    private const double SubnormalTolerance = 8 * double.Epsilon;

    public static TheoryData<string> Functions => [.. Table.Read("primitives.csv").Select(row => row.Function).Distinct()];

    public static TheoryData<string> ExtremeFunctions => [.. Table.Read("extremes.csv").Select(row => row.Function).Distinct()];

    [Theory]
    [MemberData(nameof(Functions))]
    public void The_value_is_that_of_the_plain_call(string function)
    {
        foreach ((string _, double[][] columns) in Table.Read("primitives.csv").Where(row => row.Function == function))
        {
            (Primitive primitive, object[] arguments) = PrimitiveProbe.Parse(function, columns[0]);
            double plain = primitive.Method is { } method ? (double)method.Invoke(null, arguments)! : Operate(function, columns[0]);
            Assert.Equal(BitConverter.DoubleToInt64Bits(plain), BitConverter.DoubleToInt64Bits(PrimitiveProbe.Value(primitive, arguments)));
        }
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void Partials_agree_with_the_table(string function) =>
        AssertPartials("primitives.csv", function, partials: 2);

    [Theory]
    [MemberData(nameof(ExtremeFunctions))]
    public void Partials_at_huge_and_tiny_arguments_agree_with_the_table(string function) =>
        AssertPartials("extremes.csv", function, partials: 1);

    private static void AssertPartials(string file, string function, int partials)
    {
        var wrong = new List<string>();
        foreach ((string _, double[][] columns) in Table.Read(file).Where(row => row.Function == function))
        {
            (Primitive primitive, object[] arguments) = PrimitiveProbe.Parse(function, columns[0]);
            for (int k = 0; k < columns[partials].Length; k++)
            {
                double expected = columns[partials][k];
                double actual = PrimitiveProbe.Partial(primitive, k, arguments);
                if (!Agrees(expected, actual))
                    wrong.Add($"∂{k} {function}({string.Join("; ", arguments)}) = {actual:R}, not {expected:R}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static bool Agrees(double expected, double actual) =>
        expected == actual || Math.Abs(actual - expected) <= (Tolerance * Math.Abs(expected)) + SubnormalTolerance;

    private static double Operate(string function, double[] x) => function switch
    {
        "+" => x[0] + x[1],
        "-" => x[0] - x[1],
        "*" => x[0] * x[1],
        "/" => x[0] / x[1],
        _ => x[0] % x[1],
    };
}
