using static ExprGrad.Primitives.Formula;

namespace ExprGrad.Primitives;

/// <summary>|x|; 0 at ±0, NaN at NaN.</summary>
internal sealed class AbsFunction() : UnaryPrimitive(Math.Abs, double.Abs)
{
    public override bool HasLanes => true;

    protected override Real Derivative(Real x, Real f) => Sign(x);
}

/// <summary>x with the sign of s; 0 at x = 0, and 0 by structure for s.</summary>
internal sealed class CopySignFunction() : Primitive((Func<double, double, double>)Math.CopySign, (Func<double, double, double>)double.CopySign)
{
    public override IReadOnlyList<Domain> Samples => [Domain.Reals, Domain.Reals];

    public override bool IsDifferentiable(int operand) => operand == 0;

    public override Real Partial(int operand, Operands x, Real f) => Sign(x[0]) * CopySign(1, f);
}
