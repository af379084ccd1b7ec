using System.Runtime.InteropServices;

namespace ExprGrad.IR;

/// <summary>The regions of a function. Equal path conditions are one region; a graph and what is made from it share the table.</summary>
internal sealed class RegionTable
{
    private readonly Dictionary<(Region, Node, int), Branch> branches = [];
    private readonly Dictionary<(Region, Node, int, bool), Loop> loops = [];
    private int count;
    private int lastNumber;

    public Region Root { get; } = new RootRegion();

    /// <summary>The region inside <paramref name="parent"/> where <paramref name="selector"/> has the value <paramref name="case"/>.</summary>
    public Branch Branch(Region parent, Node selector, int @case)
    {
        ref Branch? branch = ref CollectionsMarshal.GetValueRefOrAddDefault(this.branches, (parent, selector, @case), out _);
        return branch ??= new Branch(++this.count, parent, selector, @case);
    }

    /// <summary>The body of a loop of <paramref name="count"/> iterations inside <paramref name="parent"/>.</summary>
    public Loop Loop(Region parent, Node count, int number = 0, bool isBackward = false)
    {
        ref Loop? loop = ref CollectionsMarshal.GetValueRefOrAddDefault(this.loops, (parent, count, number, isBackward), out _);
        this.lastNumber = Math.Max(this.lastNumber, number);
        return loop ??= new Loop(++this.count, parent, count, number, isBackward);
    }

    /// <summary>A loop that is no other, whatever its range.</summary>
    public Loop NewLoop(Region parent, Node count, bool isBackward = false) => this.Loop(parent, count, this.lastNumber + 1, isBackward);
}
