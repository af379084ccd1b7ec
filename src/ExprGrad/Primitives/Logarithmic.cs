using static ExprGrad.Primitives.Formula;

namespace ExprGrad.Primitives;

// Logarithms have the partial ∞ at 0 and at −0, hence |x|: their value is NaN for x < 0.

/// <summary>The natural logarithm; ∞ at ±0.</summary>
internal sealed class LogFunction() : UnaryPrimitive(Math.Log, double.Log)
{
    protected override Domain Sample => Domain.Positive;

    protected override Real Derivative(Real x, Real f) => 1 / Abs(x);
}

/// <summary>The logarithm in base 2; ∞ at ±0.</summary>
internal sealed class Log2Function() : UnaryPrimitive(Math.Log2, double.Log2)
{
    protected override Domain Sample => Domain.Positive;

    protected override Real Derivative(Real x, Real f) => 1 / LogarithmOf.Two / Abs(x);
}

/// <summary>The logarithm in base 10; ∞ at ±0.</summary>
internal sealed class Log10Function() : UnaryPrimitive(Math.Log10, double.Log10)
{
    protected override Domain Sample => Domain.Positive;

    protected override Real Derivative(Real x, Real f) => 1 / LogarithmOf.Ten / Abs(x);
}

/// <summary>log(x)/log(y), the logarithm in base y; ∂x is ±∞ at ±0. Quotients in an order in which none overflows before the result.</summary>
internal sealed class LogOfBaseFunction() : BinaryPrimitive(Math.Log, double.Log)
{
    protected override Domain SampleX => Domain.Positive;

    protected override Domain SampleY => new(1.1, 20);

    protected override Real PartialX(Real x, Real y, Real f) => 1 / Log(y) / Abs(x);

    protected override Real PartialY(Real x, Real y, Real f) => -(f / Log(y)) / y;
}

/// <summary>log(1 + x); ∞ at −1.</summary>
internal sealed class LogP1Function() : UnaryPrimitive(double.LogP1)
{
    protected override Domain Sample => new(-1, 40);

    protected override Real Derivative(Real x, Real f) => 1 / (1 + x);
}

/// <summary>log₂(1 + x); ∞ at −1.</summary>
internal sealed class Log2P1Function() : UnaryPrimitive(double.Log2P1)
{
    protected override Domain Sample => new(-1, 40);

    protected override Real Derivative(Real x, Real f) => 1 / LogarithmOf.Two / (1 + x);
}

/// <summary>log₁₀(1 + x); ∞ at −1.</summary>
internal sealed class Log10P1Function() : UnaryPrimitive(double.Log10P1)
{
    protected override Domain Sample => new(-1, 40);

    protected override Real Derivative(Real x, Real f) => 1 / LogarithmOf.Ten / (1 + x);
}
