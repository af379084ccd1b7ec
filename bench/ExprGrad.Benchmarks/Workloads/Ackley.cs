using System.Linq.Expressions;
using System.Runtime.CompilerServices;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>Ackley's function of 20 variables, −20·exp(−0.2·√(Σxᵢ²/n)) − exp(Σcos(2πxᵢ)/n) + 20 + e, the sums written out term by term.</summary>
public sealed class Ackley : Workload
{
    private const int N = 20;
    private const double Turn = 2 * Math.PI, PerN = 1.0 / N;

    private static readonly Expression<Func<double, double>> Square = v => v * v;

    private static readonly Expression<Func<double, double>> Wave = v => Math.Cos(Turn * v);

    private static readonly Expression<Func<double, double, double>> Combined = (squares, waves) => -20 * Math.Exp(-0.2 * Math.Sqrt(squares / N)) - Math.Exp(waves / N) + 20 + Math.E;

    public override string Name => $"Ackley {N}";

    public override int Dimension => N;

    public override Expression<Func<double[], double>> Function
    {
        get
        {
            ParameterExpression x = Expression.Parameter(typeof(double[]), "x");
            Expression SumOf(Expression<Func<double, double>> term) =>
                Enumerable.Range(0, N).Select(i => (Expression)Expression.Invoke(term, Expression.ArrayIndex(x, Expression.Constant(i)))).Aggregate(Expression.Add);
            return Expression.Lambda<Func<double[], double>>(Expression.Invoke(Combined, SumOf(Square), SumOf(Wave)), x);
        }
    }

    public override double? RatioInCpp => 1.26;

    protected override IEnumerable<(string Name, Func<double[], double> Value)> HandValues => [("by hand, loop", this.ValueByLoop), ("by hand, straight-line", this.ValueOf20)];

    protected override IEnumerable<(string Name, ValueAndGradient Gradient)> HandGradients => [("by hand, loop", this.GradientByLoop), ("by hand, straight-line", this.GradientOf20)];

    protected override double[] Sample(Random random) => [.. Enumerable.Range(0, N).Select(_ => Uniform(random, -5, 5))];

#pragma warning disable CA1822 // instance methods: a delegate to a static one shuffles its arguments at each call
    [MethodImpl(HandWritten)]
    private double ValueByLoop(double[] x)
    {
        double squares = 0, waves = 0;
        foreach (double v in x)
        {
            squares += v * v;
            waves += Math.Cos(Turn * v);
        }
        return Value(squares, waves, out _, out _);
    }

    [MethodImpl(HandWritten)]
    private (double Value, double[] Gradient) GradientByLoop(double[] x, double[]? gradient)
    {
        gradient ??= new double[x.Length];
        if (gradient.Length != x.Length)
            throw new ArgumentException("As long as x.", nameof(gradient));
        double squares = 0, waves = 0;
        for (int i = 0; i < x.Length; i++)
        {
            (double sin, double cos) = Math.SinCos(Turn * x[i]);
            squares += x[i] * x[i];
            waves += cos;
            gradient[i] = sin;
        }
        double value = Value(squares, waves, out double ofElement, out double ofSine);
        for (int i = 0; i < x.Length; i++)
            gradient[i] = Fma(gradient[i], ofSine, x[i] * ofElement);
        return (value, gradient);
    }

    // The calls of cos need all registers: x is read again after each, and only sums live across them.
    [MethodImpl(HandWritten)]
    private double ValueOf20(double[] x)
    {
        if (x.Length != N)
            throw new ArgumentException("20 elements.", nameof(x));
        double waves = Math.Cos(Turn * x[0]) + Math.Cos(Turn * x[1]) + Math.Cos(Turn * x[2]) + Math.Cos(Turn * x[3]) + Math.Cos(Turn * x[4])
            + Math.Cos(Turn * x[5]) + Math.Cos(Turn * x[6]) + Math.Cos(Turn * x[7]) + Math.Cos(Turn * x[8]) + Math.Cos(Turn * x[9])
            + Math.Cos(Turn * x[10]) + Math.Cos(Turn * x[11]) + Math.Cos(Turn * x[12]) + Math.Cos(Turn * x[13]) + Math.Cos(Turn * x[14])
            + Math.Cos(Turn * x[15]) + Math.Cos(Turn * x[16]) + Math.Cos(Turn * x[17]) + Math.Cos(Turn * x[18]) + Math.Cos(Turn * x[19]);
        return Value(SumOfSquares(x), waves, out _, out _);
    }

    [MethodImpl(HandWritten)]
    private (double Value, double[] Gradient) GradientOf20(double[] x, double[]? gradient)
    {
        gradient ??= new double[N];
        if (x.Length != N || gradient.Length != N)
            throw new ArgumentException("20 elements.", nameof(x));
        (gradient[0], double waves) = Math.SinCos(Turn * x[0]);
        waves += CosAndSine(x[1], out gradient[1]);
        waves += CosAndSine(x[2], out gradient[2]);
        waves += CosAndSine(x[3], out gradient[3]);
        waves += CosAndSine(x[4], out gradient[4]);
        waves += CosAndSine(x[5], out gradient[5]);
        waves += CosAndSine(x[6], out gradient[6]);
        waves += CosAndSine(x[7], out gradient[7]);
        waves += CosAndSine(x[8], out gradient[8]);
        waves += CosAndSine(x[9], out gradient[9]);
        waves += CosAndSine(x[10], out gradient[10]);
        waves += CosAndSine(x[11], out gradient[11]);
        waves += CosAndSine(x[12], out gradient[12]);
        waves += CosAndSine(x[13], out gradient[13]);
        waves += CosAndSine(x[14], out gradient[14]);
        waves += CosAndSine(x[15], out gradient[15]);
        waves += CosAndSine(x[16], out gradient[16]);
        waves += CosAndSine(x[17], out gradient[17]);
        waves += CosAndSine(x[18], out gradient[18]);
        waves += CosAndSine(x[19], out gradient[19]);
        double value = Value(SumOfSquares(x), waves, out double ofElement, out double ofSine);
        gradient[0] = Fma(gradient[0], ofSine, x[0] * ofElement);
        gradient[1] = Fma(gradient[1], ofSine, x[1] * ofElement);
        gradient[2] = Fma(gradient[2], ofSine, x[2] * ofElement);
        gradient[3] = Fma(gradient[3], ofSine, x[3] * ofElement);
        gradient[4] = Fma(gradient[4], ofSine, x[4] * ofElement);
        gradient[5] = Fma(gradient[5], ofSine, x[5] * ofElement);
        gradient[6] = Fma(gradient[6], ofSine, x[6] * ofElement);
        gradient[7] = Fma(gradient[7], ofSine, x[7] * ofElement);
        gradient[8] = Fma(gradient[8], ofSine, x[8] * ofElement);
        gradient[9] = Fma(gradient[9], ofSine, x[9] * ofElement);
        gradient[10] = Fma(gradient[10], ofSine, x[10] * ofElement);
        gradient[11] = Fma(gradient[11], ofSine, x[11] * ofElement);
        gradient[12] = Fma(gradient[12], ofSine, x[12] * ofElement);
        gradient[13] = Fma(gradient[13], ofSine, x[13] * ofElement);
        gradient[14] = Fma(gradient[14], ofSine, x[14] * ofElement);
        gradient[15] = Fma(gradient[15], ofSine, x[15] * ofElement);
        gradient[16] = Fma(gradient[16], ofSine, x[16] * ofElement);
        gradient[17] = Fma(gradient[17], ofSine, x[17] * ofElement);
        gradient[18] = Fma(gradient[18], ofSine, x[18] * ofElement);
        gradient[19] = Fma(gradient[19], ofSine, x[19] * ofElement);
        return (value, gradient);
    }
#pragma warning restore CA1822

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Value(double squares, double waves, out double ofElement, out double ofSine)
    {
        double radius = Math.Sqrt(squares * PerN), far = 20 * Math.Exp(-0.2 * radius), near = Math.Exp(waves * PerN);
        ofElement = 0.2 * PerN * far / radius;
        ofSine = Turn * PerN * near;
        return 20 + Math.E - far - near;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double CosAndSine(double v, out double sin)
    {
        (sin, double cos) = Math.SinCos(Turn * v);
        return cos;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double SumOfSquares(double[] x) =>
        Fma(x[0], x[0], Fma(x[1], x[1], Fma(x[2], x[2], Fma(x[3], x[3], x[4] * x[4])))) + Fma(x[5], x[5], Fma(x[6], x[6], Fma(x[7], x[7], Fma(x[8], x[8], x[9] * x[9]))))
        + (Fma(x[10], x[10], Fma(x[11], x[11], Fma(x[12], x[12], Fma(x[13], x[13], x[14] * x[14])))) + Fma(x[15], x[15], Fma(x[16], x[16], Fma(x[17], x[17], Fma(x[18], x[18], x[19] * x[19])))));

    private static double Fma(double a, double b, double c) => Math.FusedMultiplyAdd(a, b, c);
}
