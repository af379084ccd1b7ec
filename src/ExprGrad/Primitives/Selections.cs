using ExprGrad.IR;

namespace ExprGrad.Primitives;

/// <summary>The greater or the lesser of two: ½ to each at a tie, signed zeros included; NaN to both if either is NaN.</summary>
internal abstract class Extremum(Func<double, double, double> method, Func<double, double, double> twin) : Primitive(method, twin)
{
    public sealed override IReadOnlyList<Domain> Samples => [Domain.Reals, Domain.Reals];

    public sealed override Truth? Selects(int operand, Operands x, Real f) => !this.Beats(x[1 - operand], x[operand]);

    public sealed override Real Partial(int operand, Operands x, Real f) =>
        Real.If(this.Beats(x[operand], x[1 - operand]), () => 1, () => Real.If(Real.Equal(x[0], x[1]), () => 0.5, () => double.NaN));

    /// <summary>Whether a is returned and b is not; false at NaN.</summary>
    protected abstract Truth Beats(Real a, Real b);
}

internal sealed class MaxFunction() : Extremum(Math.Max, double.Max)
{
    protected override Truth Beats(Real a, Real b) => b < a;
}

internal sealed class MinFunction() : Extremum(Math.Min, double.Min)
{
    protected override Truth Beats(Real a, Real b) => a < b;
}

/// <summary>
/// A function that returns one of two operands by a rule that its result tells: the operand that is equal to it was selected. ½ to each if they are equal; NaN to both if the result is NaN;
/// 0 to a NaN that was passed over.
/// </summary>
internal abstract class Pick(Func<double, double, double> method, params Func<double, double, double>[] twins) : Primitive(method, twins)
{
    public sealed override IReadOnlyList<Domain> Samples => [Domain.Reals, Domain.Reals];

    public sealed override Truth? Selects(int operand, Operands x, Real f) => Real.Equal(x[operand], f) | Real.IsNaN(f);

    public sealed override Real Partial(int operand, Operands x, Real f) =>
        Real.If(Real.Equal(x[0], x[1]), () => 0.5, () => Real.If(Real.IsNaN(f), () => double.NaN, () => 1));
}

/// <summary>The operand of greater magnitude; of x and −x the positive one, which gets the whole partial.</summary>
internal sealed class MaxMagnitudeFunction() : Pick(Math.MaxMagnitude, double.MaxMagnitude);

/// <summary>The operand of lesser magnitude; of x and −x the negative one, which gets the whole partial.</summary>
internal sealed class MinMagnitudeFunction() : Pick(Math.MinMagnitude, double.MinMagnitude);

internal sealed class MaxNumberFunction() : Pick(double.MaxNumber);

internal sealed class MinNumberFunction() : Pick(double.MinNumber);

internal sealed class MaxMagnitudeNumberFunction() : Pick(double.MaxMagnitudeNumber);

internal sealed class MinMagnitudeNumberFunction() : Pick(double.MinMagnitudeNumber);

/// <summary>The greater of two; what it returns for NaN and signed zeros is the processor's choice.</summary>
internal sealed class MaxNativeFunction() : Pick(double.MaxNative);

/// <summary>The lesser of two; what it returns for NaN and signed zeros is the processor's choice.</summary>
internal sealed class MinNativeFunction() : Pick(double.MinNative);

/// <summary>x limited to [low, high]: 1 for x inside and at both bounds, and at NaN, which is returned as it is; outside 1 for the active bound.</summary>
internal sealed class ClampFunction() : Primitive((Func<double, double, double, double>)Math.Clamp, double.Clamp)
{
    /// <summary>Throws if low > high.</summary>
    public override Behaviour Behaviour => Behaviour.MayThrow;

    public override IReadOnlyList<Domain> Samples => [Domain.Reals, new(-10, -1), new(1, 10)];

    public override Truth? Selects(int operand, Operands x, Real f) => operand switch
    {
        0 => !(x[0] < x[1]) & !(x[2] < x[0]),
        1 => x[0] < x[1],
        _ => x[2] < x[0],
    };

    public override Real Partial(int operand, Operands x, Real f) => 1;
}

/// <summary>x limited to [low, high]; what it returns at NaN is the processor's choice, so that the result tells what was selected. 1 for the operand returned, x before high before low.</summary>
internal sealed class ClampNativeFunction() : Primitive(double.ClampNative)
{
    /// <summary>Throws if low > high.</summary>
    public override Behaviour Behaviour => Behaviour.MayThrow;

    public override IReadOnlyList<Domain> Samples => [Domain.Reals, new(-10, -1), new(1, 10)];

    public override Truth? Selects(int operand, Operands x, Real f) => operand switch
    {
        0 => Real.Equal(x[0], f) | Real.IsNaN(f),
        1 => !Real.Equal(x[0], f) & !Real.Equal(x[2], f),
        _ => !Real.Equal(x[0], f) & Real.Equal(x[2], f),
    };

    public override Real Partial(int operand, Operands x, Real f) => 1;
}
