namespace ExprGrad.Diagnostics;

/// <summary>Compares a compiled gradient with numerical derivatives of the plain lambda.</summary>
internal static class Checker
{
    public static GradientCheck Check(ValueAndGradient compiled, Func<double[], double> plain, double[] x)
    {
        ArgumentNullException.ThrowIfNull(x);
        (double value, double[] gradient) = compiled([.. x]);
        return new GradientCheck(value, [.. gradient.Select((component, k) => Compare(k, component, NumericalDerivative.Partial(plain, x, k)))]);
    }

    private static ComponentCheck Compare(int index, double gradient, DerivativeEstimate estimate)
    {
        // What the uncertainty of the estimate explains is not held against the gradient.
        double scale = Math.Max(Math.Max(Math.Abs(gradient), Math.Abs(estimate.Derivative)), 1e6 * estimate.Uncertainty);
        double error = double.IsNaN(estimate.Derivative) ? double.NaN
            : !double.IsFinite(gradient) ? double.PositiveInfinity
            : gradient == estimate.Derivative ? 0
            : Math.Abs(gradient - estimate.Derivative) / scale;
        return new ComponentCheck(index, gradient, estimate.Derivative, estimate.Uncertainty, error);
    }
}
