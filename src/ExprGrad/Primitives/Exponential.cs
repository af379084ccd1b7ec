using static ExprGrad.Primitives.Formula;

namespace ExprGrad.Primitives;

internal sealed class ExpFunction() : UnaryPrimitive(Math.Exp, double.Exp)
{
    protected override Real Derivative(Real x, Real f) => f;
}

/// <summary>2ˣ.</summary>
internal sealed class Exp2Function() : UnaryPrimitive(double.Exp2)
{
    protected override Real Derivative(Real x, Real f) => LogarithmOf.Two * f;
}

/// <summary>10ˣ.</summary>
internal sealed class Exp10Function() : UnaryPrimitive(double.Exp10)
{
    protected override Real Derivative(Real x, Real f) => LogarithmOf.Ten * f;
}

/// <summary>eˣ − 1. The partial is not f + 1: that cancels for negative x.</summary>
internal sealed class ExpM1Function() : UnaryPrimitive(double.ExpM1)
{
    protected override Real Derivative(Real x, Real f) => Exp(x);
}

/// <summary>2ˣ − 1.</summary>
internal sealed class Exp2M1Function() : UnaryPrimitive(double.Exp2M1)
{
    protected override Real Derivative(Real x, Real f) => LogarithmOf.Two * Call(double.Exp2, x);
}

/// <summary>10ˣ − 1.</summary>
internal sealed class Exp10M1Function() : UnaryPrimitive(double.Exp10M1)
{
    protected override Real Derivative(Real x, Real f) => LogarithmOf.Ten * Call(double.Exp10, x);
}

/// <summary>Natural logarithms of bases.</summary>
internal static class LogarithmOf
{
    public const double Two = 0.6931471805599453;

    public const double Ten = 2.302585092994046;
}
