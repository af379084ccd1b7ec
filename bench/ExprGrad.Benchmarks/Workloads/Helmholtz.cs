using System.Linq.Expressions;
using System.Runtime.CompilerServices;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>
/// The Helmholtz free energy of a mixture of ten gases after Peng and Robinson: RT·Σ xᵢ·log(xᵢ/(1 − b·x)) − xᵀAx/(√8·b·x)·log((1 + (1 + √2)·b·x)/(1 + (1 − √2)·b·x)), written out term by term.
/// </summary>
/// <remarks>Source: A. Griewank, A. Walther, "Evaluating Derivatives" (2008), chapter 1.</remarks>
public sealed class Helmholtz : Workload
{
    private const int N = 10;
    private const double RT = 2.5, Root8 = 2.8284271247461903, Plus = 2.414213562373095, Minus = -0.41421356237309503;

    private static readonly Expression<Func<double, double, double>> Mixing = (v, volume) => v * Math.Log(v / volume);

    private static readonly Expression<Func<double, double, double, double>> Combined = (mixing, attraction, covolume) =>
        RT * mixing - attraction / (Root8 * covolume) * Math.Log((1 + Plus * covolume) / (1 + Minus * covolume));

    private static readonly Expression<Func<double, double>> Free = covolume => 1 - covolume;

    private readonly double[] a = new double[N * N];
    private readonly double[] b = new double[N];

    public Helmholtz()
    {
        var random = new Random(10);
        for (int i = 0; i < N; i++)
        {
            this.b[i] = Uniform(random, 0.02, 0.06);
            for (int j = 0; j <= i; j++)
                this.a[i * N + j] = this.a[j * N + i] = Uniform(random, 0.5, 1.5);
        }
    }

    public override string Name => $"Helmholtz {N}";

    public override int Dimension => N;

    public override Expression<Func<double[], double>> Function
    {
        get
        {
            ParameterExpression x = Expression.Parameter(typeof(double[]), "x"), covolume = Expression.Variable(typeof(double), "covolume"), free = Expression.Variable(typeof(double), "free");
            Expression Element(int i) => Expression.ArrayIndex(x, Expression.Constant(i));
            Expression Dot(double[] weights, int from) => SumOf(i => Expression.Multiply(Expression.Constant(weights[from + i]), Element(i)));
            Expression mixing = SumOf(i => Expression.Invoke(Mixing, Element(i), free)), attraction = SumOf(i => Expression.Multiply(Element(i), Dot(this.a, N * i)));
            return Expression.Lambda<Func<double[], double>>(
                Expression.Block(
                    [covolume, free],
                    Expression.Assign(covolume, Dot(this.b, 0)),
                    Expression.Assign(free, Expression.Invoke(Free, covolume)),
                    Expression.Invoke(Combined, mixing, attraction, covolume)),
                x);
        }
    }

    public override double? RatioInCpp => 1.16;

    protected override IEnumerable<(string Name, Func<double[], double> Value)> HandValues => [("by hand, loop", this.ValueByLoop), ("by hand, straight-line", this.ValueOf10)];

    protected override IEnumerable<(string Name, ValueAndGradient Gradient)> HandGradients => [("by hand, loop", this.GradientByLoop), ("by hand, straight-line", this.GradientOf10)];

    protected override double[] Sample(Random random) => [.. Enumerable.Range(0, N).Select(_ => Uniform(random, 0.1, 1))];

    private static Expression SumOf(Func<int, Expression> term) => Enumerable.Range(0, N).Select(term).Aggregate(Expression.Add);

    [MethodImpl(HandWritten)]
    private double ValueByLoop(double[] x)
    {
        double[] a = this.a, b = this.b;
        double covolume = 0;
        for (int i = 0; i < x.Length; i++)
            covolume = Fma(b[i], x[i], covolume);
        double attraction = 0, mixing = 0, perFree = 1 / (1 - covolume);
        for (int i = 0; i < x.Length; i++)
        {
            double row = 0;
            ReadOnlySpan<double> weights = a.AsSpan(i * x.Length, x.Length);
            for (int j = 0; j < weights.Length; j++)
                row = Fma(weights[j], x[j], row);
            attraction = Fma(row, x[i], attraction);
            mixing = Fma(Math.Log(x[i] * perFree), x[i], mixing);
        }
        return RT * mixing - attraction / (Root8 * covolume) * Math.Log((1 + Plus * covolume) / (1 + Minus * covolume));
    }

    [MethodImpl(HandWritten)]
    private (double Value, double[] Gradient) GradientByLoop(double[] x, double[]? gradient)
    {
        gradient ??= new double[x.Length];
        if (gradient.Length != x.Length)
            throw new ArgumentException("As long as x.", nameof(gradient));
        double[] a = this.a, b = this.b;
        double covolume = 0, sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            covolume = Fma(b[i], x[i], covolume);
            sum += x[i];
        }
        double plus = 1 + Plus * covolume, minus = 1 + Minus * covolume, perFree = 1 / (1 - covolume), weight = Math.Log(plus / minus) / (Root8 * covolume);
        double attraction = 0, mixing = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double row = 0, log = Math.Log(x[i] * perFree);
            ReadOnlySpan<double> weights = a.AsSpan(i * x.Length, x.Length);
            for (int j = 0; j < weights.Length; j++)
                row = Fma(weights[j], x[j], row);
            attraction = Fma(row, x[i], attraction);
            mixing = Fma(log, x[i], mixing);
            gradient[i] = Fma(RT, log, RT) - 2 * weight * row;
        }
        double ofCovolume = RT * sum * perFree - attraction * (1 / (plus * minus) - weight) / covolume;
        for (int i = 0; i < x.Length; i++)
            gradient[i] = Fma(b[i], ofCovolume, gradient[i]);
        return (RT * mixing - attraction * weight, gradient);
    }

    [MethodImpl(HandWritten)]
    private double ValueOf10(double[] x)
    {
        double[] a = this.a, b = this.b;
        if (x.Length != N || a.Length != N * N || b.Length != N)
            throw new ArgumentException("10 elements.", nameof(x));
        double covolume = Dot(b, 0, x), perFree = 1 / (1 - covolume);
        // All calls first: they leave no register alone.
        double weight = Math.Log((1 + Plus * covolume) / (1 + Minus * covolume)) / (Root8 * covolume);
        double mixing = Math.Log(x[0] * perFree) * x[0];
        mixing = Fma(Math.Log(x[1] * perFree), x[1], mixing);
        mixing = Fma(Math.Log(x[2] * perFree), x[2], mixing);
        mixing = Fma(Math.Log(x[3] * perFree), x[3], mixing);
        mixing = Fma(Math.Log(x[4] * perFree), x[4], mixing);
        mixing = Fma(Math.Log(x[5] * perFree), x[5], mixing);
        mixing = Fma(Math.Log(x[6] * perFree), x[6], mixing);
        mixing = Fma(Math.Log(x[7] * perFree), x[7], mixing);
        mixing = Fma(Math.Log(x[8] * perFree), x[8], mixing);
        mixing = Fma(Math.Log(x[9] * perFree), x[9], mixing);
        double attraction = Dot(a, 0, x) * x[0];
        attraction = Fma(Dot(a, 10, x), x[1], attraction);
        attraction = Fma(Dot(a, 20, x), x[2], attraction);
        attraction = Fma(Dot(a, 30, x), x[3], attraction);
        attraction = Fma(Dot(a, 40, x), x[4], attraction);
        attraction = Fma(Dot(a, 50, x), x[5], attraction);
        attraction = Fma(Dot(a, 60, x), x[6], attraction);
        attraction = Fma(Dot(a, 70, x), x[7], attraction);
        attraction = Fma(Dot(a, 80, x), x[8], attraction);
        attraction = Fma(Dot(a, 90, x), x[9], attraction);
        return RT * mixing - attraction * weight;
    }

    [MethodImpl(HandWritten)]
    private (double Value, double[] Gradient) GradientOf10(double[] x, double[]? gradient)
    {
        gradient ??= new double[N];
        double[] a = this.a, b = this.b;
        if (x.Length != N || gradient.Length != N || a.Length != N * N || b.Length != N)
            throw new ArgumentException("10 elements.", nameof(x));
        double covolume = Dot(b, 0, x), perFree = 1 / (1 - covolume), plus = 1 + Plus * covolume, minus = 1 + Minus * covolume;
        double weight = Math.Log(plus / minus) / (Root8 * covolume);
        double log = Math.Log(x[0] * perFree), mixing = log * x[0];
        gradient[0] = log;
        mixing = Fma(gradient[1] = Math.Log(x[1] * perFree), x[1], mixing);
        mixing = Fma(gradient[2] = Math.Log(x[2] * perFree), x[2], mixing);
        mixing = Fma(gradient[3] = Math.Log(x[3] * perFree), x[3], mixing);
        mixing = Fma(gradient[4] = Math.Log(x[4] * perFree), x[4], mixing);
        mixing = Fma(gradient[5] = Math.Log(x[5] * perFree), x[5], mixing);
        mixing = Fma(gradient[6] = Math.Log(x[6] * perFree), x[6], mixing);
        mixing = Fma(gradient[7] = Math.Log(x[7] * perFree), x[7], mixing);
        mixing = Fma(gradient[8] = Math.Log(x[8] * perFree), x[8], mixing);
        mixing = Fma(gradient[9] = Math.Log(x[9] * perFree), x[9], mixing);
        double row0 = Dot(a, 0, x), row1 = Dot(a, 10, x), row2 = Dot(a, 20, x), row3 = Dot(a, 30, x), row4 = Dot(a, 40, x);
        double row5 = Dot(a, 50, x), row6 = Dot(a, 60, x), row7 = Dot(a, 70, x), row8 = Dot(a, 80, x), row9 = Dot(a, 90, x);
        double attraction = Fma(row0, x[0], Fma(row1, x[1], Fma(row2, x[2], Fma(row3, x[3], row4 * x[4])))) + Fma(row5, x[5], Fma(row6, x[6], Fma(row7, x[7], Fma(row8, x[8], row9 * x[9]))));
        double sum = x[0] + x[1] + (x[2] + x[3]) + (x[4] + x[5] + (x[6] + x[7])) + (x[8] + x[9]);
        double ofRow = -2 * weight, ofCovolume = RT * sum * perFree - attraction * (1 / (plus * minus) - weight) / covolume;
        gradient[0] = Fma(ofRow, row0, Fma(b[0], ofCovolume, Fma(RT, gradient[0], RT)));
        gradient[1] = Fma(ofRow, row1, Fma(b[1], ofCovolume, Fma(RT, gradient[1], RT)));
        gradient[2] = Fma(ofRow, row2, Fma(b[2], ofCovolume, Fma(RT, gradient[2], RT)));
        gradient[3] = Fma(ofRow, row3, Fma(b[3], ofCovolume, Fma(RT, gradient[3], RT)));
        gradient[4] = Fma(ofRow, row4, Fma(b[4], ofCovolume, Fma(RT, gradient[4], RT)));
        gradient[5] = Fma(ofRow, row5, Fma(b[5], ofCovolume, Fma(RT, gradient[5], RT)));
        gradient[6] = Fma(ofRow, row6, Fma(b[6], ofCovolume, Fma(RT, gradient[6], RT)));
        gradient[7] = Fma(ofRow, row7, Fma(b[7], ofCovolume, Fma(RT, gradient[7], RT)));
        gradient[8] = Fma(ofRow, row8, Fma(b[8], ofCovolume, Fma(RT, gradient[8], RT)));
        gradient[9] = Fma(ofRow, row9, Fma(b[9], ofCovolume, Fma(RT, gradient[9], RT)));
        return (RT * mixing - attraction * weight, gradient);
    }

    /// <summary>Ten weights from <paramref name="k"/> on, times x: two chains.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Dot(double[] w, int k, double[] x) =>
        Fma(w[k], x[0], Fma(w[k + 2], x[2], Fma(w[k + 4], x[4], Fma(w[k + 6], x[6], w[k + 8] * x[8])))) + Fma(w[k + 1], x[1], Fma(w[k + 3], x[3], Fma(w[k + 5], x[5], Fma(w[k + 7], x[7], w[k + 9] * x[9]))));

    private static double Fma(double a, double b, double c) => Math.FusedMultiplyAdd(a, b, c);
}
