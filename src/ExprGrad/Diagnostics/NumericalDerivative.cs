using System.Diagnostics.CodeAnalysis;

namespace ExprGrad.Diagnostics;

/// <summary>A partial derivative from values of the function alone.</summary>
/// <param name="Derivative">The estimate; NaN where the values do not converge to one.</param>
/// <param name="Uncertainty">How far the estimate may be off; NaN where there is none.</param>
internal readonly record struct DerivativeEstimate(double Derivative, double Uncertainty);

/// <summary>
/// Difference quotients with shrinking steps, extrapolated to step 0 in a tableau; the entry that differs least from its neighbours is the estimate, and the difference its uncertainty.
/// C. J. F. Ridders, Accurate computation of F′(x) and F′(x)F″(x), Advances in Engineering Software 4 (1982) 75–76.
/// </summary>
internal sealed class NumericalDerivative
{
    /// <summary>How many times at most the function is called for one component.</summary>
    public const int MaxCalls = 1 + Sides * Starts * Rows * 2;

    private const int Sides = 3;
    private const int Starts = 4;
    private const int Rows = 8;
    private const double Shrink = 1.6;
    private const double HalfTheDigits = 1.5e-8;
    private const double Epsilon = 2.220446049250313e-16;

    // What does not converge to three digits is no derivative: quotients across a jump, or at a vertical tangent, change by a tenth and more from step to step.
    private const double Converged = 1e-3;

    private readonly Func<double[], double> f;
    private readonly double[] point;
    private readonly int index;
    private readonly double centre;
    private readonly double atCentre;
    private double greatest;

    private NumericalDerivative(Func<double[], double> f, double[] x, int index)
    {
        (this.f, this.point, this.index, this.centre) = (f, [.. x], index, x[index]);
        this.atCentre = this.At(this.centre);
    }

    /// <summary>The derivative of <paramref name="f"/> along component <paramref name="index"/>. A point where <paramref name="f"/> throws has no value.</summary>
    /// <remarks>From both sides; from one side where the function has no values on the other. At a kink the two sides' mean.</remarks>
    public static DerivativeEstimate Partial(Func<double[], double> f, double[] x, int index)
    {
        var derivative = new NumericalDerivative(f, x, index);
        DerivativeEstimate estimate = derivative.Best(derivative.Central, power: 2);
        if (double.IsNaN(estimate.Derivative))
            estimate = derivative.Best(step => derivative.OneSided(step), power: 1);
        if (double.IsNaN(estimate.Derivative))
            estimate = derivative.Best(step => derivative.OneSided(-step), power: 1);
        // A derivative of 0 never converges relative to itself.
        double negligible = HalfTheDigits * derivative.greatest / Math.Max(1, Math.Abs(derivative.centre));
        bool isConverged = estimate.Uncertainty <= Converged * Math.Max(Math.Abs(estimate.Derivative), negligible);
        return isConverged ? new(estimate.Derivative, estimate.Uncertainty) : new(double.NaN, double.NaN);
    }

    // The scale on which the function varies is not known: several first steps, and what converges best wins.
    private DerivativeEstimate Best(Func<double, double> quotient, int power)
    {
        DerivativeEstimate best = new(double.NaN, double.PositiveInfinity);
        if (!double.IsFinite(this.atCentre))
            return best;
        double size = Math.Abs(this.centre), absolute = Math.Max(size, 0.05);
        foreach (double start in (ReadOnlySpan<double>)[0.02 * absolute, 0.02 * size, 0.002 * size, 1e-5 * absolute])
        {
            DerivativeEstimate next = this.Extrapolate(quotient, start, power);
            if (next.Uncertainty < best.Uncertainty)
                best = next;
        }
        return best;
    }

    private DerivativeEstimate Extrapolate(Func<double, double> quotient, double start, int power)
    {
        DerivativeEstimate best = new(double.NaN, double.PositiveInfinity);
        double[] previous = [];
        double step = start;
        for (int k = 0; k < Rows && step > 0; k++, step /= Shrink)
        {
            double first = quotient(step);
            if (!double.IsFinite(first))
            {
                // Outside the domain: smaller steps may stay inside.
                previous = [];
                continue;
            }
            var row = new double[previous.Length + 1];
            row[0] = first;
            double factor = 1;
            for (int order = 1; order < row.Length; order++)
            {
                factor *= Math.Pow(Shrink, power);
                row[order] = ((factor * row[order - 1]) - previous[order - 1]) / (factor - 1);
                double change = Math.Max(Math.Abs(row[order] - row[order - 1]), Math.Abs(row[order] - previous[order - 1]));
                double uncertainty = Math.Max(change, Epsilon * this.greatest / step);
                if (uncertainty < best.Uncertainty)
                    best = new(row[order], uncertainty);
            }
            previous = row;
        }
        return best;
    }

    // Divided by the distance of the points as they are after rounding.
    private double Central(double step) => (this.At(this.centre + step) - this.At(this.centre - step)) / (this.centre + step - (this.centre - step));

    private double OneSided(double step) => (this.At(this.centre + step) - this.atCentre) / (this.centre + step - this.centre);

    [SuppressMessage("Design", "CA1031", Justification = "Whatever the user's function throws, it has no value there.")]
    private double At(double coordinate)
    {
        this.point[this.index] = coordinate;
        double value;
        try
        {
            value = this.f(this.point);
        }
        catch (Exception)
        {
            value = double.NaN;
        }
        this.point[this.index] = this.centre;
        if (double.IsFinite(value))
            this.greatest = Math.Max(this.greatest, Math.Abs(value));
        return value;
    }
}
