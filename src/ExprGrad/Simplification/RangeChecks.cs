using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Simplification;

/// <summary>
/// Checks of indices leave loops: where every iteration checks <c>i</c> or <c>i + 1</c> against a length that the loop does not change, the greatest of them is checked before the loop. What a check around already covers is not checked again.
/// </summary>
/// <remarks>The exception comes earlier than in the plain lambda; where side effects could tell, nothing moves.</remarks>
internal sealed class RangeChecks
{
    private readonly GraphBuilder builder;
    private readonly List<Fact> facts = [];
    private readonly List<Node> hoisted = [];

    private RangeChecks(GraphBuilder builder) => this.builder = builder;

    /// <summary>The same function with fewer checks.</summary>
    public static Graph Apply(Graph graph, bool sharing)
    {
        int[] uses = Liveness.CountUses(graph);
        if (!graph.Nodes.Any(node => node is Apply { Operation: IndexCheck } && node.Region.InnermostLoop is not null) || graph.Nodes.Any(node => uses[node.Id] > 0 && Order.IsImpure(node)))
            return graph;
        var checks = new RangeChecks(new GraphBuilder(sharing));
        Graph copied = GraphCopy.Of(graph, uses, checks.builder, (_, copy) => copy is Apply { Operation: IndexCheck } check ? checks.Move(check) : copy);
        return copied with { Anchors = [.. copied.Anchors.Concat(checks.hoisted).Distinct()] };
    }

    private Node Move(Apply check)
    {
        (Node index, Node length) = (check.Operands[0], check.Operands[1]);
        (Node start, int offset) = IndexRange.Split(index);
        // With a greater offset the sum of count and offset could overflow.
        if (start is not LoopIndex { Loop: var loop } || offset is not (0 or 1) || loop.IsOpen || loop.End is not null)
            return check;
        Node count = loop.Count;
        long greatest = offset - 1L;
        if (this.IsKnown(check.Region, count, greatest, length))
            return index;
        if (!ReferenceEquals(check.Region, loop) || !length.Region.Encloses(loop.Parent))
            return check;
        Node last = this.builder.In(loop.Parent, () => greatest == 0 ? count : this.builder.Apply(Operator.Integer(ExpressionType.Subtract), count, this.builder.Constant(1, typeof(int))));
        Node moved = this.builder.In(loop.Parent, () => this.builder.Apply(check.Operation, last, length));
        this.hoisted.Add(moved);
        this.facts.Add(new Fact(moved.Region, count, greatest, length));
        return index;
    }

    // Whether a number plus an offset is less than a length wherever a region runs.
    private bool IsKnown(Region region, Node number, long offset, Node length)
    {
        while (true)
        {
            if (this.facts.Exists(fact => ReferenceEquals(fact.Length, length) && ReferenceEquals(fact.Number, number) && fact.Offset >= offset && fact.Region.Encloses(region)))
                return true;
            // An index of a loop is at most its count less 1.
            if (number is not LoopIndex { Loop: { IsOpen: false, End: null } loop })
                return false;
            (number, offset) = (loop.Count, offset - 1);
        }
    }

    /// <summary>That <paramref name="Number"/> + <paramref name="Offset"/> is less than <paramref name="Length"/> wherever a region runs.</summary>
    private sealed record Fact(Region Region, Node Number, long Offset, Node Length);
}
