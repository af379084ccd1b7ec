using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ExprGrad.Runtime;

/// <summary>
/// Straight-line arithmetic as data. Machine code that is as large as the caches is slow, since each instruction is fetched from memory to run once: an operation takes 13 bytes there and 8 bytes here,
/// which the processor fetches ahead of time.
/// </summary>
/// <remarks>
/// <para>An operation is two words. Its slots are numbers of 16 bits within a page: the first word has d and a, the second c and b, lower half first. Where one operand is somewhere else, the second word is its number.</para>
/// <para>The first <see cref="ImportSlots"/> slots of each page are for constants, and for values of other pages.</para>
/// </remarks>
internal sealed class OperationTable
{
    /// <summary>How many slots a page has.</summary>
    public const int PageSize = 1 << 16;

    /// <summary>How many slots at the beginning of each page have no number of their own.</summary>
    public const int ImportSlots = 1 << 13;

    private readonly uint[] words;
    private readonly TableRun[] runs;
    private readonly double[] constants;
    private readonly Delegate[] functions;

    /// <param name="words">Two for each operation of the runs, in order.</param>
    /// <param name="runs">What the operations do.</param>
    /// <param name="constants">The constants.</param>
    /// <param name="functions">The functions.</param>
    public OperationTable(uint[] words, TableRun[] runs, double[] constants, Delegate[] functions)
    {
        (this.words, this.runs, this.constants, this.functions) = (words, runs, constants, functions);
        this.ScratchLength = this.Check();
    }

    /// <summary>How many elements scratch must have.</summary>
    public int ScratchLength { get; }

    /// <summary>How many operations there are.</summary>
    public int Count => this.words.Length / 2;

    /// <summary>The slot of the value with a number.</summary>
    public static int SlotOf(int number)
    {
        (int page, int place) = Math.DivRem(number, PageSize - ImportSlots);
        return checked(page * PageSize + ImportSlots + place);
    }

    /// <summary>Runs all operations.</summary>
    /// <exception cref="ArgumentException"><paramref name="scratch"/> has less than <see cref="ScratchLength"/> elements.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(double[] x, double[] gradient, double[] scratch, (double First, double Second)[] pairs)
    {
        // Slots are not checked again.
        if (scratch.Length < this.ScratchLength)
            throw new ArgumentException("The table needs more scratch.", nameof(scratch));
        ref double all = ref MemoryMarshal.GetArrayDataReference(scratch), page = ref all;
        ref uint next = ref MemoryMarshal.GetArrayDataReference(this.words);
        foreach (TableRun run in this.runs)
        {
            ref uint end = ref Unsafe.Add(ref next, 2 * run.Count);
            switch (run.Kind)
            {
                case TableKind.Page:
                    page = ref Unsafe.Add(ref all, run.Argument);
                    break;
                case TableKind.MultiplyAdd:
                    MultiplyAdd(ref page, ref next, ref end);
                    break;
                case TableKind.Constant:
                    for (; Unsafe.IsAddressLessThan(ref next, ref end); next = ref Unsafe.Add(ref next, 2))
                        D(ref page, next) = this.constants[Far(ref next)];
                    break;
                case TableKind.Import:
                    for (; Unsafe.IsAddressLessThan(ref next, ref end); next = ref Unsafe.Add(ref next, 2))
                        D(ref page, next) = Unsafe.Add(ref all, Far(ref next));
                    break;
                case TableKind.Export:
                    for (; Unsafe.IsAddressLessThan(ref next, ref end); next = ref Unsafe.Add(ref next, 2))
                        Unsafe.Add(ref all, Far(ref next)) = D(ref page, next);
                    break;
                case TableKind.Load:
                    for (; Unsafe.IsAddressLessThan(ref next, ref end); next = ref Unsafe.Add(ref next, 2))
                        D(ref page, next) = x[Far(ref next)];
                    break;
                case TableKind.Store:
                    for (; Unsafe.IsAddressLessThan(ref next, ref end); next = ref Unsafe.Add(ref next, 2))
                        gradient[Far(ref next)] = D(ref page, next);
                    break;
                case TableKind.Divide:
                    for (; Unsafe.IsAddressLessThan(ref next, ref end); next = ref Unsafe.Add(ref next, 2))
                        D(ref page, next) = A(ref page, next) / B(ref page, ref next);
                    break;
                case TableKind.SquareRoot:
                    for (; Unsafe.IsAddressLessThan(ref next, ref end); next = ref Unsafe.Add(ref next, 2))
                        D(ref page, next) = Math.Sqrt(A(ref page, next));
                    break;
                case TableKind.Function:
                    Apply(Unsafe.As<Func<double, double>>(this.functions[run.Argument]), ref page, ref next, ref end);
                    break;
                case TableKind.BinaryFunction:
                    Apply(Unsafe.As<Func<double, double, double>>(this.functions[run.Argument]), ref page, ref next, ref end);
                    break;
                case TableKind.PairFunction:
                    Apply(Unsafe.As<Func<double, (double, double)>>(this.functions[run.Argument]), pairs, ref page, ref next, ref end);
                    break;
                case TableKind.First:
                    for (; Unsafe.IsAddressLessThan(ref next, ref end); next = ref Unsafe.Add(ref next, 2))
                        D(ref page, next) = pairs[Far(ref next)].First;
                    break;
                case TableKind.Second:
                    for (; Unsafe.IsAddressLessThan(ref next, ref end); next = ref Unsafe.Add(ref next, 2))
                        D(ref page, next) = pairs[Far(ref next)].Second;
                    break;
            }
            next = ref end;
        }
    }

    // Two at a time: the loop itself takes a sixth of the time of one.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyAdd(ref double page, ref uint next, ref uint end)
    {
        ref uint last = ref Unsafe.Subtract(ref end, 2);
        for (; Unsafe.IsAddressLessThan(ref next, ref last); next = ref Unsafe.Add(ref next, 4))
        {
            D(ref page, next) = Math.FusedMultiplyAdd(A(ref page, next), B(ref page, ref next), C(ref page, ref next));
            ref uint second = ref Unsafe.Add(ref next, 2);
            D(ref page, second) = Math.FusedMultiplyAdd(A(ref page, second), B(ref page, ref second), C(ref page, ref second));
        }
        if (Unsafe.IsAddressLessThan(ref next, ref end))
            D(ref page, next) = Math.FusedMultiplyAdd(A(ref page, next), B(ref page, ref next), C(ref page, ref next));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Apply(Func<double, double> f, ref double page, ref uint next, ref uint end)
    {
        for (; Unsafe.IsAddressLessThan(ref next, ref end); next = ref Unsafe.Add(ref next, 2))
            D(ref page, next) = f(A(ref page, next));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Apply(Func<double, double, double> f, ref double page, ref uint next, ref uint end)
    {
        for (; Unsafe.IsAddressLessThan(ref next, ref end); next = ref Unsafe.Add(ref next, 2))
            D(ref page, next) = f(A(ref page, next), B(ref page, ref next));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Apply(Func<double, (double First, double Second)> f, (double First, double Second)[] pairs, ref double page, ref uint next, ref uint end)
    {
        for (; Unsafe.IsAddressLessThan(ref next, ref end); next = ref Unsafe.Add(ref next, 2))
            pairs[Far(ref next)] = f(A(ref page, next));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref double D(ref double page, uint word) => ref Unsafe.Add(ref page, (nint)(ushort)word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double A(ref double page, uint word) => Unsafe.Add(ref page, (nint)(word >> 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double C(ref double page, ref uint word) => Unsafe.Add(ref page, (nint)(ushort)Unsafe.Add(ref word, 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double B(ref double page, ref uint word) => Unsafe.Add(ref page, (nint)(Unsafe.Add(ref word, 1) >> 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Far(ref uint word) => (int)Unsafe.Add(ref word, 1);

    // 1 + the greatest slot. Slots that an operation does not use are those of others, or 0.
    private int Check()
    {
        int length = 0, page = 0, word = 0;
        foreach (TableRun run in this.runs)
        {
            page = run.Kind == TableKind.Page ? run.Argument : page;
            for (int end = word + 2 * run.Count; word < end; word += 2)
            {
                (uint near, uint far) = (this.words[word], this.words[word + 1]);
                int greatest = (int)Math.Max((ushort)near, near >> 16);
                if (run.Kind is TableKind.MultiplyAdd or TableKind.Divide or TableKind.BinaryFunction)
                    greatest = (int)Math.Max((uint)greatest, Math.Max((ushort)far, far >> 16));
                else if (run.Kind is TableKind.Import or TableKind.Export)
                    length = Math.Max(length, checked((int)far + 1));
                length = Math.Max(length, page + greatest + 1);
            }
        }
        return word == this.words.Length && page >= 0 ? length : throw new ArgumentException("The runs are not those of the words.");
    }
}
