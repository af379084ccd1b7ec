namespace ExprGrad.Tests.Oracle;

/// <summary>Partials of functions of sequences: one for each element of each argument, in order. Those of <see cref="GradMath"/> belong here.</summary>
internal static class VectorPartials
{
    private const double FewestDigits = 1e-290;

    /// <summary>The partials of the function called <paramref name="name"/> at <paramref name="a"/> where its value is <paramref name="f"/>; null if the name is not known.</summary>
    public static double?[][]? Of(string name, double[][] a, double f) => (name, a.Length) switch
    {
        // Not e^(v − f): of large numbers f has no digits left for the logarithm of their count.
        ("LogSumExp", 1) => [[.. a[0].Select(v => double.IsInfinity(f) ? null : (double?)(Math.Exp(v - a[0].Max()) / a[0].Sum(other => Math.Exp(other - a[0].Max()))))]],
        ("SumOfSquares", 1) => [[.. a[0].Select(v => (double?)(2 * v))]],
        ("Norm", 1) => [[.. a[0].Select(v => (double?)(f == 0 ? 0 : double.IsInfinity(f) || f < FewestDigits ? ShareOfNorm(v, a[0]) : v / f))]],
        ("Dot", 2) => [FactorsIn(a[1], a[0].Length), FactorsIn(a[0], a[1].Length)],
        _ => null,
    };

    // What the elements of a vector are multiplied by; those beyond the end of the other vector by nothing.
    private static double?[] FactorsIn(double[] other, int count) => [.. Enumerable.Range(0, count).Select(k => (double?)(k < other.Length ? other[k] : 0))];

    // Of a norm that overflows, or has few digits.
    private static double ShareOfNorm(double v, double[] all)
    {
        double largest = all.Max(Math.Abs);
        return v / largest / Math.Sqrt(all.Sum(other => other / largest * (other / largest)));
    }
}
