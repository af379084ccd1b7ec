using System.ComponentModel;

namespace ExprGrad.Runtime;

/// <summary>What compiled functions call where the plain lambda calls LINQ: its exceptions. Public because code made by <see cref="Grad.Differentiate(System.Linq.Expressions.Expression{Func{double[], double}}, GradOptions?)"/> calls it; not meant to be called by hand.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Sequences
{
    /// <summary>Returns <paramref name="source"/> if it is not null.</summary>
    /// <exception cref="ArgumentNullException">It is null.</exception>
    public static T NotNull<T>(T source)
    {
        if (source is null)
            throw new ArgumentNullException(nameof(source));
        return source;
    }

    /// <summary>The elements of a sequence that has no indexer.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    public static T[] ToArray<T>(IEnumerable<T> source) => Enumerable.ToArray(source);

    /// <summary>Returns <paramref name="count"/> if there is a range of that many ints from <paramref name="start"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public static int RangeLength(int start, int count)
    {
        if (count < 0 || (long)start + count - 1 > int.MaxValue)
            throw new ArgumentOutOfRangeException(nameof(count));
        return count;
    }

    /// <summary>Returns <paramref name="count"/> if it is at least <paramref name="least"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less.</exception>
    public static int AtLeast(int count, int least)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, least);
        return count;
    }

    /// <summary>Returns <paramref name="count"/> if it is the length of an array.</summary>
    /// <exception cref="OverflowException">It is negative.</exception>
    public static int ArrayLength(int count) => count >= 0 ? count : throw new OverflowException();

    /// <summary>Returns <paramref name="count"/> if it is not 0.</summary>
    /// <exception cref="InvalidOperationException">It is 0.</exception>
    public static int NotEmpty(int count) => count != 0 ? count : throw new InvalidOperationException("Sequence contains no elements");

    /// <summary>Returns <paramref name="hasValue"/> if it is true.</summary>
    /// <exception cref="InvalidOperationException">It is false.</exception>
    public static bool Present(bool hasValue) => hasValue ? hasValue : throw new InvalidOperationException("Nullable object must have a value.");

    /// <summary>Returns <paramref name="count"/> if it is at most 1.</summary>
    /// <exception cref="InvalidOperationException">It is greater.</exception>
    public static int NotSeveral(int count) => count <= 1 ? count : throw new InvalidOperationException("Sequence contains more than one element");

    /// <summary>Returns <paramref name="index"/> if a list of <paramref name="count"/> elements has it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It has not.</exception>
    public static int IndexWithin(int index, int count) =>
        (uint)index < (uint)count ? index : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>Returns <paramref name="count"/> if a state of <paramref name="length"/> elements keeps that length.</summary>
    /// <exception cref="NotSupportedException">It does not.</exception>
    public static int SameLength(int count, int length) =>
        count == length ? count : throw new NotSupportedException($"The state of a recurrence has {length} elements and becomes one of {count}: ExprGrad needs states that keep their length.");
}
