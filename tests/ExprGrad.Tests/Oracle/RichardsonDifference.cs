namespace ExprGrad.Tests.Oracle;

/// <summary>A numerical derivative of high order that knows how far to trust itself.</summary>
internal static class RichardsonDifference
{
    /// <summary>The derivative of <paramref name="f"/> along component <paramref name="i"/>, and an estimate of its error.</summary>
    public static (double Derivative, double Error) Partial(Func<double[], double> f, double[] x, int i)
    {
        // The scale of the function is not known: several first steps, and the one that converges best wins.
        double[] steps = [0.02 * Math.Max(Math.Abs(x[i]), 0.05), 0.02 * Math.Abs(x[i]), 0.002 * Math.Abs(x[i])];
        return steps.Where(step => step > 0).Select(step => Ridders(f, x, i, step)).MinBy(estimate => double.IsNaN(estimate.Error) ? double.PositiveInfinity : estimate.Error);
    }

    private static (double Derivative, double Error) Ridders(Func<double[], double> f, double[] x, int i, double h)
    {
        // Ridders' tableau: central differences with shrinking steps, extrapolated in h²; the entry that changes least wins.
        const int Rows = 7;
        const double Shrink = 1.6;
        var tableau = new double[Rows, Rows];
        (double best, double error) = (double.NaN, double.PositiveInfinity);
        for (int row = 0; row < Rows; row++, h /= Shrink)
        {
            tableau[row, 0] = Central(f, x, i, h);
            double factor = Shrink * Shrink;
            for (int order = 1; order <= row; order++, factor *= Shrink * Shrink)
            {
                tableau[row, order] = (factor * tableau[row, order - 1] - tableau[row - 1, order - 1]) / (factor - 1);
                double change = Math.Max(Math.Abs(tableau[row, order] - tableau[row, order - 1]), Math.Abs(tableau[row, order] - tableau[row - 1, order - 1]));
                if (change < error) (best, error) = (tableau[row, order], change);
            }
        }
        return (best, error);
    }

    private static double Central(Func<double[], double> f, double[] x, int i, double h)
    {
        double[] above = [.. x], below = [.. x];
        above[i] += h;
        below[i] -= h;
        return (f(above) - f(below)) / (above[i] - below[i]);
    }
}
