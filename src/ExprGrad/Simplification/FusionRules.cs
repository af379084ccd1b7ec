using System.Diagnostics.CodeAnalysis;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Simplification;

/// <summary>Multiplication and addition in one operation with one rounding. Applied last: a product that was fused is no product to other rules.</summary>
internal static class FusionRules
{
    private static readonly Primitive FusedMultiplyAdd = Catalogue.Find(((Func<double, double, double, double>)Math.FusedMultiplyAdd).Method)!;

    /// <summary>Whether the processor fuses; without it the library computes the same bits many times slower.</summary>
    public static bool IsHardwareAccelerated => Fma.IsSupported || AdvSimd.Arm64.IsSupported;

    /// <summary>Rules that find other work to save: applied before the rest. With one rounding the sum of three terms is finite where its value is.</summary>
    public static IReadOnlyList<Rule> Rearranging { get; } =
    [
        new("(s + y) + y → fma(2, y, s)", Licence.Adjoint, Arithmetic.Add, (node, to) =>
            IsSum(node.Operands[0], to, out Node? s, out Node? y) && ReferenceEquals(y, node.Operands[1]) ? to.Apply(FusedMultiplyAdd, to.Constant(2), y, s) : null),
        new("(y + s) + y → fma(2, y, s)", Licence.Adjoint, Arithmetic.Add, (node, to) =>
            IsSum(node.Operands[0], to, out Node? y, out Node? s) && ReferenceEquals(y, node.Operands[1]) ? to.Apply(FusedMultiplyAdd, to.Constant(2), y, s) : null),
        new("fma(c, y, (−c) * a) → c * (y − a)", Licence.Adjoint, FusedMultiplyAdd, (node, to) =>
            node.Operands[0] is Constant { Value: double c } && Math.Abs(c) >= 2 && StrictRules.IsMultiple(node.Operands[2], out double opposite, out Node? a) && opposite == -c && to.IsUsedOnce(node.Operands[2])
                ? to.Apply(Arithmetic.Multiply, node.Operands[0], to.Apply(Arithmetic.Subtract, node.Operands[1], a)) : null),
    ];

    public static IReadOnlyList<Rule> All { get; } =
    [
        .. Rearranging,
        new("a * b + c → fma(a, b, c)", Licence.Adjoint, Arithmetic.Add, (node, to) => IsProduct(node.Operands[0], to, out Node? a, out Node? b) ? to.Apply(FusedMultiplyAdd, a, b, node.Operands[1]) : null),
        new("c + a * b → fma(a, b, c)", Licence.Adjoint, Arithmetic.Add, (node, to) => IsProduct(node.Operands[1], to, out Node? a, out Node? b) ? to.Apply(FusedMultiplyAdd, a, b, node.Operands[0]) : null),
        new("a * b − c → fma(a, b, −c)", Licence.Adjoint, Arithmetic.Subtract, (node, to) => IsProduct(node.Operands[0], to, out Node? a, out Node? b) ? to.Apply(FusedMultiplyAdd, a, b, to.Apply(Arithmetic.Negate, node.Operands[1])) : null),
        new("c − a * b → fma(−a, b, c)", Licence.Adjoint, Arithmetic.Subtract, (node, to) => IsProduct(node.Operands[1], to, out Node? a, out Node? b) ? to.Apply(FusedMultiplyAdd, to.Apply(Arithmetic.Negate, a), b, node.Operands[0]) : null),
        new("fma(−a, b, −c) → −fma(a, b, c)", Licence.Adjoint, FusedMultiplyAdd, (node, to) =>
            StrictRules.IsNegation(node.Operands[2], out Node? c) && IsNegative(node.Operands[0], to, out Node? a) ? to.Apply(Arithmetic.Negate, to.Apply(FusedMultiplyAdd, a, node.Operands[1], c)) : null),
        new("fma(c, −y, s) → fma(−c, y, s)", Licence.Adjoint, FusedMultiplyAdd, (node, to) =>
            node.Operands[0] is Constant { Value: double c } && StrictRules.IsNegation(node.Operands[1], out Node? y) ? to.Apply(FusedMultiplyAdd, to.Constant(-c), y, node.Operands[2]) : null),
    ];

    // The sign of a multiple is its literal's: without it, it may be a multiple that is there already.
    private static bool IsNegative(Node node, Rewriter to, [NotNullWhen(true)] out Node? positive)
    {
        if (!StrictRules.IsNegation(node, out positive) && StrictRules.IsMultiple(node, out double c, out Node? x) && c < 0)
            positive = to.Apply(Arithmetic.Multiply, to.Constant(-c), x);
        return positive is not null;
    }

    private static bool IsProduct(Node node, Rewriter to, [NotNullWhen(true)] out Node? a, [NotNullWhen(true)] out Node? b)
    {
        (a, b) = node is Apply { Operation: Multiply } product && node.Type == typeof(double) && to.IsUsedOnce(node) ? (product.Operands[0], product.Operands[1]) : (null, null);
        return a is not null;
    }

    private static bool IsSum(Node node, Rewriter to, [NotNullWhen(true)] out Node? a, [NotNullWhen(true)] out Node? b)
    {
        (a, b) = node is Apply { Operation: Add, Operands: [var left, var right] } && node.Type == typeof(double) && to.IsUsedOnce(node) ? (left, right) : (null, null);
        return a is not null;
    }
}
