using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Differentiation;

/// <summary>
/// The adjoint of a graph: walks it backwards once, seed 1 at the value, and adds <c>bar · partial</c> to the adjoint of each operand. Knows no function: each primitive gives its partials.
/// </summary>
/// <remarks>
/// Each adjoint lives in the region where its node matters: the node's own if one of its uses is unconditional, else only where a test selected it. What flows on from it is computed there,
/// so that nothing of a value that was not selected, not even 0 · ∞, reaches the gradient. Through a <see cref="Passage"/>, a function of one number, adjoints go in one step.
/// </remarks>
internal sealed class ReverseMode
{
    private const int MaxDepthOfChoices = 8;

    private readonly GraphBuilder builder;
    private readonly Activity activity;
    private readonly Graph primal;
    private readonly AdjointSums sums;
    private readonly Dictionary<int, List<Contribution>> components = [];
    private readonly List<Effect> effects = [];
    private readonly List<Contribution>?[] contributions;

    private ReverseMode(Graph primal, bool sharing)
    {
        this.primal = primal;
        this.builder = new GraphBuilder(primal, sharing);
        this.activity = new Activity(this.builder.Nodes, primal.Input);
        this.sums = new AdjointSums(this.builder);
        this.contributions = new List<Contribution>?[primal.Nodes.Count];
    }

    /// <summary>The graph of the value and the gradient of <paramref name="primal"/>; the nodes of the primal are shared.</summary>
    public static Graph Differentiate(Graph primal, bool sharing = true)
    {
        var mode = new ReverseMode(primal, sharing);
        var local = new LocalDerivatives(primal, mode.builder, mode.activity, mode.sums);
        mode.Contribute(primal.Value, new Contribution(primal.Root, mode.builder.Constant(1.0)));
        for (int id = primal.Value.Id; id >= 0; id--)
        {
            if (mode.contributions[id] is not { } uses)
                continue;
            // Every use has a greater id: the sum is complete.
            Node node = primal.Nodes[id];
            Contribution bar = mode.sums.Of(node.Region, uses);
            if (local.Of(node) is var (entry, derivative))
                mode.Contribute(entry, mode.sums.Product(bar, derivative, node.Region));
            else
                mode.Propagate(node, bar);
            mode.contributions[id] = null;
        }
        mode.MoveDeepContributionsToEffects();
        return primal with
        {
            Nodes = mode.builder.Nodes,
            Gradient = [.. mode.components.OrderBy(entry => entry.Key).Select(entry => new Component(entry.Key, mode.sums.Everywhere(primal.Root, entry.Value)))],
            Effects = mode.effects,
        };
    }

    // A contribution leaves each branch around it in a choice; from deep inside it is cheaper to add it where it is made.
    private void MoveDeepContributionsToEffects()
    {
        foreach ((int index, List<Contribution> contributions) in this.components.ToArray())
        {
            foreach (IGrouping<Region, Contribution> deep in contributions.Where(contribution => contribution.Region.Depth > MaxDepthOfChoices).GroupBy(contribution => contribution.Region))
                this.effects.Add(new Effect(deep.Key, this.builder.Constant(index, typeof(int)), this.sums.Of(deep.Key, [.. deep]).Value));
            if (contributions.RemoveAll(contribution => contribution.Region.Depth > MaxDepthOfChoices) > 0 && contributions.Count == 0)
                this.components.Remove(index);
        }
    }

    private void Contribute(Node node, Contribution contribution)
    {
        if (!this.activity[node])
            return;
        if (node is not Load { Index: Constant { Value: int index } })
            (this.contributions[node.Id] ??= []).Add(contribution);
        else if (index >= 0)
            this.ContributeToComponent(index, contribution);
    }

    // What nothing flows on from is added up in the end, or where it is made: joined at the load, contributions from n branches inside one another would make n choices for each component.
    private void ContributeToComponent(int index, Contribution contribution)
    {
        if (!this.components.TryGetValue(index, out List<Contribution>? uses))
            this.components[index] = uses = [];
        uses.Add(contribution);
    }

    private void Propagate(Node node, Contribution bar)
    {
        switch (node)
        {
            case Load load:
                this.effects.Add(new Effect(bar.Region, load.Index, bar.Value));
                break;
            case Choice choice:
                this.PropagateToArms(choice, bar);
                break;
            case Apply { Operation: Primitive } apply:
                this.PropagateToOperands(apply, bar);
                break;
        }
    }

    private void PropagateToOperands(Apply node, Contribution bar)
    {
        for (int k = 0; k < node.Operands.Count; k++)
        {
            if (this.activity.Flows(node, k))
                this.Contribute(node.Operands[k], this.sums.TimesPartial(bar, node, k));
        }
    }

    private void PropagateToArms(Choice choice, Contribution bar)
    {
        // An arm matters in its own case and where the choice matters.
        Region region = choice.Region;
        Node value = this.sums.Lift(bar, region);
        Node? guard = ReferenceEquals(bar.Region, region) ? null : this.sums.Guard(bar.Region, region);
        for (int k = 0; k < choice.CaseCount; k++)
        {
            if (!this.activity[choice.Arm(k)])
                continue;
            Branch arm = this.builder.Regions.Branch(region, choice.Selector, k);
            this.Contribute(choice.Arm(k), new Contribution(guard is null ? arm : this.builder.Regions.Branch(arm, guard, 1), value));
        }
    }
}
