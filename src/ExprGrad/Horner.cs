namespace ExprGrad;

/// <summary>Polynomials and quotients of polynomials by Horner's rule. Coefficients ascend.</summary>
/// <remarks>Fused multiply–add is correctly rounded everywhere (in software where the processor lacks it), so that results have the same bits on every processor.</remarks>
internal static class Horner
{
    public static double Evaluate(ReadOnlySpan<double> coefficients, double x)
    {
        double sum = 0;
        for (int i = coefficients.Length - 1; i >= 0; i--)
            sum = Math.FusedMultiplyAdd(sum, x, coefficients[i]);
        return sum;
    }

    /// <summary>p(x) / q(x).</summary>
    public static double Quotient(ReadOnlySpan<double> p, ReadOnlySpan<double> q, double x) => Evaluate(p, x) / Evaluate(q, x);
}
