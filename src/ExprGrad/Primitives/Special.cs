using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Runtime;
using static ExprGrad.Primitives.Formula;

namespace ExprGrad.Primitives;

/// <summary>1/(1 + e⁻ˣ). f·(1 − f) has no digits left where f is almost 1: the second factor is the function of −x, which shares the exponential.</summary>
internal sealed class SigmoidFunction() : UnaryPrimitive(GradMath.Sigmoid)
{
    protected override Real Derivative(Real x, Real f) => f * Call(Joints.SigmoidComplement, x);
}

/// <summary>1/(1 + eˣ), which is 1 minus the logistic function.</summary>
internal sealed class SigmoidComplementFunction() : UnaryPrimitive(Joints.SigmoidComplement)
{
    protected override Real Derivative(Real x, Real f) => -f * Call(GradMath.Sigmoid, x);
}

/// <summary>log(1 + eˣ).</summary>
internal sealed class SoftplusFunction() : UnaryPrimitive(GradMath.Softplus)
{
    protected override Real Derivative(Real x, Real f) => Call(GradMath.Sigmoid, x);
}

/// <summary>log(eˣ + eʸ); ½ to each where they are equal, both infinite included.</summary>
internal sealed class LogAddExpFunction() : BinaryPrimitive(GradMath.LogAddExp)
{
    protected override Real PartialX(Real x, Real y, Real f) => Share(x, y);

    protected override Real PartialY(Real x, Real y, Real f) => Share(y, x);

    private static Real Share(Real x, Real y) => Real.If(Real.Equal(x, y), () => 0.5, () => Call(GradMath.Sigmoid, x - y));
}

/// <summary>eˣ − 1 without cancellation.</summary>
internal sealed class AccurateExpm1Function() : UnaryPrimitive(GradMath.Expm1)
{
    protected override Real Derivative(Real x, Real f) => Exp(x);
}

/// <summary>log(1 + x) without cancellation; ∞ at −1.</summary>
internal sealed class AccurateLog1pFunction() : UnaryPrimitive(GradMath.Log1p)
{
    protected override Domain Sample => new(-1, 40);

    protected override Real Derivative(Real x, Real f) => 1 / (1 + x);
}

/// <summary>The error function. DLMF 7.2.1.</summary>
internal sealed class ErfFunction() : UnaryPrimitive(GradMath.Erf)
{
    protected override Domain Sample => new(-5, 5);

    protected override Real Derivative(Real x, Real f) => Call(Joints.ErfSlope, x);
}

/// <summary>2/√π exp(−x²), the derivative of the error function.</summary>
internal sealed class ErfSlopeFunction() : UnaryPrimitive(Joints.ErfSlope)
{
    protected override Domain Sample => new(-5, 5);

    // 0 where f is: at infinity the product is NaN.
    protected override Real Derivative(Real x, Real f) => Real.If(Real.Equal(f, 0), () => 0, () => -2 * x * f);
}

/// <summary>1 − erf x. DLMF 7.2.2.</summary>
internal sealed class ErfcFunction() : UnaryPrimitive(GradMath.Erfc)
{
    protected override Domain Sample => new(-5, 5);

    protected override Real Derivative(Real x, Real f) => -Call(Joints.ErfSlope, x);
}

/// <summary>The density of the standard normal distribution.</summary>
internal sealed class NormalPdfFunction() : UnaryPrimitive(GradMath.NormalPdf)
{
    protected override Domain Sample => new(-8, 8);

    // 0 where f is: at infinity the product is NaN.
    protected override Real Derivative(Real x, Real f) => Real.If(Real.Equal(f, 0), () => 0, () => -x * f);
}

/// <summary>The distribution function of the standard normal distribution.</summary>
internal sealed class NormalCdfFunction() : UnaryPrimitive(GradMath.NormalCdf)
{
    protected override Domain Sample => new(-8, 8);

    protected override Real Derivative(Real x, Real f) => Call(GradMath.NormalPdf, x);
}

/// <summary>log|Γ(x)|; NaN at the poles. DLMF 5.2.2.</summary>
internal sealed class LogGammaFunction() : UnaryPrimitive(GradMath.LogGamma)
{
    protected override Domain Sample => new(0.1, 40);

    protected override Real Derivative(Real x, Real f) => Call(GradMath.Digamma, x);
}

/// <summary>ψ(x); ∞ at the poles.</summary>
internal sealed class DigammaFunction() : UnaryPrimitive(GradMath.Digamma)
{
    protected override Domain Sample => new(0.1, 40);

    protected override Real Derivative(Real x, Real f) => Call(GradMath.Trigamma, x);
}

/// <summary>ψ′(x); NaN at the poles.</summary>
internal sealed class TrigammaFunction() : Primitive((Func<double, double>)GradMath.Trigamma)
{
    public override IReadOnlyList<Domain> Samples => [new(0.1, 40)];

    public override Real Partial(int operand, Operands x, Real f) => PolygammaFunction.Of(x.Builder.Constant(2, typeof(int)), x[0], x.Builder);
}

/// <summary>ψ⁽ⁿ⁾(x), whose derivative is ψ⁽ⁿ⁺¹⁾(x). DLMF 5.15.1.</summary>
internal sealed class PolygammaFunction() : Primitive(GradMath.Polygamma)
{
    private static readonly Operator Increment = Operator.Of(Expression.Add(Expression.Constant(0), Expression.Constant(1)), Behaviour.Total);

    public override IReadOnlyList<Domain> Samples => [new(0, 6), new(0.1, 40)];

    public override bool IsDifferentiable(int operand) => operand == 1;

    public override Real Partial(int operand, Operands x, Real f)
    {
        Node one = x.Builder.Constant(1, typeof(int));
        Node next = x.Node(0) is Constant { Value: int n } ? x.Builder.Constant(n + 1, typeof(int)) : x.Builder.Apply(Increment, x.Node(0), one);
        return Of(next, x[1], x.Builder);
    }

    /// <summary>ψ⁽ⁿ⁾(x) for an integer node n.</summary>
    public static Real Of(Node n, Real x, GraphBuilder builder) =>
        new(builder, builder.Apply(Catalogue.Find(((Func<int, double, double>)GradMath.Polygamma).Method)!, n, x.In(builder)));
}
