using System.Diagnostics.CodeAnalysis;
using ExprGrad.IR;
using ExprGrad.Primitives;
using static ExprGrad.Simplification.StrictRules;

namespace ExprGrad.Simplification;

/// <summary>Rules that change rounding only, for the adjoint.</summary>
internal static class AdjointRules
{
    private static readonly Primitive Abs = Catalogue.Find(((Func<double, double>)Math.Abs).Method)!;
    private static readonly Primitive CopySign = Catalogue.Find(((Func<double, double, double>)Math.CopySign).Method)!;

    public static IReadOnlyList<Rule> All { get; } =
    [
        new("x + 0 → x", Licence.Adjoint, Arithmetic.Add, (node, _) => IsLiteral(node.Operands[1], 0.0) ? node.Operands[0] : null),
        new("0 + x → x", Licence.Adjoint, Arithmetic.Add, (node, _) => IsLiteral(node.Operands[0], 0.0) ? node.Operands[1] : null),
        new("x * (1 / y) → x / y", Licence.Adjoint, Arithmetic.Multiply, (node, to) => IsReciprocal(node.Operands[1], to, out Node? y) ? to.Apply(Arithmetic.Divide, node.Operands[0], y) : null),
        new("(1 / y) * x → x / y", Licence.Adjoint, Arithmetic.Multiply, (node, to) => IsReciprocal(node.Operands[0], to, out Node? y) ? to.Apply(Arithmetic.Divide, node.Operands[1], y) : null),
        new("(c * x) / |x / y| → copysign(c * |y|, x)", Licence.Adjoint, Arithmetic.Divide, (node, to) =>
            IsMagnitudeOfQuotient(node.Operands[1], out Node? x, out Node? y) && StrictRules.IsMultiple(node.Operands[0], out double c, out Node? same) && ReferenceEquals(same, x) && c > 0
                ? to.Apply(CopySign, to.Apply(Arithmetic.Multiply, node.Operands[0].Operands[0], to.Apply(Abs, y)), x) : null),
        new("x / |x / y| → copysign(|y|, x)", Licence.Adjoint, Arithmetic.Divide, (node, to) =>
            IsMagnitudeOfQuotient(node.Operands[1], out Node? x, out Node? y) && ReferenceEquals(node.Operands[0], x) ? to.Apply(CopySign, to.Apply(Abs, y), x) : null),
        new("c * (d * x) → (c d) * x", Licence.Adjoint, Arithmetic.Multiply, (node, to) =>
            IsMultiple(node, out double c, out Node? inner) && IsMultiple(inner, out double d, out Node? x) && double.IsNormal(c * d) ? to.Apply(Arithmetic.Multiply, to.Constant(c * d), x) : null),
        new("c * ((d * a) * b) → ((c d) * a) * b", Licence.Adjoint, Arithmetic.Multiply, (node, to) =>
            IsMultiple(node, out double c, out Node? inner) && inner is Apply { Operation: Multiply, Operands: [var scaled, var b] } && to.IsUsedOnce(inner) && to.IsUsedOnce(scaled)
            && IsMultiple(scaled, out double d, out Node? a) && Math.Abs(c) >= 1 && Math.Abs(c * d) <= 1
                ? to.Apply(Arithmetic.Multiply, to.Apply(Arithmetic.Multiply, to.Constant(c * d), a), b) : null),
        new("c * a + c * b → c * (a + b)", Licence.Adjoint, Arithmetic.Add, (node, to) =>
            AreMultiples(node.Operands[0], node.Operands[1], to, out Node? c, out Node? a, out Node? b) ? to.Apply(Arithmetic.Multiply, c, to.Apply(Arithmetic.Add, a, b)) : null),
        new("c * a + (−c) * b → c * (a − b)", Licence.Adjoint, Arithmetic.Add, (node, to) =>
            AreOpposite(node.Operands[0], node.Operands[1], to, out Node? c, out Node? a, out Node? b) ? to.Apply(Arithmetic.Multiply, c, to.Apply(Arithmetic.Subtract, a, b)) : null),
    ];

    // The factor is at least 1: a + b overflows only where the sum of the products does.
    private static bool AreMultiples(Node left, Node right, Rewriter to, [NotNullWhen(true)] out Node? c, [NotNullWhen(true)] out Node? a, [NotNullWhen(true)] out Node? b) =>
        HaveFactors(left, right, 1, to, out c, out a, out b);

    private static bool AreOpposite(Node left, Node right, Rewriter to, [NotNullWhen(true)] out Node? c, [NotNullWhen(true)] out Node? a, [NotNullWhen(true)] out Node? b) =>
        HaveFactors(left, right, -1, to, out c, out a, out b);

    private static bool HaveFactors(Node left, Node right, int sign, Rewriter to, [NotNullWhen(true)] out Node? c, [NotNullWhen(true)] out Node? a, [NotNullWhen(true)] out Node? b)
    {
        (c, a, b) = (null, null, null);
        if (!IsMultiple(left, out double factor, out Node? x) || !IsMultiple(right, out double other, out Node? y) || factor != sign * other || !(Math.Abs(factor) >= 1) || !to.IsUsedOnce(left) || !to.IsUsedOnce(right))
            return false;
        (c, a, b) = (left.Operands[0], x, y);
        return true;
    }

    // What x · log(x / y) contributes to x beside the logarithm.
    private static bool IsMagnitudeOfQuotient(Node node, [NotNullWhen(true)] out Node? x, [NotNullWhen(true)] out Node? y)
    {
        (x, y) = node is Apply { Operands: [Apply { Operation: Divide, Operands: [var numerator, var denominator] }] } magnitude && ReferenceEquals(magnitude.Operation, Abs) && magnitude.Type == typeof(double)
            && numerator.Type == typeof(double) ? (numerator, denominator) : (null, null);
        return x is not null;
    }

    // A reciprocal that others use too stays: one division for all of them.
    private static bool IsReciprocal(Node node, Rewriter to, [NotNullWhen(true)] out Node? y)
    {
        y = node is Apply { Operation: Divide } quotient && node.Type == typeof(double) && IsLiteral(quotient.Operands[0], 1) && to.IsUsedOnce(node) ? quotient.Operands[1] : null;
        return y is not null;
    }
}
