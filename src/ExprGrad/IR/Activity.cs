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

    /// <summary>Whether the derivative of <paramref name="node"/> depends on that of its operand: both are active, and the operand is differentiated.</summary>
    public bool Flows(Node node, int operand) => IsDifferentiable(node, operand) && this[node.Operands[operand]];

    /// <summary>Whether the derivatives of several operands join in <paramref name="node"/>.</summary>
    public bool IsJoin(Node node)
    {
        int count = 0;
        for (int k = 0; k < node.Operands.Count && count < 2; k++)
            count += this.Flows(node, k) ? 1 : 0;
        return count == 2;
    }

    private static bool IsDifferentiable(Node node, int operand) => node switch
    {
        Apply apply => apply.Operation.IsDifferentiable(operand),
        Choice => operand > 0,
        _ => false,
    };

    private bool Decide(Node node)
    {
        if (node is Load load)
            return ReferenceEquals(load.Array, input);
        for (int k = 0; k < node.Operands.Count; k++)
        {
            if (this.active[node.Operands[k].Id] && IsDifferentiable(node, k))
                return true;
        }
        return false;
    }
}
