using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>Elements side by side in each lane, somewhere else in another: parameters of the object that an index picks. They are read, or added to, together.</summary>
/// <param name="Base">What all their indices are computed from, a vector of ints.</param>
/// <param name="Offset">Of the first of them from that.</param>
/// <param name="Count">How many they are.</param>
internal sealed record LaneBlock(Node Base, int Offset, int Count)
{
    /// <summary>Which of them is at an index.</summary>
    public int ColumnOf(Node index) => OffsetFrom(this.Base, index) - this.Offset;

    /// <summary>What is added to <paramref name="start"/>, one of <see cref="Starts"/>.</summary>
    public static int OffsetFrom(Node start, Node index)
    {
        int offset = 0;
        while (!ReferenceEquals(index, start))
        {
            (index, int step) = IndexRange.Split(index);
            offset = unchecked(offset + step);
        }
        return offset;
    }

    /// <summary>An index, and what it is a constant more than.</summary>
    public static IEnumerable<Node> Starts(Node index)
    {
        for (Node? next = null; !ReferenceEquals(next, index); index = IndexRange.Split(index).Start)
            yield return next = index;
    }
}

/// <summary>Finds the blocks of a loop that runs in lanes.</summary>
internal sealed class LaneBlocks
{
    private const int Fewest = 3, Longest = 32;

    private readonly LaneAnalysis lanes;
    private readonly IReadOnlySet<Node> assigned;
    private readonly Dictionary<Load, LaneBlock> reads = [];
    private readonly Dictionary<Statement, LaneBlock> additions = new(ReferenceEqualityComparer.Instance);

    private LaneBlocks(LaneAnalysis lanes, IReadOnlySet<Node> assigned) => (this.lanes, this.assigned) = (lanes, assigned);

    /// <param name="body">The body of the loop.</param>
    /// <param name="lanes">What varies in it.</param>
    /// <param name="assigned">What has a local anywhere in the function.</param>
    public static LaneBlocks Of(IReadOnlyList<Statement> body, LaneAnalysis lanes, IReadOnlySet<Node> assigned)
    {
        var blocks = new LaneBlocks(lanes, assigned);
        blocks.Find(body);
        return blocks;
    }

    /// <summary>The block that an element is read with, if there is one.</summary>
    public LaneBlock? Of(Load load) => this.reads.GetValueOrDefault(load);

    /// <summary>The block that a statement adds to, if there is one.</summary>
    public LaneBlock? Of(Statement addition) => this.additions.GetValueOrDefault(addition);

    // All that is together runs in one block of statements, so that one of them is read only where all are.
    private void Find(IReadOnlyList<Statement> statements)
    {
        var loads = new HashSet<Load>();
        foreach (Statement statement in statements)
        {
            foreach (Node node in statement is Assign { Node: Load } ? [statement.Target!] : (IEnumerable<Node>)statement.References)
                this.Collect(node, ReferenceEquals(node, statement.Target), loads);
            foreach (IReadOnlyList<Statement> inner in statement.Blocks)
                this.Find(inner);
        }
        foreach (var group in loads.GroupBy(load => (load.Array, LaneBlock.Starts(load.Index).Last())))
        {
            if (BlockOf([.. group.Select(load => load.Index)], isComplete: false) is not { } block)
                continue;
            foreach (Load load in group)
                this.reads.Add(load, block);
        }
        foreach (var group in statements.Where(this.AddsApart).GroupBy(statement => (statement is AddElement { Scatter: var scatter } ? scatter : null, LaneBlock.Starts(IndexOf(statement)).Last())))
        {
            // Of two that add to one element, one is in the block.
            Statement[] first = [.. group.DistinctBy(IndexOf)];
            if (BlockOf([.. first.Select(IndexOf)], isComplete: true) is not { } block)
                continue;
            foreach (Statement statement in first)
                this.additions.Add(statement, block);
        }
    }

    private static LaneBlock? BlockOf(Node[] indices, bool isComplete)
    {
        Node start = indices.Select(LaneBlock.Starts).Aggregate((common, starts) => common.Intersect(starts)).First();
        int[] offsets = [.. indices.Select(index => LaneBlock.OffsetFrom(start, index)).Distinct()];
        int first = offsets.Min();
        long count = offsets.Max() - (long)first + 1;
        return offsets.Length >= Fewest && count <= Longest && (isComplete ? count == indices.Length && count == offsets.Length : count <= 2 * offsets.Length) ? new LaneBlock(start, first, (int)count) : null;
    }

    private bool AddsApart(Statement statement) => statement switch
    {
        Accumulate { Effect: var effect } => this.IsApart(effect.Index),
        AddElement { Scatter: var scatter, Addition: var addition } => !this.lanes.BeginsInside(scatter) && this.IsApart(addition.Index),
        _ => false,
    };

    // Somewhere else in each lane.
    private bool IsApart(Node index) => this.lanes.KindOf(index) == LaneKind.Vector;

    private static Node IndexOf(Statement statement) => statement is Accumulate { Effect: var effect } ? effect.Index : ((AddElement)statement).Addition.Index;

    // What is nested in a choice is not always read. Nesting is bounded, and so is the recursion.
    private void Collect(Node node, bool isRoot, HashSet<Load> loads)
    {
        if (!this.lanes.IsInside(node) || (!isRoot && this.assigned.Contains(node)) || node is Choice)
            return;
        if (node is Load load && this.lanes.KindOf(load.Array) == LaneKind.Uniform && load.Array.Type == typeof(double[]) && load.Predecessors.Count == 0 && this.IsApart(load.Index))
            loads.Add(load);
        foreach (Node operand in node.Reads)
            this.Collect(operand, isRoot: false, loads);
    }
}
