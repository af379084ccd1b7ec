namespace ExprGrad.IR;

/// <summary>One component of the gradient: the sum of the adjoints of all loads of <c>x[Index]</c>, in the root region. A vector is as many components from <c>Index</c> on as it has lanes.</summary>
internal readonly record struct Component(int Index, Node Adjoint)
{
    /// <summary>How many components these are.</summary>
    public int Count => LaneShape.Of(this.Adjoint.Type)?.Count ?? 1;
}

/// <summary>A function as a graph: the primal, or the primal with its adjoint.</summary>
internal sealed record Graph
{
    /// <summary>Every node in topological order: <c>Nodes[k].Id == k</c>.</summary>
    public required IReadOnlyList<Node> Nodes { get; init; }

    /// <summary>The regions that the nodes are in.</summary>
    public required RegionTable Regions { get; init; }

    public Region Root => this.Regions.Root;

    /// <summary>The point, <c>double[]</c>.</summary>
    public required Parameter Input { get; init; }

    /// <summary>The data argument, if the function has one.</summary>
    public Parameter? Data { get; init; }

    /// <summary>The value of the function, in the root region.</summary>
    public required Node Value { get; init; }

    /// <summary>Nodes that run wherever their region runs, even if nothing uses them: those that may throw, and the impure.</summary>
    public required IReadOnlyList<Node> Anchors { get; init; }

    /// <summary>Values of the primal that the adjoint of a recurrence computes again: they keep their bits, as tests depend on them. Empty in a primal graph.</summary>
    public IReadOnlyList<Node> Recomputed { get; init; } = [];

    /// <summary>1 + the highest constant index of <c>x</c> that every path loads: checked before anything runs.</summary>
    public required int RequiredLength { get; init; }

    /// <summary>The components that have an adjoint, by index; empty in a primal graph.</summary>
    public IReadOnlyList<Component> Gradient { get; init; } = [];

    /// <summary>Contributions to components that are added where they are made: those whose index is known only when running, and those from deep inside branches. Empty in a primal graph.</summary>
    public IReadOnlyList<Effect> Effects { get; init; } = [];

    /// <summary>Whether anything that runs is in a loop.</summary>
    public bool HasLoops(int[] uses) =>
        this.Nodes.Any(node => uses[node.Id] > 0 && (node.Region.InnermostLoop is not null || node.Sites.Count > 0)) || this.Effects.Any(effect => effect.Region.InnermostLoop is not null);

    /// <summary>Whether the function reads no memory but the point, and nothing in it can throw once the arguments have been checked: then the gradient may be written to at any time.</summary>
    public bool ReadsPointOnly => this.Data is null && this.Anchors.Count == 0 && this.Nodes.All(node => ReferenceEquals(node, this.Input)
        || (node is not Apply { Operation.Behaviour: not Behaviour.Total } && (node.Type.IsValueType || node.Type == typeof(string))));

    /// <summary>Whether <paramref name="node"/> may throw where it stands.</summary>
    public bool MayThrow(Node node) => node switch
    {
        Load load => !this.IsCheckedAtEntry(load) && !IndexRange.IsWithin(load.Array, load.Index),
        Apply apply => apply.Operation.Behaviour.HasFlag(Behaviour.MayThrow),
        _ => false,
    };

    /// <summary>Whether <paramref name="node"/> must run in its own region: it may throw or is impure.</summary>
    public bool IsAnchored(Node node) => this.MayThrow(node) || (node is Apply apply && apply.Operation.Behaviour.HasFlag(Behaviour.Impure));

    public bool IsCheckedAtEntry(Load load) =>
        ReferenceEquals(load.Array, this.Input) && load.Index is Constant { Value: int index } && index >= 0 && index < this.RequiredLength;
}
