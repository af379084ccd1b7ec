using System.Runtime.ExceptionServices;

namespace ExprGrad;

/// <summary>Room for the stages that recurse over branches inside branches: their depth follows the source, and the stack of the caller may be small.</summary>
internal static class DeepStack
{
    // Fewer nodes than this are no deep nest.
    private const int FewNodes = 300;

    // Address space; memory is used only as far as the recursion goes.
    private const int StackSize = 512 << 20;

    /// <summary>Runs a stage over a graph of <paramref name="nodeCount"/> nodes and what follows it, on a thread of its own if it may be deep.</summary>
    public static T Run<T>(int nodeCount, Func<T> stages)
    {
        if (nodeCount <= FewNodes)
            return stages();
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = stages();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        }, StackSize);
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }
}
