using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>Puts a graph in order.</summary>
internal static class Scheduler
{
    private const int MostStatementsWithOwnLocals = 400;

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
        else
        {
            Graph packed = optimisations.HasFlag(Optimisations.Packing) && LaneShape.OfProcessor is { } shape ? Packing.Apply(graph, uses, shape, optimisations.HasFlag(Optimisations.Sharing)) : graph;
            graph = ReferenceEquals(packed, graph) && optimisations.HasFlag(Optimisations.Pairing) ? Pairing.Apply(graph, uses) : packed;
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
        if (optimisations.HasFlag(Optimisations.Ordering) && hasLoops)
            body = LoopOrdering.Apply(body);
        LargeGraph.DiscardOthers(graph);
        if (optimisations.HasFlag(Optimisations.Nesting))
            body = Nesting.Apply(graph, body, hasLoops);
        if (optimisations.HasFlag(Optimisations.Lanes) && hasLoops)
            body = LanePlanner.Apply(graph, body, optimisations.HasFlag(Optimisations.FourLanes) ? [.. LaneWidth.OfProcessor.Where(width => width.Count <= LaneWidth.Four.Count)] : LaneWidth.OfProcessor, optimisations.HasFlag(Optimisations.EagerLanes));
        if (splitting)
            body = Splitting.Apply(graph, body);
        IReadOnlyDictionary<Node, Local> locals = LocalAllocation.Of(graph, body, optimisations.HasFlag(Optimisations.LocalReuse) && !(hasLoops && IsSmall(body)));
        var schedule = new Schedule { Graph = graph, Body = body, Locals = locals };
        if (optimisations.HasFlag(Optimisations.Interleaving) && hasLoops)
            schedule = Interleaving.Apply(schedule);
        LargeGraph.DiscardOthers(graph);
        return schedule;
    }

    // Around loops the JIT finds better registers for many variables with one value each than for few with many.
    private static bool IsSmall(IReadOnlyList<Statement> body) => Count(body) <= MostStatementsWithOwnLocals;

    private static int Count(IReadOnlyList<Statement> statements) => statements.Sum(statement => 1 + statement.Blocks.Sum(Count));
}
