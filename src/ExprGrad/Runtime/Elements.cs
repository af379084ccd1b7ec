using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ExprGrad.Runtime;

/// <summary>Elements of arrays in fewer instructions than C# takes for them. Public for compiled functions; not meant to be called by hand.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Elements
{
    /// <summary>Adds to an element. The index is checked once.</summary>
    /// <exception cref="IndexOutOfRangeException"><paramref name="index"/> is no index of <paramref name="array"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(double[] array, int index, double term) => array[index] += term;

    /// <summary>The element <paramref name="offset"/> behind the index <paramref name="start"/>. Nothing is checked: the compiler has proved that it is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Get<T>(T[] array, int start, int offset) => At(array, start, offset);

    /// <summary>Sets the element <paramref name="offset"/> behind the index <paramref name="start"/>. Nothing is checked, as in <see cref="Get"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<T>(T[] array, int start, int offset, T value) => At(array, start, offset) = value;

    private static ref T At<T>(T[] array, int start, int offset) => ref Unsafe.Add(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(array), (uint)start), offset);
}
