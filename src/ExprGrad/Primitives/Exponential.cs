using static ExprGrad.Primitives.Formula;

namespace ExprGrad.Primitives;

internal sealed class ExpFunction() : UnaryPrimitive(Math.Exp)
{
    protected override Real Derivative(Real x, Real f) => f;
}

/// <summary>The natural logarithm; ∞ at 0.</summary>
internal sealed class LogFunction() : UnaryPrimitive(Math.Log)
{
    protected override Domain Sample => Domain.Positive;

    protected override Real Derivative(Real x, Real f) => 1 / x;
}
