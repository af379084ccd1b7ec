using static ExprGrad.Primitives.Formula;

namespace ExprGrad.Primitives;

internal sealed class SinFunction() : UnaryPrimitive(Math.Sin)
{
    protected override Real Derivative(Real x, Real f) => Cos(x);
}

internal sealed class CosFunction() : UnaryPrimitive(Math.Cos)
{
    protected override Real Derivative(Real x, Real f) => -Sin(x);
}
