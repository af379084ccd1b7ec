using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Scheduling;

/// <summary>
/// Computes in vectors what terms that look alike do: neighbours in the gradient, and the terms of a sum. Each lane has the bits that the number would have alone; the sum itself takes the lanes one by one, in its order.
/// </summary>
internal sealed class Packing
{
    // A method that uses vectors of 256 bits clears their upper halves when it returns.
    private const int CostOfUpperHalves = 8;

    // Two lanes save little, and what waits for a lane to be put in or taken out is not counted.
    private const double MostInTwoLanes = 0.75;

    // How many packs of a run are tried from each place that it may begin at.
    private const int MaxTried = 16;

    private readonly Graph graph;
    private readonly LaneShape shape;
    private readonly int[] uses;
    private readonly PackBuilder builder;
    private readonly Dictionary<int, Pack> stores = [];

    private Packing(Graph graph, LaneShape shape, int[] uses) => (this.graph, this.shape, this.uses, this.builder) = (graph, shape, uses, new PackBuilder(graph));

    /// <summary>The same function with packs, where they save operations.</summary>
    /// <param name="graph">A graph without loops.</param>
    /// <param name="uses">How many uses its nodes have.</param>
    /// <param name="shape">The vectors.</param>
    /// <param name="sharing">Whether equal nodes are one.</param>
    public static Graph Apply(Graph graph, int[] uses, LaneShape shape, bool sharing = true)
    {
        var packing = new Packing(graph, shape, uses);
        packing.PackComponents();
        packing.PackTerms();
        if (packing.builder.Mark == 0)
            return graph;
        var packed = new PackedGraph(graph, packing.builder.HomeOf, packing.stores);
        double alone = PackedGraph.CostOf(graph, uses);
        bool saves = shape.Count == LaneShape.Two.Count ? packed.Cost <= MostInTwoLanes * alone : packed.Cost + CostOfUpperHalves < alone;
        return saves ? packed.Make(shape, uses, sharing) : graph;
    }

    private void PackComponents()
    {
        // What is added to elements in place is added one by one.
        if (this.graph.Effects.Count > 0)
            return;
        Node[] adjoints = [.. this.graph.Gradient.Where(component => component.Index < this.graph.RequiredLength).Select(component => component.Adjoint)];
        foreach ((int start, int length) in this.Runs(adjoints, (k, last) => this.graph.Gradient[k].Index == this.graph.Gradient[last].Index + 1))
        {
            foreach ((int offset, Pack pack) in this.PackRun(adjoints.AsSpan(start, length), bonus: this.shape.Count - 1))
                this.stores[start + offset] = pack;
        }
    }

    private void PackTerms()
    {
        var seen = new bool[this.graph.Nodes.Count];
        for (int id = seen.Length - 1; id >= 0; id--)
        {
            Node node = this.graph.Nodes[id];
            if (seen[id] || this.uses[id] == 0 || !IsSum(node) || this.builder.HomeOf(node) is not null)
                continue;
            Node[] terms = this.TermsOf(node, seen);
            // A lane that is used alone must be taken out.
            foreach ((int start, int length) in this.Runs(terms, (_, _) => true))
                this.PackRun(terms.AsSpan(start, length), bonus: -this.shape.Count);
        }
    }

    // In the order in which they are added.
    private Node[] TermsOf(Node sum, bool[] seen)
    {
        var terms = new List<Node>();
        for (Node? link = sum; link is not null;)
        {
            seen[link.Id] = true;
            (Node left, Node right) = (link.Operands[0], link.Operands[1]);
            link = this.IsLink(left) ? left : this.IsLink(right) ? right : null;
            if (!ReferenceEquals(link, right))
                terms.Add(right);
            if (!ReferenceEquals(link, left))
                terms.Add(left);
        }
        terms.Reverse();
        return [.. terms];
    }

    private bool IsLink(Node node) => IsSum(node) && this.uses[node.Id] == 1 && this.builder.HomeOf(node) is null;

    private static bool IsSum(Node node) => node is Apply { Operation: Add or Subtract, Region.IsRoot: true } && node.Type == typeof(double);

    // Where nodes that follow one another do the same, at least as many as there are lanes.
    private IEnumerable<(int Start, int Length)> Runs(Node[] nodes, Func<int, int, bool> follows)
    {
        for (int start = 0, end; start < nodes.Length; start = end)
        {
            for (end = start + 1; end < nodes.Length && this.builder.IsLike(nodes[end], nodes[start]) && follows(end, end - 1);)
                end++;
            if (end - start >= this.shape.Count)
                yield return (start, end - start);
        }
    }

    /// <summary>Packs a run from where that saves most; returns the packs that are apart from one another.</summary>
    /// <param name="run">Nodes that do the same.</param>
    /// <param name="bonus">What else a pack saves; less than 0 if it costs something.</param>
    private List<(int Offset, Pack Pack)> PackRun(ReadOnlySpan<Node> run, int bonus)
    {
        int count = this.shape.Count, best = 0, most = 0;
        // How a run begins tells how it goes on.
        ReadOnlySpan<Node> beginning = run[..Math.Min(run.Length, MaxTried * count)];
        for (int first = 0; first < count && first + count <= run.Length; first++)
        {
            int mark = this.builder.Mark;
            this.PackFrom(first, beginning, bonus, out int saved);
            this.builder.Return(mark);
            if (saved > most)
                (best, most) = (first, saved);
        }
        if (most == 0)
            return [];
        List<(int Offset, Pack Pack)> packs = this.PackFrom(best, run, bonus, out _);
        // What is left at both ends is computed again with its neighbours, if it is worth the while.
        int left = (run.Length - best) % count;
        if (left > 0)
            this.AddIfItSaves(run[^count..], -left, out _);
        if (best > 0)
            this.AddIfItSaves(run[..count], -best, out _);
        return packs;
    }

    private List<(int Offset, Pack Pack)> PackFrom(int first, ReadOnlySpan<Node> run, int bonus, out int saved)
    {
        var packs = new List<(int, Pack)>();
        saved = 0;
        for (int start = first; start + this.shape.Count <= run.Length; start += this.shape.Count)
        {
            if (this.AddIfItSaves(run.Slice(start, this.shape.Count), bonus, out int more) is not { } pack)
                continue;
            packs.Add((start, pack));
            saved += more;
        }
        return packs;
    }

    private Pack? AddIfItSaves(ReadOnlySpan<Node> lanes, int bonus, out int saved)
    {
        saved = 0;
        if (!this.builder.MayPack(lanes))
            return null;
        int mark = this.builder.Mark;
        (Pack pack, saved) = this.builder.Add(lanes.ToArray());
        saved += bonus;
        if (saved > 0)
            return pack;
        this.builder.Return(mark);
        return null;
    }
}
