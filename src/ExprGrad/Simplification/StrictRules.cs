using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Simplification;

/// <summary>Rules that keep the bits of every double.</summary>
internal static class StrictRules
{
    public static IReadOnlyList<Rule> All { get; } =
    [
        new("x * 1 → x", Licence.Strict, Arithmetic.Multiply, (node, _) => IsLiteral(node.Operands[1], 1) ? node.Operands[0] : null),
        new("1 * x → x", Licence.Strict, Arithmetic.Multiply, (node, _) => IsLiteral(node.Operands[0], 1) ? node.Operands[1] : null),
        new("x / 1 → x", Licence.Strict, Arithmetic.Divide, (node, _) => IsLiteral(node.Operands[1], 1) ? node.Operands[0] : null),
        new("x * −1 → −x", Licence.Strict, Arithmetic.Multiply, (node, to) => IsLiteral(node.Operands[1], -1) ? to.Apply(Arithmetic.Negate, node.Operands[0]) : null),
        new("−1 * x → −x", Licence.Strict, Arithmetic.Multiply, (node, to) => IsLiteral(node.Operands[0], -1) ? to.Apply(Arithmetic.Negate, node.Operands[1]) : null),
        new("x / −1 → −x", Licence.Strict, Arithmetic.Divide, (node, to) => IsLiteral(node.Operands[1], -1) ? to.Apply(Arithmetic.Negate, node.Operands[0]) : null),
        new("−(−x) → x", Licence.Strict, Arithmetic.Negate, (node, _) => IsNegation(node.Operands[0], out Node? x) ? x : null),
        new("x − 0 → x", Licence.Strict, Arithmetic.Subtract, (node, _) => IsLiteral(node.Operands[1], 0.0) ? node.Operands[0] : null),
        new("x + (−0) → x", Licence.Strict, Arithmetic.Add, (node, _) => IsLiteral(node.Operands[1], -0.0) ? node.Operands[0] : null),
        new("−0 + x → x", Licence.Strict, Arithmetic.Add, (node, _) => IsLiteral(node.Operands[0], -0.0) ? node.Operands[1] : null),
        new("x + x → 2 * x", Licence.Strict, Arithmetic.Add, (node, to) => ReferenceEquals(node.Operands[0], node.Operands[1]) ? to.Apply(Arithmetic.Multiply, to.Constant(2), node.Operands[0]) : null),
        new("a + (−b) → a − b", Licence.Strict, Arithmetic.Add, (node, to) => IsNegation(node.Operands[1], out Node? b) ? to.Apply(Arithmetic.Subtract, node.Operands[0], b) : null),
        new("(−a) + b → b − a", Licence.Strict, Arithmetic.Add, (node, to) => IsNegation(node.Operands[0], out Node? a) ? to.Apply(Arithmetic.Subtract, node.Operands[1], a) : null),
        new("a − (−b) → a + b", Licence.Strict, Arithmetic.Subtract, (node, to) => IsNegation(node.Operands[1], out Node? b) ? to.Apply(Arithmetic.Add, node.Operands[0], b) : null),
        new("(−a) * (−b) → a * b", Licence.Strict, Arithmetic.Multiply, (node, to) => IsNegation(node.Operands[0], out Node? a) && IsNegation(node.Operands[1], out Node? b) ? to.Apply(Arithmetic.Multiply, a, b) : null),
        new("a * (−b) → −(a * b)", Licence.Strict, Arithmetic.Multiply, (node, to) => IsNegation(node.Operands[1], out Node? b) && !IsOutside(b, node.Operands[0]) ? to.Apply(Arithmetic.Negate, to.Apply(Arithmetic.Multiply, node.Operands[0], b)) : null),
        new("(−a) * b → −(a * b)", Licence.Strict, Arithmetic.Multiply, (node, to) => IsNegation(node.Operands[0], out Node? a) && !IsOutside(a, node.Operands[1]) ? to.Apply(Arithmetic.Negate, to.Apply(Arithmetic.Multiply, a, node.Operands[1])) : null),
        new("(−a) / b → −(a / b)", Licence.Strict, Arithmetic.Divide, (node, to) => IsNegation(node.Operands[0], out Node? a) ? to.Apply(Arithmetic.Negate, to.Apply(Arithmetic.Divide, a, node.Operands[1])) : null),
        new("a / (−b) → −(a / b)", Licence.Strict, Arithmetic.Divide, (node, to) => IsNegation(node.Operands[1], out Node? b) ? to.Apply(Arithmetic.Negate, to.Apply(Arithmetic.Divide, node.Operands[0], b)) : null),
        new("x * c → c * x", Licence.Strict, Arithmetic.Multiply, (node, to) => node.Operands[1] is Constant && node.Operands[0] is not Constant ? to.Apply(Arithmetic.Multiply, node.Operands[1], node.Operands[0]) : null),
        new("−(c * x) → (−c) * x", Licence.Strict, Arithmetic.Negate, (node, to) => IsMultiple(node.Operands[0], out double c, out Node? x) ? to.Apply(Arithmetic.Multiply, to.Constant(-c), x) : null),
        new("a − c * x → a + (−c) * x", Licence.Strict, Arithmetic.Subtract, (node, to) => IsMultiple(node.Operands[1], out double c, out Node? x) && to.IsUsedOnce(node.Operands[1]) ? to.Apply(Arithmetic.Add, node.Operands[0], to.Apply(Arithmetic.Multiply, to.Constant(-c), x)) : null),
        new("t | true → true", Licence.Strict, Operator.Or, (node, _) => node.Operands[1] is Constant { Value: true } ? node.Operands[1] : null),
        new("true | t → true", Licence.Strict, Operator.Or, (node, _) => node.Operands[0] is Constant { Value: true } ? node.Operands[0] : null),
        new("t | false → t", Licence.Strict, Operator.Or, (node, _) => node.Operands[1] is Constant { Value: false } ? node.Operands[0] : null),
        new("false | t → t", Licence.Strict, Operator.Or, (node, _) => node.Operands[0] is Constant { Value: false } ? node.Operands[1] : null),
        new("!(!t) → t", Licence.Strict, Operator.Not, (node, _) => node.Operands[0] is Apply { Operation: var inner } not && inner.Equals(Operator.Not) ? not.Operands[0] : null),
    ];

    // Whether a loop stands around one node and not around the other, so that what is done to the other is done once.
    internal static bool IsOutside(Node node, Node other) =>
        !ReferenceEquals(node.Region.InnermostLoop, other.Region.InnermostLoop) && node is not Constant && (node.Region.InnermostLoop is not { } loop || loop.Encloses(other.Region));

    internal static bool IsLiteral(Node node, double value) => node is Constant constant && constant.Is(value);

    /// <summary>Whether a node is a literal times another node.</summary>
    internal static bool IsMultiple(Node node, out double c, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Node? x)
    {
        (c, x) = node is Apply { Operation: Multiply, Operands: [Constant { Value: double literal }, var other] } ? (literal, other) : (0, null);
        return x is not null;
    }

    internal static bool IsNegation(Node node, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Node? x)
    {
        x = node is Apply { Operation: Negate } negation && node.Type == typeof(double) ? negation.Operands[0] : null;
        return x is not null;
    }
}
