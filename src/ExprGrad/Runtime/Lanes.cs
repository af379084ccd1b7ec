using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

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

    /// <summary>Two lanes of <paramref name="first"/> followed by <paramref name="second"/>, from lane <paramref name="start"/> on: 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Join2(Vector128<double> first, Vector128<double> second, int start) =>
        start == 1 && Sse2.IsSupported ? Sse2.Shuffle(first, second, 0b01)
        : start == 1 && AdvSimd.IsSupported ? AdvSimd.ExtractVector128(first, second, 1)
        : Vector128.Create(LaneOf(first, second, start), LaneOf(first, second, start + 1));

    /// <summary>Four lanes of <paramref name="first"/> followed by <paramref name="second"/>, from lane <paramref name="start"/> on: 1, 2 or 3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Join4(Vector256<double> first, Vector256<double> second, int start)
    {
        if (!Avx.IsSupported || start is not (1 or 2 or 3))
            return Vector256.Create(LaneOf(first, second, start), LaneOf(first, second, start + 1), LaneOf(first, second, start + 2), LaneOf(first, second, start + 3));
        Vector256<double> middle = Avx.Permute2x128(first, second, 0x21);
        return start == 1 ? Avx.Shuffle(first, middle, 0b0101) : start == 2 ? middle : Avx.Shuffle(middle, second, 0b0101);
    }

    private static double LaneOf(Vector128<double> first, Vector128<double> second, int lane) => lane < 2 ? first.GetElement(lane) : second.GetElement(lane - 2);

    private static double LaneOf(Vector256<double> first, Vector256<double> second, int lane) => lane < 4 ? first.GetElement(lane) : second.GetElement(lane - 4);
}
