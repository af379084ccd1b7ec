using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;

namespace ExprGrad.Primitives;

/// <summary>Sine and cosine of one angle, computed together by one call.</summary>
internal sealed class SinCos
{
    private SinCos(Func<double, (double, double)> method, double scale)
    {
        this.Method = method.Method;
        this.Scale = scale;
        this.Sine = new Part(this, 0);
        this.Cosine = new Part(this, 1);
    }

    /// <summary>Of an angle in radians.</summary>
    public static SinCos Radians { get; } = new(Math.SinCos, 1);

    private static SinCos HalfTurns { get; } = new(double.SinCosPi, Math.PI);

    public MethodInfo Method { get; }

    /// <summary>The derivative of the angle in radians.</summary>
    public double Scale { get; }

    public Primitive Sine { get; }

    public Primitive Cosine { get; }

    /// <summary>The pair that a method computes, or null.</summary>
    public static SinCos? Find(MethodInfo method) =>
        method == Radians.Method || method == ((Func<double, (double, double)>)double.SinCos).Method ? Radians : method == HalfTurns.Method ? HalfTurns : null;

    /// <summary>One of the two results. The emitter calls the method once for both.</summary>
    internal sealed class Part(SinCos pair, int item) : Primitive(method: null)
    {
        public SinCos Pair => pair;

        public int Item => item;

        public override string Name => item == 0 ? "sincos.sin" : "sincos.cos";

        public override IReadOnlyList<Domain> Samples => [Domain.Reals];

        public override Expression Emit(IReadOnlyList<Expression> operands) => Expression.Field(Expression.Call(pair.Method, operands[0]), item == 0 ? "Item1" : "Item2");

        public override Real Partial(int operand, Operands x, Real f)
        {
            Real other = Real.Apply(item == 0 ? pair.Cosine : pair.Sine, x[0]);
            double sign = item == 0 ? pair.Scale : -pair.Scale;
            return sign * other;
        }
    }
}
