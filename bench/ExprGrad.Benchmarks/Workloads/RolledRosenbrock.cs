using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>Σ 100·(xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)² as a sum over a range.</summary>
public sealed class RolledRosenbrock(int n) : ObjectiveWorkload
{
    public override string Name => $"Rosenbrock {n}, a loop";

    public override int Dimension => n;

    public override int PointCount => n < 10_000 ? 8 : 1;

    public override Expression<Func<double[], double>> Function =>
        x => Enumerable.Range(0, x.Length - 1).Sum(i => 100 * (x[i + 1] - x[i] * x[i]) * (x[i + 1] - x[i] * x[i]) + (1 - x[i]) * (1 - x[i]));

    public override double? RatioInCpp => n == 1000 ? 1.03 : null;

    protected override IEnumerable<(string Name, Func<double[], double> Value)> HandValues => [("by hand", this.Value)];

    protected override IEnumerable<(string Name, ValueAndGradient Gradient)> HandGradients => [("by hand", this.Gradient)];

    protected override double[] Sample(Random random) => [.. Enumerable.Range(0, n).Select(_ => Uniform(random, -2, 2))];

#pragma warning disable CA1822 // instance methods: a delegate to a static one shuffles its arguments at each call
    [MethodImpl(HandWritten)]
    private double Value(double[] x)
    {
        double sum = 0, a = x[0];
        for (int i = 1; i < x.Length; i++)
        {
            double b = x[i], t = b - a * a, u = 1 - a;
            sum += 100 * t * t + u * u;
            a = b;
        }
        return sum;
    }

    // Four terms at a time: no faster to add up, that is one chain, but less to move between registers.
    [MethodImpl(HandWritten)]
    private (double Value, double[] Gradient) Gradient(double[] x, double[]? gradient)
    {
        gradient = Buffer(x, gradient);
        double sum = 0, a = x[0], carried = 0;
        ref double next = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(x), 1), target = ref MemoryMarshal.GetArrayDataReference(gradient);
        nint i = 0, last = x.Length - 4;
        for (; i < last; i += 4)
        {
            double b = Unsafe.Add(ref next, i), c = Unsafe.Add(ref next, i + 1), d = Unsafe.Add(ref next, i + 2), e = Unsafe.Add(ref next, i + 3);
            double ta = Fma(-a, a, b), ua = 1 - a, sa = 100 * ta, da = sa + sa, ha = Fma(da, a, ua);
            double tb = Fma(-b, b, c), ub = 1 - b, sb = 100 * tb, db = sb + sb, hb = Fma(db, b, ub);
            double tc = Fma(-c, c, d), uc = 1 - c, sc = 100 * tc, dc = sc + sc, hc = Fma(dc, c, uc);
            double td = Fma(-d, d, e), ud = 1 - d, sd = 100 * td, dd = sd + sd, hd = Fma(dd, d, ud);
            Unsafe.Add(ref target, i) = carried - (ha + ha);
            Unsafe.Add(ref target, i + 1) = da - (hb + hb);
            Unsafe.Add(ref target, i + 2) = db - (hc + hc);
            Unsafe.Add(ref target, i + 3) = dc - (hd + hd);
            sum += Fma(sa, ta, ua * ua);
            sum += Fma(sb, tb, ub * ub);
            sum += Fma(sc, tc, uc * uc);
            sum += Fma(sd, td, ud * ud);
            carried = dd;
            a = e;
        }
        for (; i + 1 < x.Length; i++)
        {
            double b = x[i + 1], t = b - a * a, u = 1 - a, scaled = 100 * t, slope = scaled + scaled;
            sum += Fma(scaled, t, u * u);
            gradient[i] = Fma(-2, Fma(slope, a, u), carried);
            carried = slope;
            a = b;
        }
        gradient[^1] = carried;
        return (sum, gradient);
    }
#pragma warning restore CA1822
}
