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

    // It has no branches to learn, and central differences at a point of 1000 components take milliseconds.
    public override int PointCount => n < 1000 ? base.PointCount : 8;

    public override Expression<Func<double[], double>> Function => WrittenOut(n);

    public override double? RatioInCpp => n switch { 10 => 1.19, 100 => 1.21, 1000 => 1.03, _ => null };

    /// <summary>Unrolled, 1000 terms are more than the instruction cache holds; a loop is another task.</summary>
    public override bool IsScored => n < 1000;

    protected override IEnumerable<(string Name, Func<double[], double> Value)> HandValues =>
        [("by hand, loop", this.ValueByLoop), n == 10 ? ("by hand, straight-line", this.ValueOf10) : ("by hand, four terms at a time", this.ValueByFours)];

    protected override IEnumerable<(string Name, ValueAndGradient Gradient)> HandGradients =>
        [("by hand, loop", this.GradientByLoop), n == 10 ? ("by hand, straight-line", this.GradientOf10) : ("by hand, four terms at a time", this.GradientByFours)];

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
        double tb = Fma(-b, b, c), ub = 1 - b, far2 = tb * tb, near2 = ub * ub;
        double tc = Fma(-c, c, d), uc = 1 - c;
        far = Fma(tc, tc, far);
        near = Fma(uc, uc, near);
        double td = Fma(-d, d, e), ud = 1 - d;
        far2 = Fma(td, td, far2);
        near2 = Fma(ud, ud, near2);
        double te = Fma(-e, e, f), ue = 1 - e;
        far = Fma(te, te, far);
        near = Fma(ue, ue, near);
        double tf = Fma(-f, f, g), uf = 1 - f;
        far2 = Fma(tf, tf, far2);
        near2 = Fma(uf, uf, near2);
        double tg = Fma(-g, g, h), ug = 1 - g;
        far = Fma(tg, tg, far);
        near = Fma(ug, ug, near);
        double th = Fma(-h, h, i), uh = 1 - h;
        far2 = Fma(th, th, far2);
        near2 = Fma(uh, uh, near2);
        double ti = Fma(-i, i, j), ui = 1 - i;
        far = Fma(ti, ti, far);
        near = Fma(ui, ui, near);
        return Fma(100, far + far2, near + near2);
    }

    // Two chains of sums; doubled by additions, since multiplications and fused ones are what the processor has too few units for.
    [MethodImpl(HandWritten)]
    private (double Value, double[] Gradient) GradientOf10(double[] x, double[]? gradient)
    {
        gradient ??= new double[10];
        if (x.Length != 10 || gradient.Length != 10)
            throw new ArgumentException("10 elements.", nameof(x));
        double a = x[0], b = x[1], c = x[2], d = x[3], e = x[4], f = x[5], g = x[6], h = x[7], i = x[8], j = x[9];
        double ta = b - a * a, ua = 1 - a, sa = 200 * ta, ha = Fma(sa, a, ua), far = ta * ta, near = ua * ua;
        gradient[0] = -(ha + ha);
        double tb = c - b * b, ub = 1 - b, sb = 200 * tb, hb = Fma(sb, b, ub), far2 = tb * tb, near2 = ub * ub;
        gradient[1] = sa - (hb + hb);
        double tc = d - c * c, uc = 1 - c, sc = 200 * tc, hc = Fma(sc, c, uc);
        gradient[2] = sb - (hc + hc);
        far = Fma(tc, tc, far);
        near = Fma(uc, uc, near);
        double td = e - d * d, ud = 1 - d, sd = 200 * td, hd = Fma(sd, d, ud);
        gradient[3] = sc - (hd + hd);
        far2 = Fma(td, td, far2);
        near2 = Fma(ud, ud, near2);
        double te = f - e * e, ue = 1 - e, se = 200 * te, he = Fma(se, e, ue);
        gradient[4] = sd - (he + he);
        far = Fma(te, te, far);
        near = Fma(ue, ue, near);
        double tf = g - f * f, uf = 1 - f, sf = 200 * tf, hf = Fma(sf, f, uf);
        gradient[5] = se - (hf + hf);
        far2 = Fma(tf, tf, far2);
        near2 = Fma(uf, uf, near2);
        double tg = h - g * g, ug = 1 - g, sg = 200 * tg, hg = Fma(sg, g, ug);
        gradient[6] = sf - (hg + hg);
        far = Fma(tg, tg, far);
        near = Fma(ug, ug, near);
        double th = i - h * h, uh = 1 - h, sh = 200 * th, hh = Fma(sh, h, uh);
        gradient[7] = sg - (hh + hh);
        far2 = Fma(th, th, far2);
        near2 = Fma(uh, uh, near2);
        double ti = j - i * i, ui = 1 - i, si = 200 * ti, hi = Fma(si, i, ui);
        gradient[8] = sh - (hi + hi);
        far = Fma(ti, ti, far);
        near = Fma(ui, ui, near);
        gradient[9] = si;
        return (Fma(100, far + far2, near + near2), gradient);
    }

    // Nobody writes 100 terms out: four at a time, in two chains, keep the units as busy. Four chains are slower.
    [MethodImpl(HandWritten)]
    private double ValueByFours(double[] x)
    {
        double farA = 0, farB = 0, nearA = 0, nearB = 0;
        int i = 0;
        ref double first = ref MemoryMarshal.GetArrayDataReference(x);
        for (; i + 4 < x.Length; i += 4)
        {
            double a = Unsafe.Add(ref first, i), b = Unsafe.Add(ref first, i + 1), c = Unsafe.Add(ref first, i + 2), d = Unsafe.Add(ref first, i + 3), e = Unsafe.Add(ref first, i + 4);
            double ta = Fma(-a, a, b), ua = 1 - a, tb = Fma(-b, b, c), ub = 1 - b, tc = Fma(-c, c, d), uc = 1 - c, td = Fma(-d, d, e), ud = 1 - d;
            farA = Fma(tc, tc, Fma(ta, ta, farA));
            nearA = Fma(uc, uc, Fma(ua, ua, nearA));
            farB = Fma(td, td, Fma(tb, tb, farB));
            nearB = Fma(ud, ud, Fma(ub, ub, nearB));
        }
        for (; i + 1 < x.Length; i++)
        {
            double a = x[i], t = Fma(-a, a, x[i + 1]), u = 1 - a;
            farA = Fma(t, t, farA);
            nearA = Fma(u, u, nearA);
        }
        return Fma(100, farA + farB, nearA + nearB);
    }

    [MethodImpl(HandWritten)]
    private (double Value, double[] Gradient) GradientByFours(double[] x, double[]? gradient)
    {
        gradient ??= new double[x.Length];
        if (gradient.Length != x.Length)
            throw new ArgumentException("As long as x.", nameof(gradient));
        double farA = 0, farB = 0, nearA = 0, nearB = 0, carried = 0;
        int i = 0;
        ref double first = ref MemoryMarshal.GetArrayDataReference(x);
        ref double target = ref MemoryMarshal.GetArrayDataReference(gradient);
        for (; i + 4 < x.Length; i += 4)
        {
            double a = Unsafe.Add(ref first, i), b = Unsafe.Add(ref first, i + 1), c = Unsafe.Add(ref first, i + 2), d = Unsafe.Add(ref first, i + 3), e = Unsafe.Add(ref first, i + 4);
            double ta = b - a * a, ua = 1 - a, sa = 200 * ta, ha = Fma(sa, a, ua);
            double tb = c - b * b, ub = 1 - b, sb = 200 * tb, hb = Fma(sb, b, ub);
            double tc = d - c * c, uc = 1 - c, sc = 200 * tc, hc = Fma(sc, c, uc);
            double td = e - d * d, ud = 1 - d, sd = 200 * td, hd = Fma(sd, d, ud);
            Unsafe.Add(ref target, i) = carried - (ha + ha);
            Unsafe.Add(ref target, i + 1) = sa - (hb + hb);
            Unsafe.Add(ref target, i + 2) = sb - (hc + hc);
            Unsafe.Add(ref target, i + 3) = sc - (hd + hd);
            carried = sd;
            farA = Fma(tc, tc, Fma(ta, ta, farA));
            nearA = Fma(uc, uc, Fma(ua, ua, nearA));
            farB = Fma(td, td, Fma(tb, tb, farB));
            nearB = Fma(ud, ud, Fma(ub, ub, nearB));
        }
        for (; i + 1 < x.Length; i++)
        {
            double a = x[i], t = x[i + 1] - a * a, u = 1 - a, slope = 200 * t, h = Fma(slope, a, u);
            gradient[i] = carried - (h + h);
            carried = slope;
            farA = Fma(t, t, farA);
            nearA = Fma(u, u, nearA);
        }
        gradient[^1] = carried;
        return (Fma(100, farA + farB, nearA + nearB), gradient);
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
