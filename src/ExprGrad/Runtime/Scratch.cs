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

    /// <summary>Gives an array back.</summary>
    public static void Return<T>(T[] array) => ArrayPool<T>.Shared.Return(array, RuntimeHelpers.IsReferenceOrContainsReferences<T>());
}
