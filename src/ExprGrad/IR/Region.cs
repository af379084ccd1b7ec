namespace ExprGrad.IR;

/// <summary>
/// Where a node runs: the root of the function, or one case of a selector (a branch). A region is its path condition: equal
/// (parent, selector, case) is the same region, so that the primal and the adjoint of a branch share theirs and become one <c>if</c>.
/// </summary>
/// <remarks>
/// A region refers to the nodes of the regions around it directly. Its results are the <see cref="Choice"/> nodes of its parent, as many as there are.
/// Regions of loops (a range and its index) will be a second kind.
/// </remarks>
internal abstract class Region
{
    private readonly Region jump;

    protected Region(int id, Region? parent)
    {
        (this.Id, this.Parent, this.Depth) = (id, parent, parent is null ? 0 : parent.Depth + 1);
        // Two jumps of one length make one of twice the length: log n of them lead anywhere (Myers, An applicative random-access stack, 1983).
        this.jump = parent is null ? this : parent.Depth - parent.jump.Depth == parent.jump.Depth - parent.jump.jump.Depth ? parent.jump.jump : parent;
    }

    /// <summary>The order of creation; a parent's is less than its children's.</summary>
    public int Id { get; }

    public Region? Parent { get; }

    /// <summary>How many regions enclose this one.</summary>
    public int Depth { get; }

    public bool IsRoot => this.Parent is null;

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
        return !ReferenceEquals(common, this) && !ReferenceEquals(common, other) && ReferenceEquals(this.ChildTowards(common).Selector, other.ChildTowards(common).Selector);
    }

    /// <summary>The ancestor-or-self of this region that is a child of <paramref name="ancestor"/>.</summary>
    public Branch ChildTowards(Region ancestor) => (Branch)this.AtDepth(ancestor.Depth + 1);

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

    /// <summary>How many cases the selector has.</summary>
    public int CaseCount => this.Selector.Type == typeof(bool) ? 2 : ((Apply)this.Selector).Operation.CaseCount;

    public override string ToString() => $"{this.Parent}/{this.Selector}={this.Case}";
}
