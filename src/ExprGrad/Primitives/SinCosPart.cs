using System.Linq.Expressions;
using ExprGrad.IR;

namespace ExprGrad.Primitives;

/// <summary>Sine or cosine as one of the results of a method that computes both, whose bits need not be those of <see cref="Math.Sin"/> and <see cref="Math.Cos"/>.</summary>
internal sealed class SinCosPart : Primitive
{
    private readonly Func<double, (double, double)> both;
    private readonly bool isSine;
    private readonly double scale;
    private SinCosPart other = null!;

    private SinCosPart(Func<double, (double, double)> both, bool isSine, double scale)
        : base(method: null) => (this.both, this.isSine, this.scale) = (both, isSine, scale);

    public override string Name => this.isSine ? "sincos.sin" : "sincos.cos";

    public override IReadOnlyList<Domain> Samples => [Domain.Reals];

    /// <summary>Sine and cosine of an angle whose derivative in radians is <paramref name="scale"/>.</summary>
    public static (Primitive Sine, Primitive Cosine) BothOf(Func<double, (double, double)> method, double scale)
    {
        var sine = new SinCosPart(method, isSine: true, scale);
        sine.other = new SinCosPart(method, isSine: false, scale) { other = sine };
        return (sine, sine.other);
    }

    public override Expression Emit(IReadOnlyList<Expression> operands) => Expression.Field(Expression.Call(this.both.Method, operands[0]), this.isSine ? "Item1" : "Item2");

    public override Real Partial(int operand, Operands x, Real f) => (this.isSine ? this.scale : -this.scale) * Real.Apply(this.other, x[0]);
}
