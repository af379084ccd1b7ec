using System.Linq.Expressions;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>Σ 100·(xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)², written out term by term.</summary>
public sealed class Rosenbrock(int n) : Workload
{
    public override string Name => $"Rosenbrock {n}";

    public override int Dimension => n;

    public override Expression<Func<double[], double>> Function => WrittenOut(n);

    public override double? RatioInCpp => n switch { 10 => 1.19, 100 => 1.21, 1000 => 1.03, _ => null };

    protected override IEnumerable<(string Name, Func<double[], double> Value)> HandValues =>
        n == 10 ? [("by hand, loop", this.ValueByLoop), ("by hand, straight-line", this.ValueOf10)] : [("by hand, loop", this.ValueByLoop)];

    protected override IEnumerable<(string Name, ValueAndGradient Gradient)> HandGradients =>
        n == 10 ? [("by hand, loop", this.GradientByLoop), ("by hand, straight-line", this.GradientOf10)] : [("by hand, loop", this.GradientByLoop)];

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
    private double ValueByLoop(double[] x)
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

    private (double Value, double[] Gradient) GradientByLoop(double[] x, double[]? gradient)
    {
        gradient ??= new double[x.Length];
        if (gradient.Length != x.Length)
            throw new ArgumentException("As long as x.", nameof(gradient));
        double sum = 0, a = x[0], carried = 0;
        for (int i = 1; i < x.Length; i++)
        {
            double b = x[i], t = b - a * a, u = 1 - a, scaled = 200 * t;
            sum += 100 * t * t + u * u;
            gradient[i - 1] = carried - 2 * (scaled * a + u);
            carried = scaled;
            a = b;
        }
        gradient[^1] = carried;
        return (sum, gradient);
    }

    private double ValueOf10(double[] x)
    {
        if (x.Length != 10)
            throw new ArgumentException("10 elements.", nameof(x));
        double a = x[0], b = x[1], c = x[2], d = x[3], e = x[4], f = x[5], g = x[6], h = x[7], i = x[8], j = x[9];
        double ta = b - a * a, tb = c - b * b, tc = d - c * c, td = e - d * d, te = f - e * e, tf = g - f * f, tg = h - g * g, th = i - h * h, ti = j - i * i;
        double ua = 1 - a, ub = 1 - b, uc = 1 - c, ud = 1 - d, ue = 1 - e, uf = 1 - f, ug = 1 - g, uh = 1 - h, ui = 1 - i;
        double far = ta * ta + tb * tb + tc * tc + td * td + te * te + tf * tf + tg * tg + th * th + ti * ti;
        double near = ua * ua + ub * ub + uc * uc + ud * ud + ue * ue + uf * uf + ug * ug + uh * uh + ui * ui;
        return 100 * far + near;
    }

    private (double Value, double[] Gradient) GradientOf10(double[] x, double[]? gradient)
    {
        gradient ??= new double[10];
        if (x.Length != 10 || gradient.Length != 10)
            throw new ArgumentException("10 elements.", nameof(x));
        double a = x[0], b = x[1], c = x[2], d = x[3], e = x[4], f = x[5], g = x[6], h = x[7], i = x[8], j = x[9];
        double ta = b - a * a, ua = 1 - a;
        double far = ta * ta, near = ua * ua;
        gradient[0] = -2 * (200 * ta * a + ua);
        double tb = c - b * b, ub = 1 - b;
        far += tb * tb;
        near += ub * ub;
        gradient[1] = 200 * ta - 2 * (200 * tb * b + ub);
        double tc = d - c * c, uc = 1 - c;
        far += tc * tc;
        near += uc * uc;
        gradient[2] = 200 * tb - 2 * (200 * tc * c + uc);
        double td = e - d * d, ud = 1 - d;
        far += td * td;
        near += ud * ud;
        gradient[3] = 200 * tc - 2 * (200 * td * d + ud);
        double te = f - e * e, ue = 1 - e;
        far += te * te;
        near += ue * ue;
        gradient[4] = 200 * td - 2 * (200 * te * e + ue);
        double tf = g - f * f, uf = 1 - f;
        far += tf * tf;
        near += uf * uf;
        gradient[5] = 200 * te - 2 * (200 * tf * f + uf);
        double tg = h - g * g, ug = 1 - g;
        far += tg * tg;
        near += ug * ug;
        gradient[6] = 200 * tf - 2 * (200 * tg * g + ug);
        double th = i - h * h, uh = 1 - h;
        far += th * th;
        near += uh * uh;
        gradient[7] = 200 * tg - 2 * (200 * th * h + uh);
        double ti = j - i * i, ui = 1 - i;
        far += ti * ti;
        near += ui * ui;
        gradient[8] = 200 * th - 2 * (200 * ti * i + ui);
        gradient[9] = 200 * ti;
        return (100 * far + near, gradient);
    }
#pragma warning restore CA1822
}
