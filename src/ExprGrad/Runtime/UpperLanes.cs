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

    private static readonly byte[] Untouched = new byte[BlockBytes];

    public static void Clear<T>(T[] array, int start, int length)
    {
        Array.Clear(array, start, length);
        Clean(array, length);
    }

    public static void Copy<T>(T[] source, T[] target, int length)
    {
        Array.Copy(source, target, length);
        Clean(target, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Clean<T>(T[] array, int length)
    {
        if (Vector256.IsHardwareAccelerated && length * Unsafe.SizeOf<T>() >= BlockBytes && !RuntimeHelpers.IsReferenceOrContainsReferences<T>())
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
