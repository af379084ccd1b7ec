namespace ExprGrad.IR;

/// <summary>What of a graph runs: everything that its value, gradient, effects and anchors need, the selectors of their regions included.</summary>
internal static class Liveness
{
    /// <summary>How many uses each node has, by id; 0 if it does not run. A use is an operand, a predecessor, the selector of a region that runs, or a result.</summary>
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

        void Enter(Region region)
        {
            for (; region is Branch branch && regions.Add(branch); region = branch.Parent)
                Use(branch.Selector);
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
            foreach (Node operand in node.Operands)
                Use(operand);
            foreach (Node predecessor in node.Predecessors)
                Use(predecessor);
        }
        return uses;
    }

    /// <summary>What the value and the anchors need, by id: the rest is the adjoint's.</summary>
    public static bool[] OfPrimal(Graph graph)
    {
        var isPrimal = new bool[graph.Nodes.Count];
        var pending = new Stack<Node>([graph.Value, .. graph.Anchors]);
        while (pending.TryPop(out Node? node))
        {
            if (isPrimal[node.Id])
                continue;
            isPrimal[node.Id] = true;
            foreach (Node operand in node.Operands)
                pending.Push(operand);
            if (node.Region is Branch branch)
                pending.Push(branch.Selector);
        }
        return isPrimal;
    }
}
