using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ExprGrad.Runtime;

/// <summary>
/// Clearing and copying that leaves the upper halves of the vector registers clean. What the base library does with blocks of 64 bytes and more leaves them dirty, and then every call of a function of the C library takes
/// ten times as long on some processors, until somebody executes <c>vzeroupper</c>: the JIT does at the end of a method that uses vectors of 256 bits by name.
/// </summary>
internal static class UpperLanes
{
    private const int BlockBytes = 64;

    // Up to here blocks of 16 bytes, which leave the upper halves alone, are faster than a call.
    private const int FewBytes = 256;

    private static readonly byte[] Untouched = new byte[BlockBytes];

    public static void Clear<T>(T[] array, int start, int length)
    {
        Span<T> elements = array.AsSpan(start, length);
        if (IsFew<T>(length))
        {
            ClearFew(MemoryMarshal.CreateSpan(ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(elements)), length * Unsafe.SizeOf<T>()));
            return;
        }
        elements.Clear();
        Clean(array, length);
    }

    public static void Copy<T>(T[] source, T[] target, int length)
    {
        ReadOnlySpan<T> elements = source.AsSpan(0, length);
        Span<T> copy = target.AsSpan(0, length);
        if (IsFew<T>(length))
        {
            CopyFew(ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(elements)), MemoryMarshal.CreateSpan(ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(copy)), length * Unsafe.SizeOf<T>()));
            return;
        }
        elements.CopyTo(copy);
        Clean(target, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsFew<T>(int length) => !RuntimeHelpers.IsReferenceOrContainsReferences<T>() && (long)length * Unsafe.SizeOf<T>() is >= 16 and <= FewBytes;

    // The last block may overlap the one before.
    private static void ClearFew(Span<byte> bytes)
    {
        ref byte first = ref MemoryMarshal.GetReference(bytes);
        nuint last = (nuint)(bytes.Length - Vector128<byte>.Count);
        for (nuint k = 0; k < last; k += (nuint)Vector128<byte>.Count)
            Vector128<byte>.Zero.StoreUnsafe(ref first, k);
        Vector128<byte>.Zero.StoreUnsafe(ref first, last);
    }

    private static void CopyFew(ref byte source, Span<byte> target)
    {
        ref byte first = ref MemoryMarshal.GetReference(target);
        nuint last = (nuint)(target.Length - Vector128<byte>.Count);
        for (nuint k = 0; k < last; k += (nuint)Vector128<byte>.Count)
            Vector128.LoadUnsafe(ref source, k).StoreUnsafe(ref first, k);
        Vector128.LoadUnsafe(ref source, last).StoreUnsafe(ref first, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Clean<T>(T[] array, int length)
    {
        if (Vector256.IsHardwareAccelerated && (long)length * Unsafe.SizeOf<T>() >= BlockBytes && !RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            Touch(ref Unsafe.As<T, byte>(ref MemoryMarshal.GetArrayDataReference(array)));
    }

    /// <summary>Cleans the upper halves.</summary>
    public static void Clean()
    {
        if (Vector256.IsHardwareAccelerated)
            Touch(ref MemoryMarshal.GetArrayDataReference(Untouched));
    }

    // Any use of a vector does, if the compiler cannot see that it is none.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Touch(ref byte block) => Vector256.LoadUnsafe(ref block) == Vector256<byte>.Zero;
}
