using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ExprGrad.Runtime;

/// <summary>
/// What loops call that run four iterations at once, one in each lane of a vector. Public because code made by <see cref="Grad.Differentiate(System.Linq.Expressions.Expression{Func{double[], double}}, GradOptions?)"/>
/// calls it; not meant to be called by hand.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class FourLanes
{
    /// <summary>How many iterations run at once.</summary>
    public const int Width = 4;

    // Columns that are read and added to at once.
    private const int TileSize = 4;

    // As many as the nearest cache holds.
    private const int FewIterations = 4 * Width, MostTotals = 512;

    private static readonly Vector128<int> Numbers = Vector128.Create(0, 1, 2, 3);

    /// <summary>Four elements from <paramref name="start"/> on.</summary>
    /// <exception cref="IndexOutOfRangeException">The array has not got them.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Load(double[] array, int start)
    {
        _ = array[start];
        _ = array[start + Width - 1];
        return Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(array), (nuint)start);
    }

    /// <summary>Four ints from <paramref name="start"/> on.</summary>
    /// <inheritdoc cref="Load(double[], int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Load(int[] array, int start)
    {
        _ = array[start];
        _ = array[start + Width - 1];
        return Vector128.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(array), (nuint)start);
    }

    /// <summary>Writes four elements from <paramref name="start"/> on.</summary>
    /// <inheritdoc cref="Load(double[], int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(double[] array, int start, Vector256<double> lanes)
    {
        _ = array[start];
        _ = array[start + Width - 1];
        lanes.StoreUnsafe(ref MemoryMarshal.GetArrayDataReference(array), (nuint)start);
    }

    /// <summary>Writes four ints from <paramref name="start"/> on.</summary>
    /// <inheritdoc cref="Load(double[], int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(int[] array, int start, Vector128<int> lanes)
    {
        _ = array[start];
        _ = array[start + Width - 1];
        lanes.StoreUnsafe(ref MemoryMarshal.GetArrayDataReference(array), (nuint)start);
    }

    /// <summary>Adds to four elements from <paramref name="start"/> on.</summary>
    /// <inheritdoc cref="Load(double[], int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(double[] array, int start, Vector256<double> lanes) => Store(array, start, Load(array, start) + lanes);

    /// <summary>The elements at four indices.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no element at one of them.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Gather(double[] array, Vector128<int> indices) =>
        Vector256.Create(array[indices[0]], array[indices[1]], array[indices[2]], array[indices[3]]);

    /// <summary>The ints at four indices.</summary>
    /// <inheritdoc cref="Gather(double[], Vector128{int})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Gather(int[] array, Vector128<int> indices) =>
        Vector128.Create(array[indices[0]], array[indices[1]], array[indices[2]], array[indices[3]]);

    /// <summary>Adds each lane to the element at its index, the first lane first.</summary>
    /// <inheritdoc cref="Gather(double[], Vector128{int})"/>
    public static void AddEach(double[] array, Vector128<int> indices, Vector256<double> lanes)
    {
        for (int lane = 0; lane < Width; lane++)
            array[indices[lane]] += lanes[lane];
    }

    /// <summary>How many elements the columns of blocks of <paramref name="count"/> elements need.</summary>
    public static int LengthOfBlocks(int count) => (count + TileSize - 1) / TileSize * TileSize * Width;

    /// <summary>Reads as many elements as <paramref name="count"/> says from each of four indices on, column by column.</summary>
    /// <param name="array">The elements.</param>
    /// <param name="firsts">Where each lane begins.</param>
    /// <param name="count">How many each has; at least three.</param>
    /// <param name="columns">What is read: <see cref="LengthOfBlocks"/> elements.</param>
    /// <exception cref="IndexOutOfRangeException">The array has not got them.</exception>
    public static void LoadBlocks(double[] array, Vector128<int> firsts, int count, double[] columns)
    {
        CheckBlocks(array, firsts, count, columns);
        ref double from = ref MemoryMarshal.GetArrayDataReference(array), to = ref MemoryMarshal.GetArrayDataReference(columns);
        if (!Avx.IsSupported)
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

    /// <summary>Adds the columns to as many elements as <paramref name="count"/> says from each of four indices on, the first lane first.</summary>
    /// <inheritdoc cref="LoadBlocks"/>
    public static void AddBlocks(double[] array, Vector128<int> firsts, int count, double[] columns)
    {
        CheckBlocks(array, firsts, count, columns);
        ref double to = ref MemoryMarshal.GetArrayDataReference(array), from = ref MemoryMarshal.GetArrayDataReference(columns);
        if (!Avx.IsSupported)
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
    private static void CheckBlocks(double[] array, Vector128<int> firsts, int count, double[] columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 3);
        _ = columns[LengthOfBlocks(count) - 1];
        if (count <= array.Length && !Vector128.GreaterThanAny(firsts.AsUInt32(), Vector128.Create((uint)(array.Length - count))))
            return;
        for (int lane = 0; lane < Width; lane++)
        {
            _ = array[firsts[lane]];
            _ = array[firsts[lane] + count - 1];
        }
    }

    // Rows of four; then pairs change places.
    private static void LoadTile(ref double from, Vector128<int> firsts, bool isShort, ref double to)
    {
        (Vector256<double> a, Vector256<double> b, Vector256<double> c, Vector256<double> d) = Transpose(Row(ref from, firsts[0], isShort), Row(ref from, firsts[1], isShort), Row(ref from, firsts[2], isShort), Row(ref from, firsts[3], isShort));
        a.StoreUnsafe(ref to);
        b.StoreUnsafe(ref to, Width);
        c.StoreUnsafe(ref to, 2 * Width);
        d.StoreUnsafe(ref to, 3 * Width);

        static Vector256<double> Row(ref double from, int first, bool isShort) =>
            isShort ? Vector256.Create(Vector128.LoadUnsafe(ref from, (nuint)first), Vector128.CreateScalar(Unsafe.Add(ref from, first + 2))) : Vector256.LoadUnsafe(ref from, (nuint)first);
    }

    private static void AddTile(ref double to, Vector128<int> firsts, int count, ref double from)
    {
        (Vector256<double> a, Vector256<double> b, Vector256<double> c, Vector256<double> d) =
            Transpose(Vector256.LoadUnsafe(ref from), Vector256.LoadUnsafe(ref from, Width), Vector256.LoadUnsafe(ref from, 2 * Width), Vector256.LoadUnsafe(ref from, 3 * Width));
        Add(ref to, firsts[0], a, count);
        Add(ref to, firsts[1], b, count);
        Add(ref to, firsts[2], c, count);
        Add(ref to, firsts[3], d, count);

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<double> A, Vector256<double> B, Vector256<double> C, Vector256<double> D) Transpose(Vector256<double> a, Vector256<double> b, Vector256<double> c, Vector256<double> d)
    {
        const byte Lower = 0x20, Upper = 0x31;
        Vector256<double> ab0 = Avx.UnpackLow(a, b), ab1 = Avx.UnpackHigh(a, b), cd0 = Avx.UnpackLow(c, d), cd1 = Avx.UnpackHigh(c, d);
        return (Avx.Permute2x128(ab0, cd0, Lower), Avx.Permute2x128(ab1, cd1, Lower), Avx.Permute2x128(ab0, cd0, Upper), Avx.Permute2x128(ab1, cd1, Upper));
    }

    /// <summary>Writes each lane to the element at its index, the first lane first.</summary>
    /// <inheritdoc cref="Gather(double[], Vector128{int})"/>
    public static void StoreEach(double[] array, Vector128<int> indices, Vector256<double> lanes)
    {
        for (int lane = 0; lane < Width; lane++)
            array[indices[lane]] = lanes[lane];
    }

    /// <summary>Writes each int to the element at its index, the first lane first.</summary>
    /// <inheritdoc cref="Gather(double[], Vector128{int})"/>
    public static void StoreEach(int[] array, Vector128<int> indices, Vector128<int> lanes)
    {
        for (int lane = 0; lane < Width; lane++)
            array[indices[lane]] = lanes[lane];
    }

    /// <summary><paramref name="total"/> plus the first lane, plus the second, and so on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double AddInOrder(double total, Vector256<double> lanes)
    {
        Vector128<double> lower = lanes.GetLower(), upper = lanes.GetUpper();
        return total + lower.ToScalar() + lower.GetElement(1) + upper.ToScalar() + upper.GetElement(1);
    }

    /// <summary>Memory in which to add up lane by lane what goes to elements of <paramref name="target"/>: four numbers for each, all 0; null where adding up the lanes at once is cheaper.</summary>
    /// <param name="held">The memory of the call.</param>
    /// <param name="place">Where it is held.</param>
    /// <param name="target">The array.</param>
    /// <param name="length">How many elements it has.</param>
    /// <param name="count">How many iterations there are.</param>
    public static double[]? Totals(object?[] held, int place, double[] target, int length, int count) =>
        length <= target.Length && count >= FewIterations && length <= Width * (long)count && length <= MostTotals ? FitZeros(held, place, length) : null;

    /// <summary>Adds all lanes to one element, or to its totals.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddSum(double[] array, double[]? totals, int index, Vector256<double> lanes)
    {
        if (totals is null)
            array[index] += Vector256.Sum(lanes);
        else
            Add(totals, index * Width, lanes);
    }

    /// <summary>Adds the totals to the elements.</summary>
    public static void AddTotals(double[] array, double[]? totals, int length)
    {
        for (int k = 0; totals is not null && k < length; k++)
            array[k] += Vector256.Sum(Load(totals, k * Width));
    }

    /// <summary>What each iteration gets from the one before: the first <paramref name="carried"/>, the others the lane before theirs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> After(double carried, Vector256<double> lanes) =>
        Vector256.Shuffle(lanes, Vector256.Create(0L, 0, 1, 2)).WithElement(0, carried);

    /// <summary>The last lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Last(Vector256<double> lanes) => lanes.GetElement(Width - 1);

    /// <summary><paramref name="start"/>, <paramref name="start"/> + <paramref name="stride"/>, and so on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Steps(int start, int stride) => Vector128.Create(start) + Numbers * Vector128.Create(stride);

    /// <summary>As doubles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> ToDouble(Vector128<int> lanes)
    {
        (Vector128<long> lower, Vector128<long> upper) = Vector128.Widen(lanes);
        return Vector256.ConvertToDouble(Vector256.Create(lower, upper));
    }

    /// <summary>The lanes of one vector where a test holds, of another where it does not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Select(Vector256<double> test, Vector128<int> then, Vector128<int> otherwise)
    {
        Vector256<long> bits = test.AsInt64();
        return Vector128.ConditionalSelect(Vector128.Narrow(bits.GetLower(), bits.GetUpper()), then, otherwise);
    }

    /// <summary>A test of ints as one of doubles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Test(Vector128<int> lanes)
    {
        (Vector128<long> lower, Vector128<long> upper) = Vector128.Widen(lanes);
        return Vector256.Create(lower, upper).AsDouble();
    }

    /// <summary>A test that all lanes share.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Test(bool all) => all ? Vector256<double>.AllBitsSet : Vector256<double>.Zero;

    /// <summary>Whether four rows are there, of one length, and none of them is the gradient.</summary>
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

    /// <summary>Four rows of one length, column by column.</summary>
    public static double[] Columns(object?[] held, int place, double[][] rows, int start)
    {
        int count = rows[start].Length;
        double[] columns = Scratch.Fit<double>(held, place, checked(count * Width));
        for (int lane = 0; lane < Width; lane++)
        {
            double[] row = rows[start + lane];
            for (int column = 0, at = lane; column < row.Length; column++, at += Width)
                columns[at] = row[column];
        }
        return columns;
    }

    /// <summary>One column of four rows.</summary>
    /// <exception cref="IndexOutOfRangeException">They have not got it.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Column(double[] columns, int index, int count) => Load(columns, Width * Arguments.IndexWithin(index, count));

    /// <summary>Memory for four iterations: an array for each, element by element.</summary>
    public static T[] Fit<T>(object?[] held, int place, int length) => Scratch.Fit<T>(held, place, checked(Math.Max(length, 0) * Width));

    /// <summary>As <see cref="Fit"/>, all zeros.</summary>
    public static double[] FitZeros(object?[] held, int place, int length) => Scratch.FitZeros<double>(held, place, checked(Math.Max(length, 0) * Width));

    /// <summary>Where each lane has the element at its index.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Places(Vector128<int> indices) => indices * Vector128.Create(Width) + Numbers;

    /// <summary>Before functions of the C library are called: they are slow while the upper halves of the vector registers are in use.</summary>
    public static void Leave() => UpperLanes.Clean();
}
