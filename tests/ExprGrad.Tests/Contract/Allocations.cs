namespace ExprGrad.Tests.Contract;

/// <summary>What calls allocate that need memory of the pools.</summary>
internal static class Allocations
{
    /// <summary>Fails if each of 100 attempts allocates.</summary>
    /// <remarks>The pools are shared with other threads, which may take what is there, and with the collector, which may empty them: then they allocate. Code that allocates does so at each attempt.</remarks>
    public static void AssertNone(Action calls) => Assert.Contains(0, Enumerable.Range(0, 100).Select(_ => Of(calls)));

    private static long Of(Action calls)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        calls();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
