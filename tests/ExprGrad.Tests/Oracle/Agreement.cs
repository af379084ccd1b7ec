namespace ExprGrad.Tests.Oracle;

/// <summary>Contracts C1 and C2 as a comparison.</summary>
internal static class Agreement
{
    /// <summary>Contract C2: 1e-14 of the sum of the absolute values of the contributions.</summary>
    public const double RelativeTolerance = 1e-14;

    /// <summary>One unit roundoff for each differentiated operation: a product or sum of n rounded numbers, in the library and in the oracle.</summary>
    public const double PerOperation = 2.220446049250313e-16;

    /// <summary>Subnormal partials have no relative accuracy.</summary>
    public const double Smallest = 1e-300;

    public static bool SameBits(double a, double b) =>
        (double.IsNaN(a) && double.IsNaN(b)) || BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b);

    /// <summary>What is wrong with <paramref name="gradient"/>, or null. Where a partial was not finite, components are compared only if both are finite; where one was extreme, only those that are zero by structure.</summary>
    public static string? GradientError(OracleResult expected, double[] gradient, bool lenient = true)
    {
        if (gradient.Length != expected.Gradient.Length) return $"the gradient has {gradient.Length} components instead of {expected.Gradient.Length}";
        double relative = RelativeTolerance + expected.Operations * PerOperation;
        for (int i = 0; i < gradient.Length; i++)
        {
            double want = expected.Gradient[i], got = gradient[i];
            if (!expected.Present[i])
            {
                // Zero by structure, even next to ∞ and NaN.
                if (got != 0) return $"component {i} is {got:R}, but nothing that was selected depends on x[{i}]";
                continue;
            }
            if (!double.IsFinite(want) || !double.IsFinite(got))
            {
                bool excused = lenient && (expected.HasNonFinite || expected.HasExtreme);
                if (!excused && !SameBits(want, got)) return $"component {i} is {got:R} instead of {want:R}";
                continue;
            }
            if (lenient && (expected.HasExtreme || (expected.HasNonFinite && !double.IsFinite(expected.Magnitude[i])))) continue;
            if (Math.Abs(got - want) > relative * expected.Magnitude[i] + Smallest)
                return $"component {i} is {got:R} instead of {want:R} (off by {Math.Abs(got - want) / expected.Magnitude[i]:g3} of the sum of absolute contributions, allowed {relative:g3})";
        }
        return null;
    }
}
