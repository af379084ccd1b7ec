namespace ExprGrad;

/// <summary>
/// Functions that the base library lacks, or has with cancellation: accurate to a few units in the last place over the whole range of <see cref="double"/>.
/// They can be called anywhere; inside a lambda ExprGrad knows their derivatives.
/// </summary>
/// <remarks>
/// Each function returns NaN for NaN, throws nothing, allocates nothing and is thread-safe. "Measured" errors are distances, in units in the last place (ulps), to the correctly rounded value
/// over 20,000 points with the C library's <c>exp</c> and <c>log</c> on Linux x64; the reference is mpmath with 100 digits.
/// </remarks>
public static partial class GradMath
{
    private const double Ln2 = 0.6931471805599453;

    /// <summary>eˣ − 1 without cancellation near 0.</summary>
    /// <remarks>
    /// From −1 at −∞ to +∞, which is reached where eˣ overflows (x &gt; 709.78); ±0 gives ±0. Measured: at most 1 ulp. A polynomial fitted to (eˣ − 1 − x)/x² for |x| ≤ ½ (DLMF 4.2.19), eˣ − 1 as
    /// written elsewhere. <c>double.ExpM1</c> is eˣ − 1 as written everywhere. Allocates nothing, thread-safe.
    /// </remarks>
    public static double Expm1(double x)
    {
        if (!(Math.Abs(x) <= 0.5))
            return Math.Exp(x) - 1;
        if (x == 0)
            return x;
        return Math.FusedMultiplyAdd(x * x, Horner.Evaluate(Expm1Series, x), x);
    }

    /// <summary>ln(1 + x) without cancellation near 0.</summary>
    /// <remarks>
    /// −∞ at −1, NaN below, +∞ at +∞; ±0 gives ±0. Measured: at most 1 ulp. With u = 1 + x as rounded, the part of x that u lost is exact and is put back to first order, ln(1 + x) = ln u + lost/u,
    /// as in fdlibm's log1p; the next term is below 2⁻¹⁰⁶. <c>double.LogP1</c> is ln(1 + x) as written. Allocates nothing, thread-safe.
    /// </remarks>
    public static double Log1p(double x)
    {
        double u = 1 + x;
        if (u == 1)
            return x;
        if (!(u > 0 && double.IsFinite(u)))
            return Math.Log(u);
        double lost = x < 1 ? x - (u - 1) : 1 - (u - x);
        return Math.Log(u) + lost / u;
    }

    /// <summary>The logistic function 1/(1 + e⁻ˣ).</summary>
    /// <remarks>
    /// From 0 at −∞ to 1 at +∞; the tail at the left follows eˣ down to the last subnormal (x = −745), 1 is reached at x = 37. Measured: at most 2 ulps. Evaluated as eˣ/(1 + eˣ) for x &lt; 0, where e⁻ˣ would overflow.
    /// Allocates nothing, thread-safe.
    /// </remarks>
    public static double Sigmoid(double x)
    {
        if (!(x < 0))
            return 1 / (1 + Math.Exp(-x));
        double e = Math.Exp(x);
        return e / (1 + e);
    }

    /// <summary>ln(1 + eˣ), the smooth form of max(x, 0).</summary>
    /// <remarks>
    /// Follows eˣ down to the last subnormal at the left (0 at −∞) and x at the right; never overflows. Measured: at most 2 ulps. Evaluated as <c>max(x, 0) + Log1p(e^−|x|)</c>, a sum without cancellation.
    /// Allocates nothing, thread-safe.
    /// </remarks>
    public static double Softplus(double x) => x > 0 ? x + Log1p(Math.Exp(-x)) : Log1p(Math.Exp(x));

    /// <summary>ln(eˣ + eʸ): the sum of two numbers that are kept as logarithms.</summary>
    /// <remarks>
    /// −∞ is the logarithm of 0: <c>LogAddExp(−∞, y)</c> is y. +∞ if an operand is +∞. Symmetric; overflows only where the result does. Measured: at most 3 ulps of the larger of |result| and |max(x, y)|; relative accuracy is
    /// lost only where the result passes through 0 while the operands do not (eˣ + eʸ near 1, at which the last bits of the operands decide). Evaluated as <c>max + Log1p(e^−|x − y|)</c> with the rounding of x − y put
    /// back to first order. Allocates nothing, thread-safe.
    /// </remarks>
    public static double LogAddExp(double x, double y)
    {
        if (x == y)
            return x + Ln2;
        double high = Math.Max(x, y), low = Math.Min(x, y), difference = low - high;
        if (!(difference > -746))
            return high;

        // Knuth's two-sum: difference + lost = low − high exactly.
        double subtracted = difference - low, lost = (low - (difference - subtracted)) - (high + subtracted);
        double ratio = Math.Exp(difference);
        return high + Log1p(Math.FusedMultiplyAdd(ratio, lost, ratio));
    }

    private static ReadOnlySpan<double> Expm1Series =>
    [
        0.5, 0.16666666666666666, 0.04166666666666706, 0.00833333333333336, 0.001388888888870455, 0.00019841269841146993, 2.4801587616145414e-05, 2.755731943362024e-06,
        2.7557076636642725e-07, 2.505194670972162e-08, 2.0962955815976076e-09, 1.6116496514371548e-10,
    ];
}
