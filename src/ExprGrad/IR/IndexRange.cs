using System.Linq.Expressions;
using ExprGrad.Primitives;

namespace ExprGrad.IR;

/// <summary>Which indices are in range whatever happens.</summary>
internal static class IndexRange
{
    /// <summary>Whether <paramref name="index"/> is an index of <paramref name="array"/> wherever both are known: a loop's index, or a constant above it, where the loop runs over the length, or a constant less.</summary>
    public static bool IsWithin(Node array, Node index)
    {
        // Their positions are made by the reader, which checks what users write.
        if (array is Vector or Scatter)
            return true;
        (Node start, int offset) = Split(index);
        if (start is not LoopIndex { Loop.Count: var count } || offset < 0)
            return false;
        (Node length, int less) = Split(count);
        return offset <= -(long)less && length is Apply { Operation: Operator { Kind: ExpressionType.ArrayLength } } && ReferenceEquals(length.Operands[0], array);
    }

    // i + 1 is (i, 1), n − 1 is (n, −1).
    private static (Node Start, int Offset) Split(Node number) => number switch
    {
        Apply { Operation: Operator { Kind: ExpressionType.Add } } sum when sum.Operands[1] is Constant { Value: int offset } => (sum.Operands[0], offset),
        Apply { Operation: Operator { Kind: ExpressionType.Add } } sum when sum.Operands[0] is Constant { Value: int offset } => (sum.Operands[1], offset),
        Apply { Operation: Operator { Kind: ExpressionType.Subtract } } difference when difference.Operands[1] is Constant { Value: int offset and > int.MinValue } => (difference.Operands[0], -offset),
        _ => (number, 0),
    };
}
