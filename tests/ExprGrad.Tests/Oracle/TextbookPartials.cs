namespace ExprGrad.Tests.Oracle;

/// <summary>
/// Partials of the functions of one and more reals from the textbook (DLMF chapters 4, 5 and 7), with the conventions of the design at kinks.
/// A null partial is zero by structure: a step function, or an operand that was not selected.
/// </summary>
internal static class TextbookPartials
{
    private const double Ln2 = 0.69314718055994530942, Ln10 = 2.3025850929940456840, Pi = Math.PI;

    /// <summary>Functions for which a derivative makes no sense; the library refuses them.</summary>
    public static IReadOnlySet<string> Refused { get; } = new HashSet<string>
    {
        "BitIncrement", "BitDecrement", "ReciprocalEstimate", "ReciprocalSqrtEstimate",
    };

    /// <summary>The partials of the function called <paramref name="name"/> at <paramref name="a"/> where its value is <paramref name="f"/>; null if the name is not known.</summary>
    public static double?[]? Of(string name, double[] a, double f) => (name, a.Length) switch
    {
        ("Add" or "AddChecked", 2) => [1, 1],
        ("Subtract" or "SubtractChecked", 2) => [1, -1],
        ("Multiply" or "MultiplyChecked", 2) => [a[1], a[0]],
        ("Divide", 2) => [1 / a[1], -(a[0] / a[1]) / a[1]],
        ("Modulo" or "IEEERemainder" or "Ieee754Remainder", 2) => [1, -Math.Round((a[0] - f) / a[1])],
        ("Negate" or "NegateChecked", 1) => [-1],
        ("UnaryPlus" or "Increment" or "Decrement", 1) => [1],

        ("Sin", 1) => [Math.Cos(a[0])],
        ("Cos", 1) => [-Math.Sin(a[0])],
        ("Tan", 1) => [1 + f * f],
        ("Asin", 1) => [1 / Math.Sqrt((1 - a[0]) * (1 + a[0]))],
        ("Acos", 1) => [-1 / Math.Sqrt((1 - a[0]) * (1 + a[0]))],
        ("Atan", 1) => [1 / (1 + a[0] * a[0])],
        ("Sinh", 1) => [Math.Cosh(a[0])],
        ("Cosh", 1) => [Math.Sinh(a[0])],
        ("Tanh", 1) => [Square(1 / Math.Cosh(a[0]))],
        ("Asinh", 1) => [1 / double.Hypot(1, a[0])],
        ("Acosh", 1) => [1 / (Math.Sqrt(a[0] - 1) * Math.Sqrt(a[0] + 1))],
        ("Atanh", 1) => [1 / ((1 - a[0]) * (1 + a[0]))],
        ("SinPi", 1) => [Pi * double.CosPi(a[0])],
        ("CosPi", 1) => [-Pi * double.SinPi(a[0])],
        ("TanPi", 1) => [Pi / Square(double.CosPi(a[0]))],
        ("AsinPi", 1) => [1 / (Pi * Math.Sqrt((1 - a[0]) * (1 + a[0])))],
        ("AcosPi", 1) => [-1 / (Pi * Math.Sqrt((1 - a[0]) * (1 + a[0])))],
        ("AtanPi", 1) => [1 / (Pi * (1 + a[0] * a[0]))],

        ("Exp" or "ExpM1" or "Expm1", 1) => [Math.Exp(a[0])],
        ("Exp2" or "Exp2M1", 1) => [Ln2 * double.Exp2(a[0])],
        ("Exp10" or "Exp10M1", 1) => [Ln10 * double.Exp10(a[0])],
        ("Log", 1) => [Reciprocal(a[0])],
        ("Log2", 1) => [Reciprocal(a[0]) / Ln2],
        ("Log10", 1) => [Reciprocal(a[0]) / Ln10],
        ("LogP1" or "Log1p", 1) => [Reciprocal(1 + a[0])],
        ("Log2P1", 1) => [Reciprocal(1 + a[0]) / Ln2],
        ("Log10P1", 1) => [Reciprocal(1 + a[0]) / Ln10],
        ("Log", 2) => [Reciprocal(a[0]) / Math.Log(a[1]), -Math.Log(a[0]) / Math.Log(a[1]) / Math.Log(a[1]) / a[1]],
        ("Sqrt", 1) => [a[0] == 0 ? double.PositiveInfinity : 1 / (2 * f)],
        ("Cbrt", 1) => [1 / (3 * f * f)],
        ("RootN", 2) => [a[0] == 0 ? a[1] == 1 ? 1 : double.PositiveInfinity : f / a[0] / a[1], null],
        ("Pow" or "Power", 2) => [PowByBase(a[0], a[1]), PowByExponent(a[0], a[1], f)],
        ("ScaleB", 2) => [Math.ScaleB(1, (int)a[1]), null],

        ("Atan2", 2) => Angle(a[0], a[1], 1),
        ("Atan2Pi", 2) => Angle(a[0], a[1], Pi),
        ("Hypot", 2) => a[0] == 0 && a[1] == 0 ? [0, 0] : f < FewestDigits ? ShareOfHypot(a[0] / double.Epsilon, a[1] / double.Epsilon) : [a[0] / f, a[1] / f],
        ("FusedMultiplyAdd" or "MultiplyAddEstimate", 3) => [a[1], a[0], 1],
        ("Lerp", 3) => [1 - a[2], a[2], a[1] - a[0]],
        ("DegreesToRadians", 1) => [Pi / 180],
        ("RadiansToDegrees", 1) => [180 / Pi],

        ("Abs", 1) => [a[0] > 0 ? 1 : a[0] < 0 ? -1 : a[0] == 0 ? 0 : double.NaN],
        ("CopySign", 2) => [a[0] == 0 ? 0 : double.IsNegative(a[0]) == double.IsNegative(a[1]) ? 1 : -1, null],
        ("Max" or "MaxNative", 2) => Larger(a[0], a[1]),
        ("Min" or "MinNative", 2) => Larger(-a[0], -a[1]),
        ("MaxNumber", 2) => Numbers(a) ?? Larger(a[0], a[1]),
        ("MinNumber", 2) => Numbers(a) ?? Larger(-a[0], -a[1]),
        ("MaxMagnitude", 2) => ByMagnitude(a, f, 1),
        ("MinMagnitude", 2) => ByMagnitude(a, f, -1),
        ("MaxMagnitudeNumber", 2) => Numbers(a) ?? ByMagnitude(a, f, 1),
        ("MinMagnitudeNumber", 2) => Numbers(a) ?? ByMagnitude(a, f, -1),
        ("Clamp" or "ClampNative", 3) => a[0] < a[1] ? [null, 1, null] : a[0] > a[2] ? [null, null, 1] : [1, null, null],
        ("Floor" or "Ceiling" or "Truncate" or "Round", _) => new double?[a.Length],

        ("Sigmoid", 1) => [SigmoidSlope(a[0])],
        ("Softplus", 1) => [Sigmoid(a[0])],
        ("LogAddExp", 2) => [Sigmoid(a[0] - a[1]), Sigmoid(a[1] - a[0])],
        ("Erf", 1) => [2 / Math.Sqrt(Pi) * ExpOfMinusSquare(a[0], 1)],
        ("Erfc", 1) => [-2 / Math.Sqrt(Pi) * ExpOfMinusSquare(a[0], 1)],
        ("NormalPdf", 1) => [-a[0] * ExpOfMinusSquare(a[0], 0.5) / Math.Sqrt(2 * Pi)],
        ("NormalCdf", 1) => [ExpOfMinusSquare(a[0], 0.5) / Math.Sqrt(2 * Pi)],
        ("LogGamma", 1) => [Digamma(a[0])],
        ("Digamma", 1) => [Trigamma(a[0])],
        ("Trigamma", 1) => [Tetragamma(a[0])],
        _ => null,
    };

    private static double Square(double v) => v * v;

    /// <summary>The derivative of a logarithm: +∞ at both zeros.</summary>
    private static double Reciprocal(double v) => v == 0 ? double.PositiveInfinity : 1 / v;

    private static double PowByBase(double x, double y) => y == 0 ? 0 : y == 1 ? 1 : y * Math.Pow(x, y - 1);

    private static double PowByExponent(double x, double y, double f) => x == 0 && y >= 0 ? 0 : f * Math.Log(x);

    /// <summary>∂ atan2(y, x)/∂(y, x), scaled so that the squares neither overflow nor vanish.</summary>
    private static double?[] Angle(double y, double x, double unit)
    {
        if (x == 0 && y == 0) return [0, 0];
        double scale = Math.Max(Math.Abs(x), Math.Abs(y)), u = x / scale, v = y / scale, square = u * u + v * v;
        return [u / square / scale / unit, -v / square / scale / unit];
    }

    private static double?[] Larger(double a, double b) =>
        a > b ? [1, null] : b > a ? [null, 1] : a == b ? [0.5, 0.5] : [double.NaN, double.NaN];

    /// <summary>The Number variants ignore a NaN operand.</summary>
    private static double?[]? Numbers(double[] a) =>
        double.IsNaN(a[0]) && !double.IsNaN(a[1]) ? [null, 1] : double.IsNaN(a[1]) && !double.IsNaN(a[0]) ? [1, null] : null;

    private static double?[] ByMagnitude(double[] a, double f, int sign)
    {
        double first = sign * Math.Abs(a[0]), second = sign * Math.Abs(a[1]);
        if (first == second && a[0] != a[1]) return f == a[0] ? [1, null] : [null, 1];
        return Larger(first, second);
    }

    private static double Sigmoid(double v) => v >= 0 ? 1 / (1 + Math.Exp(-v)) : Math.Exp(v) / (1 + Math.Exp(v));

    private static double SigmoidSlope(double v)
    {
        double e = Math.Exp(-Math.Abs(v));
        return e / Square(1 + e);
    }

    /// <summary>exp(−scale·v²); the rounding error of the square would be magnified by the exponential.</summary>
    private static double ExpOfMinusSquare(double v, double scale)
    {
        double square = v * v;
        if (double.IsInfinity(square)) return 0;
        return Math.Exp(-scale * square) * (1 - scale * Math.FusedMultiplyAdd(v, v, -square));
    }

    /// <summary>DLMF 5.5.4 (reflection), 5.5.2 (recurrence), 5.11.2 (asymptotic series).</summary>
    private static double Digamma(double v)
    {
        if (v <= 0) return Math.Floor(v) == v ? double.NaN : Digamma(1 - v) - Pi / double.TanPi(v);
        if (v is > 0.5 and < 4) return (double)NearRoot(Exact(v));
        double shift = 0;
        for (; v < 15; v++) shift += 1 / v;
        double w = 1 / (v * v);
        double series = w * (1.0 / 12 - w * (1.0 / 120 - w * (1.0 / 252 - w * (1.0 / 240 - w * (1.0 / 132 - w * (691.0 / 32760 - w / 12))))));
        return Math.Log(v) - 0.5 / v - series - shift;
    }

    // Near its root the terms of the series cancel: here with 28 digits, where 40 is far enough out for them.
    private static decimal NearRoot(decimal v)
    {
        decimal shift = 0;
        for (; v < 40; v++) shift += 1 / v;
        decimal w = 1 / (v * v);
        decimal series = w * (1m / 12 - w * (1m / 120 - w * (1m / 252 - w * (1m / 240 - w * (1m / 132 - w * (691m / 32760 - w / 12))))));
        return Ln(v) - 0.5m / v - series - shift;
    }

    // A cast rounds to 15 digits; a double in (1/2, 4) has at most 53 binary places.
    private static decimal Exact(double v) => (decimal)(long)Math.ScaleB(v, 53) / (1L << 53);

    // One step of Halley's method from the double: it triples the digits.
    private static decimal Ln(decimal v)
    {
        decimal guess = (decimal)Math.Log((double)v), exp = 1, term = 1;
        for (int k = 1; k < 60; k++) exp += term *= guess / k;
        return guess + 2 * (v - exp) / (v + exp);
    }

    /// <summary>DLMF 5.15.6, 5.15.5, 5.15.8.</summary>
    private static double Trigamma(double v)
    {
        if (v <= 0) return Math.Floor(v) == v ? double.PositiveInfinity : Square(Pi / double.SinPi(v)) - Trigamma(1 - v);
        double shift = 0;
        for (; v < 15; v++) shift += 1 / (v * v);
        double w = 1 / (v * v);
        double series = w / v * (1.0 / 6 - w * (1.0 / 30 - w * (1.0 / 42 - w * (1.0 / 30 - w * (5.0 / 66 - w * (691.0 / 2730 - w * 7.0 / 6))))));
        return 1 / v + w / 2 + series + shift;
    }

    /// <summary>The series of <see cref="Trigamma"/>, differentiated.</summary>
    private static double Tetragamma(double v)
    {
        if (v <= 0) return Math.Floor(v) == v ? double.NaN : Tetragamma(1 - v) - 2 * Pi * Pi * Pi / double.TanPi(v) / Square(double.SinPi(v));
        double shift = 0;
        for (; v < 15; v++) shift += 2 / (v * v * v);
        double w = 1 / (v * v);
        double series = w * w * (1.0 / 2 - w * (1.0 / 6 - w * (1.0 / 6 - w * (3.0 / 10 - w * (5.0 / 6 - w * 691.0 / 210)))));
        return -(w + w / v + series + shift);
    }

    // Below, a length is a number of few digits.
    private const double FewestDigits = 1e-300;

    private static double?[] ShareOfHypot(double x, double y) => [x / double.Hypot(x, y), y / double.Hypot(x, y)];
}
