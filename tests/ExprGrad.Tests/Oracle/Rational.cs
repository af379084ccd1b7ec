using System.Numerics;

namespace ExprGrad.Tests.Oracle;

/// <summary>Exact arithmetic on what doubles can be; not reduced.</summary>
internal readonly record struct Rational(BigInteger Numerator, BigInteger Denominator)
{
    public bool IsZero => this.Numerator.IsZero;

    public static Rational Of(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)(bits >> 52 & 0x7FF);
        BigInteger digits = (bits & 0xFFFFFFFFFFFFFL) | (exponent == 0 ? 0 : 1L << 52);
        int shift = Math.Max(exponent, 1) - 1075;
        BigInteger signed = value < 0 ? -digits : digits;
        return shift >= 0 ? new Rational(signed << shift, 1) : new Rational(signed, BigInteger.One << -shift);
    }

    public Rational Abs() => this with { Numerator = BigInteger.Abs(this.Numerator) };

    public static Rational operator +(Rational a, Rational b) => new(a.Numerator * b.Denominator + b.Numerator * a.Denominator, a.Denominator * b.Denominator);

    public static Rational operator -(Rational a, Rational b) => new(a.Numerator * b.Denominator - b.Numerator * a.Denominator, a.Denominator * b.Denominator);

    public static Rational operator *(Rational a, Rational b) => new(a.Numerator * b.Numerator, a.Denominator * b.Denominator);

    // The denominator stays positive.
    public static Rational operator /(Rational a, Rational b) => new(a.Numerator * b.Denominator * b.Numerator.Sign, a.Denominator * BigInteger.Abs(b.Numerator));

    public static bool operator <=(Rational a, Rational b) => a.Numerator * b.Denominator <= b.Numerator * a.Denominator;

    public static bool operator >=(Rational a, Rational b) => b <= a;
}
