using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>Where the lanes of a pack come from.</summary>
internal enum PackSource
{
    /// <summary>One operation on each lane of other packs.</summary>
    Operation,

    /// <summary>Neighbours in the point.</summary>
    Point,

    /// <summary>The last lanes of a pack and the first of another.</summary>
    Join,

    /// <summary>Literals.</summary>
    Constant,

    /// <summary>One number for all lanes.</summary>
    Spread,

    /// <summary>Numbers that are computed one by one.</summary>
    Gather,
}

/// <summary>Nodes that one vector holds, one in each lane.</summary>
/// <param name="Lanes">The nodes.</param>
/// <param name="Source">Where they come from.</param>
/// <param name="Operands">The packs that an operation takes, or a join.</param>
internal sealed record Pack(Node[] Lanes, PackSource Source, Pack[] Operands)
{
    /// <summary>Whether taking a number from the vector replaces computing it.</summary>
    public bool IsComputed => this.Source == PackSource.Operation;

    /// <summary>How many operations it takes to make the vector from its operands.</summary>
    public int Cost => this.Source switch
    {
        PackSource.Gather => this.Lanes.Length,
        PackSource.Constant => 0,
        _ => 1,
    };
}
