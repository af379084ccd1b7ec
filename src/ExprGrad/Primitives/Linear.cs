using ExprGrad.IR;

namespace ExprGrad.Primitives;

/// <summary>x·y + z, rounded once or, where that is slow, as <c>MultiplyAddEstimate</c> may.</summary>
internal sealed class FusedMultiplyAddFunction() : Primitive(Math.FusedMultiplyAdd, double.FusedMultiplyAdd, double.MultiplyAddEstimate)
{
    public override IReadOnlyList<Domain> Samples => [Domain.Reals, Domain.Reals, Domain.Reals];

    // An estimate may be rounded otherwise in a vector.
    public override bool HasLanes => this.Method!.Name == nameof(Math.FusedMultiplyAdd);

    public override bool IsSymmetric => true;

    public override Real Partial(int operand, Operands x, Real f) => operand switch
    {
        0 => x[1],
        1 => x[0],
        _ => 1,
    };
}

/// <summary>a·(1 − t) + b·t.</summary>
internal sealed class LerpFunction() : Primitive(double.Lerp)
{
    public override IReadOnlyList<Domain> Samples => [Domain.Reals, Domain.Reals, new(-1, 2)];

    public override Real Partial(int operand, Operands x, Real f) => operand switch
    {
        0 => 1 - x[2],
        1 => x[2],
        _ => x[1] - x[0],
    };
}

/// <summary>x·2ⁿ.</summary>
internal sealed class ScaleBFunction() : Primitive(Math.ScaleB, double.ScaleB)
{
    public override IReadOnlyList<Domain> Samples => [Domain.Reals, new(-30, 30)];

    public override bool IsDifferentiable(int operand) => operand == 0;

    public override Real Partial(int operand, Operands x, Real f) => new(x.Builder, x.Builder.Apply(this, x.Builder.Constant(1.0), x.Node(1)));
}

internal sealed class DegreesToRadiansFunction() : UnaryPrimitive(double.DegreesToRadians)
{
    protected override Real Derivative(Real x, Real f) => Math.PI / 180;
}

internal sealed class RadiansToDegreesFunction() : UnaryPrimitive(double.RadiansToDegrees)
{
    protected override Real Derivative(Real x, Real f) => 180 / Math.PI;
}
