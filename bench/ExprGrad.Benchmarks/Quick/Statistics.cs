namespace ExprGrad.Benchmarks.Quick;

/// <summary>Order statistics: single disturbed measurements do not move them.</summary>
internal static class Statistics
{
    public static double Median(IReadOnlyList<double> samples) => Quantile(samples, 0.5);

    /// <summary>The sample below which the fraction <paramref name="q"/> of them lies, interpolated.</summary>
    public static double Quantile(IReadOnlyList<double> samples, double q)
    {
        double[] sorted = [.. samples.Order()];
        double place = q * (sorted.Length - 1);
        int below = (int)place;
        return below + 1 < sorted.Length ? double.Lerp(sorted[below], sorted[below + 1], place - below) : sorted[below];
    }
}
