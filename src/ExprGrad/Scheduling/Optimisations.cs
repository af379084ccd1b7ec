namespace ExprGrad.Scheduling;

/// <summary>What tests can switch off, to compare the results: each must change speed only.</summary>
[Flags]
internal enum Optimisations
{
    None = 0,

    /// <summary>Equal nodes are one.</summary>
    Sharing = 1,

    /// <summary>Rules rewrite the graph.</summary>
    Simplification = 2,

    /// <summary>Nodes run as deep in branches as their uses.</summary>
    Sinking = 4,

    /// <summary>Nodes with one use have no local.</summary>
    Nesting = 8,

    /// <summary>Locals are used again after their last use.</summary>
    LocalReuse = 16,

    /// <summary>Values are used up soon after they are made.</summary>
    Ordering = 32,

    /// <summary>Work leaves the loops that it does not vary with.</summary>
    Hoisting = 64,

    /// <summary>What terms that look alike have in common is computed in vectors.</summary>
    Packing = 128,

    /// <summary>Conditionals that compute next to nothing are selections.</summary>
    Selection = 256,

    /// <summary>Expressions that differ in literals only are computed side by side.</summary>
    Pairing = 4096,

    /// <summary>Iterations run in the lanes of vectors.</summary>
    Lanes = 512,

    /// <summary>Iterations run in lanes wherever they can, whether it pays or not. Not among <see cref="All"/>: for tests.</summary>
    EagerLanes = 1024,

    /// <summary>Vectors that are stored to together lie side by side.</summary>
    Interleaving = 2048,

    /// <summary>There are four lanes at most. Not among <see cref="All"/>: for tests.</summary>
    FourLanes = 8192,

    All = Lanes | Sharing | Simplification | Sinking | Nesting | LocalReuse | Ordering | Hoisting | Packing | Selection | Pairing | Interleaving,
}
