using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Differentiation;

/// <summary>Which values of the steps of recurrences are kept for the way back, beside those that are always dear: those without which so much need not be computed again that storing and loading them costs less.</summary>
internal static class Residuals
{
    // Storing a number and loading it again, in memory that may not fit the first cache, costs as much as so many additions.
    private const int CostOfKeeping = 5;
    private const int CostOfDivision = 5;

    /// <summary>The primal nodes to keep.</summary>
    /// <param name="graph">With an adjoint that computes again all that is not dear.</param>
    /// <param name="copies">What is computed again, by the primal node that it is a copy of: in each step, directly in the loop that runs backwards.</param>
    public static HashSet<Node> Of(Graph graph, IReadOnlyDictionary<Node, Node> copies)
    {
        var kept = new HashSet<Node>();
        if (copies.Count == 0)
            return kept;
        int[] uses = Liveness.CountUses(graph);
        var copied = copies.Values.ToHashSet();
        // The last first: with it goes what only it needs.
        foreach ((Node node, Node copy) in copies.OrderByDescending(pair => pair.Value.Id))
        {
            if (uses[copy.Id] == 0 || copy is not Apply || !Activity.CanBeActive(copy.Type))
                continue;
            var remaining = new Dictionary<Node, int>();
            if (CostWithout(copy, copied, uses, remaining) < CostOfKeeping)
                continue;
            kept.Add(node);
            foreach ((Node operand, int count) in remaining)
                uses[operand.Id] = count;
        }
        return kept;
    }

    // What need not be computed if a node is there already: the node, and what only it and others of these use.
    private static int CostWithout(Node first, HashSet<Node> copied, int[] uses, Dictionary<Node, int> remaining)
    {
        int cost = 0;
        var pending = new Stack<Node>([first]);
        while (pending.TryPop(out Node? node))
        {
            cost += CostOf(node);
            foreach (Node operand in node.Operands)
            {
                int left = remaining.GetValueOrDefault(operand, uses[operand.Id]) - 1;
                remaining[operand] = left;
                if (left == 0 && ReferenceEquals(operand.Region, first.Region) && operand is Apply or Load && copied.Contains(operand))
                    pending.Push(operand);
            }
        }
        return cost;
    }

    private static int CostOf(Node node) => !Activity.CanBeActive(node.Type) ? 0
        : node is Apply { Operation: Divide } ? CostOfDivision
        : 1;
}
