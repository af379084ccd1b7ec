using System.Buffers;
using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace ExprGrad.Runtime;

/// <summary>Memory that a compiled function uses during one call. Public for the code of large functions; not meant to be called by hand.</summary>
/// <remarks>Rented from the shared pool at each call and returned at its end, so that re-entry and several threads are safe; the pool allocates only when it has nothing of the size.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Scratch
{
    /// <summary>An array of at least <paramref name="length"/> elements with unspecified content.</summary>
    public static T[] Rent<T>(int length) => ArrayPool<T>.Shared.Rent(length);

    /// <summary>Places for <paramref name="count"/> arrays, all empty.</summary>
    public static object?[] Hold(int count)
    {
        object?[] held = Rent<object?>(count);
        Array.Clear(held, 0, count);
        return held;
    }

    /// <summary>An array of at least <paramref name="length"/> elements: the one that is held at a place if it has so many; if not, that one is given back for another.</summary>
    /// <remarks>What a loop needs in each of its iterations is rented once.</remarks>
    public static T[] Fit<T>(object?[] held, int place, int length) =>
        Unsafe.As<T[]?>(held[place]) is { } array && array.Length >= length ? array : Exchange<T>(held, place, length);

    /// <summary>As <see cref="Fit{T}(object[], int, int)"/>, for what is counted by a product.</summary>
    /// <exception cref="OutOfMemoryException">No array is so long.</exception>
    public static T[] Fit<T>(object?[] held, int place, long length) =>
        Fit<T>(held, place, (int)Math.Clamp(length, 0, int.MaxValue));

    /// <summary>As <see cref="Fit{T}(object[], int, int)"/>, with zeros in the first <paramref name="length"/> elements.</summary>
    public static T[] FitZeros<T>(object?[] held, int place, int length)
    {
        T[] zeros = Fit<T>(held, place, length);
        UpperLanes.Clear(zeros, 0, Math.Max(length, 0));
        return zeros;
    }

    /// <summary>As <see cref="Fit{T}(object[], int, int)"/>, with the first <paramref name="length"/> elements of <paramref name="source"/>.</summary>
    public static T[] FitCopy<T>(object?[] held, int place, T[]? source, int length)
    {
        T[] copy = Fit<T>(held, place, length);
        Copy(source, copy, length);
        return copy;
    }

    /// <summary>Gives back the array that is held at a place, if there is one.</summary>
    public static void Return<T>(object?[] held, int place) => Return(Unsafe.As<T[]?>(held[place]));

    /// <summary>Copies as many elements as both arrays have; of no array none.</summary>
    public static void Copy<T>(T[]? source, T[] target) => Copy(source, target, target.Length);

    private static void Copy<T>(T[]? source, T[] target, int length)
    {
        if (source is not null)
            UpperLanes.Copy(source, target, Math.Clamp(length, 0, Math.Min(source.Length, target.Length)));
    }

    /// <summary>The array that a state is next, if there is one: it is held at <paramref name="next"/>, and changes places with the one that the state is now.</summary>
    public static T[] Swap<T>(object?[] held, int place, int next, T[]? array, T[] now)
    {
        if (array is null)
            return now;
        (held[place], held[next]) = (array, now);
        return array;
    }

    /// <summary>How many elements an array has room for; none if there is no array.</summary>
    public static int Capacity<T>(T[]? array) => array?.Length ?? 0;

    /// <summary>Gives an array back, if there is one.</summary>
    public static void Return<T>(T[]? array)
    {
        if (array is not null)
            ReturnArray(array);
    }

    // Rare, and large where it is inlined.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static T[] Exchange<T>(object?[] held, int place, int length)
    {
        Return<T>(held, place);
        held[place] = null;
        T[] array = Rent<T>(Math.Max(length, 0));
        held[place] = array;
        return array;
    }

    private static void ReturnArray<T>(T[] array) => ArrayPool<T>.Shared.Return(array, RuntimeHelpers.IsReferenceOrContainsReferences<T>());
}
