using static ExprGrad.Primitives.Formula;

namespace ExprGrad.Primitives;

internal sealed class SinFunction() : UnaryPrimitive(Math.Sin, double.Sin)
{
    protected override Real Derivative(Real x, Real f) => Cos(x);
}

internal sealed class CosFunction() : UnaryPrimitive(Math.Cos, double.Cos)
{
    protected override Real Derivative(Real x, Real f) => -Sin(x);
}

/// <summary>tan x; 1 + f² is a sum of positive terms and keeps its digits beside a pole.</summary>
internal sealed class TanFunction() : UnaryPrimitive(Math.Tan, double.Tan)
{
    protected override Domain Sample => new(-1.5, 1.5);

    protected override Real Derivative(Real x, Real f) => 1 + (f * f);
}

/// <summary>arcsin x; ∞ at ±1. Not 1/√(1 − x²): that cancels beside ±1. DLMF 4.24.7.</summary>
internal sealed class AsinFunction() : UnaryPrimitive(Math.Asin, double.Asin)
{
    protected override Domain Sample => new(-1, 1);

    protected override Real Derivative(Real x, Real f) => 1 / Sqrt((1 - x) * (1 + x));
}

/// <summary>arccos x; −∞ at ±1. DLMF 4.24.8.</summary>
internal sealed class AcosFunction() : UnaryPrimitive(Math.Acos, double.Acos)
{
    protected override Domain Sample => new(-1, 1);

    protected override Real Derivative(Real x, Real f) => -1 / Sqrt((1 - x) * (1 + x));
}

/// <summary>arctan x. DLMF 4.24.9.</summary>
internal sealed class AtanFunction() : UnaryPrimitive(Math.Atan, double.Atan)
{
    /// <summary>scale / (1 + x²); x² overflows where the quotient does not.</summary>
    public static Real Slope(Real x, double scale) => Real.If(Abs(x) < 1e150, () => scale / (1 + (x * x)), () => scale / x / x);

    protected override Real Derivative(Real x, Real f) => Slope(x, 1);
}
