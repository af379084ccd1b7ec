namespace ExprGrad.IR;

/// <summary>Which nodes are active: a double or float with a derivative with respect to the point that is not zero by structure. Grows with the graph.</summary>
internal sealed class Activity(IReadOnlyList<Node> nodes, Node input)
{
    private readonly List<bool> active = [];

    /// <summary>Whether <paramref name="node"/> has a derivative.</summary>
    public bool this[Node node]
    {
        get
        {
            for (int id = this.active.Count; id <= node.Id; id++)
                this.active.Add(this.Decide(nodes[id]));
            return this.active[node.Id];
        }
    }

    private bool Decide(Node node)
    {
        switch (node)
        {
            case Load load:
                return ReferenceEquals(load.Array, input);
            case Apply apply:
                for (int k = 0; k < apply.Operands.Count; k++)
                {
                    if (this.active[apply.Operands[k].Id] && apply.Operation.IsDifferentiable(k))
                        return true;
                }
                return false;
            case Choice choice:
                for (int k = 0; k < choice.CaseCount; k++)
                {
                    if (this.active[choice.Arm(k).Id])
                        return true;
                }
                return false;
            default:
                return false;
        }
    }
}
