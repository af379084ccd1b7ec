using ExprGrad.Benchmarks.Workloads;

namespace ExprGrad.Benchmarks.Quick;

/// <summary>What is compared must compute the same thing.</summary>
internal static class CrossCheck
{
    // Relative to the largest value or component at any point: where contributions cancel, exact formulas differ by their rounding, not by that of the result.
    private const double Rounding = 1e-13;

    // Central differences keep about two thirds of the digits.
    private const double Estimate = 1e-5;

    /// <summary>Where two implementations differ by more than rounding, or null.</summary>
    public static string? FirstDisagreement(Workload workload, IReadOnlyList<Implementation> implementations)
    {
        Implementation reference = implementations.First(implementation => implementation.Role == Role.ExprGrad);
        (double Value, double[] Gradient)[] expected = [.. workload.Points.Select(point => At(workload, reference, point))];
        double valueScale = expected.Max(result => Math.Abs(result.Value)), gradientScale = expected.Max(result => result.Gradient.Max(Math.Abs));
        foreach (Implementation other in implementations.Where(implementation => implementation.Role != Role.CallOnly))
        {
            double allowed = other.Role == Role.CentralDifferences ? Estimate * Math.Max(valueScale, gradientScale) : Rounding * gradientScale;
            for (int i = 0; i < expected.Length; i++)
            {
                (double value, double[] gradient) = At(workload, other, workload.Points[i]);
                // The plain function has the same bits: that is the contract.
                bool isValueRight = other.Role is Role.Plain or Role.ExprGradValue ? value.Equals(expected[i].Value) : Math.Abs(value - expected[i].Value) <= Rounding * valueScale;
                if (!isValueRight)
                    return Message(workload, reference, other, i, "the value", expected[i].Value, value);
                for (int k = 0; k < gradient.Length && other.HasGradient; k++)
                {
                    if (!(Math.Abs(gradient[k] - expected[i].Gradient[k]) <= allowed))
                        return Message(workload, reference, other, i, $"component {k} of the gradient", expected[i].Gradient[k], gradient[k]);
                }
            }
        }
        return null;
    }

    private static (double Value, double[] Gradient) At(Workload workload, Implementation implementation, double[] point)
    {
        double[] gradient = new double[workload.GradientLength];
        Array.Fill(gradient, double.NaN);
        return (implementation.Evaluate(point, gradient), gradient);
    }

    private static string Message(Workload workload, Implementation reference, Implementation other, int point, string what, double expected, double actual) =>
        $"{workload.Name}: '{reference.Name}' and '{other.Name}' disagree on {what} at point {point} ({string.Join(", ", workload.Points[point].Take(20))}{(workload.Dimension > 20 ? ", …" : "")}): {expected:R} and {actual:R}.";
}
