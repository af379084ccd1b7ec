using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace ExprGrad.Runtime;

/// <summary>
/// Fetches the code of a part while the part before it runs. Code that is larger than the caches runs once a call, and the processor itself does not look further ahead than some hundred bytes:
/// it would wait for memory at nearly each line of the cache.
/// </summary>
/// <remarks>
/// Where the code of a delegate is, the runtime keeps in a private field; a jump may stand there, of one of two forms. Should either be different one day, nothing is fetched, or something useless:
/// a prefetch has no other effect than that on the caches, and never faults.
/// </remarks>
internal sealed class CodeAhead
{
    // Of fewer parts the code stays in a cache of two megabytes, beside what else is there: a part takes some 5,000 bytes.
    private const int FewestParts = 100;

    // What is read on the way to the code: a fetch of that must have ended when the fetch of the code begins to be of use.
    private const int DelegatesAhead = 3;

    private const int LineLength = 64, MostBytes = 1 << 14, UsualBytes = 5_000;

    // Instead of a start: the part has been called, and is not known to have been compiled.
    private const nint Called = 1;

    private readonly Delegate[] parts;

    private readonly nint[] starts;

    // Behind the last part there is none.
    private CodeAhead(Delegate[] parts) => (this.parts, this.starts) = (parts, new nint[parts.Length + 2]);

    /// <summary>Where the code of each part begins, once that has been called twice.</summary>
    public IReadOnlyList<nint> Starts => this.starts;

    /// <summary>What fetches the code of some parts; null if their code is not worth it, or this processor cannot.</summary>
    /// <param name="parts">The parts, in the order in which they run.</param>
    public static CodeAhead? Of(Delegate[] parts) => parts.Length >= FewestParts && Sse.X64.IsSupported && HasEntry ? new CodeAhead(parts) : null;

    private static bool HasEntry => typeof(Delegate).GetField("_methodPtr", BindingFlags.NonPublic | BindingFlags.Instance)?.FieldType == typeof(nint);

    /// <summary>Fetches the code of the part after <paramref name="part"/>, which runs next.</summary>
    public unsafe void FetchAfter(int part)
    {
        // It is compiled when it is called for the first time.
        if (this.starts[part] is 0 or Called)
            this.starts[part] = this.starts[part] == 0 ? Called : StartOf(this.parts[part]);
        if (part + DelegatesAhead < this.parts.Length)
            Sse.Prefetch1((void*)AddressOf(this.parts[part + DelegatesAhead]));
        nint start = this.starts[part + 1], length = this.starts[part + 2] - start;
        if (start is 0 or Called)
            return;
        // Mostly it ends where the next one begins.
        nint end = start + (length is > 0 and <= MostBytes ? length : UsualBytes);
        for (; start < end; start += LineLength)
            Sse.Prefetch1((void*)start);
    }

    // It may move at any time: as good as any address for a prefetch, and for nothing else.
    private static nint AddressOf(Delegate part) => Unsafe.As<Delegate, nint>(ref part);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_methodPtr")]
    private static extern ref nint EntryOf(Delegate part);

    // Of a method that has been compiled.
    private static unsafe nint StartOf(Delegate part)
    {
        byte* code = (byte*)EntryOf(part);
        return (nint)(code[0] == 0xE9 ? code + 5 + *(int*)(code + 1) // jmp rel32
            : code[0] == 0xFF && code[1] == 0x25 ? *(byte**)(code + 6 + *(int*)(code + 2)) // jmp [rip + rel32]
            : code);
    }
}
