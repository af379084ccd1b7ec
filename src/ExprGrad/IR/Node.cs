using System.Globalization;

namespace ExprGrad.IR;

/// <summary>
/// One value of the graph. Nodes are immutable, made only by <see cref="GraphBuilder"/>, interned (equal nodes visible from a region are one object)
/// and numbered in topological order: every operand has a smaller <see cref="Id"/>.
/// </summary>
internal abstract class Node
{
    private protected Node(int id, Region region, Type type, Node[] operands) =>
        (this.Id, this.Region, this.Type, this.Operands) = (id, region, type, new NodeList(operands));

    public int Id { get; }

    /// <summary>The innermost region that the node was written in. It may run deeper, never above.</summary>
    public Region Region { get; }

    /// <summary>The CLR type of the value.</summary>
    public Type Type { get; }

    public NodeList Operands { get; }

    /// <summary>Nodes that must have run before this one although it does not use their value: the chain of impure nodes and the reads between its links.</summary>
    public virtual NodeList Predecessors => default;

    /// <summary>The nodes whose values the code of this one uses.</summary>
    public virtual NodeList Reads => this.Operands;

    /// <summary>The regions inside this node's that its operands come from, where those are not visible from its own: what it adds up or collects.</summary>
    public virtual IReadOnlyList<Region> Sites => [];

    /// <summary>The id: tables of nodes need no hash of each object, and their order is the same in each run.</summary>
    public override int GetHashCode() => this.Id;

    public override string ToString() => "%" + this.Id.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A value known when compiling. Floating-point constants are equal when their bits are.</summary>
internal sealed class Constant(int id, Region region, Type type, object? value) : Node(id, region, type, [])
{
    public object? Value { get; } = value;

    /// <summary>Whether this is a number of type double or float with the value <paramref name="number"/>; −0 is not 0.</summary>
    public bool Is(double number) =>
        this.Value is double d ? BitConverter.DoubleToInt64Bits(d) == BitConverter.DoubleToInt64Bits(number)
        : this.Value is float f && BitConverter.SingleToInt32Bits(f) == BitConverter.SingleToInt32Bits((float)number) && (float)number == number;
}

/// <summary>A parameter of the compiled function: the point, or the data.</summary>
internal sealed class Parameter(int id, Region region, Type type, string name) : Node(id, region, type, [])
{
    public string Name { get; } = name;
}

/// <summary>An operation on operands: arithmetic, a function, a member access, an opaque piece of C#.</summary>
internal sealed class Apply(int id, Region region, Operation operation, Node[] operands, Node[] predecessors)
    : Node(id, region, operation.Type, operands)
{
    public Operation Operation { get; } = operation;

    public override NodeList Predecessors { get; } = new(predecessors);
}

/// <summary>An element of an array.</summary>
internal sealed class Load(int id, Region region, Node array, Node index, Node[] predecessors)
    : Node(id, region, array.Type.GetElementType()!, [array, index])
{
    public Node Array => this.Operands[0];

    public Node Index => this.Operands[1];

    public override NodeList Predecessors { get; } = new(predecessors);
}

/// <summary>
/// One result of a conditional: the arm of the case that the selector has. The conditional is the pair (region, selector); its results are all the choices on it, and arm k runs in its case k.
/// A choice of type void joins the chains of impure nodes of its cases: its arms are the last links, whatever their type.
/// </summary>
internal sealed class Choice(int id, Region region, Type type, Node[] operands) : Node(id, region, type, operands)
{
    public Node Selector => this.Operands[0];

    public int CaseCount => this.Operands.Count - 1;

    public Node Arm(int @case) => this.Operands[@case + 1];
}

/// <summary>The number of the iteration, an int.</summary>
internal sealed class LoopIndex(int id, Loop loop) : Node(id, loop, typeof(int), [])
{
    public Loop Loop { get; } = loop;
}

/// <summary>What is carried from one iteration to the next: <see cref="Initial"/> in the first, then what its <see cref="Fold"/> says.</summary>
internal sealed class State(int id, Loop loop, Node initial) : Node(id, loop, initial.Type, [initial])
{
    public Loop Loop { get; } = loop;

    public Node Initial => this.Operands[0];

    /// <summary>The recurrence that it belongs to; known when the body is made.</summary>
    public Fold Fold { get; internal set; } = null!;
}

/// <summary>
/// A recurrence: in each iteration all its states get their next values at once. One node with many results, the <see cref="Final"/> states; it stands around its loop.
/// With a <see cref="Test"/> it ends its loop after the first iteration in which that is false.
/// </summary>
internal sealed class Fold : Node
{
    public Fold(int id, Loop loop, Node[] operands)
        : base(id, loop.Parent, typeof(void), operands)
    {
        this.Loop = loop;
        for (int k = 0; k < this.Count; k++)
            this.State(k).Fold = this;
        if (this.Test is not null)
            loop.End = this;
    }

    public Loop Loop { get; }

    public override IReadOnlyList<Region> Sites => [this.Loop];

    public int Count => this.Operands.Count / 2;

    public State State(int k) => (State)this.Operands[k];

    public Node Next(int k) => this.Operands[this.Count + k];

    /// <summary>Whether the loop goes on, known in each iteration; null if it runs as often as its count says. Behind the states and their next values there is one operand more.</summary>
    public Node? Test => this.Operands.Count % 2 == 0 ? null : this.Operands[this.Operands.Count - 1];

    /// <summary>What a state of this recurrence becomes.</summary>
    public Node NextOf(State state)
    {
        for (int k = 0; k < this.Count; k++)
        {
            if (ReferenceEquals(this.Operands[k], state))
                return this.Next(k);
        }
        throw new InvalidOperationException($"{state} is no state of {this}.");
    }
}

/// <summary>A state after the last iteration.</summary>
internal sealed class Final(int id, Fold fold, int number) : Node(id, fold.Region, fold.State(number).Type, [fold])
{
    public Fold Fold => (Fold)this.Operands[0];

    public override NodeList Reads => new([this.Fold.State(this.Number)]);

    public int Number { get; } = number;
}

/// <summary>The sum of a term over every run of <see cref="Site"/>, a region inside one or several loops, in order. Sums of integers are checked.</summary>
internal sealed class Sum(int id, Region region, Region site, Node term, bool keepsSign) : Node(id, region, term.Type, [term])
{
    public Region Site { get; } = site;

    /// <summary>Whether it starts from −0 and not from 0, so that it has the bits of a sum that starts with its first term: of −0 alone it is −0.</summary>
    public bool KeepsSign { get; } = keepsSign;

    public override IReadOnlyList<Region> Sites => [this.Site];

    public Node Term => this.Operands[0];
}

/// <summary>
/// Values of the runs of <see cref="Site"/>, each stored at its position: an array that lives in memory rented for the call and may be longer than <see cref="Length"/>. Positions are in range by construction.
/// </summary>
internal sealed class Vector(int id, Region region, Region site, Node length, Node position, Node value)
    : Node(id, region, value.Type.MakeArrayType(), [length, position, value])
{
    public Region Site { get; } = site;

    public override IReadOnlyList<Region> Sites => [this.Site];

    /// <summary>How many elements may be stored, known where the vector stands.</summary>
    public Node Length => this.Operands[0];

    public Node Position => this.Operands[1];

    public Node Value => this.Operands[2];
}

/// <summary>One addition to an element of a <see cref="Scatter"/>, in every run of a region.</summary>
internal readonly record struct Addition(Region Site, Node Index, Node Term);

/// <summary>An array of <see cref="Length"/> doubles, 0 at first, to whose elements terms are added: the adjoint of a vector.</summary>
internal sealed class Scatter(int id, Region region, Node length, IReadOnlyList<Addition> additions)
    : Node(id, region, typeof(double[]), [length, .. additions.SelectMany(addition => new[] { addition.Index, addition.Term })])
{
    public override IReadOnlyList<Region> Sites { get; } = [.. additions.Select(addition => addition.Site)];

    public Node Length => this.Operands[0];

    public IEnumerable<Addition> Additions => this.Sites.Select((site, k) => new Addition(site, this.Operands[2 * k + 1], this.Operands[2 * k + 2]));
}
