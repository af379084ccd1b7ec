using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>Σ 100·(xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)², written out term by term.</summary>
public sealed class Rosenbrock(int n) : Workload
{
    public override string Name => $"Rosenbrock {n}";

    public override int Dimension => n;

    public override Expression<Func<double[], double>> Function => WrittenOut(n);

    public override double? RatioInCpp => n switch { 10 => 1.19, 100 => 1.21, 1000 => 1.03, _ => null };

    /// <summary>Unrolled, 1000 terms are more than the instruction cache holds; a loop is another task.</summary>
    public override bool IsScored => n < 1000;

    protected override IEnumerable<(string Name, Func<double[], double> Value)> HandValues =>
        n == 10 ? [("by hand, loop", this.ValueByLoop), ("by hand, straight-line", this.ValueOf10)] : [("by hand, loop", this.ValueByLoop)];

    protected override IEnumerable<(string Name, ValueAndGradient Gradient)> HandGradients =>
        n == 10 ? [("by hand, loop", this.GradientByLoop), ("by hand, straight-line", this.GradientOf10)] : [("by hand, loop", this.GradientByLoop)];

    protected override IEnumerable<(string Name, ValueAndGradient Gradient)> HandLanes =>
        n == 10 && Vector512.IsHardwareAccelerated ? [("by hand, eight lanes", this.GradientOf10InLanes)] : [];

    protected override double[] Sample(Random random) => [.. Enumerable.Range(0, n).Select(_ => Uniform(random, -2, 2))];

    private static Expression<Func<double[], double>> WrittenOut(int n)
    {
        Expression<Func<double, double>> square = v => v * v;
        Expression<Func<double, double, double>> term = (a, b) => 100 * square.Compile()(b - a * a) + square.Compile()(1 - a);
        ParameterExpression x = Expression.Parameter(typeof(double[]), "x");
        Expression Element(int i) => Expression.ArrayIndex(x, Expression.Constant(i));
        Expression sum = Expression.Invoke(term, Element(0), Element(1));
        for (int i = 1; i < n - 1; i++)
            sum = Expression.Add(sum, Expression.Invoke(term, Element(i), Element(i + 1)));
        return Expression.Lambda<Func<double[], double>>(sum, x);
    }

#pragma warning disable CA1822 // instance methods: a delegate to a static one shuffles its arguments at each call
    [MethodImpl(HandWritten)]
    private double ValueByLoop(double[] x)
    {
        double far = 0, near = 0, a = x[0];
        for (int i = 1; i < x.Length; i++)
        {
            double b = x[i], t = b - a * a, u = 1 - a;
            far += t * t;
            near += u * u;
            a = b;
        }
        return 100 * far + near;
    }

    [MethodImpl(HandWritten)]
    private (double Value, double[] Gradient) GradientByLoop(double[] x, double[]? gradient)
    {
        gradient ??= new double[x.Length];
        if (gradient.Length != x.Length)
            throw new ArgumentException("As long as x.", nameof(gradient));
        double far = 0, near = 0, a = x[0], carried = 0;
        for (int i = 1; i < x.Length; i++)
        {
            double b = x[i], t = b - a * a, u = 1 - a, slope = 200 * t;
            far += t * t;
            near += u * u;
            gradient[i - 1] = Fma(-2, Fma(slope, a, u), carried);
            carried = slope;
            a = b;
        }
        gradient[^1] = carried;
        return (100 * far + near, gradient);
    }

    [MethodImpl(HandWritten)]
    private double ValueOf10(double[] x)
    {
        if (x.Length != 10)
            throw new ArgumentException("10 elements.", nameof(x));
        double a = x[0], b = x[1], c = x[2], d = x[3], e = x[4], f = x[5], g = x[6], h = x[7], i = x[8], j = x[9];
        double ta = Fma(-a, a, b), ua = 1 - a, far = ta * ta, near = ua * ua;
        double tb = Fma(-b, b, c), ub = 1 - b;
        far = Fma(tb, tb, far);
        near = Fma(ub, ub, near);
        double tc = Fma(-c, c, d), uc = 1 - c;
        far = Fma(tc, tc, far);
        near = Fma(uc, uc, near);
        double td = Fma(-d, d, e), ud = 1 - d;
        far = Fma(td, td, far);
        near = Fma(ud, ud, near);
        double te = Fma(-e, e, f), ue = 1 - e;
        far = Fma(te, te, far);
        near = Fma(ue, ue, near);
        double tf = Fma(-f, f, g), uf = 1 - f;
        far = Fma(tf, tf, far);
        near = Fma(uf, uf, near);
        double tg = Fma(-g, g, h), ug = 1 - g;
        far = Fma(tg, tg, far);
        near = Fma(ug, ug, near);
        double th = Fma(-h, h, i), uh = 1 - h;
        far = Fma(th, th, far);
        near = Fma(uh, uh, near);
        double ti = Fma(-i, i, j), ui = 1 - i;
        far = Fma(ti, ti, far);
        near = Fma(ui, ui, near);
        return Fma(100, far, near);
    }

    [MethodImpl(HandWritten)]
    private (double Value, double[] Gradient) GradientOf10(double[] x, double[]? gradient)
    {
        gradient ??= new double[10];
        if (x.Length != 10 || gradient.Length != 10)
            throw new ArgumentException("10 elements.", nameof(x));
        double a = x[0], b = x[1], c = x[2], d = x[3], e = x[4], f = x[5], g = x[6], h = x[7], i = x[8], j = x[9];
        double ta = b - a * a, ua = 1 - a, sa = 200 * ta, far = ta * ta, near = ua * ua;
        gradient[0] = -2 * Fma(sa, a, ua);
        double tb = c - b * b, ub = 1 - b, sb = 200 * tb;
        far += tb * tb;
        near += ub * ub;
        gradient[1] = Fma(-2, Fma(sb, b, ub), sa);
        double tc = d - c * c, uc = 1 - c, sc = 200 * tc;
        far += tc * tc;
        near += uc * uc;
        gradient[2] = Fma(-2, Fma(sc, c, uc), sb);
        double td = e - d * d, ud = 1 - d, sd = 200 * td;
        far += td * td;
        near += ud * ud;
        gradient[3] = Fma(-2, Fma(sd, d, ud), sc);
        double te = f - e * e, ue = 1 - e, se = 200 * te;
        far += te * te;
        near += ue * ue;
        gradient[4] = Fma(-2, Fma(se, e, ue), sd);
        double tf = g - f * f, uf = 1 - f, sf = 200 * tf;
        far += tf * tf;
        near += uf * uf;
        gradient[5] = Fma(-2, Fma(sf, f, uf), se);
        double tg = h - g * g, ug = 1 - g, sg = 200 * tg;
        far += tg * tg;
        near += ug * ug;
        gradient[6] = Fma(-2, Fma(sg, g, ug), sf);
        double th = i - h * h, uh = 1 - h, sh = 200 * th;
        far += th * th;
        near += uh * uh;
        gradient[7] = Fma(-2, Fma(sh, h, uh), sg);
        double ti = j - i * i, ui = 1 - i, si = 200 * ti;
        far += ti * ti;
        near += ui * ui;
        gradient[8] = Fma(-2, Fma(si, i, ui), sh);
        gradient[9] = si;
        return (100 * far + near, gradient);
    }

    // Terms 0 to 7 in lanes, term 8 alone.
    [MethodImpl(HandWritten)]
    private (double Value, double[] Gradient) GradientOf10InLanes(double[] x, double[]? gradient)
    {
        gradient ??= new double[10];
        if (x.Length != 10 || gradient.Length != 10)
            throw new ArgumentException("10 elements.", nameof(x));
        ref double first = ref MemoryMarshal.GetArrayDataReference(x);
        Vector512<double> a = Vector512.LoadUnsafe(ref first), t = Vector512.LoadUnsafe(ref first, 1) - a * a, u = Vector512<double>.One - a, slope = 200 * t;
        double i = x[8], ti = x[9] - i * i, ui = 1 - i, si = 200 * ti;
        Vector512<double> carried = Vector512.Shuffle(slope, Vector512.Create(0L, 0, 1, 2, 3, 4, 5, 6)) * Vector512.Create(0.0, 1, 1, 1, 1, 1, 1, 1);
        Vector512.StoreUnsafe(carried - 2 * Vector512.FusedMultiplyAdd(slope, a, u), ref MemoryMarshal.GetArrayDataReference(gradient));
        gradient[8] = Fma(-2, Fma(si, i, ui), slope.GetElement(7));
        gradient[9] = si;
        return (Vector512.Sum(Vector512.FusedMultiplyAdd(100 * t, t, u * u)) + 100 * ti * ti + ui * ui, gradient);
    }
#pragma warning restore CA1822

    private static double Fma(double a, double b, double c) => Math.FusedMultiplyAdd(a, b, c);
}
