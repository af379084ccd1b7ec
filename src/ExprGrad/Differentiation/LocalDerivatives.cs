using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Differentiation;

/// <summary>The derivatives of the nodes of forward passages with respect to the entries.</summary>
internal sealed class LocalDerivatives
{
    private readonly GraphBuilder builder;
    private readonly Activity activity;
    private readonly AdjointSums sums;
    private readonly Dictionary<Node, (Node Entry, Contribution Derivative)> derivatives = [];

    public LocalDerivatives(Graph primal, GraphBuilder builder, Activity activity, AdjointSums sums)
    {
        (this.builder, this.activity, this.sums) = (builder, activity, sums);
        // An inner passage has a later entry: it is there when one around it needs it.
        foreach (Passage passage in Passage.All(primal.Nodes, activity, CountUses(primal, activity)).Where(passage => passage.IsForward))
            this.CarryThrough(passage);
        builder.Region = builder.Root;
    }

    /// <summary>The entry of the passage that a node is in, with the node's derivative; null where adjoints are carried backwards.</summary>
    public (Node Entry, Contribution Derivative)? Of(Node node) => this.derivatives.TryGetValue(node, out var known) ? known : null;

    private void CarryThrough(Passage passage)
    {
        var tangents = new Dictionary<Node, Contribution> { [passage.Entry] = new(passage.Entry.Region, this.builder.Constant(1.0)) };
        foreach (Node member in passage.Members)
        {
            Contribution tangent = tangents[member] =
                passage.IsContracted(member) ? this.ThroughInner(member, tangents)
                : this.sums.Of(member.Region, member is Choice choice ? this.OfArms(choice, tangents) : this.OfOperands((Apply)member, tangents));
            this.derivatives.TryAdd(member, (passage.Entry, tangent));
        }
    }

    private Contribution ThroughInner(Node exit, Dictionary<Node, Contribution> tangents)
    {
        (Node entry, Contribution derivative) = this.derivatives[exit];
        return this.sums.Product(derivative, tangents[entry], entry.Region);
    }

    private List<Contribution> OfArms(Choice choice, Dictionary<Node, Contribution> tangents)
    {
        var contributions = new List<Contribution>();
        for (int k = 0; k < choice.CaseCount; k++)
        {
            Node arm = choice.Arm(k);
            if (this.activity[arm])
                contributions.Add(this.sums.Within(this.builder.Regions.Branch(choice.Region, choice.Selector, k), tangents[arm], arm.Region));
        }
        return contributions;
    }

    private List<Contribution> OfOperands(Apply node, Dictionary<Node, Contribution> tangents)
    {
        var contributions = new List<Contribution>();
        for (int k = 0; k < node.Operands.Count; k++)
        {
            if (!this.activity.Flows(node, k))
                continue;
            Contribution tangent = this.sums.Within(node.Region, tangents[node.Operands[k]], node.Operands[k].Region);
            contributions.Add(this.sums.TimesPartial(tangent, node, k, static value => value));
        }
        return contributions;
    }

    // Uses through which an adjoint flows.
    private static int[] CountUses(Graph primal, Activity activity)
    {
        var uses = new int[primal.Nodes.Count];
        uses[primal.Value.Id] = 1;
        for (int id = primal.Value.Id; id >= 0; id--)
        {
            Node node = primal.Nodes[id];
            for (int k = 0; uses[id] > 0 && k < node.Operands.Count; k++)
                uses[node.Operands[k].Id] += activity.Flows(node, k) ? 1 : 0;
        }
        return uses;
    }
}
