namespace ExprGrad.IR;

/// <summary>What of a graph runs: everything that its value, gradient, effects and anchors need, the selectors of their regions included.</summary>
internal static class Liveness
{
    /// <summary>How many uses each node has, by id; 0 if it does not run. A use is an operand, a predecessor, the selector or the count of a region that runs, or a result.</summary>
    public static int[] CountUses(Graph graph)
    {
        var uses = new int[graph.Nodes.Count];
        var pending = new Stack<Node>();
        var regions = new HashSet<Region>();

        void Use(Node node)
        {
            if (uses[node.Id]++ == 0)
                pending.Push(node);
        }

        Region? last = null;

        void Enter(Region region)
        {
            // Most nodes are where the one before was.
            if (ReferenceEquals(region, last))
                return;
            last = region;
            for (Region? entered = region; entered is not null && regions.Add(entered); entered = entered.Parent)
            {
                if (entered.Condition is { } condition)
                    Use(condition);
                if (entered is Loop { End: { } end })
                    Use(end);
            }
        }

        Use(graph.Value);
        foreach (Component component in graph.Gradient)
            Use(component.Adjoint);
        foreach (Effect effect in graph.Effects)
        {
            Enter(effect.Region);
            Use(effect.Index);
            Use(effect.Term);
        }
        foreach (Node anchor in graph.Anchors)
            Use(anchor);
        while (pending.TryPop(out Node? node))
        {
            Enter(node.Region);
            foreach (Node operand in OperandsOf(node))
                Use(operand);
            foreach (Node predecessor in node.Predecessors)
                Use(predecessor);
            foreach (Region site in node.Sites)
                Enter(site);
        }
        return uses;
    }

    /// <summary>What the value and the anchors need, by id, and what is the same computed again: the rest is the adjoint's.</summary>
    public static bool[] OfPrimal(Graph graph)
    {
        var isPrimal = new bool[graph.Nodes.Count];
        var pending = new Stack<Node>([graph.Value, .. graph.Anchors, .. graph.Recomputed]);
        while (pending.TryPop(out Node? node))
        {
            if (isPrimal[node.Id])
                continue;
            isPrimal[node.Id] = true;
            foreach (Node operand in OperandsOf(node))
                pending.Push(operand);
            Enter(node.Region);
            foreach (Region site in node.Sites)
                Enter(site);
        }
        return isPrimal;

        void Enter(Region inner)
        {
            for (Region? region = inner; region is not null; region = region.Parent)
            {
                if (region.Condition is { } condition && !isPrimal[condition.Id])
                    pending.Push(condition);
                if (region is Loop { End: { } end } && !isPrimal[end.Id])
                    pending.Push(end);
            }
        }
    }

    // Of a recurrence only those states run that something needs.
    private static NodeList OperandsOf(Node node) => node switch
    {
        Fold { Test: { } test } => [test],
        Fold => [],
        State state => [state.Initial, state.Fold, state.Fold.NextOf(state)],
        Final final => [final.Fold, final.Fold.State(final.Number)],
        _ => node.Operands,
    };
}
