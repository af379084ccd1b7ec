using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Simplification;

/// <summary>Rules that change rounding only, for the adjoint.</summary>
internal static class AdjointRules
{
    public static IReadOnlyList<Rule> All { get; } =
    [
        new("x + 0 → x", Licence.Adjoint, Arithmetic.Add, (node, _) => StrictRules.IsLiteral(node.Operands[1], 0.0) ? node.Operands[0] : null),
        new("0 + x → x", Licence.Adjoint, Arithmetic.Add, (node, _) => StrictRules.IsLiteral(node.Operands[0], 0.0) ? node.Operands[1] : null),
        new("x * (1 / y) → x / y", Licence.Adjoint, Arithmetic.Multiply, (node, to) => IsReciprocal(node.Operands[1], to, out Node? y) ? to.Apply(Arithmetic.Divide, node.Operands[0], y) : null),
        new("(1 / y) * x → x / y", Licence.Adjoint, Arithmetic.Multiply, (node, to) => IsReciprocal(node.Operands[0], to, out Node? y) ? to.Apply(Arithmetic.Divide, node.Operands[1], y) : null),
    ];

    // A reciprocal that others use too stays: one division for all of them.
    private static bool IsReciprocal(Node node, Rewriter to, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Node? y)
    {
        y = node is Apply { Operation: Divide } quotient && node.Type == typeof(double) && StrictRules.IsLiteral(quotient.Operands[0], 1) && to.IsUsedOnce(node) ? quotient.Operands[1] : null;
        return y is not null;
    }
}
