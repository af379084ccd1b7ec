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

    // Columns that are read and added to at once.
    private const int TileSize = 4;

    // Blocks of 128 bits, the first two from the first operand: 0 and 2, or 1 and 3.
    private const byte Even = 0b10_00_10_00, Odd = 0b11_01_11_01;

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

    /// <summary>How many elements the columns of blocks of <paramref name="count"/> elements need.</summary>
    public static int LengthOfBlocks(int count) => (count + TileSize - 1) / TileSize * TileSize * Width;

    /// <summary>Reads as many elements as <paramref name="count"/> says from each of eight indices on, column by column.</summary>
    /// <param name="array">The elements.</param>
    /// <param name="firsts">Where each lane begins.</param>
    /// <param name="count">How many each has; at least three.</param>
    /// <param name="columns">What is read: <see cref="LengthOfBlocks"/> elements.</param>
    /// <exception cref="IndexOutOfRangeException">The array has not got them.</exception>
    public static void LoadBlocks(double[] array, Vector256<int> firsts, int count, double[] columns)
    {
        CheckBlocks(array, firsts, count, columns);
        ref double from = ref MemoryMarshal.GetArrayDataReference(array), to = ref MemoryMarshal.GetArrayDataReference(columns);
        if (!Avx512F.IsSupported)
        {
            for (int k = 0; k < count * Width; k++)
                Unsafe.Add(ref to, k) = Unsafe.Add(ref from, firsts[k % Width] + (k / Width));
            return;
        }
        // The last tile may overlap the one before.
        for (int k = 0; ; k = Math.Min(k + TileSize, count - TileSize))
        {
            LoadTile(ref Unsafe.Add(ref from, k), firsts, count < TileSize, ref Unsafe.Add(ref to, k * Width));
            if (k >= count - TileSize)
                return;
        }
    }

    /// <summary>Adds the columns to as many elements as <paramref name="count"/> says from each of eight indices on, the first lane first.</summary>
    /// <inheritdoc cref="LoadBlocks"/>
    public static void AddBlocks(double[] array, Vector256<int> firsts, int count, double[] columns)
    {
        CheckBlocks(array, firsts, count, columns);
        ref double to = ref MemoryMarshal.GetArrayDataReference(array), from = ref MemoryMarshal.GetArrayDataReference(columns);
        if (!Avx512F.IsSupported)
        {
            for (int lane = 0; lane < Width; lane++)
            {
                for (int k = 0; k < count; k++)
                    Unsafe.Add(ref to, firsts[lane] + k) += Unsafe.Add(ref from, (k * Width) + lane);
            }
            return;
        }
        for (int k = 0; k < count; k += TileSize)
            AddTile(ref Unsafe.Add(ref to, k), firsts, Math.Min(count - k, TileSize), ref Unsafe.Add(ref from, k * Width));
    }

    // Each lane is looked at only if one of them is out of range.
    private static void CheckBlocks(double[] array, Vector256<int> firsts, int count, double[] columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 3);
        _ = columns[LengthOfBlocks(count) - 1];
        if (count <= array.Length && !Vector256.GreaterThanAny(firsts.AsUInt32(), Vector256.Create((uint)(array.Length - count))))
            return;
        for (int lane = 0; lane < Width; lane++)
        {
            _ = array[firsts[lane]];
            _ = array[firsts[lane] + count - 1];
        }
    }

    // Rows of four, two in a vector; then pairs change places.
    private static void LoadTile(ref double from, Vector256<int> firsts, bool isShort, ref double to)
    {
        Vector512<double> a = Vector512.Create(Row(ref from, firsts[0], isShort), Row(ref from, firsts[2], isShort)), b = Vector512.Create(Row(ref from, firsts[1], isShort), Row(ref from, firsts[3], isShort));
        Vector512<double> c = Vector512.Create(Row(ref from, firsts[4], isShort), Row(ref from, firsts[6], isShort)), d = Vector512.Create(Row(ref from, firsts[5], isShort), Row(ref from, firsts[7], isShort));
        Vector512<double> ab0 = Avx512F.UnpackLow(a, b), ab1 = Avx512F.UnpackHigh(a, b), cd0 = Avx512F.UnpackLow(c, d), cd1 = Avx512F.UnpackHigh(c, d);
        Avx512F.Shuffle4x128(ab0, cd0, Even).StoreUnsafe(ref to);
        Avx512F.Shuffle4x128(ab1, cd1, Even).StoreUnsafe(ref to, Width);
        Avx512F.Shuffle4x128(ab0, cd0, Odd).StoreUnsafe(ref to, 2 * Width);
        Avx512F.Shuffle4x128(ab1, cd1, Odd).StoreUnsafe(ref to, 3 * Width);

        static Vector256<double> Row(ref double from, int first, bool isShort) =>
            isShort ? Vector256.Create(Vector128.LoadUnsafe(ref from, (nuint)first), Vector128.CreateScalar(Unsafe.Add(ref from, first + 2))) : Vector256.LoadUnsafe(ref from, (nuint)first);
    }

    private static void AddTile(ref double to, Vector256<int> firsts, int count, ref double from)
    {
        Vector512<double> a = Vector512.LoadUnsafe(ref from), b = Vector512.LoadUnsafe(ref from, Width), c = Vector512.LoadUnsafe(ref from, 2 * Width), d = Vector512.LoadUnsafe(ref from, 3 * Width);
        Vector512<double> ab0 = Avx512F.UnpackLow(a, b), ab1 = Avx512F.UnpackHigh(a, b), cd0 = Avx512F.UnpackLow(c, d), cd1 = Avx512F.UnpackHigh(c, d);
        Vector512<long> lower = Vector512.Create(0L, 1, 8, 9, 2, 3, 10, 11), upper = Vector512.Create(4L, 5, 12, 13, 6, 7, 14, 15);
        Vector512<double> rows02 = Avx512F.PermuteVar8x64x2(ab0, lower, cd0), rows13 = Avx512F.PermuteVar8x64x2(ab1, lower, cd1), rows46 = Avx512F.PermuteVar8x64x2(ab0, upper, cd0), rows57 = Avx512F.PermuteVar8x64x2(ab1, upper, cd1);
        Add(ref to, firsts[0], rows02.GetLower(), count);
        Add(ref to, firsts[1], rows13.GetLower(), count);
        Add(ref to, firsts[2], rows02.GetUpper(), count);
        Add(ref to, firsts[3], rows13.GetUpper(), count);
        Add(ref to, firsts[4], rows46.GetLower(), count);
        Add(ref to, firsts[5], rows57.GetLower(), count);
        Add(ref to, firsts[6], rows46.GetUpper(), count);
        Add(ref to, firsts[7], rows57.GetUpper(), count);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Add(ref double to, int first, Vector256<double> row, int count)
        {
            ref double element = ref Unsafe.Add(ref to, first);
            if (count == TileSize)
            {
                (Vector256.LoadUnsafe(ref element) + row).StoreUnsafe(ref element);
                return;
            }
            if (count >= 2)
                (Vector128.LoadUnsafe(ref element) + row.GetLower()).StoreUnsafe(ref element);
            if (count != 2)
                Unsafe.Add(ref element, count - 1) += count == 1 ? row.ToScalar() : row.GetUpper().ToScalar();
        }
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
