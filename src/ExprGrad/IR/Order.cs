namespace ExprGrad.IR;

/// <summary>What has a place in the order of the source, and not only after its operands.</summary>
internal static class Order
{
    /// <summary>Whether a node runs as often as in the plain lambda, and in the same order.</summary>
    public static bool IsImpure(Node node) => node is Apply apply && apply.Operation.Behaviour.HasFlag(Behaviour.Impure);

    /// <summary>Whether a node is impure, or reads memory that impure code may change. Rented memory is changed by nobody else.</summary>
    public static bool IsOrdered(Node node) =>
        IsImpure(node) || (node is Load load && !IndexRange.IsRented(load.Array)) || (node is Apply apply && apply.Operation.Behaviour.HasFlag(Behaviour.ReadsState));
}
