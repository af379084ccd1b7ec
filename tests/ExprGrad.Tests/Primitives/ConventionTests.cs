using ExprGrad.Primitives;

namespace ExprGrad.Tests.Primitives;

/// <summary>The partials where the derivative does not exist or is infinite, as the contract declares them.</summary>
public class ConventionTests
{
    private const double Infinity = double.PositiveInfinity;
    private const double NaN = double.NaN;

    public static TheoryData<string, double[], double[]> Kinks => new()
    {
        { "Math.Abs", [0], [0] },
        { "Math.Abs", [-0.0], [0] },
        { "Math.Abs", [NaN], [NaN] },
        { "Math.Abs", [-Infinity], [-1] },
        { "Math.Abs", [double.Epsilon], [1] },
        { "double.Abs", [-0.0], [0] },

        { "Math.Floor", [2], [0] },
        { "Math.Ceiling", [2.5], [0] },
        { "Math.Truncate", [NaN], [0] },
        { "Math.Round", [2.5], [0] },
        { "Math.Round:2", [2.345], [0, 0] },

        { "Math.Max", [1, 1], [0.5, 0.5] },
        { "Math.Max", [0, -0.0], [0.5, 0.5] },
        { "Math.Max", [-0.0, 0], [0.5, 0.5] },
        { "Math.Max", [NaN, 1], [NaN, NaN] },
        { "Math.Max", [1, NaN], [NaN, NaN] },
        { "Math.Max", [Infinity, NaN], [NaN, NaN] },
        { "Math.Max", [-Infinity, 1], [0, 1] },
        { "Math.Max", [Infinity, 1], [1, 0] },
        { "Math.Max", [Infinity, Infinity], [0.5, 0.5] },
        { "Math.Min", [1, 1], [0.5, 0.5] },
        { "Math.Min", [0, -0.0], [0.5, 0.5] },
        { "Math.Min", [NaN, 1], [NaN, NaN] },
        { "Math.Min", [1, NaN], [NaN, NaN] },
        { "Math.Min", [-Infinity, 1], [1, 0] },
        { "double.Max", [2, 2], [0.5, 0.5] },

        { "Math.MaxMagnitude", [2, 2], [0.5, 0.5] },
        { "Math.MaxMagnitude", [-2, -2], [0.5, 0.5] },
        { "Math.MaxMagnitude", [2, -2], [1, 0] },
        { "Math.MaxMagnitude", [-2, 2], [0, 1] },
        { "Math.MaxMagnitude", [0, -0.0], [0.5, 0.5] },
        { "Math.MaxMagnitude", [NaN, 1], [NaN, NaN] },
        { "Math.MinMagnitude", [2, -2], [0, 1] },
        { "Math.MinMagnitude", [-2, 2], [1, 0] },
        { "Math.MinMagnitude", [3, 3], [0.5, 0.5] },
        { "Math.MinMagnitude", [1, NaN], [NaN, NaN] },

        { "double.MaxNumber", [NaN, 1], [0, 1] },
        { "double.MaxNumber", [1, NaN], [1, 0] },
        { "double.MaxNumber", [NaN, NaN], [NaN, NaN] },
        { "double.MaxNumber", [3, 3], [0.5, 0.5] },
        { "double.MinNumber", [NaN, 1], [0, 1] },
        { "double.MinNumber", [-1, 1], [1, 0] },
        { "double.MaxMagnitudeNumber", [NaN, 1], [0, 1] },
        { "double.MinMagnitudeNumber", [1, NaN], [1, 0] },
        { "double.MaxNative", [1, 1], [0.5, 0.5] },
        { "double.MinNative", [1, 2], [1, 0] },

        { "Math.Clamp", [0.5, 0, 1], [1, 0, 0] },
        { "Math.Clamp", [0, 0, 1], [1, 0, 0] },
        { "Math.Clamp", [1, 0, 1], [1, 0, 0] },
        { "Math.Clamp", [-1, 0, 1], [0, 1, 0] },
        { "Math.Clamp", [2, 0, 1], [0, 0, 1] },
        { "Math.Clamp", [1, 1, 1], [1, 0, 0] },
        { "Math.Clamp", [0, 1, 1], [0, 1, 0] },
        { "Math.Clamp", [2, NaN, 1], [0, 0, 1] },
        { "Math.Clamp", [NaN, 0, 1], [1, 0, 0] },
        { "double.Clamp", [2, 0, 1], [0, 0, 1] },
        { "double.ClampNative", [2, 0, 1], [0, 0, 1] },
        { "double.ClampNative", [-2, 0, 1], [0, 1, 0] },
        { "double.ClampNative", [0, 0, 1], [1, 0, 0] },

        { "Math.CopySign", [0, -1], [0, 0] },
        { "Math.CopySign", [-3, 0], [-1, 0] },
        { "Math.CopySign", [-3, -0.0], [1, 0] },
        { "Math.CopySign", [1e-310, -1e-310], [-1, 0] },
        { "Math.CopySign", [NaN, 1], [NaN, 0] },

        { "%", [6, 3], [1, -2] },
        { "%", [-5, 3], [1, 1] },
        { "%", [1, 0.1], [1, -9] }, // 0.1 is a little more than a tenth
        { "%", [0, 3], [1, 0] },
        { "Math.IEEERemainder", [1, 0.1], [1, -10] },
        { "Math.IEEERemainder", [7.5, 3], [1, -2] },
        { "Math.IEEERemainder", [-5, 3], [1, 2] },

        { "Math.Pow", [0, 0], [0, 0] },
        { "Math.Pow", [5, 0], [0, 1.6094379124341003] },
        { "Math.Pow", [NaN, 0], [0, NaN] },
        { "Math.Pow", [-2, 0], [0, NaN] },
        { "Math.Pow", [0, 1], [1, 0] },
        { "Math.Pow", [-0.0, 1], [1, 0] },
        { "Math.Pow", [-2, 1], [1, NaN] },
        { "Math.Pow", [0, 2], [0, 0] },
        { "Math.Pow", [0, 1.5], [0, 0] },
        { "Math.Pow", [0, 0.5], [Infinity, 0] },
        { "Math.Pow", [0, -1], [-Infinity, -Infinity] },
        { "Math.Pow", [-0.0, -1], [-Infinity, -Infinity] },
        { "Math.Pow", [-2, 3], [12, NaN] },
        { "Math.Pow", [-2, -3], [-3.0 / 16, NaN] },
        { "Math.Pow", [-2, 2], [-4, NaN] },

        { "Math.Sqrt", [0], [Infinity] },
        { "Math.Sqrt", [-0.0], [Infinity] },
        { "Math.Sqrt", [Infinity], [0] },
        { "Math.Cbrt", [0], [Infinity] },
        { "Math.Cbrt", [-0.0], [Infinity] },
        { "Math.Cbrt", [-Infinity], [0] },
        { "double.RootN:2", [-0.0], [Infinity, 0] },
        { "double.RootN:3", [-0.0], [Infinity, 0] },
        { "double.RootN:4", [0], [Infinity, 0] },
        { "double.RootN:1", [0], [1, 0] },
        { "double.RootN:1", [Infinity], [1, 0] },
        { "double.RootN:5", [Infinity], [0, 0] },
        { "double.RootN:-1", [0], [-Infinity, 0] },
        { "double.RootN:-1", [-0.0], [-Infinity, 0] },

        { "Math.Log", [0], [Infinity] },
        { "Math.Log", [-0.0], [Infinity] },
        { "Math.Log", [Infinity], [0] },
        { "double.Log", [-0.0], [Infinity] },
        { "Math.Log2", [-0.0], [Infinity] },
        { "Math.Log10", [-0.0], [Infinity] },
        { "double.LogP1", [-1], [Infinity] },
        { "double.Log2P1", [-1], [Infinity] },
        { "double.Log10P1", [-1], [Infinity] },

        { "Math.Asin", [1], [Infinity] },
        { "Math.Asin", [-1], [Infinity] },
        { "Math.Acos", [1], [-Infinity] },
        { "Math.Acos", [-1], [-Infinity] },
        { "double.AsinPi", [-1], [Infinity] },
        { "double.AcosPi", [1], [-Infinity] },
        { "Math.Acosh", [1], [Infinity] },
        { "Math.Acosh", [Infinity], [0] },
        { "Math.Atanh", [1], [Infinity] },
        { "Math.Atanh", [-1], [Infinity] },
        { "Math.Atan", [Infinity], [0] },
        { "Math.Asinh", [-Infinity], [0] },
        { "Math.Tanh", [-Infinity], [0] },
        { "double.TanPi", [0.5], [Infinity] },
        { "Math.Exp", [-Infinity], [0] },
        { "double.ExpM1", [-Infinity], [0] },

        { "Math.Atan2", [0, 0], [0, 0] },
        { "Math.Atan2", [-0.0, -0.0], [0, 0] },
        { "Math.Atan2", [0, -2], [-0.5, 0] },
        { "double.Atan2Pi", [0, 0], [0, 0] },
        { "double.Hypot", [0, 0], [0, 0] },
        { "double.Hypot", [0, -2], [0, -1] },

        { "Math.FusedMultiplyAdd", [0, Infinity, 1], [Infinity, 0, 1] },
        { "double.Lerp", [1, 1, 0.5], [0.5, 0.5, 0] },
        { "Math.ScaleB:2000", [0], [Infinity, 0] },

        { "GradMath.Sigmoid", [-Infinity], [0] },
        { "GradMath.Sigmoid", [Infinity], [0] },
        { "GradMath.Softplus", [Infinity], [1] },
        { "GradMath.LogAddExp", [Infinity, Infinity], [0.5, 0.5] },
        { "GradMath.LogAddExp", [-Infinity, -Infinity], [0.5, 0.5] },
        { "GradMath.LogAddExp", [-Infinity, 3], [0, 1] },
        { "GradMath.LogAddExp", [Infinity, 3], [1, 0] },
        { "GradMath.Log1p", [-1], [Infinity] },
        { "GradMath.Erf", [Infinity], [0] },
        { "GradMath.Erfc", [-Infinity], [0] },
        { "GradMath.NormalPdf", [-Infinity], [0] },
        { "GradMath.NormalCdf", [Infinity], [0] },
        { "GradMath.Digamma", [0], [Infinity] },
        { "GradMath.LogGamma", [Infinity], [Infinity] },
    };

    public static TheoryData<string, double> SmoothFunctionsAtNaN =>
    [
        ("Math.Sin", NaN), ("Math.Tan", NaN), ("Math.Tanh", NaN), ("Math.Atan", NaN), ("Math.Asinh", NaN), ("Math.Sqrt", NaN), ("Math.Log", NaN), ("Math.Cbrt", NaN), ("Math.Acosh", 0.5), ("Math.Asin", 2),
        ("GradMath.Sigmoid", NaN), ("GradMath.Erf", NaN), ("GradMath.NormalPdf", NaN), ("GradMath.NormalCdf", NaN), ("GradMath.LogGamma", NaN), ("GradMath.Trigamma", NaN),
    ];

    [Theory]
    [MemberData(nameof(Kinks))]
    public void Partials_are_as_declared(string function, double[] at, double[] expected)
    {
        (Primitive primitive, object[] arguments) = PrimitiveProbe.Parse(function, at);
        // By number: 0 and −0 are one partial, NaN is NaN.
        double[] actual = [.. expected.Select((_, k) => PrimitiveProbe.Partial(primitive, k, arguments) + 0.0)];
        Assert.Equal(expected, actual);
    }

    [Theory]
    [MemberData(nameof(SmoothFunctionsAtNaN))]
    public void The_partial_is_NaN_where_the_value_is(string function, double at)
    {
        (Primitive primitive, object[] arguments) = PrimitiveProbe.Parse(function, [at]);
        Assert.True(double.IsNaN(PrimitiveProbe.Value(primitive, arguments)));
        Assert.True(double.IsNaN(PrimitiveProbe.Partial(primitive, 0, arguments)));
    }
}
