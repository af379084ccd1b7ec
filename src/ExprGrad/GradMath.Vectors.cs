namespace ExprGrad;

/// <summary>Reductions of sequences. In a lambda they take whatever LINQ does there: <c>x</c> itself, arrays, lists, queries; their gradients run in loops.</summary>
public static partial class GradMath
{
    // Within these, squares neither overflow nor lose digits.
    internal const double SmallestSafeSquare = 1e-280, LargestSafeSquare = 1e300;

    // 2^−600 and 2^600: the squares of such multiples are within them, and to divide by them is exact.
    internal const double SmallUnit = 2.409919865102884e-181, LargeUnit = 4.149515568880993e+180;

    /// <summary>ln Σ e^vᵢ without overflow: the sum of numbers that are kept as logarithms.</summary>
    /// <remarks>−∞ if there are none, or all are −∞; +∞ if one is +∞; NaN if one is NaN. The partials are the softmax e^(vᵢ − result), and 0 where the result is infinite. Evaluated as <c>m + Math.Log(Σ Math.Exp(vᵢ − m))</c> with m the largest element; enumerates twice, in order.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="values"/> is null.</exception>
    public static double LogSumExp(IEnumerable<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        double largest = double.NegativeInfinity;
        foreach (double value in values)
            largest = Math.Max(largest, value);
        if (!double.IsFinite(largest))
            return largest;
        double sum = 0;
        foreach (double value in values)
            sum += Math.Exp(value - largest);
        return largest + Math.Log(sum);
    }

    /// <summary>Σ aᵢ·bᵢ in order, over as many elements as the shorter sequence has.</summary>
    /// <remarks>0 if there are none. Each product and each sum is rounded once.</remarks>
    /// <exception cref="ArgumentNullException">A sequence is null.</exception>
    public static double Dot(IEnumerable<double> a, IEnumerable<double> b) => a.Zip(b, static (p, q) => p * q).Sum();

    /// <summary>Σ vᵢ² in order.</summary>
    /// <remarks>0 if there are none.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="values"/> is null.</exception>
    public static double SumOfSquares(IEnumerable<double> values) => values.Sum(static value => value * value);

    /// <summary>The Euclidean norm √(Σ vᵢ²), also where squares overflow or vanish.</summary>
    /// <remarks>0 if there are no elements. The gradient is v/‖v‖, and 0 at v = 0. The root of the sum of squares; where that is below 1e−280 or above 1e300, of the elements divided by 2^−600 or 2^600: then the sequence is enumerated three times.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="values"/> is null.</exception>
    public static double Norm(IEnumerable<double> values)
    {
        double squares = SumOfSquares(values);
        if (squares > SmallestSafeSquare && squares < LargestSafeSquare)
            return Math.Sqrt(squares);
        double largest = 0;
        foreach (double value in values)
            largest = Math.Max(largest, Math.Abs(value));
        double unit = squares < 1 ? SmallUnit : LargeUnit;
        return largest > 0 && largest < double.PositiveInfinity ? unit * Math.Sqrt(values.Sum(value => value / unit * (value / unit))) : largest;
    }

    /// <summary>c₀ + c₁·t + c₂·t² + …, by Horner's scheme.</summary>
    /// <remarks>0 if there are no coefficients; the first one if there are no others, whatever t is. Each product and each sum is rounded once.</remarks>
    /// <param name="coefficients">The constant term first.</param>
    /// <param name="t">The argument.</param>
    /// <exception cref="ArgumentNullException"><paramref name="coefficients"/> is null.</exception>
    public static double Polynomial(IEnumerable<double> coefficients, double t)
    {
        double[] array = [.. coefficients];
        if (array.Length == 0)
            return 0;
        double value = array[^1];
        for (int k = array.Length - 2; k >= 0; k--)
            value = value * t + array[k];
        return value;
    }
}
