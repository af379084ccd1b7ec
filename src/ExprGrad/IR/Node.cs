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
