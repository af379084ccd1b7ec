namespace ExprGrad.IR;

/// <summary>Which nodes are active: a double or float, or an array of them, with a derivative with respect to the point that is not zero by structure. Grows with the graph.</summary>
internal sealed class Activity
{
    private readonly IReadOnlyList<Node> nodes;
    private readonly Node input;
    private readonly HashSet<State>? activeStates;
    private readonly HashSet<State> inactiveStates = [];
    private readonly List<bool> active = [];

    /// <summary>For a graph that is being made: while the body of a loop is read nobody knows what its states become, so they count as active.</summary>
    public Activity(IReadOnlyList<Node> nodes, Node input) => (this.nodes, this.input) = (nodes, input);

    private Activity(Graph graph, HashSet<State> activeStates)
        : this(graph.Nodes, graph.Input) => this.activeStates = activeStates;

    /// <summary>For a whole graph. A recurrence that ends by a test counts iterations: what it computes for that has no derivative.</summary>
    public static Activity Of(Graph graph)
    {
        State[] states = [.. graph.Nodes.OfType<State>().Where(state => state.Fold is { Test: null } && CanBeActive(state.Type))];
        var activeStates = new HashSet<State>();
        while (true)
        {
            var activity = new Activity(graph, activeStates);
            int before = activeStates.Count;
            foreach (State state in states)
            {
                if (activity[state.Initial] || activity[state.Fold.NextOf(state)])
                    activeStates.Add(state);
            }
            if (activeStates.Count == before)
                return activity;
        }
    }

    /// <summary>Takes note that nothing active is in the body that a new state belongs to.</summary>
    public void Deactivate(State state) => this.inactiveStates.Add(state);

    /// <summary>Whether values of a type can have derivatives.</summary>
    public static bool CanBeActive(Type type) => (type.IsSZArray ? type.GetElementType() : type) is { } number && (number == typeof(double) || number == typeof(float));

    /// <summary>Whether <paramref name="node"/> has a derivative.</summary>
    public bool this[Node node]
    {
        get
        {
            for (int id = this.active.Count; id <= node.Id; id++)
                this.active.Add(this.Decide(this.nodes[id]));
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
        switch (node)
        {
            case Load load:
                return ReferenceEquals(load.Array, this.input) || (this.active[load.Array.Id] && CanBeActive(load.Type));
            case State state:
                return CanBeActive(state.Type) && (this.activeStates?.Contains(state) ?? !this.inactiveStates.Contains(state));
            case Final final:
                return this.active[final.Fold.State(final.Number).Id];
            case Sum sum:
                return CanBeActive(sum.Type) && this.active[sum.Term.Id];
            case Vector vector:
                return CanBeActive(vector.Value.Type) && this.active[vector.Value.Id];
            case Parameter:
                // As the initial state of a recurrence the input is an array like others.
                return this.activeStates is not null && ReferenceEquals(node, this.input);
        }
        for (int k = 0; k < node.Operands.Count; k++)
        {
            if (this.active[node.Operands[k].Id] && IsDifferentiable(node, k))
                return true;
        }
        return false;
    }
}
