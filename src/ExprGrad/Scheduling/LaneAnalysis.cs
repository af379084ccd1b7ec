using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;
using ExprGrad.Reading;

namespace ExprGrad.Scheduling;

/// <summary>Which values of a loop vary from one iteration to the next, and how.</summary>
internal sealed class LaneAnalysis
{
    private readonly Repeat repeat;
    private readonly IReadOnlySet<Node> assigned;
    private readonly HashSet<Node> targets = [];
    private readonly SortedDictionary<int, Node> inside = [];
    private readonly HashSet<Node> varying = [];
    private readonly Dictionary<Node, LaneKind> kinds = [];
    private readonly Dictionary<Node, int> strides = [];
    private readonly Dictionary<Node, Row> rows = [];

    private LaneAnalysis(Repeat repeat, IReadOnlySet<Node> assigned) => (this.repeat, this.assigned) = (repeat, assigned);

    /// <param name="repeat">The loop.</param>
    /// <param name="assigned">What has a local anywhere in the function.</param>
    public static LaneAnalysis Of(Repeat repeat, IReadOnlySet<Node> assigned)
    {
        var analysis = new LaneAnalysis(repeat, assigned);
        analysis.FindTargets([repeat]);
        // What the loop itself carries on begins before it.
        foreach (Fold fold in repeat.Body.OfType<Advance>().Select(advance => advance.Fold))
            analysis.targets.UnionWith(fold.Operands.Take(fold.Count).Where(assigned.Contains));
        analysis.FindNodes(repeat.Body);
        analysis.FindRows();
        analysis.FindVarying();
        foreach (Node node in analysis.varying.OrderBy(node => node.Id))
            analysis.kinds[node] = analysis.FindKind(node);
        return analysis;
    }

    /// <summary>What is computed in the loop, by number.</summary>
    public IEnumerable<Node> Nodes => this.inside.Values;

    public IReadOnlyDictionary<Node, LaneKind> Kinds => this.kinds;

    public IReadOnlyDictionary<Node, int> Strides => this.strides;

    public IReadOnlyDictionary<Node, Row> Rows => this.rows;

    public LaneKind KindOf(Node node) => this.kinds.GetValueOrDefault(node, LaneKind.Uniform);

    public bool Varies(Node node) => this.varying.Contains(node);

    /// <summary>Whether a value is computed in the loop.</summary>
    public bool IsInside(Node node) => this.inside.ContainsKey(node.Id);

    /// <summary>Whether what is collected begins in the loop.</summary>
    public bool BeginsInside(Node collected) => this.targets.Contains(collected);

    /// <summary>Whether the iterations differ in whether, or how often, a region runs.</summary>
    public bool Varies(Region region)
    {
        for (Region? around = region; around is not null && !ReferenceEquals(around, this.repeat.Loop); around = around.Parent)
        {
            if (this.varying.Contains(around.Condition!))
                return true;
        }
        return false;
    }

    private void FindTargets(IReadOnlyList<Statement> statements)
    {
        foreach (Statement statement in statements)
        {
            if (statement.Target is { } target)
                this.targets.Add(target);
            foreach (IReadOnlyList<Statement> block in statement.Blocks)
                this.FindTargets(block);
        }
    }

    private void FindNodes(IReadOnlyList<Statement> statements)
    {
        foreach (Statement statement in statements)
        {
            if (statement.Target is { } target)
                this.Enter(target);
            foreach (Node node in statement.References)
                this.Enter(node);
            foreach (IReadOnlyList<Statement> block in statement.Blocks)
                this.FindNodes(block);
        }
    }

    // Nesting is bounded, and so is the recursion.
    private void Enter(Node node)
    {
        if (node is Constant or Parameter || (this.assigned.Contains(node) && !this.targets.Contains(node)) || !this.inside.TryAdd(node.Id, node))
            return;
        foreach (Node operand in this.assigned.Contains(node) ? [] : node.Reads)
            this.Enter(operand);
    }

    // Rows of an array that is there before the loop.
    private void FindRows()
    {
        foreach (Node node in this.inside.Values)
        {
            if (node is Load { Array: var array } load && node.Type == typeof(double[]) && array.Type == typeof(double[][]) && !this.targets.Contains(array) && !this.IsMadeInside(array)
                && IndexRange.Split(load.Index) is (LoopIndex { Loop: var loop }, var offset) && ReferenceEquals(loop, this.repeat.Loop))
                this.rows[node] = new Row(array, offset);
            else if (node is Apply { Operation: Opaque { Name: nameof(Runtime.Sequences.NotNull) } } && this.rows.TryGetValue(node.Operands[0], out Row? row))
                this.rows[node] = row;
        }
    }

    private bool IsMadeInside(Node node) => this.targets.Contains(node) || (!this.assigned.Contains(node) && node.Reads.Any(this.IsMadeInside));

    // States vary with what they become.
    private void FindVarying()
    {
        int before;
        do
        {
            before = this.varying.Count;
            foreach (Node node in this.inside.Values)
            {
                if (!this.varying.Contains(node) && this.FindWhetherVaries(node))
                    this.varying.Add(node);
            }
        }
        while (this.varying.Count > before);
    }

    private bool FindWhetherVaries(Node node) => node switch
    {
        LoopIndex index => ReferenceEquals(index.Loop, this.repeat.Loop),
        State state when ReferenceEquals(state.Loop, this.repeat.Loop) => true,
        State state => this.varying.Contains(state.Initial) || this.varying.Contains(state.Fold.NextOf(state)) || this.Varies(state.Loop),
        Final final => this.varying.Contains(final.Fold.State(final.Number)),
        // What is collected over the loop itself is one for all.
        Sum or Vector or Scatter when !this.targets.Contains(node) => false,
        Sum sum => this.varying.Contains(sum.Term) || this.Varies(sum.Site),
        Vector vector => this.varying.Contains(vector.Position) || this.varying.Contains(vector.Value) || this.Varies(vector.Site),
        Scatter scatter => scatter.Additions.Any(addition => this.varying.Contains(addition.Index) || this.varying.Contains(addition.Term) || this.Varies(addition.Site)),
        // Lanes run where all rows have one length.
        Apply { Operation: Operator { Kind: ExpressionType.ArrayLength } } when this.rows.ContainsKey(node.Operands[0]) => false,
        _ => node.Reads.Any(this.varying.Contains),
    };

    private LaneKind FindKind(Node node)
    {
        if (node.Type == typeof(int))
        {
            if (this.StrideOf(node) is not { } stride)
                return LaneKind.Vector;
            this.strides[node] = stride;
            return LaneKind.Affine;
        }
        return this.rows.ContainsKey(node) ? LaneKind.Rows
            : node.Type == typeof(double) || node.Type == typeof(bool) ? LaneKind.Vector
            : node.Type == typeof((double, double)) ? LaneKind.Pair
            : node is Vector or Scatter || (node is Choice && node.Type.IsArray) ? LaneKind.Memory
            : LaneKind.Each;
    }

    // How much an int grows from lane to lane, if that is a constant.
    private int? StrideOf(Node node) => node switch
    {
        LoopIndex => 1,
        Apply { Operation: Operator { Kind: ExpressionType.Add } } => this.Known(node.Operands[0]) + this.Known(node.Operands[1]),
        Apply { Operation: Operator { Kind: ExpressionType.Subtract } } => this.Known(node.Operands[0]) - this.Known(node.Operands[1]),
        Apply { Operation: Operator { Kind: ExpressionType.Multiply } } when node.Operands[1] is Constant { Value: int factor } => unchecked(this.Known(node.Operands[0]) * factor),
        Apply { Operation: Operator { Kind: ExpressionType.Multiply } } when node.Operands[0] is Constant { Value: int factor } => unchecked(this.Known(node.Operands[1]) * factor),
        _ => null,
    };

    private int? Known(Node node) => !this.varying.Contains(node) ? 0 : this.strides.TryGetValue(node, out int stride) ? stride : null;
}
