using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>Which region each node runs in: as deep as its uses allow, so that a branch that is not taken costs nothing; never above where it was written.</summary>
internal sealed class Placement
{
    private readonly Region?[] regions;

    private Placement(Region?[] regions) => this.regions = regions;

    /// <summary>The region that <paramref name="node"/> runs in.</summary>
    public Region this[Node node] => this.regions[node.Id]!;

    public static Placement Of(Graph graph, int[] uses, bool sinking)
    {
        var regions = new Region?[graph.Nodes.Count];

        void Use(Node node, Region where) => regions[node.Id] = regions[node.Id] is { } known ? Region.CommonAncestor(known, where) : where;

        void Enter(Region region, HashSet<Region> entered)
        {
            for (Region? around = region; around is not null && entered.Add(around); around = around.Parent)
            {
                if (around.Condition is { } condition)
                    Use(condition, around.Parent!);
            }
        }

        // Deeper than its own region, but into no loop: there it would run again and again.
        static Region Sink(Region home, Region used) => used.OutermostLoopIn(home) is { } loop ? loop.Parent : used;

        var entered = new HashSet<Region>();
        Use(graph.Value, graph.Root);
        foreach (Component component in graph.Gradient)
            Use(component.Adjoint, graph.Root);
        foreach (Effect effect in graph.Effects)
        {
            Use(effect.Index, effect.Region);
            Use(effect.Term, effect.Region);
            Enter(effect.Region, entered);
        }
        for (int id = graph.Nodes.Count - 1; id >= 0; id--)
        {
            if (uses[id] == 0)
                continue;
            Node node = graph.Nodes[id];
            bool isFixed = node is Choice or LoopIndex or State or Fold or Final or Sum or Vector or Scatter || graph.IsAnchored(node) || !sinking;
            // Uses as a predecessor may stand outside the region that the node was written in.
            Region place = isFixed || regions[id] is not { } used || !node.Region.Encloses(used) ? node.Region : Sink(node.Region, used);
            regions[id] = place;
            Enter(place, entered);
            foreach (Node predecessor in node.Predecessors)
                Use(predecessor, place);
            for (int k = 0; k < node.Operands.Count; k++)
                Use(node.Operands[k], PlaceOfUse(graph, node, k) ?? place);
            foreach (Region site in node.Sites)
                Enter(site, entered);
            if (node is Choice { CaseCount: var cases } conditional)
            {
                for (int k = 0; k < cases; k++)
                    Enter(graph.Regions.Branch(node.Region, conditional.Selector, k), entered);
            }
        }
        return new Placement(regions);
    }

    /// <summary>Where operand <paramref name="k"/> of a node is used, if that is not where the node is.</summary>
    private static Region? PlaceOfUse(Graph graph, Node node, int k) => node switch
    {
        Choice choice when k > 0 => graph.Regions.Branch(choice.Region, choice.Selector, k - 1),
        Sum sum => sum.Site,
        Vector vector when k > 0 => vector.Site,
        Scatter scatter when k > 0 => scatter.Sites[(k - 1) / 2],
        Fold fold => fold.Loop,
        State state => state.Loop.Parent,
        _ => null,
    };
}
