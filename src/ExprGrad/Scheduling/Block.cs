using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>
/// One run of statements of a region. A region may have several blocks (the primal and the adjoint of a branch, where they cannot be one <c>if</c>).
/// A block counts its steps in levels: at each level first its statements run, then its conditionals.
/// </summary>
/// <param name="region">The region whose code this is.</param>
/// <param name="outer">The block and level of the conditional that this is a case of; null for the root.</param>
internal sealed class Block(Region region, Position? outer)
{
    private readonly Dictionary<(int Level, Node Selector), ConditionalBlocks> conditionals = [];
    private readonly List<(int Level, IReadOnlyList<Statement> Openings, Block Body)> loops = [];
    private readonly Dictionary<Loop, Block> blocksOfLoops = outer?.Block.blocksOfLoops ?? [];
    private readonly List<(int Level, double Order, Statement Statement)> statements = [];

    public Region Region { get; } = region;

    public Position? Outer { get; } = outer;

    /// <summary>The index of the loop that this is the body of, if something uses it.</summary>
    public LoopIndex? Index { get; set; }

    /// <summary>A position further out, chosen as the jumps of regions are; of the root there is none.</summary>
    public Position Jump { get; } = outer is { } position ? JumpFrom(position) : default;

    public void Add(int level, double order, Statement statement) => this.statements.Add((level, order, statement));

    /// <summary>Opens the body of a loop at a level of this block: the only one that it has. <paramref name="openings"/> run right before it.</summary>
    public Block Open(int level, Loop loop, IReadOnlyList<Statement> openings)
    {
        var body = new Block(loop, new Position(this, level));
        this.loops.Add((level, openings, body));
        this.blocksOfLoops.Add(loop, body);
        return body;
    }

    /// <summary>The body of a loop that is open.</summary>
    public Block BodyOf(Loop loop) => this.blocksOfLoops[loop];

    /// <summary>The block of <paramref name="branch"/> inside this one, at a level.</summary>
    public Block Inside(int level, Branch branch)
    {
        if (!this.conditionals.TryGetValue((level, branch.Selector), out ConditionalBlocks? conditional))
            this.conditionals[(level, branch.Selector)] = conditional = new ConditionalBlocks(new Block?[branch.CaseCount]);
        return conditional.Cases[branch.Case] ??= new Block(branch, new Position(this, level));
    }

    /// <summary>The statements in order, conditionals included; those of which all cases are empty are left out.</summary>
    public IReadOnlyList<Statement> Flatten()
    {
        var all = new List<(int Level, int Kind, double Order, Statement Statement)>();
        foreach ((int level, double order, Statement statement) in this.statements)
            all.Add((level, 0, order, statement));
        foreach (((int level, Node selector), ConditionalBlocks conditional) in this.conditionals)
        {
            IReadOnlyList<Statement>[] cases = [.. conditional.Cases.Select(block => block?.Flatten() ?? [])];
            if (cases.Any(statements => statements.Count > 0))
                all.Add((level, 1, selector.Id, new Conditional(selector, cases)));
        }
        foreach ((int level, IReadOnlyList<Statement> openings, Block body) in this.loops)
        {
            foreach (Statement statement in openings)
                all.Add((level, 1, body.Region.Id, statement));
            all.Add((level, 1, body.Region.Id, new Repeat((Loop)body.Region, body.Index, body.Flatten())));
        }
        // What has one order keeps that in which it was added: an array is there before something is added to an element.
        return [.. all.OrderBy(item => (item.Level, item.Kind, item.Order)).Select(item => item.Statement)];
    }

    private static Position JumpFrom(Position outer)
    {
        Position jump = outer.Block.Jump, far = jump.Block is null ? default : jump.Block.Jump;
        return far.Block is not null && outer.Block.Region.Depth - jump.Block!.Region.Depth == jump.Block.Region.Depth - far.Block.Region.Depth ? far : outer;
    }

    private sealed record ConditionalBlocks(Block?[] Cases);
}

/// <summary>A step of a block.</summary>
internal readonly record struct Position(Block Block, int Level)
{
    /// <summary>The later of two positions in blocks of one region.</summary>
    public static Position Later(Position a, Position b)
    {
        if (ReferenceEquals(a.Block, b.Block))
            return a.Level >= b.Level ? a : b;
        // Different blocks of one region are cases of different conditionals: the outermost that differ decide.
        (Position outerA, Position outerB) = (a, b);
        while (!ReferenceEquals(outerA.Block, outerB.Block))
            (outerA, outerB) = ReferenceEquals(outerA.Block.Jump.Block, outerB.Block.Jump.Block) ? (outerA.Block.Outer!.Value, outerB.Block.Outer!.Value) : (outerA.Block.Jump, outerB.Block.Jump);
        return outerA.Level > outerB.Level ? a : b;
    }

    /// <summary>Where the conditionals around this position stand in the block of <paramref name="region"/>.</summary>
    public Position Around(Region region)
    {
        Position position = this;
        while (!ReferenceEquals(position.Block.Region, region))
            position = position.Block.Jump.Block.Region.Depth >= region.Depth ? position.Block.Jump : position.Block.Outer!.Value;
        return position;
    }

    /// <summary>The first step inside <paramref name="region"/> from here. A loop that is open waited for all that is known outside of it.</summary>
    public Position Enter(Region region)
    {
        if (ReferenceEquals(this.Block.Region, region))
            return this;
        var way = new Stack<Region>();
        for (Region inner = region; !ReferenceEquals(inner, this.Block.Region); inner = inner.Parent!)
            way.Push(inner);
        Position position = this;
        while (way.TryPop(out Region? inner))
            position = new Position(inner is Loop loop ? position.Block.BodyOf(loop) : position.Block.Inside(position.Level, (Branch)inner), 0);
        return position;
    }

    /// <summary>The step after everything of this one's, seen from the region around it.</summary>
    public Position Leave(Region region)
    {
        if (ReferenceEquals(this.Block.Region, region))
            return this;
        Position position = this.Around(region);
        return position with { Level = position.Level + 1 };
    }
}
