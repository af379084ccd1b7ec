using static ExprGrad.Primitives.Formula;

namespace ExprGrad.Primitives;

/// <summary>sin πx.</summary>
internal sealed class SinPiFunction() : UnaryPrimitive(double.SinPi)
{
    protected override Real Derivative(Real x, Real f) => Math.PI * Call(double.CosPi, x);
}

/// <summary>cos πx.</summary>
internal sealed class CosPiFunction() : UnaryPrimitive(double.CosPi)
{
    protected override Real Derivative(Real x, Real f) => -Math.PI * Call(double.SinPi, x);
}

/// <summary>tan πx; ∞ at the poles, which are doubles here.</summary>
internal sealed class TanPiFunction() : UnaryPrimitive(double.TanPi)
{
    protected override Domain Sample => new(-0.45, 0.45);

    protected override Real Derivative(Real x, Real f) => Math.PI * (1 + (f * f));
}

/// <summary>arcsin(x)/π; ∞ at ±1.</summary>
internal sealed class AsinPiFunction() : UnaryPrimitive(double.AsinPi)
{
    protected override Domain Sample => new(-1, 1);

    protected override Real Derivative(Real x, Real f) => 1 / Math.PI / Sqrt((1 - x) * (1 + x));
}

/// <summary>arccos(x)/π; −∞ at ±1.</summary>
internal sealed class AcosPiFunction() : UnaryPrimitive(double.AcosPi)
{
    protected override Domain Sample => new(-1, 1);

    protected override Real Derivative(Real x, Real f) => -1 / Math.PI / Sqrt((1 - x) * (1 + x));
}

/// <summary>arctan(x)/π.</summary>
internal sealed class AtanPiFunction() : UnaryPrimitive(double.AtanPi)
{
    protected override Real Derivative(Real x, Real f) => AtanFunction.Slope(x, 1 / Math.PI);
}
