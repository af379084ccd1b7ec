using static ExprGrad.Primitives.Formula;

namespace ExprGrad.Primitives;

/// <summary>The length of (x, y); (0, 0) at the origin.</summary>
internal sealed class HypotFunction() : BinaryPrimitive(double.Hypot)
{
    protected override Real PartialX(Real x, Real y, Real f) => Cosine(x, x, y, f);

    protected override Real PartialY(Real x, Real y, Real f) => Cosine(y, x, y, f);

    // u/f, but a length that overflowed or is subnormal has lost the digits of the quotient.
    private static Real Cosine(Real u, Real x, Real y, Real f) =>
        Real.If(IsModerate(f), () => u / f, () => Real.If(Real.Equal(f, 0), () => 0, () => new Plane(x, y).Cosine(u)));
}

/// <summary>The angle of (x, y), in radians or in half turns; (0, 0) at the origin. DLMF 4.23.36.</summary>
internal abstract class AngleFunction(Func<double, double, double> method, double unit, params Func<double, double, double>[] twins) : BinaryPrimitive(method, twins)
{
    // The operands are named as C# orders them: y first.
    protected override Real PartialX(Real y, Real x, Real f) => this.OverSquare(x, x, y);

    protected override Real PartialY(Real y, Real x, Real f) => -this.OverSquare(y, x, y);

    /// <summary>u / (x² + y²); the squares overflow and underflow where the quotient does not.</summary>
    private Real OverSquare(Real u, Real x, Real y)
    {
        Real square = (x * x) + (y * y);
        return unit * Real.If(IsModerate(square), () => u / square, () => new Plane(x, y).OverSquare(u));
    }
}

internal sealed class Atan2Function() : AngleFunction(Math.Atan2, 1, double.Atan2);

internal sealed class Atan2PiFunction() : AngleFunction(double.Atan2Pi, 1 / Math.PI);

/// <summary>A point whose length may be near the ends of the double range, scaled by a power of two towards 1.</summary>
internal readonly struct Plane
{
    private readonly Real scale;
    private readonly Real length;

    public Plane(Real x, Real y)
    {
        this.scale = Real.If(Abs(x) + Abs(y) < 1, () => Math.ScaleB(1, 600), () => Math.ScaleB(1, -600));
        this.length = Hypot(this.scale * x, this.scale * y);
    }

    /// <summary>u over the length, for a coordinate u.</summary>
    public Real Cosine(Real u) => this.scale * u / this.length;

    /// <summary>u over the square of the length, for a coordinate u; 0 at the origin.</summary>
    public Real OverSquare(Real u)
    {
        (Real s, Real h) = (this.scale, this.length);
        return Real.If(Real.Equal(h, 0), () => 0, () => s * u / h / h * s);
    }
}
