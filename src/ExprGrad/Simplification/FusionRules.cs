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

    public static IReadOnlyList<Rule> All { get; } =
    [
        new("a * b + c → fma(a, b, c)", Licence.Adjoint, Arithmetic.Add, (node, to) => IsProduct(node.Operands[0], to, out Node? a, out Node? b) ? to.Apply(FusedMultiplyAdd, a, b, node.Operands[1]) : null),
        new("c + a * b → fma(a, b, c)", Licence.Adjoint, Arithmetic.Add, (node, to) => IsProduct(node.Operands[1], to, out Node? a, out Node? b) ? to.Apply(FusedMultiplyAdd, a, b, node.Operands[0]) : null),
        new("a * b − c → fma(a, b, −c)", Licence.Adjoint, Arithmetic.Subtract, (node, to) => IsProduct(node.Operands[0], to, out Node? a, out Node? b) ? to.Apply(FusedMultiplyAdd, a, b, to.Apply(Arithmetic.Negate, node.Operands[1])) : null),
        new("c − a * b → fma(−a, b, c)", Licence.Adjoint, Arithmetic.Subtract, (node, to) => IsProduct(node.Operands[1], to, out Node? a, out Node? b) ? to.Apply(FusedMultiplyAdd, to.Apply(Arithmetic.Negate, a), b, node.Operands[0]) : null),
    ];

    private static bool IsProduct(Node node, Rewriter to, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Node? a, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Node? b)
    {
        (a, b) = node is Apply { Operation: Multiply } product && node.Type == typeof(double) && to.IsUsedOnce(node) ? (product.Operands[0], product.Operands[1]) : (null, null);
        return a is not null;
    }
}
