using static ExprGrad.Primitives.Formula;

namespace ExprGrad.Primitives;

internal sealed class SinhFunction() : UnaryPrimitive(Math.Sinh, double.Sinh)
{
    protected override Real Derivative(Real x, Real f) => Cosh(x);
}

internal sealed class CoshFunction() : UnaryPrimitive(Math.Cosh, double.Cosh)
{
    protected override Real Derivative(Real x, Real f) => Sinh(x);
}

/// <summary>tanh x. 1 − f² has no digits left where tanh saturates; there 4t/(1 + t)² with t = exp(−2|x|), DLMF 4.28.3.</summary>
internal sealed class TanhFunction() : UnaryPrimitive(Math.Tanh, double.Tanh)
{
    protected override Real Derivative(Real x, Real f) => Real.If(Abs(f) < 0.9, () => (1 - f) * (1 + f), () => Saturated(x));

    private static Real Saturated(Real x)
    {
        Real t = Exp(-2 * Abs(x));
        return 4 * t / ((1 + t) * (1 + t));
    }
}

/// <summary>arsinh x; x² overflows where 1/√(x² + 1) does not. DLMF 4.40.7.</summary>
internal sealed class AsinhFunction() : UnaryPrimitive(Math.Asinh, double.Asinh)
{
    protected override Real Derivative(Real x, Real f) => Real.If(Abs(x) < 1e150, () => 1 / Sqrt(1 + (x * x)), () => 1 / Abs(x));
}

/// <summary>arcosh x; ∞ at 1. Two roots: √(x² − 1) cancels beside 1, and the product under one root overflows. DLMF 4.40.8.</summary>
internal sealed class AcoshFunction() : UnaryPrimitive(Math.Acosh, double.Acosh)
{
    protected override Domain Sample => new(1, 40);

    protected override Real Derivative(Real x, Real f) => 1 / (Sqrt(x - 1) * Sqrt(x + 1));
}

/// <summary>artanh x; ∞ at ±1. DLMF 4.40.9.</summary>
internal sealed class AtanhFunction() : UnaryPrimitive(Math.Atanh, double.Atanh)
{
    protected override Domain Sample => new(-1, 1);

    protected override Real Derivative(Real x, Real f) => 1 / ((1 - x) * (1 + x));
}
