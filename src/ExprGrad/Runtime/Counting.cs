using System.ComponentModel;

namespace ExprGrad.Runtime;

/// <summary>How often loops of statements go on that count. Public because code made by <see cref="Grad.Differentiate(System.Linq.Expressions.Expression{Func{double[], double}}, GradOptions?)"/> calls it; not meant to be called by hand.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Counting
{
    /// <summary>How many of <paramref name="first"/>, <paramref name="first"/> + <paramref name="step"/>, … come before the first that is not less than <paramref name="bound"/>; not greater, if they go down.</summary>
    /// <param name="first">The first number.</param>
    /// <param name="bound">The bound.</param>
    /// <param name="step">What is added from one to the next, not 0.</param>
    /// <param name="isInclusive">Whether the bound itself counts as before the end.</param>
    /// <exception cref="OverflowException">There are more than an int can count, or none of the ints is the end.</exception>
    public static int While(int first, int bound, int step, bool isInclusive)
    {
        long distance = (step > 0 ? (long)bound - first : (long)first - bound) + (isInclusive ? 1 : 0), length = Math.Abs((long)step);
        long count = distance <= 0 ? 0 : (distance + length - 1) / length;
        // Beyond the last int the loop would go on from the other end.
        _ = checked((int)(first + count * step));
        return checked((int)count);
    }

    /// <summary>How many of <paramref name="first"/>, <paramref name="first"/> + <paramref name="step"/>, … come before <paramref name="bound"/>.</summary>
    /// <param name="first">The first number.</param>
    /// <param name="bound">The number at the end.</param>
    /// <param name="step">1 or −1.</param>
    /// <exception cref="OverflowException">There are more than an int can count, or they lead away from the end.</exception>
    public static int Until(int first, int bound, int step)
    {
        long count = ((long)bound - first) * step;
        return count >= 0 ? checked((int)count) : throw new OverflowException();
    }
}
