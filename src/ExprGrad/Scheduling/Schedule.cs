using System.Collections.Frozen;
using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>A function in order: what runs when, what is nested in what, and which local holds what.</summary>
internal sealed class Schedule
{
    public required Graph Graph { get; init; }

    public required IReadOnlyList<Statement> Body { get; init; }

    /// <summary>The local of each node that is assigned; another is nested in the expression of its only user.</summary>
    public required IReadOnlyDictionary<Node, Local> Locals { get; init; }

    /// <summary>Which vectors share memory, and so a local.</summary>
    public IReadOnlyDictionary<Vector, Strand> Strands { get; init; } = FrozenDictionary<Vector, Strand>.Empty;
}

/// <summary>A variable of the compiled function; several nodes use it one after the other.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Number">Its number: among all variables, or among the elements of the scratch array of its type.</param>
/// <param name="IsScratch">Whether it is an element of a scratch array, because several methods use it.</param>
internal sealed record Local(Type Type, int Number, bool IsScratch = false);

/// <summary>One step.</summary>
internal abstract record Statement
{
    /// <summary>The nodes that the statement itself uses; not those of the blocks inside it.</summary>
    public virtual NodeList References => [];

    /// <summary>The node whose local the statement assigns, if it assigns one.</summary>
    public virtual Node? Target => null;

    /// <summary>The blocks inside the statement.</summary>
    public virtual IReadOnlyList<IReadOnlyList<Statement>> Blocks => [];
}

/// <summary>The local of <see cref="Node"/> gets its value. A choice is assigned as a conditional expression; see <see cref="Move"/> for the other way.</summary>
internal sealed record Assign(Node Node) : Statement
{
    public override Node Target => this.Node;

    public override NodeList References => this.Node.Reads;
}

/// <summary>The local of <see cref="Choice"/> gets the value of an arm; stands in the block of its case.</summary>
internal sealed record Move(Choice Choice, Node Arm) : Statement
{
    public override Node Target => this.Choice;

    public override NodeList References => [this.Arm];
}

/// <summary>One of several blocks, by the value of a test (1 is true) or a number.</summary>
internal sealed record Conditional(Node Selector, IReadOnlyList<IReadOnlyList<Statement>> Cases) : Statement
{
    public override NodeList References => [this.Selector];

    public override IReadOnlyList<IReadOnlyList<Statement>> Blocks => this.Cases;
}

/// <summary>Statements that run in a method of their own, because one method would be too large.</summary>
internal sealed record Part(IReadOnlyList<Statement> Body) : Statement
{
    public override IReadOnlyList<IReadOnlyList<Statement>> Blocks => [this.Body];
}

/// <summary>The components from <see cref="Start"/> on become 0, and some before it, before anything else is written.</summary>
internal sealed record ClearGradient(int Start) : Statement
{
    /// <summary>Components before <see cref="Start"/> that become 0.</summary>
    public IReadOnlyList<int> Gaps { get; init; } = [];
}

/// <summary><c>gradient[index] += term</c>.</summary>
internal sealed record Accumulate(Effect Effect) : Statement
{
    public override NodeList References => [this.Effect.Index, this.Effect.Term];
}

/// <summary><c>gradient[index] = adjoint</c>.</summary>
internal sealed record Store(Component Component) : Statement
{
    public override NodeList References => [this.Component.Adjoint];
}

/// <summary>The body runs once for each index of <see cref="Loop"/>, which is positive, in the local of <see cref="Index"/> if something uses it.</summary>
internal sealed record Repeat(Loop Loop, LoopIndex? Index, IReadOnlyList<Statement> Body) : Statement
{
    /// <summary>How eight iterations run at once; null if they run one after the other.</summary>
    public LanePlan? Lanes { get; init; }

    public override Node? Target => this.Index;

    public override NodeList References => [this.Loop.Count];

    public override IReadOnlyList<IReadOnlyList<Statement>> Blocks => [this.Body];
}

/// <summary>What a loop is going to collect begins: a sum is 0, a state has its initial value, an array is there.</summary>
internal sealed record Begin(Node Node) : Statement
{
    public override Node Target => this.Node;

    public override NodeList References => this.Node switch
    {
        State state => [state.Initial],
        // How much memory that is, is computed without overflow, from the factors.
        Vector vector => [vector.Length, .. IndexRange.AllFactorsOf(vector.Length)],
        Scatter scatter => [scatter.Length],
        _ => [],
    };
}

/// <summary><c>sum += term</c>, at the site of the sum.</summary>
internal sealed record AddTerm(Sum Sum) : Statement
{
    public override NodeList References => [this.Sum, this.Sum.Term];
}

/// <summary><c>vector[position] = value</c>, at the site of the vector.</summary>
internal sealed record StoreElement(Vector Vector) : Statement
{
    public override NodeList References => [this.Vector, this.Vector.Position, this.Vector.Value];
}

/// <summary><c>scatter[index] += term</c>, at the site of the addition.</summary>
internal sealed record AddElement(Scatter Scatter, Addition Addition) : Statement
{
    public override NodeList References => [this.Scatter, this.Addition.Index, this.Addition.Term];
}

/// <summary>The states of a recurrence become what they are in the next iteration, all at once; the last thing in the body of its loop, which ends here if the recurrence says so.</summary>
internal sealed record Advance(Fold Fold) : Statement
{
    public override NodeList References => this.Fold.Operands;
}
