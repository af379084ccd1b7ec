using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Simplification;

/// <summary>
/// Rules for sums, with the licence of adjoints: what a loop does not change is multiplied once, behind the loop. The sum then waits for no factor: it can be part of the pass in which the factor is made.
/// </summary>
/// <remarks>Pictures: <c>Σ a * t → a * Σ t</c>, <c>Σ t / a → (Σ t) / a</c>, <c>Σ −t → −Σ t</c>, <c>Σ c → n * c</c>. Not where branches stand between: a sum of nothing times ∞ would be NaN.</remarks>
internal static class LoopRules
{
    /// <summary>Rules that keep the bits. Signs go to the factor that a loop does not change.</summary>
    public static IReadOnlyList<Rule> Strict { get; } =
    [
        new("n != 0 → true, n the count of a loop that has iterations", Licence.Strict, Operator.Compare(ExpressionType.NotEqual, typeof(int)), (node, to) => IsZero(node.Operands[1]) && HasIterations(to.Builder.Region, node.Operands[0]) ? to.Builder.Constant(true, typeof(bool)) : null),
        new("−(a * b) → (−a) * b, a outside of the loop", Licence.Strict, Arithmetic.Negate, (node, to) => node.Operands[0] is Apply { Operation: Multiply, Operands: [var a, var b] } && a is not Constant && StrictRules.IsOutside(a, b) && to.IsUsedOnce(node.Operands[0]) ? to.Apply(Arithmetic.Multiply, to.Apply(Arithmetic.Negate, a), b) : null),
        new("−(a * b) → a * (−b), b outside of the loop", Licence.Strict, Arithmetic.Negate, (node, to) => node.Operands[0] is Apply { Operation: Multiply, Operands: [var a, var b] } && b is not Constant && StrictRules.IsOutside(b, a) && to.IsUsedOnce(node.Operands[0]) ? to.Apply(Arithmetic.Multiply, a, to.Apply(Arithmetic.Negate, b)) : null),
    ];

    /// <summary><c>Σ 1 → n</c>, of ints.</summary>
    public static Node Count(Sum sum) => sum.Term is Constant { Value: 1 } && RunsAlways(sum) && sum.Site is Loop { IsOpen: false, Count: var count } ? count : sum;

    /// <summary>Whether a value is 0 as long as its flag says that there is none, and the flag is set in each iteration: "the value if the flag is set, else 0" is the value.</summary>
    public static bool IsUnflagged(Choice choice) =>
        choice.Selector.Type == typeof(bool) && choice.Type == typeof(double) && StateOf(choice.Selector) is { Initial: Constant { Value: false } } flag && flag.Fold.NextOf(flag) is Constant { Value: true }
        && StateOf(choice.Arm(1)) is { } value && ReferenceEquals(value.Fold, flag.Fold) && ReferenceEquals(value.Initial, choice.Arm(0)) && (choice.Selector is State) == (choice.Arm(1) is State);

    /// <summary>Whether a value is chosen where it is not 0, and 0 where it is: −0 becomes 0, that is all.</summary>
    public static bool IsChosenUnlessZero(Choice choice) =>
        choice.Selector is Apply { Operation: Operator { Kind: ExpressionType.NotEqual }, Operands: [var value, Constant zero] } && zero.Is(0.0) && ReferenceEquals(choice.Arm(1), value) && ReferenceEquals(choice.Arm(0), zero);

    /// <summary>Elements that one loop adds to once each are those of a vector.</summary>
    public static Node Vector(Scatter scatter, Rewriter to) =>
        scatter.Additions.ToArray() is [{ Site: Loop { IsOpen: false } loop, Index: LoopIndex index, Term: var term }] && ReferenceEquals(index.Loop, loop) && ReferenceEquals(loop.Parent, scatter.Region) && ReferenceEquals(loop.Count, scatter.Length)
            ? to.Builder.Vector(scatter.Region, loop, scatter.Length, index, term) : scatter;

    public static Node Factor(Sum sum, Rewriter to)
    {
        if (sum.Type != typeof(double) || !RunsAlways(sum))
            return sum;
        Node Rest(Node term) => to.Builder.Sum(sum.Region, sum.Site, term) is Sum rest ? Factor(rest, to) : throw new InvalidOperationException("A sum is a sum.");
        switch (sum.Term)
        {
            case Apply { Operation: Multiply, Operands: [var a, var t] } when IsInvariant(sum, a) && !IsInvariant(sum, t):
                return to.Apply(Arithmetic.Multiply, a, Rest(t));
            case Apply { Operation: Multiply, Operands: [var t, var a] } when IsInvariant(sum, a) && !IsInvariant(sum, t):
                return to.Apply(Arithmetic.Multiply, a, Rest(t));
            // A fixed divisor is there against overflow: it stays.
            case Apply { Operation: Divide, Operands: [var t, var a] } when IsInvariant(sum, a) && !IsInvariant(sum, t) && a is not Apply { Operation: FixedValue }:
                return to.Apply(Arithmetic.Divide, Rest(t), a);
            case Apply { Operation: Negate, Operands: [var t] } when !IsInvariant(sum, t):
                return to.Apply(Arithmetic.Negate, Rest(t));
            case var c when IsInvariant(sum, c) && sum.Site is Loop { Count: var count }:
                return to.Apply(Arithmetic.Multiply, to.Apply(Operator.Convert(typeof(int), typeof(double)), count), c);
            default:
                return sum;
        }
    }

    private static State? StateOf(Node node) => node switch
    {
        State state => state,
        Final final => final.Fold.State(final.Number),
        _ => null,
    };

    private static bool IsZero(Node node) => node is Constant { Value: 0 };

    private static bool HasIterations(Region? region, Node count)
    {
        for (; region is not null; region = region.Parent)
        {
            if (region is Branch { IsLoopGuard: true, Selector: Apply test } && ReferenceEquals(test.Operands[0], count))
                return true;
        }
        return false;
    }

    // Whether the term is added in each iteration of the one loop.
    private static bool RunsAlways(Sum sum) => sum.Site is Loop loop && ReferenceEquals(loop.Parent, sum.Region);

    private static bool IsInvariant(Sum sum, Node node) => node.Region.Encloses(sum.Region);
}
