using ExprGrad.Primitives;
using ExprGrad.Tests.Oracle;

namespace ExprGrad.Tests;

/// <summary>What the fusion of sine and cosine rests on: one call gives the bits of two.</summary>
public class SinCosTests
{
    private const int Seed = 8100, Points = 1_000_000;

    [Fact]
    public void SinCos_has_the_bits_of_Sin_and_Cos_at_ordinary_angles() => Assert.True(Joint.HasBitsOf(Math.SinCos, Math.Sin, Math.Cos, Points, new Random(Seed)));

    [Fact]
    public void SinCos_has_the_bits_of_Sin_and_Cos_at_random_bits()
    {
        var random = new Random(Seed + 1);
        for (int k = 0; k < Points; k++)
            Compare(BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)));
    }

    [Fact]
    public void SinCos_has_the_bits_of_Sin_and_Cos_at_special_values_and_beside_multiples_of_a_quarter_turn()
    {
        foreach (double x in new[] { 0.0, double.Epsilon, 1e-310, 2.2250738585072014E-308, 1e-8, 1, 1e22, double.MaxValue, double.PositiveInfinity, double.NaN })
        {
            Compare(x);
            Compare(-x);
        }
        for (int k = -20_000; k <= 20_000; k++)
        {
            double x = k * (Math.PI / 4);
            Compare(x);
            Compare(double.BitIncrement(x));
            Compare(double.BitDecrement(x));
        }
    }

    private static void Compare(double x)
    {
        (double sin, double cos) = Math.SinCos(x);
        Assert.True(Agreement.SameBits(Math.Sin(x), sin) && Agreement.SameBits(Math.Cos(x), cos), $"at {x:R}: {sin:R}, {cos:R} instead of {Math.Sin(x):R}, {Math.Cos(x):R}");
    }
}
