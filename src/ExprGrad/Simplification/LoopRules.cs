using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Simplification;

/// <summary>
/// Rules for sums, with the licence of adjoints: what a loop does not change is multiplied once, behind the loop. The sum then waits for no factor: it can be part of the pass in which the factor is made.
/// </summary>
/// <remarks>Pictures: <c>Σ a * t → a * Σ t</c>, <c>Σ t / a → (Σ t) / a</c>, <c>Σ −t → −Σ t</c>, <c>Σ c → n * c</c>. Not where branches stand between: a sum of nothing times ∞ would be NaN.</remarks>
internal static class LoopRules
{
    /// <summary>Signs go to the factor that a loop does not change; they keep the bits.</summary>
    public static IReadOnlyList<Rule> Signs { get; } =
    [
        new("−(a * b) → (−a) * b, a outside of the loop", Licence.Strict, Arithmetic.Negate, (node, to) => node.Operands[0] is Apply { Operation: Multiply, Operands: [var a, var b] } && a is not Constant && StrictRules.IsOutside(a, b) && to.IsUsedOnce(node.Operands[0]) ? to.Apply(Arithmetic.Multiply, to.Apply(Arithmetic.Negate, a), b) : null),
        new("−(a * b) → a * (−b), b outside of the loop", Licence.Strict, Arithmetic.Negate, (node, to) => node.Operands[0] is Apply { Operation: Multiply, Operands: [var a, var b] } && b is not Constant && StrictRules.IsOutside(b, a) && to.IsUsedOnce(node.Operands[0]) ? to.Apply(Arithmetic.Multiply, a, to.Apply(Arithmetic.Negate, b)) : null),
    ];

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
            case Apply { Operation: Divide, Operands: [var t, var a] } when IsInvariant(sum, a) && !IsInvariant(sum, t):
                return to.Apply(Arithmetic.Divide, Rest(t), a);
            case Apply { Operation: Negate, Operands: [var t] } when !IsInvariant(sum, t):
                return to.Apply(Arithmetic.Negate, Rest(t));
            case var c when IsInvariant(sum, c) && sum.Site is Loop { Count: var count }:
                return to.Apply(Arithmetic.Multiply, to.Apply(Operator.Convert(typeof(int), typeof(double)), count), c);
            default:
                return sum;
        }
    }

    // Whether the term is added in each iteration of the one loop.
    private static bool RunsAlways(Sum sum) => sum.Site is Loop loop && ReferenceEquals(loop.Parent, sum.Region);

    private static bool IsInvariant(Sum sum, Node node) => node.Region.Encloses(sum.Region);
}
