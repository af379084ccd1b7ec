namespace ExprGrad.Tests.Primitives;

/// <summary>Ridders' extrapolation of central differences to step 0. C. J. F. Ridders, Advances in Engineering Software 4 (1982) 75–76.</summary>
internal static class NumericalDerivative
{
    private const int Levels = 12;
    private const double Shrink = 1.6;

    /// <summary>f′(x) from values within <paramref name="reach"/> of x, the entry of the tableau whose neighbours differ least.</summary>
    public static double At(Func<double, double> f, double x, double reach)
    {
        double best = double.NaN, error = double.PositiveInfinity, step = reach;
        double[] previous = [];
        for (int level = 0; level < Levels; level++, step /= Shrink)
        {
            var current = new double[level + 1];
            // The step as it is after rounding x ± step.
            current[0] = (f(x + step) - f(x - step)) / (x + step - (x - step));
            double factor = 1;
            for (int order = 1; order <= level; order++)
            {
                factor *= Shrink * Shrink;
                current[order] = ((factor * current[order - 1]) - previous[order - 1]) / (factor - 1);
                double difference = Math.Max(Math.Abs(current[order] - current[order - 1]), Math.Abs(current[order] - previous[order - 1]));
                if (difference < error)
                    (best, error) = (current[order], difference);
            }
            previous = current;
        }
        return best;
    }
}
