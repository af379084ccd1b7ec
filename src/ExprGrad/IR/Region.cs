namespace ExprGrad.IR;

/// <summary>
/// Where a node runs: the root of the function, one case of a selector (a branch), or the body of a loop. A region is the condition under which it runs: equal
/// (parent, selector, case) or (parent, count) is the same region, so that the primal and the adjoint of a branch share theirs and become one <c>if</c>, and loops over one range share their nodes.
/// </summary>
/// <remarks>
/// A region refers to the nodes of the regions around it directly. The results of a branch are the <see cref="Choice"/> nodes of its parent, those of a loop its <see cref="Sum"/>, <see cref="Fold"/>
/// and <see cref="Vector"/> nodes, as many as there are.
/// </remarks>
internal abstract class Region
{
    private readonly Region jump;

    protected Region(int id, Region? parent)
    {
        (this.Id, this.Parent, this.Depth, this.InnermostLoop) = (id, parent, parent is null ? 0 : parent.Depth + 1, parent?.InnermostLoop);
        // Two jumps of one length make one of twice the length: log n of them lead anywhere (Myers, An applicative random-access stack, 1983).
        this.jump = parent is null ? this : parent.Depth - parent.jump.Depth == parent.jump.Depth - parent.jump.jump.Depth ? parent.jump.jump : parent;
    }

    /// <summary>The order of creation; a parent's is less than its children's.</summary>
    public int Id { get; }

    public Region? Parent { get; }

    /// <summary>How many regions enclose this one.</summary>
    public int Depth { get; }

    public bool IsRoot => this.Parent is null;

    /// <summary>The node, known in the parent, that says whether or how often this region runs: a selector or a count; null for the root.</summary>
    public virtual Node? Condition => null;

    /// <summary>The innermost loop that this region is in, itself included; null if there is none.</summary>
    public Loop? InnermostLoop { get; protected init; }

    /// <summary>Whether code of <paramref name="inner"/> runs only where code of this region runs.</summary>
    public bool Encloses(Region inner) => inner.Depth >= this.Depth && ReferenceEquals(inner.AtDepth(this.Depth), this);

    /// <summary>The innermost region that encloses both.</summary>
    public static Region CommonAncestor(Region a, Region b)
    {
        (a, b) = (a.AtDepth(Math.Min(a.Depth, b.Depth)), b.AtDepth(Math.Min(a.Depth, b.Depth)));
        while (!ReferenceEquals(a, b))
            (a, b) = ReferenceEquals(a.jump, b.jump) ? (a.Parent!, b.Parent!) : (a.jump, b.jump);
        return a;
    }

    /// <summary>Whether this region and the other are inside different cases of one conditional, so that only one of them runs.</summary>
    public bool Excludes(Region other)
    {
        Region common = CommonAncestor(this, other);
        return !ReferenceEquals(common, this) && !ReferenceEquals(common, other)
            && this.ChildTowards(common) is Branch mine && other.ChildTowards(common) is Branch its && ReferenceEquals(mine.Selector, its.Selector);
    }

    /// <summary>The ancestor-or-self of this region that is a child of <paramref name="ancestor"/>.</summary>
    public Region ChildTowards(Region ancestor) => this.AtDepth(ancestor.Depth + 1);

    /// <summary>The outermost loop around this region, itself included, that is inside <paramref name="home"/>; null if there is none.</summary>
    public Loop? OutermostLoopIn(Region home)
    {
        Loop? outermost = null;
        for (Loop? loop = this.InnermostLoop; loop is not null && loop.Depth > home.Depth; loop = loop.Parent.InnermostLoop)
            outermost = loop;
        return outermost;
    }

    /// <summary>The ancestor-or-self of this region that <paramref name="depth"/> regions enclose.</summary>
    public Region AtDepth(int depth)
    {
        Region region = this;
        while (region.Depth > depth)
            region = region.jump.Depth >= depth ? region.jump : region.Parent!;
        return region;
    }
}

/// <summary>The body of the function.</summary>
internal sealed class RootRegion() : Region(0, null)
{
    public override string ToString() => "root";
}

/// <summary>What runs where <see cref="Selector"/>, evaluated in the parent, has the value <see cref="Case"/>: for a test 1 is true and 0 is false; a switch selects one of its cases by number.</summary>
internal sealed class Branch(int id, Region parent, Node selector, int @case) : Region(id, parent)
{
    public new Region Parent => base.Parent!;

    public Node Selector { get; } = selector;

    public int Case { get; } = @case;

    public override Node Condition => this.Selector;

    /// <summary>How many cases the selector has.</summary>
    public int CaseCount => this.Selector.Type == typeof(bool) ? 2 : ((Apply)this.Selector).Operation.CaseCount;

    /// <summary>Whether this is where a loop runs because it has an iteration: nothing but the loop is inside.</summary>
    public bool IsLoopGuard => this.Case == 1 && this.Selector is Apply { Operation: TripCheck };

    public override string ToString() => $"{this.Parent}/{this.Selector}={this.Case}";
}

/// <summary>The body of a loop: runs once for each index from 0 to <see cref="Count"/> − 1, or to the one in which the test of its recurrence is false.</summary>
internal sealed class Loop : Region
{
    /// <summary>The count of a loop that ends by a test.</summary>
    public const int Open = int.MaxValue;

    /// <param name="id">The order of creation.</param>
    /// <param name="parent">Where the loop stands.</param>
    /// <param name="count">How many iterations it has, an int that the parent knows; where the loop stands it is positive.</param>
    /// <param name="number">0 for the loop that all over this range share; others tell loops apart that may not be one.</param>
    /// <param name="isBackward">Whether the indices run down.</param>
    public Loop(int id, Region parent, Node count, int number, bool isBackward)
        : base(id, parent) => (this.Count, this.Number, this.IsBackward, this.InnermostLoop) = (count, number, isBackward, this);

    public new Region Parent => base.Parent!;

    public Node Count { get; }

    public override Node Condition => this.Count;

    /// <summary>The recurrence whose test ends the loop, if there is one: it runs wherever something of the loop runs.</summary>
    public Fold? End { get; internal set; }

    /// <summary>Whether nobody knows how often it runs before it did: nothing can be kept of each iteration.</summary>
    public bool IsOpen => this.Count is Constant { Value: Open };

    public int Number { get; }

    public bool IsBackward { get; }

    public override string ToString() => $"{this.Parent}/loop{(this.Number == 0 ? "" : "#" + this.Number)} {(this.IsBackward ? "down from" : "to")} {this.Count}";
}
