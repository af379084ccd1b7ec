using System.Linq.Expressions;
using ExprGrad.Primitives;

namespace ExprGrad.IR;

/// <summary>Which indices are in range whatever happens.</summary>
internal static class IndexRange
{
    /// <summary>Whether <paramref name="index"/> is an index of <paramref name="array"/> wherever both are known: a loop's index, or a constant above it, where the loop runs over the length, or a constant less.</summary>
    public static bool IsWithin(Node array, Node index) =>
        // Positions in rented memory are made by the reader, which checks what users write.
        IsRented(array) || IsBelow(index, length => length is Apply { Operation: Operator { Kind: ExpressionType.ArrayLength } } && ReferenceEquals(length.Operands[0], array));

    /// <summary>Whether <paramref name="index"/> is not negative and less than <paramref name="count"/> wherever both are known.</summary>
    public static bool IsBelow(Node index, Node count) =>
        (index is Constant { Value: int number } && count is Constant { Value: int limit } && (uint)number < (uint)limit) || IsBelow(index, bound => ReferenceEquals(bound, count));

    /// <summary>Whether the code need not check <paramref name="index"/>: <paramref name="array"/> is memory that was rented for at least as many elements as the index can be, and that is evident from the loops around it.</summary>
    /// <remarks>Much stricter than <see cref="IsWithin"/>: nothing is computed but positions in rows, and a mistake would not be an exception.</remarks>
    public static bool IsCertain(Node array, Node index) => array switch
    {
        Vector vector => IsPosition(index, vector.Length),
        Scatter scatter => IsCounter(index, scatter.Length),
        _ => false,
    };

    // In rows of one length, one behind the other, i · length + k is a position.
    private static bool IsPosition(Node index, Node length) => IsCounter(index, length)
        || (FactorsOf(length) is var (rows, row) && index is Apply { Operation: Operator { Kind: ExpressionType.Add } } sum
            && FactorsOf(sum.Operands[0]) is var (number, factor) && ReferenceEquals(factor, row) && IsPosition(number, rows) && IsCounter(sum.Operands[1], row));

    // Counts up to the length, or to less.
    private static bool IsCounter(Node index, Node length) => index is LoopIndex { Loop: { IsOpen: false, Count: var count } }
        && (ReferenceEquals(count, length) || (count is Apply { Operation: Extreme extreme } && ReferenceEquals(extreme, Extreme.Smaller) && count.Operands.Any(operand => ReferenceEquals(operand, length))));

    /// <summary>The factors of a product of ints, or null.</summary>
    public static (Node First, Node Second)? FactorsOf(Node number) => number is Apply { Operation: Operator { Kind: ExpressionType.Multiply } } product && product.Type == typeof(int) ? (product.Operands[0], product.Operands[1]) : null;

    /// <summary>The factors of a product of ints, and theirs.</summary>
    public static IEnumerable<Node> AllFactorsOf(Node number) => FactorsOf(number) is var (first, second) ? [first, .. AllFactorsOf(first), second, .. AllFactorsOf(second)] : [];

    /// <summary>Whether an array lives in memory rented for the call, so that its length is not that of its elements.</summary>
    public static bool IsRented(Node array)
    {
        if (array is Vector or Scatter)
            return true;
        if (array is not (State or Final or Choice))
            return false;
        // A state is what it begins with or becomes, which may be another state: around a recurrence, or of the same one.
        var seen = new HashSet<Node>();
        var pending = new Stack<Node>([array]);
        while (pending.TryPop(out Node? next))
        {
            if (next is Vector or Scatter)
                return true;
            if (next is not (State or Final or Choice) || !seen.Add(next))
                continue;
            switch (next)
            {
                case State state:
                    pending.Push(state.Initial);
                    if (state.Fold is { } fold)
                        pending.Push(fold.NextOf(state));
                    break;
                case Final final:
                    pending.Push(final.Fold.State(final.Number));
                    break;
                case Choice choice:
                    for (int k = 0; k < choice.CaseCount; k++)
                        pending.Push(choice.Arm(k));
                    break;
            }
        }
        return false;
    }

    private static bool IsBelow(Node index, Func<Node, bool> isBound)
    {
        (Node start, long offset) = Split(index);
        // n − 1 − i runs over the same numbers as i.
        if (offset == 0 && start is Apply { Operation: Operator { Kind: ExpressionType.Subtract } } reversed && reversed.Operands[1] is LoopIndex backward && Split(reversed.Operands[0]) is var (last, step) && step == -1 && ReferenceEquals(last, backward.Loop.Count))
            start = backward;
        return start is LoopIndex { Loop: { IsOpen: false, Count: var count } } && offset >= 0 && IsAtMost(count, offset, isBound);
    }

    // Whether a positive count, and the offset, are at most the bound.
    private static bool IsAtMost(Node count, long offset, Func<Node, bool> isBound)
    {
        if (count is Apply { Operation: Extreme extreme })
            return ReferenceEquals(extreme, Extreme.Smaller) ? count.Operands.Any(operand => IsAtMost(operand, offset, isBound))
                : count.Operands.All(operand => operand is Constant { Value: <= 0 } || IsAtMost(operand, offset, isBound));
        if (offset <= 0 && isBound(count))
            return true;
        (Node length, int added) = Split(count);
        return !ReferenceEquals(length, count) && IsAtMost(length, offset + added, isBound);
    }

    /// <summary>i + 1 is (i, 1), n − 1 is (n, −1).</summary>
    public static (Node Start, int Offset) Split(Node number) => number switch
    {
        Apply { Operation: Operator { Kind: ExpressionType.Add } } sum when sum.Operands[1] is Constant { Value: int offset } => (sum.Operands[0], offset),
        Apply { Operation: Operator { Kind: ExpressionType.Add } } sum when sum.Operands[0] is Constant { Value: int offset } => (sum.Operands[1], offset),
        Apply { Operation: Operator { Kind: ExpressionType.Subtract } } difference when difference.Operands[1] is Constant { Value: int offset and > int.MinValue } => (difference.Operands[0], -offset),
        _ => (number, 0),
    };
}
