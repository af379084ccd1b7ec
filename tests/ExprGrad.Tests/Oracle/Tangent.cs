namespace ExprGrad.Tests.Oracle;

/// <summary>
/// The derivative of one real intermediate with respect to every input. An entry that is not <see cref="Present"/> is zero by structure:
/// it stays absent whatever it is multiplied by, whereas a present 0 times ∞ is NaN.
/// </summary>
internal sealed class Tangent(int inputs)
{
    /// <summary>Beyond these a product of partials may overflow or vanish in one order of multiplication and not in another.</summary>
    private const double Huge = 1e100, Tiny = 1e-100;

    public double[] Values { get; } = new double[inputs];

    /// <summary>For each input the sum over all paths of the absolute value of the path's contribution: the scale of rounding errors.</summary>
    public double[] Magnitudes { get; } = new double[inputs];

    public bool[] Present { get; } = new bool[inputs];

    /// <summary>A partial on the way was not finite, huge, or not specified: forward and reverse mode may differ in where they are finite.</summary>
    public bool HasNonFinite { get; private set; }

    /// <summary>A finite partial on the way was huge or tiny: forward and reverse mode may differ where both are finite.</summary>
    public bool HasExtreme { get; private set; }

    public static Tangent Seed(int inputs, int component)
    {
        var seed = new Tangent(inputs);
        seed.Values[component] = seed.Magnitudes[component] = 1;
        seed.Present[component] = true;
        return seed;
    }

    /// <summary>Σ partial · operand over the operands that are active and whose partial is not zero by structure; null if there are none.</summary>
    public static Tangent? Combine(ReadOnlySpan<double?> partials, ReadOnlySpan<Tangent?> operands, bool unspecified)
    {
        Tangent? sum = null;
        for (int k = 0; k < operands.Length; k++)
        {
            if (operands[k] is not { } operand || partials[k] is not { } partial) continue;
            sum ??= new Tangent(operand.Values.Length) { HasNonFinite = unspecified };
            sum.Add(partial, operand);
        }
        return sum;
    }

    private void Add(double partial, Tangent operand)
    {
        HasNonFinite |= operand.HasNonFinite;
        HasExtreme |= operand.HasExtreme;
        Watch(partial);
        for (int i = 0; i < Values.Length; i++)
        {
            if (!operand.Present[i]) continue;
            double contribution = partial * operand.Values[i];
            Values[i] = Present[i] ? Values[i] + contribution : contribution;
            Magnitudes[i] += Math.Abs(partial) * operand.Magnitudes[i];
            Present[i] = true;
            Watch(contribution);
            Watch(Values[i]);
        }
    }

    private void Watch(double number)
    {
        double size = Math.Abs(number);
        HasNonFinite |= !(size <= Huge);
        HasExtreme |= double.IsFinite(size) && (size > Huge || (size > 0 && size < Tiny));
    }
}
