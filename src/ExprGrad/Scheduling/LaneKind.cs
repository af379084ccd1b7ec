namespace ExprGrad.Scheduling;

/// <summary>What a value is where eight iterations of a loop run at once.</summary>
internal enum LaneKind
{
    /// <summary>The same in all of them: one value.</summary>
    Uniform,

    /// <summary>An int that grows from lane to lane by a constant: that of the first lane.</summary>
    Affine,

    /// <summary>A double, an int or a test for each lane, in a vector.</summary>
    Vector,

    /// <summary>Two doubles for each lane, in two vectors.</summary>
    Pair,

    /// <summary>A row of an array of arrays for each lane: rows of one length, stored column by column.</summary>
    Rows,

    /// <summary>Memory of an iteration: for each element the values of all lanes.</summary>
    Memory,

    /// <summary>Anything else: evaluated where it is used, lane by lane.</summary>
    Each,
}
