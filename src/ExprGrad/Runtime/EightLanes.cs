using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ExprGrad.Runtime;

/// <summary>
/// What loops call that run eight iterations at once, one in each lane of a vector. Public because code made by <see cref="Grad.Differentiate(System.Linq.Expressions.Expression{Func{double[], double}}, GradOptions?)"/>
/// calls it; not meant to be called by hand.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class EightLanes
{
    /// <summary>How many iterations run at once.</summary>
    public const int Width = 8;

    // As many as the nearest cache holds.
    private const int FewIterations = 4 * Width, MostTotals = 512;

    private static readonly Vector256<int> Numbers = Vector256.Create(0, 1, 2, 3, 4, 5, 6, 7);

    /// <summary>Eight elements from <paramref name="start"/> on.</summary>
    /// <exception cref="IndexOutOfRangeException">The array has not got them.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Load(double[] array, int start)
    {
        _ = array[start];
        _ = array[start + Width - 1];
        return Vector512.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(array), (nuint)start);
    }

    /// <summary>Eight ints from <paramref name="start"/> on.</summary>
    /// <inheritdoc cref="Load(double[], int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Load(int[] array, int start)
    {
        _ = array[start];
        _ = array[start + Width - 1];
        return Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(array), (nuint)start);
    }

    /// <summary>Writes eight elements from <paramref name="start"/> on.</summary>
    /// <inheritdoc cref="Load(double[], int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(double[] array, int start, Vector512<double> lanes)
    {
        _ = array[start];
        _ = array[start + Width - 1];
        lanes.StoreUnsafe(ref MemoryMarshal.GetArrayDataReference(array), (nuint)start);
    }

    /// <summary>Writes eight ints from <paramref name="start"/> on.</summary>
    /// <inheritdoc cref="Load(double[], int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(int[] array, int start, Vector256<int> lanes)
    {
        _ = array[start];
        _ = array[start + Width - 1];
        lanes.StoreUnsafe(ref MemoryMarshal.GetArrayDataReference(array), (nuint)start);
    }

    /// <summary>Adds to eight elements from <paramref name="start"/> on.</summary>
    /// <inheritdoc cref="Load(double[], int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(double[] array, int start, Vector512<double> lanes) => Store(array, start, Load(array, start) + lanes);

    /// <summary>The elements at eight indices.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no element at one of them.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Gather(double[] array, Vector256<int> indices) =>
        Vector512.Create(array[indices[0]], array[indices[1]], array[indices[2]], array[indices[3]], array[indices[4]], array[indices[5]], array[indices[6]], array[indices[7]]);

    /// <summary>The ints at eight indices.</summary>
    /// <inheritdoc cref="Gather(double[], Vector256{int})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Gather(int[] array, Vector256<int> indices) =>
        Vector256.Create(array[indices[0]], array[indices[1]], array[indices[2]], array[indices[3]], array[indices[4]], array[indices[5]], array[indices[6]], array[indices[7]]);

    /// <summary>Adds each lane to the element at its index, the first lane first.</summary>
    /// <inheritdoc cref="Gather(double[], Vector256{int})"/>
    public static void AddEach(double[] array, Vector256<int> indices, Vector512<double> lanes)
    {
        for (int lane = 0; lane < Width; lane++)
            array[indices[lane]] += lanes[lane];
    }

    /// <summary>Writes each lane to the element at its index, the first lane first.</summary>
    /// <inheritdoc cref="Gather(double[], Vector256{int})"/>
    public static void StoreEach(double[] array, Vector256<int> indices, Vector512<double> lanes)
    {
        for (int lane = 0; lane < Width; lane++)
            array[indices[lane]] = lanes[lane];
    }

    /// <summary>Writes each int to the element at its index, the first lane first.</summary>
    /// <inheritdoc cref="Gather(double[], Vector256{int})"/>
    public static void StoreEach(int[] array, Vector256<int> indices, Vector256<int> lanes)
    {
        for (int lane = 0; lane < Width; lane++)
            array[indices[lane]] = lanes[lane];
    }

    /// <summary><paramref name="total"/> plus the first lane, plus the second, and so on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double AddInOrder(double total, Vector512<double> lanes)
    {
        Vector128<double> pair = lanes.GetLower().GetLower();
        total = total + pair.ToScalar() + pair.GetElement(1);
        pair = lanes.GetLower().GetUpper();
        total = total + pair.ToScalar() + pair.GetElement(1);
        pair = lanes.GetUpper().GetLower();
        total = total + pair.ToScalar() + pair.GetElement(1);
        pair = lanes.GetUpper().GetUpper();
        return total + pair.ToScalar() + pair.GetElement(1);
    }

    /// <summary>Memory in which to add up lane by lane what goes to elements of <paramref name="target"/>: eight numbers for each, all 0; null where adding up the lanes at once is cheaper.</summary>
    /// <param name="held">The memory of the call.</param>
    /// <param name="place">Where it is held.</param>
    /// <param name="target">The array.</param>
    /// <param name="length">How many elements it has.</param>
    /// <param name="count">How many iterations there are.</param>
    public static double[]? Totals(object?[] held, int place, double[] target, int length, int count) =>
        length <= target.Length && count >= FewIterations && length <= Width * (long)count && length <= MostTotals ? FitZeros(held, place, length) : null;

    /// <summary>Adds all lanes to one element, or to its totals.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddSum(double[] array, double[]? totals, int index, Vector512<double> lanes)
    {
        if (totals is null)
            array[index] += Vector512.Sum(lanes);
        else
            Add(totals, index * Width, lanes);
    }

    /// <summary>Adds the totals to the elements.</summary>
    public static void AddTotals(double[] array, double[]? totals, int length)
    {
        for (int k = 0; totals is not null && k < length; k++)
            array[k] += Vector512.Sum(Load(totals, k * Width));
    }

    /// <summary>What each iteration gets from the one before: the first <paramref name="carried"/>, the others the lane before theirs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> After(double carried, Vector512<double> lanes) =>
        Vector512.Shuffle(lanes, Vector512.Create(0L, 0, 1, 2, 3, 4, 5, 6)).WithElement(0, carried);

    /// <summary>The last lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Last(Vector512<double> lanes) => lanes.GetElement(Width - 1);

    /// <summary><paramref name="start"/>, <paramref name="start"/> + <paramref name="stride"/>, and so on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Steps(int start, int stride) => Vector256.Create(start) + Numbers * Vector256.Create(stride);

    /// <summary>As doubles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> ToDouble(Vector256<int> lanes)
    {
        (Vector256<long> lower, Vector256<long> upper) = Vector256.Widen(lanes);
        return Vector512.ConvertToDouble(Vector512.Create(lower, upper));
    }

    /// <summary>The lanes of one vector where a test holds, of another where it does not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Select(Vector512<double> test, Vector256<int> then, Vector256<int> otherwise)
    {
        Vector512<long> bits = test.AsInt64();
        return Vector256.ConditionalSelect(Vector256.Narrow(bits.GetLower(), bits.GetUpper()), then, otherwise);
    }

    /// <summary>A test of ints as one of doubles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Test(Vector256<int> lanes)
    {
        (Vector256<long> lower, Vector256<long> upper) = Vector256.Widen(lanes);
        return Vector512.Create(lower, upper).AsDouble();
    }

    /// <summary>A test that all lanes share.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Test(bool all) => all ? Vector512<double>.AllBitsSet : Vector512<double>.Zero;

    /// <summary>Whether eight rows are there, of one length, and none of them is the gradient.</summary>
    public static bool AreRows(double[]?[] rows, int start, double[] gradient)
    {
        if ((uint)start >= (uint)rows.Length || start + Width > rows.Length || rows[start] is not { } first)
            return false;
        for (int lane = 0; lane < Width; lane++)
        {
            if (rows[start + lane] is not { } row || row.Length != first.Length || ReferenceEquals(row, gradient))
                return false;
        }
        return true;
    }

    /// <summary>Eight rows of one length, column by column.</summary>
    public static double[] Columns(object?[] held, int place, double[][] rows, int start)
    {
        int count = rows[start].Length, k = 0;
        double[] columns = Scratch.Fit<double>(held, place, checked(count * Width));
        if (Avx512F.IsSupported)
        {
            for (; k <= count - Width; k += Width)
                Transpose(rows.AsSpan(start, Width), k, columns);
        }
        for (int lane = 0; lane < Width; lane++)
        {
            double[] row = rows[start + lane];
            for (int column = k, at = (k * Width) + lane; column < row.Length; column++, at += Width)
                columns[at] = row[column];
        }
        return columns;
    }

    // Pairs, then pairs of pairs, change places.
    private static void Transpose(ReadOnlySpan<double[]> rows, int start, double[] columns)
    {
        Vector512<double> a = Load(rows[0], start), b = Load(rows[1], start), c = Load(rows[2], start), d = Load(rows[3], start);
        Vector512<double> e = Load(rows[4], start), f = Load(rows[5], start), g = Load(rows[6], start), h = Load(rows[7], start);
        Vector512<double> ab0 = Avx512F.UnpackLow(a, b), ab1 = Avx512F.UnpackHigh(a, b), cd0 = Avx512F.UnpackLow(c, d), cd1 = Avx512F.UnpackHigh(c, d);
        Vector512<double> ef0 = Avx512F.UnpackLow(e, f), ef1 = Avx512F.UnpackHigh(e, f), gh0 = Avx512F.UnpackLow(g, h), gh1 = Avx512F.UnpackHigh(g, h);
        // Blocks of 128 bits, the first two from the first operand: 0 and 2, or 1 and 3.
        const byte Even = 0b10_00_10_00, Odd = 0b11_01_11_01;
        StoreFour(Avx512F.Shuffle4x128(ab0, cd0, Even), Avx512F.Shuffle4x128(ef0, gh0, Even), Avx512F.Shuffle4x128(ab0, cd0, Odd), Avx512F.Shuffle4x128(ef0, gh0, Odd), columns, start);
        StoreFour(Avx512F.Shuffle4x128(ab1, cd1, Even), Avx512F.Shuffle4x128(ef1, gh1, Even), Avx512F.Shuffle4x128(ab1, cd1, Odd), Avx512F.Shuffle4x128(ef1, gh1, Odd), columns, start + 1);

        static void StoreFour(Vector512<double> evenLower, Vector512<double> evenUpper, Vector512<double> oddLower, Vector512<double> oddUpper, double[] columns, int first)
        {
            Store(columns, first * Width, Avx512F.Shuffle4x128(evenLower, evenUpper, Even));
            Store(columns, (first + 4) * Width, Avx512F.Shuffle4x128(evenLower, evenUpper, Odd));
            Store(columns, (first + 2) * Width, Avx512F.Shuffle4x128(oddLower, oddUpper, Even));
            Store(columns, (first + 6) * Width, Avx512F.Shuffle4x128(oddLower, oddUpper, Odd));
        }
    }

    /// <summary>One column of eight rows.</summary>
    /// <exception cref="IndexOutOfRangeException">They have not got it.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Column(double[] columns, int index, int count) => Load(columns, Width * Arguments.IndexWithin(index, count));

    /// <summary>Memory for eight iterations: an array for each, element by element.</summary>
    public static T[] Fit<T>(object?[] held, int place, int length) => Scratch.Fit<T>(held, place, checked(Math.Max(length, 0) * Width));

    /// <summary>As <see cref="Fit"/>, all zeros.</summary>
    public static double[] FitZeros(object?[] held, int place, int length) => Scratch.FitZeros<double>(held, place, checked(Math.Max(length, 0) * Width));

    /// <summary>Where each lane has the element at its index.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Places(Vector256<int> indices) => indices * Vector256.Create(Width) + Numbers;

    /// <summary>Before functions of the C library are called: they are slow while the upper halves of the vector registers are in use.</summary>
    public static void Leave() => UpperLanes.Clean();
}
