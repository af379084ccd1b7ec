using static ExprGrad.Primitives.Formula;

namespace ExprGrad.Primitives;

/// <summary>√x; ∞ at ±0.</summary>
internal sealed class SqrtFunction() : UnaryPrimitive(Math.Sqrt, double.Sqrt)
{
    public override bool HasLanes => true;

    protected override Domain Sample => Domain.Positive;

    // |f|: the root of −0 is −0.
    protected override Real Derivative(Real x, Real f) => 0.5 / Abs(f);
}

/// <summary>∛x; ∞ at ±0.</summary>
internal sealed class CbrtFunction() : UnaryPrimitive(Math.Cbrt, double.Cbrt)
{
    protected override Real Derivative(Real x, Real f) => 1 / (3 * f * f);
}

/// <summary>The n-th root of x; at ±0 the limit from the right.</summary>
internal sealed class RootNFunction() : Primitive(double.RootN)
{
    public override IReadOnlyList<Domain> Samples => [Domain.Positive, new(2, 9)];

    public override bool IsDifferentiable(int operand) => operand == 0;

    public override Real Partial(int operand, Operands x, Real f) => x.Literal(1) switch
    {
        2 => 0.5 / Abs(f),
        3 => 1 / (3 * f * f),
        double n => General(x[0], n, f),
        null => General(x[0], x[1], f),
    };

    // f/(n·x), but |f|^(1 − n)/n where that is 0/0 or ∞/∞.
    private static Real General(Real x, Real n, Real f) =>
        Real.If((Abs(x) > 0) & (Abs(x) < double.PositiveInfinity), () => f / n / x, () => Pow(Abs(f), 1 - n) / n);
}

/// <summary>
/// x^y. ∂x is 0 for y = 0, 1 for y = 1, else y·x^(y−1). ∂y is 0 at x = 0 when y ≥ 0, NaN for x &lt; 0, else f·log x. DLMF 4.8.
/// </summary>
internal sealed class PowFunction() : Primitive((Func<double, double, double>)Math.Pow, (Func<double, double, double>)double.Pow)
{
    public override IReadOnlyList<Domain> Samples => [new(0.1, 10), new(-6, 6)];

    public override Real Partial(int operand, Operands x, Real f) =>
        operand == 1 ? OfExponent(x[0], x.Literal(0), x[1], f)
        : x.Literal(1) is { } y ? OfBase(x[0], y, f)
        : Real.If(Real.Equal(x[1], 0), () => 0, () => Quotient(x[0], x[1], f));

    /// <summary>y·x^(y−1) for a literal y: products where they are finite and accurate wherever the power is.</summary>
    private static Real OfBase(Real x, double y, Real f) => y switch
    {
        0 => 0,
        1 => 1,
        2 => 2 * x,
        3 => 3 * x * x,
        4 => 4 * x * x * x,
        0.5 => 0.5 / f,
        1.5 => 1.5 * Sqrt(x),
        -0.5 => -0.5 * f * f * f,
        -1 => -f * f,
        // f overflows and underflows only where the quotient does too.
        -2 or -3 or -4 => y * f / x,
        _ => Quotient(x, y, f),
    };

    /// <summary>y·x^(y−1) for y ≠ 0. f/x costs no second power and is more accurate: y − 1 is rounded, and the power multiplies its error by log x.</summary>
    private static Real Quotient(Real x, Real y, Real f) => Real.If(IsModerate(f), () => y * f / x, () => y * Pow(x, y - 1));

    private static Real OfExponent(Real x, double? literal, Real y, Real f) => literal switch
    {
        > 0 => f * Math.Log(literal.Value),
        not null and not 0 => double.NaN,
        _ => Real.If(Real.Equal(x, 0) & (y >= 0), () => 0, () => Real.If(IsModerate(f), () => f * Log(x), () => Extreme(x, y))),
    };

    /// <summary>x^y·log x where x^y is beyond the range of double but the product may not be.</summary>
    private static Real Extreme(Real x, Real y)
    {
        Real root = Pow(x, 0.5 * y);
        return root * Log(x) * root;
    }
}
