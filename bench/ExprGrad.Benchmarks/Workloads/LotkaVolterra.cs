using System.Linq.Expressions;
using System.Runtime.CompilerServices;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>The Lotka–Volterra equations, 1,000 steps of the classical Runge–Kutta method, and their squared distance from measurements after each step. The inputs are the four rates and where it begins.</summary>
public sealed class LotkaVolterra : ObjectiveWorkload
{
    private const int StepCount = 1000;
    private const double H = 0.02;

    private static readonly Expression<Func<double[], Populations, Populations>> Rates = (x, p) => new Populations(x[0] * p.Prey - x[1] * p.Prey * p.Predators, x[2] * p.Prey * p.Predators - x[3] * p.Predators);

    private static readonly Expression<Func<Populations, Populations, double, Populations>> Along = (p, rates, time) => new Populations(p.Prey + time * rates.Prey, p.Predators + time * rates.Predators);

    private static readonly Expression<Func<Populations, Populations, Populations, Populations, Populations, Populations>> Mean = (p, a, b, c, d) =>
        new Populations(p.Prey + H / 6 * (a.Prey + 2 * b.Prey + 2 * c.Prey + d.Prey), p.Predators + H / 6 * (a.Predators + 2 * b.Predators + 2 * c.Predators + d.Predators));

    // C# lets no variables into expressions: each stage is a function of those before it.
    private static readonly Expression<Func<double[], Populations, Populations, Populations, Populations, Populations>> FromThird = (x, p, a, b, c) => Mean.Compile()(p, a, b, c, Rates.Compile()(x, Along.Compile()(p, c, H)));

    private static readonly Expression<Func<double[], Populations, Populations, Populations, Populations>> FromSecond = (x, p, a, b) => FromThird.Compile()(x, p, a, b, Rates.Compile()(x, Along.Compile()(p, b, H / 2)));

    private static readonly Expression<Func<double[], Populations, Populations, Populations>> FromFirst = (x, p, a) => FromSecond.Compile()(x, p, a, Rates.Compile()(x, Along.Compile()(p, a, H / 2)));

    private static readonly Expression<Func<double[], Populations, Populations>> Step = (x, p) => FromFirst.Compile()(x, p, Rates.Compile()(x, p));

    private static readonly Expression<Func<Fit, Populations, Populations, Fit>> Compared = (fit, p, measured) =>
        new Fit(p, fit.Distance + (p.Prey - measured.Prey) * (p.Prey - measured.Prey) + (p.Predators - measured.Predators) * (p.Predators - measured.Predators));

    private readonly Populations[] measurements;

    public LotkaVolterra()
    {
        var random = new Random(11);
        double[] truth = [1.1, 0.4, 0.1, 0.4, 10, 5];
        Func<double[], Populations, Populations> step = ((Expression<Func<double[], Populations, Populations>>)new Inlining().Visit(Step)).Compile();
        this.measurements = new Populations[StepCount];
        var p = new Populations(truth[4], truth[5]);
        for (int n = 0; n < StepCount; n++)
        {
            p = step(truth, p);
            this.measurements[n] = new Populations(p.Prey * Uniform(random, 0.95, 1.05), p.Predators * Uniform(random, 0.95, 1.05));
        }
    }

    public override string Name => "Lotka-Volterra, RK4, 1000 steps";

    public override int Dimension => 6;

    public override Expression<Func<double[], double>> Function
    {
        get
        {
            Populations[] measurements = this.measurements;
            return x => measurements.Aggregate(new Fit(new Populations(x[4], x[5]), 0), (fit, measured) => Compared.Compile()(fit, Step.Compile()(x, fit.Populations), measured)).Distance;
        }
    }

    protected override IEnumerable<(string Name, Func<double[], double> Value)> HandValues => [("by hand", this.Value)];

    protected override IEnumerable<(string Name, ValueAndGradient Gradient)> HandGradients => [("by hand", this.Gradient)];

    protected override double[] Sample(Random random) =>
        [Uniform(random, 1, 1.2), Uniform(random, 0.35, 0.45), Uniform(random, 0.09, 0.11), Uniform(random, 0.35, 0.45), Uniform(random, 9, 11), Uniform(random, 4, 6)];

    /// <summary>How many there are, or how fast that changes.</summary>
    public readonly record struct Populations(double Prey, double Predators);

    /// <summary>Where the simulation is, and how far from the measurements it has been.</summary>
    public readonly record struct Fit(Populations Populations, double Distance);

    [MethodImpl(HandWritten)]
    private double Value(double[] x)
    {
        Populations[] measurements = this.measurements;
        double grow = x[0], eaten = x[1], fed = x[2], die = x[3], u = x[4], v = x[5], distance = 0;
        for (int n = 0; n < measurements.Length; n++)
        {
            double au = grow * u - eaten * u * v, av = fed * u * v - die * v;
            double bu0 = u + H / 2 * au, bv0 = v + H / 2 * av, bu = grow * bu0 - eaten * bu0 * bv0, bv = fed * bu0 * bv0 - die * bv0;
            double cu0 = u + H / 2 * bu, cv0 = v + H / 2 * bv, cu = grow * cu0 - eaten * cu0 * cv0, cv = fed * cu0 * cv0 - die * cv0;
            double du0 = u + H * cu, dv0 = v + H * cv, du = grow * du0 - eaten * du0 * dv0, dv = fed * du0 * dv0 - die * dv0;
            u += H / 6 * (au + 2 * bu + 2 * cu + du);
            v += H / 6 * (av + 2 * bv + 2 * cv + dv);
            double offU = u - measurements[n].Prey, offV = v - measurements[n].Predators;
            distance = distance + offU * offU + offV * offV;
        }
        return distance;
    }

    // Forward: the populations at the beginning of each step are kept. Backward: the stages are computed again from them.
    [MethodImpl(HandWritten)]
    private (double Value, double[] Gradient) Gradient(double[] x, double[]? gradient)
    {
        gradient = Buffer(x, gradient);
        Populations[] measurements = this.measurements;
        Span<Populations> starts = stackalloc Populations[measurements.Length];
        double grow = x[0], eaten = x[1], fed = x[2], die = x[3], u = x[4], v = x[5], distance = 0;
        for (int n = 0; n < starts.Length; n++)
        {
            starts[n] = new(u, v);
            double au = u * Fma(-eaten, v, grow), av = v * Fma(fed, u, -die);
            double bu0 = Fma(H / 2, au, u), bv0 = Fma(H / 2, av, v), bu = bu0 * Fma(-eaten, bv0, grow), bv = bv0 * Fma(fed, bu0, -die);
            double cu0 = Fma(H / 2, bu, u), cv0 = Fma(H / 2, bv, v), cu = cu0 * Fma(-eaten, cv0, grow), cv = cv0 * Fma(fed, cu0, -die);
            double du0 = Fma(H, cu, u), dv0 = Fma(H, cv, v), du = du0 * Fma(-eaten, dv0, grow), dv = dv0 * Fma(fed, du0, -die);
            u = Fma(H / 6, au + 2 * (bu + cu) + du, u);
            v = Fma(H / 6, av + 2 * (bv + cv) + dv, v);
            double offU = u - measurements[n].Prey, offV = v - measurements[n].Predators;
            distance = Fma(offV, offV, Fma(offU, offU, distance));
        }
        double uBar = 0, vBar = 0, growBar = 0, eatenBar = 0, fedBar = 0, dieBar = 0;
        for (int n = starts.Length - 1; n >= 0; n--)
        {
            uBar = Fma(2, u - measurements[n].Prey, uBar);
            vBar = Fma(2, v - measurements[n].Predators, vBar);
            (u, v) = starts[n];
            // rateU = per head of prey, rateV = per head of predators: du/dt = u·rateU.
            double aRateU = Fma(-eaten, v, grow), aRateV = Fma(fed, u, -die), au = u * aRateU, av = v * aRateV;
            double bu0 = Fma(H / 2, au, u), bv0 = Fma(H / 2, av, v), bRateU = Fma(-eaten, bv0, grow), bRateV = Fma(fed, bu0, -die), bu = bu0 * bRateU, bv = bv0 * bRateV;
            double cu0 = Fma(H / 2, bu, u), cv0 = Fma(H / 2, bv, v), cRateU = Fma(-eaten, cv0, grow), cRateV = Fma(fed, cu0, -die), cu = cu0 * cRateU, cv = cv0 * cRateV;
            double du0 = Fma(H, cu, u), dv0 = Fma(H, cv, v), dRateU = Fma(-eaten, dv0, grow), dRateV = Fma(fed, du0, -die);

            double duBar = H / 6 * uBar, dvBar = H / 6 * vBar, wu = duBar * du0, wv = dvBar * dv0;
            growBar += wu;
            dieBar -= wv;
            eatenBar = Fma(-wu, dv0, eatenBar);
            fedBar = Fma(wv, du0, fedBar);
            double u0Bar = Fma(duBar, dRateU, fed * wv), v0Bar = Fma(dvBar, dRateV, -eaten * wu);
            double uNext = uBar + u0Bar, vNext = vBar + v0Bar;

            double cuBar = Fma(H, u0Bar, H / 3 * uBar), cvBar = Fma(H, v0Bar, H / 3 * vBar);
            wu = cuBar * cu0;
            wv = cvBar * cv0;
            growBar += wu;
            dieBar -= wv;
            eatenBar = Fma(-wu, cv0, eatenBar);
            fedBar = Fma(wv, cu0, fedBar);
            u0Bar = Fma(cuBar, cRateU, fed * wv);
            v0Bar = Fma(cvBar, cRateV, -eaten * wu);
            uNext += u0Bar;
            vNext += v0Bar;

            double buBar = Fma(H / 2, u0Bar, H / 3 * uBar), bvBar = Fma(H / 2, v0Bar, H / 3 * vBar);
            wu = buBar * bu0;
            wv = bvBar * bv0;
            growBar += wu;
            dieBar -= wv;
            eatenBar = Fma(-wu, bv0, eatenBar);
            fedBar = Fma(wv, bu0, fedBar);
            u0Bar = Fma(buBar, bRateU, fed * wv);
            v0Bar = Fma(bvBar, bRateV, -eaten * wu);
            uNext += u0Bar;
            vNext += v0Bar;

            double auBar = Fma(H / 2, u0Bar, H / 6 * uBar), avBar = Fma(H / 2, v0Bar, H / 6 * vBar);
            wu = auBar * u;
            wv = avBar * v;
            growBar += wu;
            dieBar -= wv;
            eatenBar = Fma(-wu, v, eatenBar);
            fedBar = Fma(wv, u, fedBar);
            uBar = uNext + Fma(auBar, aRateU, fed * wv);
            vBar = vNext + Fma(avBar, aRateV, -eaten * wu);
        }
        gradient[0] = growBar;
        gradient[1] = eatenBar;
        gradient[2] = fedBar;
        gradient[3] = dieBar;
        gradient[4] = uBar;
        gradient[5] = vBar;
        return (distance, gradient);
    }
}
