using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>
/// The level of a node is the longest chain of loops that it depends on; what has one level in one loop can be one pass. Levels are the lowest possible ones, but for what can wait for a later pass of its loop: the fewer passes the better.
/// </summary>
internal sealed class LoopLevels
{
    private readonly Graph graph;
    private readonly int[] uses;
    private readonly int depth;
    private int[] levels;
    private readonly Loop?[] loops;
    private readonly Dictionary<Loop, Fold> tested;

    private LoopLevels(Graph graph, int depth)
    {
        (this.graph, this.depth, this.uses, this.levels) = (graph, depth, Liveness.CountUses(graph), new int[graph.Nodes.Count]);
        this.loops = [.. graph.Nodes.Select(node => this.LoopAround(node.Region))];
        this.tested = graph.Nodes.OfType<Fold>().Where(fold => fold.Test is not null).ToDictionary(fold => fold.Loop);
    }

    /// <summary>The levels in the loops of one depth.</summary>
    /// <param name="graph">The function.</param>
    /// <param name="depth">How many loops are around the loops that are treated.</param>
    public static LoopLevels Of(Graph graph, int depth)
    {
        var levels = new LoopLevels(graph, depth);
        levels.Find();
        levels.JoinPasses();
        return levels;
    }

    public int Of(Node node) => this.levels[node.Id];

    /// <summary>The loop of the depth that is being treated around a node, if there is one.</summary>
    public Loop? LoopOf(Node node) => this.loops[node.Id];

    /// <summary>How many loops a region is in.</summary>
    public static int DepthOf(Region region)
    {
        int depth = 0;
        for (Loop? loop = region.InnermostLoop; loop is not null; loop = loop.Parent.InnermostLoop)
            depth++;
        return depth;
    }

    /// <summary>The loop of the depth that is being treated around a region, itself included.</summary>
    public Loop? LoopAround(Region region)
    {
        Loop? loop = region.InnermostLoop;
        for (int inside = DepthOf(region) - this.depth; inside > 1; inside--)
            loop = loop!.Parent.InnermostLoop;
        return DepthOf(region) > this.depth ? loop : null;
    }

    private void Find()
    {
        Node[][] ordered = this.OrderedTogether();
        bool changed;
        do
        {
            changed = false;
            foreach (Node node in this.graph.Nodes)
            {
                if (this.uses[node.Id] == 0)
                    continue;
                int level = Math.Max(this.levels[node.Id], this.LevelOf(node));
                changed |= level > this.levels[node.Id] && node is (State or Fold);
                this.levels[node.Id] = level;
            }
            foreach (Node[] together in ordered)
            {
                int last = together.Max(node => this.levels[node.Id]);
                changed |= together.Any(node => this.levels[node.Id] < last);
                foreach (Node node in together)
                    this.levels[node.Id] = last;
            }
        }
        while (changed);
    }

    // What has an order, or may throw, in a loop with impure code: one iteration after the other, so all of it in one pass.
    private Node[][] OrderedTogether()
    {
        HashSet<Loop> impure = [.. this.graph.Nodes.Where(node => this.uses[node.Id] > 0 && Order.IsImpure(node)).Select(node => this.loops[node.Id]).OfType<Loop>()];
        HashSet<Node> anchors = impure.Count > 0 ? [.. this.graph.Anchors] : [];
        return [.. this.graph.Nodes.Where(node => this.uses[node.Id] > 0 && this.loops[node.Id] is { } loop && impure.Contains(loop) && (Order.IsOrdered(node) || anchors.Contains(node)))
            .GroupBy(node => this.loops[node.Id], (_, nodes) => nodes.ToArray())];
    }

    private int LevelOf(Node node)
    {
        int level = this.LevelOf(node.Region);
        foreach (Node predecessor in node.Predecessors)
            level = Math.Max(level, this.LevelAfter(predecessor, node));
        switch (node)
        {
            case Sum sum:
                return Math.Max(level, this.After(node, this.PassOf(sum.Site, sum.Term)));
            case Vector vector:
                return Math.Max(Math.Max(level, this.levels[vector.Length.Id]), this.After(node, this.PassOf(vector.Site, vector.Position, vector.Value)));
            case Scatter scatter:
                level = Math.Max(level, this.levels[scatter.Length.Id]);
                foreach (Addition addition in scatter.Additions)
                    level = Math.Max(level, this.After(node, this.PassOf(addition.Site, addition.Index, addition.Term), addition.Site));
                return level;
            case State state:
                // All of a recurrence is one loop; what is inside an iteration begins anew with each.
                return DepthOf(state.Loop) <= this.depth ? level : Math.Max(Math.Max(level, this.levels[state.Initial.Id]), this.PassOf(state.Fold));
            case Fold fold:
                return Math.Max(level, this.IsHere(fold.Loop) ? this.PassOf(fold) + 1 : this.PassOf(fold));
            default:
                foreach (Node operand in node.Operands)
                    level = Math.Max(level, this.levels[operand.Id]);
                return level;
        }
    }

    private int LevelOf(Region region)
    {
        int level = 0;
        for (Region? around = region; around is not null; around = around.Parent)
        {
            level = around.Condition is { } condition ? Math.Max(level, this.levels[condition.Id]) : level;
            // All of a loop that a test ends runs where the test does.
            if (around is Loop loop && DepthOf(loop) > this.depth && this.tested.TryGetValue(loop, out Fold? fold))
                level = Math.Max(level, this.levels[fold.Id] - (this.IsHere(loop) ? 1 : 0));
        }
        return level;
    }

    // What comes before comes before in all iterations of a loop that it is in.
    private int LevelAfter(Node predecessor, Node node) =>
        this.levels[predecessor.Id] + (this.loops[predecessor.Id] is { } loop && !ReferenceEquals(loop, this.loops[node.Id]) ? 1 : 0);

    public bool IsHere(Loop loop) => DepthOf(loop) == this.depth + 1;

    // A result is known when its loop is over.
    private int After(Node result, int pass, Region? site = null) => this.loops[result.Id] is null && this.LoopAround(site ?? result.Sites[0]) is not null ? pass + 1 : pass;

    /// <summary>The pass in which something at a site happens.</summary>
    public int PassOf(Region site, params ReadOnlySpan<Node> nodes)
    {
        int pass = this.LevelOf(site);
        foreach (Node node in nodes)
            pass = Math.Max(pass, this.levels[node.Id]);
        return pass;
    }

    public int PassOf(Fold fold)
    {
        int pass = this.LevelOf(fold.Loop);
        for (int k = 0; k < fold.Count; k++)
        {
            if (this.uses[fold.State(k).Id] > 0)
                pass = Math.Max(pass, Math.Max(this.levels[fold.State(k).Id], this.levels[fold.Next(k).Id]));
        }
        if (fold.Test is { } test)
        {
            // No second loop can follow one that a test ends.
            pass = Math.Max(pass, this.levels[test.Id]);
            foreach (Node anchor in this.graph.Anchors.Where(anchor => fold.Loop.Encloses(anchor.Region)))
                pass = Math.Max(pass, this.levels[anchor.Id]);
        }
        return pass;
    }

    // ---- fewer passes

    // What has no use before a later pass of its loop begins waits for that.
    private void JoinPasses()
    {
        if (this.graph.Nodes.Any(node => this.uses[node.Id] > 0 && Order.IsImpure(node)))
            return;
        HashSet<(Loop Loop, int Pass)> passes = this.Passes();
        foreach (IGrouping<Loop, int> ofLoop in passes.GroupBy(pass => pass.Loop, pass => pass.Pass).Where(group => group.Count() > 1).ToArray())
        {
            int[] ordered = [.. ofLoop.Order()];
            for (int k = ordered.Length - 2; k >= 0; k--)
            {
                int[] before = [.. this.levels];
                int highest = before.Max();
                foreach (Node node in this.graph.Nodes)
                {
                    if (ReferenceEquals(this.loops[node.Id], ofLoop.Key) && this.levels[node.Id] == ordered[k] && !IsFree(node))
                        this.levels[node.Id] = ordered[k + 1];
                }
                this.Find();
                HashSet<(Loop Loop, int Pass)> joined = this.Passes();
                if (joined.Count < passes.Count && this.levels.Max() <= highest)
                    passes = joined;
                else
                    this.levels = before;
            }
        }
    }

    // In any pass that needs it.
    private static bool IsFree(Node node) => node is LoopIndex or Constant or Parameter;

    // In which loops something is added up, stored, or carried on, and when.
    private HashSet<(Loop Loop, int Pass)> Passes()
    {
        var passes = new HashSet<(Loop Loop, int Pass)>();
        foreach (Node node in this.graph.Nodes.Where(node => this.uses[node.Id] > 0 && this.loops[node.Id] is null))
        {
            switch (node)
            {
                case Sum sum:
                    Add(sum.Site, this.PassOf(sum.Site, sum.Term));
                    break;
                case Vector vector:
                    Add(vector.Site, this.PassOf(vector.Site, vector.Position, vector.Value));
                    break;
                case Scatter scatter:
                    foreach (Addition addition in scatter.Additions)
                        Add(addition.Site, this.PassOf(addition.Site, addition.Index, addition.Term));
                    break;
                case Fold fold:
                    Add(fold.Loop, this.PassOf(fold));
                    break;
            }
        }
        foreach (Effect effect in this.graph.Effects)
            Add(effect.Region, this.PassOf(effect.Region, effect.Index, effect.Term));
        return passes;

        void Add(Region site, int pass)
        {
            if (this.LoopAround(site) is { } loop)
                passes.Add((loop, pass));
        }
    }
}
