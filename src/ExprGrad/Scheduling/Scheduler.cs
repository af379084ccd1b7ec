using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>Puts a graph in order.</summary>
internal static class Scheduler
{
    /// <summary>The schedule of <paramref name="graph"/>.</summary>
    /// <param name="graph">What to put in order.</param>
    /// <param name="optimisations">What to do about speed.</param>
    /// <param name="splitting">Whether a function that is too large for one method becomes several.</param>
    public static Schedule Arrange(Graph graph, Optimisations optimisations, bool splitting = false)
    {
        int[] uses = Liveness.CountUses(graph);
        bool hasLoops = graph.HasLoops(uses);
        if (hasLoops)
        {
            graph = LoopPasses.Separate(graph, optimisations.HasFlag(Optimisations.Sharing));
            uses = Liveness.CountUses(graph);
        }
        if (optimisations.HasFlag(Optimisations.Pairing) && !hasLoops)
        {
            graph = Pairing.Apply(graph, uses);
            uses = Liveness.CountUses(graph);
        }
        Placement placement = Placement.Of(graph, uses, optimisations.HasFlag(Optimisations.Sinking));
        if (optimisations.HasFlag(Optimisations.Selection) && !hasLoops)
        {
            graph = Selection.Apply(graph, uses, placement);
            uses = Liveness.CountUses(graph);
            placement = Placement.Of(graph, uses, optimisations.HasFlag(Optimisations.Sinking));
        }
        IReadOnlyList<Statement> body = Arrangement.Of(graph, placement, uses);
        if (optimisations.HasFlag(Optimisations.Ordering) && !hasLoops)
            body = Ordering.Apply(body, uses);
        LargeGraph.DiscardOthers(graph);
        if (optimisations.HasFlag(Optimisations.Nesting))
            body = Nesting.Apply(graph, body);
        if (optimisations.HasFlag(Optimisations.Lanes) && hasLoops)
            body = LanePlanner.Apply(graph, body);
        if (splitting)
            body = Splitting.Apply(graph, body);
        var schedule = new Schedule { Graph = graph, Body = body, Locals = LocalAllocation.Of(graph, body, optimisations.HasFlag(Optimisations.LocalReuse)) };
        LargeGraph.DiscardOthers(graph);
        return schedule;
    }
}
