using System.Runtime.InteropServices;

namespace ExprGrad.IR;

/// <summary>The regions of a function. Equal path conditions are one region; a graph and what is made from it share the table.</summary>
internal sealed class RegionTable
{
    private readonly Dictionary<(Region, Node, int), Branch> branches = [];

    public Region Root { get; } = new RootRegion();

    /// <summary>The region inside <paramref name="parent"/> where <paramref name="selector"/> has the value <paramref name="case"/>.</summary>
    public Branch Branch(Region parent, Node selector, int @case)
    {
        ref Branch? branch = ref CollectionsMarshal.GetValueRefOrAddDefault(this.branches, (parent, selector, @case), out _);
        return branch ??= new Branch(this.branches.Count, parent, selector, @case);
    }
}
