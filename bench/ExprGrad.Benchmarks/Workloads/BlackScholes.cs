using System.Linq.Expressions;
using System.Runtime.CompilerServices;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>
/// The price of a European call and its five first Greeks. The inputs are spot, strike, rate, volatility, maturity; the gradient is delta, dual delta, rho, vega and minus theta.
/// </summary>
/// <remarks>By hand with the same normal distribution function, and with that of J. Hart (1968) as in G. West, "Better approximations to cumulative normal functions" (2005), which has an absolute accuracy of double precision.</remarks>
public sealed class BlackScholes : Workload
{
    private const double InverseRootOf2Pi = 0.3989422804014327;

    private static readonly Expression<Func<double, double, double, double, double>> Price = (spot, discountedStrike, d1, deviation) =>
        spot * GradMath.NormalCdf(d1) - discountedStrike * GradMath.NormalCdf(d1 - deviation);

    private static readonly Expression<Func<double, double, double, double, double, double, double>> OfDeviation = (spot, strike, rate, volatility, maturity, deviation) =>
        Price.Compile()(spot, strike * Math.Exp(-rate * maturity), (Math.Log(spot / strike) + (rate + 0.5 * volatility * volatility) * maturity) / deviation, deviation);

    public override string Name => "Black-Scholes";

    public override int Dimension => 5;

    public override Expression<Func<double[], double>> Function => x => OfDeviation.Compile()(x[0], x[1], x[2], x[3], x[4], x[3] * Math.Sqrt(x[4]));

    public override double? RatioInCpp => 1.49;

    protected override IEnumerable<(string Name, Func<double[], double> Value)> HandValues => [("by hand", this.Value), ("by hand, Hart's cdf", this.ValueByHart)];

    protected override IEnumerable<(string Name, ValueAndGradient Gradient)> HandGradients => [("by hand", this.Gradient), ("by hand, Hart's cdf", this.GradientByHart)];

    protected override double[] Sample(Random random) =>
        [Uniform(random, 80, 120), Uniform(random, 80, 120), Uniform(random, 0, 0.08), Uniform(random, 0.1, 0.5), Uniform(random, 0.1, 2)];

#pragma warning disable CA1822 // instance methods: a delegate to a static one shuffles its arguments at each call
    [MethodImpl(HandWritten)]
    private double Value(double[] x)
    {
        double spot = x[0], strike = x[1], rate = x[2], volatility = x[3], maturity = x[4];
        double deviation = volatility * Math.Sqrt(maturity);
        double d1 = (Math.Log(spot / strike) + (rate + 0.5 * volatility * volatility) * maturity) / deviation;
        return spot * GradMath.NormalCdf(d1) - strike * Math.Exp(-rate * maturity) * GradMath.NormalCdf(d1 - deviation);
    }

    [MethodImpl(HandWritten)]
    private (double Value, double[] Gradient) Gradient(double[] x, double[]? gradient)
    {
        gradient ??= new double[5];
        double maturity = x[4], volatility = x[3], rate = x[2], strike = x[1], spot = x[0];
        double root = Math.Sqrt(maturity), deviation = volatility * root, variance = volatility * volatility, inverse = 1 / deviation;
        double d1 = (Math.Log(spot / strike) + (rate + 0.5 * variance) * maturity) * inverse;
        double discount = Math.Exp(-rate * maturity);
        (double delta, double density) = GradMath.NormalCdfAndPdf(d1);
        double exercised = discount * GradMath.NormalCdf(d1 - deviation);
        double owed = strike * exercised;
        // spot·φ(d1) = strike·discount·φ(d2): the density is needed once.
        density *= spot;
        gradient[4] = rate * owed + 0.5 * density * variance * inverse;
        gradient[3] = density * root;
        gradient[2] = maturity * owed;
        gradient[1] = -exercised;
        gradient[0] = delta;
        return (spot * delta - owed, gradient);
    }

    [MethodImpl(HandWritten)]
    private double ValueByHart(double[] x)
    {
        double spot = x[0], strike = x[1], rate = x[2], volatility = x[3], maturity = x[4];
        double deviation = volatility * Math.Sqrt(maturity);
        double d1 = (Math.Log(spot / strike) + (rate + 0.5 * volatility * volatility) * maturity) / deviation;
        return spot * CdfAndExponential(d1, out _) - strike * Math.Exp(-rate * maturity) * CdfAndExponential(d1 - deviation, out _);
    }

    [MethodImpl(HandWritten)]
    private (double Value, double[] Gradient) GradientByHart(double[] x, double[]? gradient)
    {
        gradient ??= new double[5];
        double maturity = x[4], volatility = x[3], rate = x[2], strike = x[1], spot = x[0];
        double root = Math.Sqrt(maturity), deviation = volatility * root, variance = volatility * volatility, inverse = 1 / deviation;
        double d1 = (Math.Log(spot / strike) + (rate + 0.5 * variance) * maturity) * inverse;
        double discount = Math.Exp(-rate * maturity);
        double delta = CdfAndExponential(d1, out double exponential), exercised = discount * CdfAndExponential(d1 - deviation, out _);
        double owed = strike * exercised;
        // spot·φ(d1) = strike·discount·φ(d2): the density is needed once.
        double density = spot * (InverseRootOf2Pi * exponential);
        gradient[4] = rate * owed + 0.5 * density * variance * inverse;
        gradient[3] = density * root;
        gradient[2] = maturity * owed;
        gradient[1] = -exercised;
        gradient[0] = delta;
        return (spot * delta - owed, gradient);
    }
#pragma warning restore CA1822

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double CdfAndExponential(double z, out double exponential)
    {
        double a = Math.Abs(z), side = Math.CopySign(0.5, z);
        exponential = Math.Exp(-0.5 * a * a);
        double tail;
        if (a < 7.07106781186547)
        {
            double numerator = Fma(Fma(Fma(Fma(Fma(Fma(3.52624965998911e-2, a, 0.700383064443688), a, 6.37396220353165), a, 33.912866078383), a, 112.079291497871), a, 221.213596169931), a, 220.206867912376);
            double denominator = Fma(Fma(Fma(Fma(Fma(Fma(Fma(8.83883476483184e-2, a, 1.75566716318264), a, 16.064177579207), a, 86.7807322029461), a, 296.564248779674), a, 637.333633378831), a, 793.826512519948), a, 440.413735824752);
            tail = exponential * numerator / denominator;
        }
        else
        {
            tail = FarTail(a, exponential);
        }
        // 1 − tail or tail, exactly, without a branch that nobody can predict.
        return Fma(-2 * side, tail, 0.5 + side);
    }

    private static double FarTail(double a, double exponential) => a > 37 ? 0 : exponential / (a + 1 / (a + 2 / (a + 3 / (a + 4 / (a + 0.65))))) / 2.506628274631;

    private static double Fma(double a, double b, double c) => Math.FusedMultiplyAdd(a, b, c);
}
