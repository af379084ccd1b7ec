namespace ExprGrad.IR;

/// <summary>The memory of functions with millions of nodes.</summary>
internal static class LargeGraph
{
    private const int ManyNodes = 1_000_000;

    /// <summary>The graph of a variable, which does not hold it any longer.</summary>
    public static Graph Take(ref Graph? variable)
    {
        Graph graph = variable!;
        variable = null;
        return graph;
    }

    /// <summary>Collects what the stages before have left behind, if it is much: whole graphs that are not needed any more. The collector alone lets memory grow to several times what is alive.</summary>
    public static void DiscardOthers(Graph graph)
    {
        if (graph.Nodes.Count > ManyNodes)
            GC.Collect();
    }
}
