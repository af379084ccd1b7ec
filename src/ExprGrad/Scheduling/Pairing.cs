using ExprGrad.IR;
using ExprGrad.Simplification;

namespace ExprGrad.Scheduling;

/// <summary>
/// Two expressions that differ in literals only are computed side by side: rows of a matrix of literals times one vector, polynomials of one number. Each lane has the bits of the scalar operations.
/// </summary>
/// <remarks>
/// Two lanes and not more: wider registers would have to be cleared before every call of the library, which the JIT does not do; what they leave behind makes its functions ten times slower.
/// </remarks>
internal sealed class Pairing
{
    // What is saved must be more than taking a pair apart costs.
    private const int MinOperations = 6;

    // A tree is at most as deep as it has operations, and is walked by recursion.
    private const int MaxOperations = 256;
    private const int Literal = -1;

    private readonly Graph graph;
    private readonly int[] uses;
    private readonly int[] shapes;
    private readonly int[] operations;
    private readonly Dictionary<Shape, int> shapesOfTrees = [];

    private Pairing(Graph graph, int[] uses)
    {
        (this.graph, this.uses) = (graph, uses);
        (this.shapes, this.operations) = (new int[graph.Nodes.Count], new int[graph.Nodes.Count]);
    }

    /// <summary>The same graph with such pairs computed side by side.</summary>
    public static Graph Apply(Graph graph, int[] uses)
    {
        var pairing = new Pairing(graph, uses);
        Dictionary<Node, Node> pairs = pairing.FindPairs();
        return pairs.Count == 0 ? graph : pairing.Replace(pairs);
    }

    // The second of each pair by the first. The shape of a tree is a number that equal trees have, all literals counting as one; other nodes are leaves, each with a shape of its own.
    private Dictionary<Node, Node> FindPairs()
    {
        var isInside = new bool[this.graph.Nodes.Count];
        foreach (Node node in this.graph.Nodes)
        {
            this.shapes[node.Id] = node is Constant { Value: double } ? Literal : node.Id;
            if (this.uses[node.Id] == 0 || !IsTree(node))
                continue;
            var shape = new Shape(((Apply)node).Operation, this.ShapeInside(node, 0, isInside), this.ShapeInside(node, 1, isInside), node.Operands.Count > 2 ? this.ShapeInside(node, 2, isInside) : Literal);
            if (!this.shapesOfTrees.TryGetValue(shape, out int number))
                this.shapesOfTrees[shape] = number = this.graph.Nodes.Count + this.shapesOfTrees.Count;
            this.shapes[node.Id] = number;
        }
        var pairs = new Dictionary<Node, Node>();
        var single = new Dictionary<(int, Region), Node>();
        foreach (Node node in this.graph.Nodes)
        {
            if (this.operations[node.Id] < MinOperations || isInside[node.Id])
                continue;
            if (single.Remove((this.shapes[node.Id], node.Region), out Node? first))
                pairs.Add(first, node);
            else
                single.Add((this.shapes[node.Id], node.Region), node);
        }
        return pairs;
    }

    private int ShapeInside(Node tree, int operand, bool[] isInside)
    {
        Node node = tree.Operands[operand];
        bool isPart = this.IsPart(node, tree);
        isInside[node.Id] |= isPart;
        this.operations[tree.Id] += isPart ? this.operations[node.Id] : 0;
        if (operand == 0)
            this.operations[tree.Id]++;
        return isPart || node is Constant ? this.shapes[node.Id] : node.Id;
    }

    private Graph Replace(Dictionary<Node, Node> pairs)
    {
        var builder = new GraphBuilder();
        var copies = new Node[this.graph.Nodes.Count];
        var seconds = new Dictionary<Node, Node>();
        return GraphCopy.Of(this.graph, this.uses, builder, (node, copy) =>
        {
            if (pairs.TryGetValue(node, out Node? other))
            {
                Node both = Both(node, other);
                seconds.Add(other, builder.Apply(PairOperation.Second, both));
                copy = builder.Apply(PairOperation.First, both);
            }
            return copies[node.Id] = seconds.GetValueOrDefault(node, copy);
        });

        Node Both(Node first, Node second)
        {
            if (first is Constant { Value: double a } && second is Constant { Value: double b })
                return builder.Apply(PairOperation.Literals(a, b));
            if (ReferenceEquals(first, second))
                return builder.Apply(PairOperation.Both, copies[first.Id]);
            return builder.Apply(PairOperation.Of(first)!, [.. first.Operands.Zip(second.Operands, Both)]);
        }
    }

    private bool IsPart(Node node, Node tree) => this.uses[node.Id] == 1 && IsTree(node) && ReferenceEquals(node.Region, tree.Region) && this.operations[node.Id] < MaxOperations;

    private static bool IsTree(Node node) => PairOperation.Of(node) is not null;

    /// <summary>What two trees have in common: their operation, and the shapes of what it is applied to.</summary>
    private readonly record struct Shape(Operation Operation, int First, int Second, int Third);
}
