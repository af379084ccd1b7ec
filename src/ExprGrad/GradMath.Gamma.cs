namespace ExprGrad;

// The gamma function's logarithm and its derivatives. From 10 on the asymptotic series (DLMF 5.11), whose Bernoulli numbers are the coefficients below;
// between, the recurrence walks down to an interval with a rational approximation of our own (tests/ExprGrad.Tests/Data/gradmath_fit.py); for negative arguments reflection.
public static partial class GradMath
{
    private const double AsymptoticFrom = 10;

    /// <summary>ln|Γ(x)|, the logarithm of the gamma function's absolute value.</summary>
    /// <remarks>
    /// +∞ at the poles 0, −1, −2, …, at ±∞ and beyond 2.55e305. Relatively accurate for x &gt; −2, the roots 1 and 2 included. Below −2, where two roots lie between neighbouring poles, absolutely accurate.
    /// Measured: at most 4 ulps; for x &lt; −2 at most 4 ulps of the larger of |result| and ln Γ(1 − x). DLMF 5.11.1 (asymptotic series), 5.5.1 (recurrence), 5.5.3 (reflection); between 1 and 3 a rational approximation of
    /// ln Γ(x)/((x − 1)(x − 2)). Allocates nothing, thread-safe.
    /// </remarks>
    public static double LogGamma(double x)
    {
        if (x >= AsymptoticFrom)
            return Math.FusedMultiplyAdd(x - 0.5, Math.Log(x) - 1, LogSqrt2PiMinusHalf + Horner.Evaluate(LogGammaSeries, 1 / (x * x)) / x);
        if (x <= 0)
            return x == Math.Floor(x) ? double.PositiveInfinity : -Math.Log(Math.Abs(SinPi(x)) / Math.PI) - LogGamma(1 - x);
        if (x < 1)
            return LogGammaOnePlus(x) - Math.Log(x);

        double product = 1;
        for (; x >= 3; product *= x)
            x--;
        return (product == 1 ? 0 : Math.Log(product)) + LogGammaOnePlus(x - 1);
    }

    /// <summary>ψ(x) = Γ′(x)/Γ(x), the derivative of <see cref="LogGamma"/>.</summary>
    /// <remarks>
    /// NaN at the poles 0, −1, −2, … and at −∞, where it has no limit; +∞ at +∞. Relatively accurate for x &gt; 0, the root 1.4616 included. Below 0, where a root lies between neighbouring poles, absolutely accurate.
    /// Measured: at most 4 ulps; for x &lt; 0 at most 5 ulps of the largest of |result|, 1 and ψ(1 − x). DLMF 5.11.2 (asymptotic series), 5.5.2 (recurrence), 5.5.4 (reflection); between 1 and 3 a rational approximation of
    /// x ψ(x)/(x − root), with the root to twice the precision. Allocates nothing, thread-safe.
    /// </remarks>
    public static double Digamma(double x)
    {
        if (x >= AsymptoticFrom)
            return Math.Log(x) - (0.5 + Horner.Evaluate(DigammaSeries, 1 / (x * x)) / x) / x;
        if (x <= 0)
            return x == Math.Floor(x) ? double.NaN : Digamma(1 - x) - Math.PI * CotPi(x);
        if (x < 1)
            return DigammaFromOneToThree(x + 1) - 1 / x;

        double sum = 0;
        while (x >= 3)
            sum += 1 / --x;
        return sum + DigammaFromOneToThree(x);
    }

    /// <summary>ψ′(x), the derivative of <see cref="Digamma"/>.</summary>
    /// <remarks>
    /// Positive. +∞ at the poles 0, −1, −2, … (the limit from either side), NaN at −∞, 0 at +∞. Measured: at most 2 ulps, 4 for x &lt; 0. DLMF 5.15.8 (asymptotic series), 5.15.5 (recurrence: a sum of positive terms), 5.15.6 (reflection).
    /// Allocates nothing, thread-safe.
    /// </remarks>
    public static double Trigamma(double x)
    {
        if (x <= 0)
        {
            if (x == Math.Floor(x))
                return double.IsInfinity(x) ? double.NaN : double.PositiveInfinity;
            double s = Math.PI / SinPi(x);
            return s * s - Trigamma(1 - x);
        }

        double start = x, steps = Math.Max(0, Math.Ceiling(AsymptoticFrom - x));
        double inverse = 1 / (start + steps), square = inverse * inverse;
        double sum = Math.FusedMultiplyAdd(square, Math.FusedMultiplyAdd(inverse, Horner.Evaluate(TrigammaSeries, square), 0.5), inverse);
        while (steps > 0)
        {
            // Smallest terms first. The reciprocal is squared, not the argument, which would underflow where the result is still finite.
            inverse = 1 / (start + --steps);
            sum = Math.FusedMultiplyAdd(inverse, inverse, sum);
        }
        return sum;
    }

    /// <summary>ln Γ(1 + t) for 0 ≤ t ≤ 2, whose roots are the exact factors t and t − 1.</summary>
    private static double LogGammaOnePlus(double t) => t * (t - 1) * Horner.Quotient(LogGammaP, LogGammaQ, t);

    private static double DigammaFromOneToThree(double x) => (x - DigammaRoot - DigammaRootRest) * Horner.Evaluate(DigammaP, x) / (x * Horner.Evaluate(DigammaQ, x));

    /// <summary>sin πx, for its magnitude only: the sign of the half period is left out. x − Round(x) is exact.</summary>
    private static double SinPi(double x) => Math.Sin(Math.PI * (x - Math.Round(x)));

    /// <summary>cot πx, accurate at the poles and, relatively, at the roots.</summary>
    private static double CotPi(double x)
    {
        double r = x - Math.Round(x);
        return Math.Abs(r) <= 0.25 ? 1 / Math.Tan(Math.PI * r) : Math.CopySign(Math.Tan(Math.PI * (0.5 - Math.Abs(r))), r);
    }

    private const double LogSqrt2PiMinusHalf = 0.4189385332046727;
    private const double DigammaRoot = 1.4616321449683622, DigammaRootRest = 9.549995429965697e-17;

    private static ReadOnlySpan<double> LogGammaSeries => [1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360, 1.0 / 156];

    private static ReadOnlySpan<double> DigammaSeries => [1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760, 1.0 / 12];

    private static ReadOnlySpan<double> TrigammaSeries => [1.0 / 6, -1.0 / 30, 1.0 / 42, -1.0 / 30, 5.0 / 66, -691.0 / 2730, 7.0 / 6, -3617.0 / 510, 43867.0 / 798];

    private static ReadOnlySpan<double> LogGammaP =>
    [
        0.5772156649015329, 1.795879018997928, 2.1865334418937055, 1.3226883681228077, 0.4175253681048576, 0.06620652414372981, 0.004630212547046027, 0.00010318936786846241, 1.54621296801624e-07,
    ];

    private static ReadOnlySpan<double> LogGammaQ =>
    [
        1.0, 3.5361659629745215, 5.021257900661251, 3.6722217552107503, 1.4771004522959044, 0.3239769173460576, 0.03613884447121401, 0.0017463681006452904, 2.4701852219090835e-05,
    ];

    private static ReadOnlySpan<double> DigammaP =>
    [
        0.684166681779557, 2.2205792002121414, 2.0636701171967, 0.7506057487328007, 0.11061562447511628, 0.00575866126925997, 6.702024206049115e-05,
    ];

    private static ReadOnlySpan<double> DigammaQ =>
    [
        1.0, 1.9842877441210847, 1.2953187226398157, 0.34772914740476585, 0.03816352952322852, 0.001441116237094342, 1.091666509231259e-05,
    ];
}
