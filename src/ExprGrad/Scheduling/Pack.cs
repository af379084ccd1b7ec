using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>Where the lanes of a pack come from.</summary>
internal enum PackSource
{
    /// <summary>One operation on each lane of other packs.</summary>
    Operation,

    /// <summary>Neighbours in the point.</summary>
    Point,

    /// <summary>One number for all lanes.</summary>
    Spread,

    /// <summary>Numbers that are computed one by one, or constants.</summary>
    Gather,
}

/// <summary>Nodes that one vector holds, one in each lane.</summary>
/// <param name="Lanes">The nodes.</param>
/// <param name="Source">Where they come from.</param>
/// <param name="Operands">The packs that an operation takes.</param>
/// <param name="Number">The order of creation: operands before what uses them.</param>
internal sealed record Pack(Node[] Lanes, PackSource Source, Pack[] Operands, int Number)
{
    /// <summary>Whether taking a number from the vector replaces computing it.</summary>
    public bool IsComputed => this.Source == PackSource.Operation;

    /// <summary>How many operations it takes to make the vector from its operands. The JIT keeps constants as vectors, and reads numbers in memory into all lanes at once.</summary>
    public int Cost => this.Source switch
    {
        PackSource.Gather => this.Lanes.All(lane => lane is Constant) ? 0 : this.Lanes.Length,
        PackSource.Spread => this.Lanes[0] is Constant ? 0 : 1,
        _ => 1,
    };
}
