using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ExprGrad.Runtime;

/// <summary>Several neighbours in an array at once. Public because code made by <see cref="Grad.Differentiate(System.Linq.Expressions.Expression{Func{double[], double}}, GradOptions?)"/> calls it; not meant to be called by hand.</summary>
/// <remarks>The first and the last element are indexed as any other: of a method that has indexed a greater one before, the JIT leaves these checks out.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Lanes
{
    /// <summary>Two elements from <paramref name="start"/> on.</summary>
    /// <exception cref="IndexOutOfRangeException">The array has not got them.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Load2(double[] array, int start)
    {
        _ = array[start];
        _ = array[start + 1];
        return Vector128.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(array), (nuint)start);
    }

    /// <summary>Four elements from <paramref name="start"/> on.</summary>
    /// <inheritdoc cref="Load2"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Load4(double[] array, int start)
    {
        _ = array[start];
        _ = array[start + 3];
        return Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(array), (nuint)start);
    }

    /// <summary>Writes two elements from <paramref name="start"/> on.</summary>
    /// <inheritdoc cref="Load2"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store2(Vector128<double> lanes, double[] array, int start)
    {
        _ = array[start];
        _ = array[start + 1];
        lanes.StoreUnsafe(ref MemoryMarshal.GetArrayDataReference(array), (nuint)start);
    }

    /// <summary>Writes four elements from <paramref name="start"/> on.</summary>
    /// <inheritdoc cref="Load2"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store4(Vector256<double> lanes, double[] array, int start)
    {
        _ = array[start];
        _ = array[start + 3];
        lanes.StoreUnsafe(ref MemoryMarshal.GetArrayDataReference(array), (nuint)start);
    }
}
