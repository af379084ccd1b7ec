using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>A function in order: what runs when, what is nested in what, and which local holds what.</summary>
internal sealed class Schedule
{
    public required Graph Graph { get; init; }

    public required IReadOnlyList<Statement> Body { get; init; }

    /// <summary>The local of each node that is assigned; another is nested in the expression of its only user.</summary>
    public required IReadOnlyDictionary<Node, Local> Locals { get; init; }
}

/// <summary>A variable of the compiled function; several nodes use it one after the other.</summary>
internal sealed record Local(Type Type, int Number);

/// <summary>One step.</summary>
internal abstract record Statement
{
    /// <summary>The nodes that the statement itself uses; not those of the blocks inside it.</summary>
    public virtual IEnumerable<Node> References => [];
}

/// <summary>The local of <see cref="Node"/> gets its value. A choice is assigned as a conditional expression; see <see cref="Move"/> for the other way.</summary>
internal sealed record Assign(Node Node) : Statement
{
    public override IEnumerable<Node> References => this.Node.Operands;
}

/// <summary>The local of <see cref="Choice"/> gets the value of an arm; stands in the block of its case.</summary>
internal sealed record Move(Choice Choice, Node Arm) : Statement
{
    public override IEnumerable<Node> References => [this.Arm];
}

/// <summary>One of several blocks, by the value of a test (1 is true) or a number.</summary>
internal sealed record Conditional(Node Selector, IReadOnlyList<IReadOnlyList<Statement>> Cases) : Statement
{
    public override IEnumerable<Node> References => [this.Selector];
}

/// <summary>The components from <see cref="Start"/> on become 0, before anything else is written.</summary>
internal sealed record ClearGradient(int Start) : Statement;

/// <summary><c>gradient[index] += term</c>.</summary>
internal sealed record Accumulate(Effect Effect) : Statement
{
    public override IEnumerable<Node> References => [this.Effect.Index, this.Effect.Term];
}

/// <summary><c>gradient[index] = adjoint</c>.</summary>
internal sealed record Store(Component Component) : Statement
{
    public override IEnumerable<Node> References => [this.Component.Adjoint];
}
