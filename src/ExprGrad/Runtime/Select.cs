using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ExprGrad.Runtime;

/// <summary>Choices between two numbers that are both known, without a branch. Public because compiled functions call it; not meant to be called by hand.</summary>
/// <remarks>The JIT makes a jump of every conditional expression of doubles, and a jump that nobody can predict costs as much as five divisions.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Select
{
    /// <summary><paramref name="a"/> if the test is true, else <paramref name="b"/>, with all its bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double If(bool test, double a, double b) =>
        Choose(Vector128.CreateScalarUnsafe(-(long)Unsafe.BitCast<bool, byte>(test)).AsDouble(), a, b);

    /// <summary><paramref name="a"/> if x &lt; y, else, also at NaN, <paramref name="b"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double IfLess(double x, double y, double a, double b) => Choose(Vector128.LessThan(Vector128.CreateScalarUnsafe(x), Vector128.CreateScalarUnsafe(y)), a, b);

    /// <summary><paramref name="a"/> if x ≤ y, else, also at NaN, <paramref name="b"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double IfLessOrEqual(double x, double y, double a, double b) => Choose(Vector128.LessThanOrEqual(Vector128.CreateScalarUnsafe(x), Vector128.CreateScalarUnsafe(y)), a, b);

    /// <summary><paramref name="a"/> if x = y, else, also at NaN, <paramref name="b"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double IfEqual(double x, double y, double a, double b) => Choose(Vector128.Equals(Vector128.CreateScalarUnsafe(x), Vector128.CreateScalarUnsafe(y)), a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Choose(Vector128<double> mask, double a, double b) =>
        Vector128.ConditionalSelect(mask, Vector128.CreateScalarUnsafe(a), Vector128.CreateScalarUnsafe(b)).ToScalar();
}
