using System.Runtime.InteropServices;

namespace ExprGrad.IR;

/// <summary>The regions of a function. Equal path conditions are one region; a graph and what is made from it share the table.</summary>
internal sealed class RegionTable
{
    private readonly Dictionary<(Region, Node, int), Branch> branches = [];
    private readonly Dictionary<Node, List<Branch>> bySelector = [];
    private readonly Dictionary<(Region, Node, int, bool), Loop> loops = [];
    private int lastNumber;

    public Region Root { get; } = new RootRegion();

    /// <summary>The region inside <paramref name="parent"/> where <paramref name="selector"/> has the value <paramref name="case"/>.</summary>
    public Branch Branch(Region parent, Node selector, int @case)
    {
        ref Branch? branch = ref CollectionsMarshal.GetValueRefOrAddDefault(this.branches, (parent, selector, @case), out _);
        if (branch is null)
        {
            branch = new Branch(this.branches.Count + this.loops.Count, parent, selector, @case);
            ref List<Branch>? known = ref CollectionsMarshal.GetValueRefOrAddDefault(this.bySelector, selector, out _);
            (known ??= []).Add(branch);
        }
        return branch;
    }

    /// <summary>The case that a selector has wherever <paramref name="region"/> runs, if that is known: it is a constant, or the region is inside a case of it.</summary>
    public int? KnownCase(Region region, Node selector)
    {
        if (selector is Constant { Value: bool test })
            return test ? 1 : 0;
        if (!this.bySelector.TryGetValue(selector, out List<Branch>? known))
            return null;
        // The shorter way: through the branches on this selector, or through the regions around this one.
        if (known.Count <= region.Depth)
        {
            foreach (Branch branch in known)
            {
                if (branch.Encloses(region))
                    return branch.Case;
            }
            return null;
        }
        for (Region? outer = region; outer is not null; outer = outer.Parent)
        {
            if (outer is Branch branch && ReferenceEquals(branch.Selector, selector))
                return branch.Case;
        }
        return null;
    }

    /// <summary>The body of a loop of <paramref name="count"/> iterations inside <paramref name="parent"/>.</summary>
    public Loop Loop(Region parent, Node count, int number = 0, bool isBackward = false)
    {
        ref Loop? loop = ref CollectionsMarshal.GetValueRefOrAddDefault(this.loops, (parent, count, number, isBackward), out _);
        this.lastNumber = Math.Max(this.lastNumber, number);
        return loop ??= new Loop(this.branches.Count + this.loops.Count, parent, count, number, isBackward);
    }

    /// <summary>A loop that is no other, whatever its range.</summary>
    public Loop NewLoop(Region parent, Node count, bool isBackward = false) => this.Loop(parent, count, this.lastNumber + 1, isBackward);
}
