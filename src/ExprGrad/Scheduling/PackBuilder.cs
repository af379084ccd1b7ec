using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Scheduling;

/// <summary>
/// Makes packs from above: given nodes that do the same, their operands are packs in turn, until what is left are neighbours in the point, one number for all, or numbers that have nothing in common.
/// </summary>
/// <remarks>
/// The nodes of a pack have one height, the length of the longest chain of nodes below them. So none needs another, and no two packs wait for one another: what a pack needs is lower.
/// Source: S. Larsen, S. Amarasinghe, "Exploiting Superword Level Parallelism with Multimedia Instruction Sets" (2000), there from below.
/// </remarks>
internal sealed class PackBuilder(Graph graph)
{
    // Nothing recurses as deep as a function may be; and what grows without an end has nothing in common.
    private const int MaxDepth = 48, MaxPacks = 1_000;

    private readonly Dictionary<Node[], Pack> packs = new(new SameLanes());
    private readonly List<Pack> made = [];
    private readonly Dictionary<Node, (Pack Pack, int Lane)> homes = [];
    private readonly int[] heights = HeightsOf(graph);
    private int limit;

    /// <summary>A place to return to.</summary>
    public int Mark => this.made.Count;

    /// <summary>The vector that computes a node, and where in it; null if the node is computed alone.</summary>
    public (Pack Pack, int Lane)? HomeOf(Node node) => this.homes.TryGetValue(node, out (Pack Pack, int Lane) home) ? home : null;

    /// <summary>Whether these nodes may be the result of one operation on vectors.</summary>
    public bool MayPack(ReadOnlySpan<Node> nodes)
    {
        foreach (Node node in nodes)
        {
            if (!this.IsLike(node, nodes[0]))
                return false;
        }
        for (int k = 1; k < nodes.Length; k++)
        {
            if (nodes[..k].Contains(nodes[k]))
                return false;
        }
        return true;
    }

    /// <summary>Whether two nodes are the same operation, at one height.</summary>
    public bool IsLike(Node node, Node other) =>
        node is Apply { Operation: Primitive { HasLanes: true } operation, Region.IsRoot: true, Predecessors.Count: 0 } && other is Apply { Operation: var same }
            && this.heights[node.Id] == this.heights[other.Id] && operation.Equals(same);

    /// <summary>The pack of some nodes, and how many operations it and its operands save, which were not there before.</summary>
    public (Pack Pack, int Saved) Add(Node[] lanes)
    {
        int saved = 0;
        this.limit = this.made.Count + MaxPacks;
        return (this.PackOf(lanes, 0, ref saved), saved);
    }

    /// <summary>Forgets the packs that were made since.</summary>
    public void Return(int mark)
    {
        for (int k = this.made.Count - 1; k >= mark; k--)
        {
            Pack pack = this.made[k];
            this.packs.Remove(pack.Lanes);
            foreach (Node node in pack.Lanes)
            {
                if (this.homes.TryGetValue(node, out (Pack Pack, int Lane) home) && ReferenceEquals(home.Pack, pack))
                    this.homes.Remove(node);
            }
        }
        this.made.RemoveRange(mark, this.made.Count - mark);
    }

    private Pack PackOf(Node[] lanes, int depth, ref int saved)
    {
        if (this.packs.TryGetValue(lanes, out Pack? known))
            return known;
        Pack[] operands = [];
        PackSource source = lanes.All(lane => lane is Constant) ? PackSource.Constant
            : lanes.All(lane => ReferenceEquals(lane, lanes[0])) ? PackSource.Spread
            : this.AreNeighbours(lanes) ? PackSource.Point
            : this.JoinOf(lanes) is { } joined && (operands = joined).Length > 0 ? PackSource.Join
            : depth < MaxDepth && this.made.Count < this.limit && this.MayPack(lanes) ? PackSource.Operation
            : PackSource.Gather;
        if (source == PackSource.Operation)
        {
            Node[][] needed = OperandsOf(lanes);
            operands = new Pack[needed.Length];
            for (int k = 0; k < operands.Length; k++)
                operands[k] = this.PackOf(needed[k], depth + 1, ref saved);
        }
        var pack = new Pack(lanes, source, operands);
        this.packs.Add(lanes, pack);
        this.made.Add(pack);
        saved -= pack.Cost;
        for (int lane = 0; lane < lanes.Length && pack.IsComputed; lane++)
            saved += this.homes.TryAdd(lanes[lane], (pack, lane)) ? 1 : 0;
        return pack;
    }

    // The vectors that have the lanes one after the other already.
    private Pack[]? JoinOf(Node[] lanes)
    {
        if (this.HomeOf(lanes[0]) is not (var first, > 0 and var start) || this.HomeOf(lanes[^1]) is not { } last || last.Lane != start - 1)
            return null;
        for (int lane = 0; lane < lanes.Length; lane++)
        {
            if (!ReferenceEquals(lanes[lane], lane + start < lanes.Length ? first.Lanes[lane + start] : last.Pack.Lanes[lane + start - lanes.Length]))
                return null;
        }
        return [first, last.Pack];
    }

    // One array for each operand; those of a symmetric operation in the order that goes on best from the lane before.
    private Node[][] OperandsOf(Node[] lanes)
    {
        NodeList first = lanes[0].Operands;
        bool isSymmetric = ((Primitive)((Apply)lanes[0]).Operation).IsSymmetric;
        var operands = new Node[first.Count][];
        for (int k = 0; k < operands.Length; k++)
            (operands[k] = new Node[lanes.Length])[0] = first[k];
        for (int lane = 1; lane < lanes.Length; lane++)
        {
            NodeList own = lanes[lane].Operands;
            bool isTurned = isSymmetric && this.Likeness(own[1], operands[0][lane - 1]) + this.Likeness(own[0], operands[1][lane - 1]) > this.Likeness(own[0], operands[0][lane - 1]) + this.Likeness(own[1], operands[1][lane - 1]);
            for (int k = 0; k < operands.Length; k++)
                operands[k][lane] = own[isTurned && k < 2 ? 1 - k : k];
        }
        return operands;
    }

    // How well a node goes into the lane after another.
    private int Likeness(Node node, Node before) =>
        node is Load load && before is Load other && ReferenceEquals(load.Array, other.Array) && AreConsecutive(other.Index, load.Index) ? 3
        : ReferenceEquals(node, before) ? 2
        : (node is Constant && before is Constant) || (node is Load && before is Load) || this.IsLike(node, before) ? 1
        : 0;

    private static bool AreConsecutive(Node before, Node index) => before is Constant { Value: int low } && index is Constant { Value: int high } && high == low + 1;

    private bool AreNeighbours(Node[] lanes)
    {
        for (int lane = 0; lane < lanes.Length; lane++)
        {
            if (lanes[lane] is not Load { Index: Constant { Value: int index } } load || !ReferenceEquals(load.Array, graph.Input) || index < 0 || index >= graph.RequiredLength)
                return false;
            if (lane > 0 && !AreConsecutive(((Load)lanes[lane - 1]).Index, load.Index))
                return false;
        }
        return true;
    }

    private static int[] HeightsOf(Graph graph)
    {
        var heights = new int[graph.Nodes.Count];
        var ofRegions = new Dictionary<Region, int> { [graph.Root] = 0 };

        int HeightOf(Region region)
        {
            var way = new Stack<Region>();
            int height;
            for (; !ofRegions.TryGetValue(region, out height); region = region.Parent!)
                way.Push(region);
            while (way.TryPop(out Region? inner))
                ofRegions[inner] = height = Math.Max(height, heights[inner.Condition!.Id] + 1);
            return height;
        }

        foreach (Node node in graph.Nodes)
        {
            int height = HeightOf(node.Region);
            foreach (Node operand in node.Operands)
                height = Math.Max(height, heights[operand.Id] + 1);
            foreach (Node predecessor in node.Predecessors)
                height = Math.Max(height, heights[predecessor.Id] + 1);
            heights[node.Id] = height;
        }
        return heights;
    }

    private sealed class SameLanes : IEqualityComparer<Node[]>
    {
        public bool Equals(Node[]? a, Node[]? b) => a.AsSpan().SequenceEqual(b);

        public int GetHashCode(Node[] lanes)
        {
            var hash = default(HashCode);
            foreach (Node lane in lanes)
                hash.Add(lane.Id);
            return hash.ToHashCode();
        }
    }
}
