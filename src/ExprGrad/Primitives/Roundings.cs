using ExprGrad.IR;
using static ExprGrad.Primitives.Formula;

namespace ExprGrad.Primitives;

/// <summary>A function that is constant between jumps: its derivative is 0 by structure, at the jumps too.</summary>
internal abstract class PiecewiseConstant(Delegate method, params Delegate[] twins) : Primitive(method, twins)
{
    public override IReadOnlyList<Domain> Samples => [Domain.Reals];

    public sealed override bool IsDifferentiable(int operand) => false;

    public sealed override Real Partial(int operand, Operands x, Real f) => 0;
}

internal sealed class FloorFunction() : PiecewiseConstant((Func<double, double>)Math.Floor, double.Floor);

internal sealed class CeilingFunction() : PiecewiseConstant((Func<double, double>)Math.Ceiling, double.Ceiling);

internal sealed class TruncateFunction() : PiecewiseConstant((Func<double, double>)Math.Truncate, double.Truncate);

internal sealed class RoundFunction() : PiecewiseConstant((Func<double, double>)Math.Round, (Func<double, double>)double.Round);

/// <summary>Rounding to decimal digits; throws if there are not 0 to 15 of them.</summary>
internal sealed class RoundToDigitsFunction() : PiecewiseConstant((Func<double, int, double>)Math.Round, (Func<double, int, double>)double.Round)
{
    public override IReadOnlyList<Domain> Samples => [Domain.Reals, new(0, 15)];

    public override Behaviour Behaviour => Behaviour.MayThrow;
}

/// <summary>Rounding by a named rule; throws if there is no such rule.</summary>
internal sealed class RoundByRuleFunction() : PiecewiseConstant((Func<double, MidpointRounding, double>)Math.Round, (Func<double, MidpointRounding, double>)double.Round)
{
    public override IReadOnlyList<Domain> Samples => [Domain.Reals, new(0, 4)];

    public override Behaviour Behaviour => Behaviour.MayThrow;
}

/// <summary>Rounding to decimal digits by a named rule; throws for a bad number of digits or rule.</summary>
internal sealed class RoundToDigitsByRuleFunction()
    : PiecewiseConstant((Func<double, int, MidpointRounding, double>)Math.Round, (Func<double, int, MidpointRounding, double>)double.Round)
{
    public override IReadOnlyList<Domain> Samples => [Domain.Reals, new(0, 15), new(0, 4)];

    public override Behaviour Behaviour => Behaviour.MayThrow;
}

/// <summary>x − n·y with the integer n nearest to x/y. ∂y is −n, taken from the result, at the jumps of n too.</summary>
internal sealed class IeeeRemainderFunction() : BinaryPrimitive(Math.IEEERemainder, double.Ieee754Remainder)
{
    protected override Domain SampleY => new(3, 20);

    protected override Real PartialX(Real x, Real y, Real f) => 1;

    // Two quotients: x and f may have opposite signs, and their difference overflow.
    protected override Real PartialY(Real x, Real y, Real f) => -Round((x / y) - (f / y));
}
