using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Scheduling;

/// <summary>Which operations vectors have with the bits of single numbers.</summary>
internal static class LaneForms
{
    public static bool Has(Primitive primitive) => primitive.HasLanes;

    /// <summary>Comparisons and logic; arithmetic of ints.</summary>
    public static bool Has(Operator operation, Apply apply)
    {
        Type operand = apply.Operands[0].Type;
        return operation.Kind switch
        {
            ExpressionType.LessThan or ExpressionType.LessThanOrEqual or ExpressionType.GreaterThan or ExpressionType.GreaterThanOrEqual or ExpressionType.Equal or ExpressionType.NotEqual => operand == typeof(double) || operand == typeof(int),
            ExpressionType.And or ExpressionType.Or or ExpressionType.Not => operand == typeof(bool),
            ExpressionType.Add or ExpressionType.Subtract or ExpressionType.Multiply => operand == typeof(int) && apply.Type == typeof(int),
            ExpressionType.Convert => operand == typeof(int) && apply.Type == typeof(double),
            _ => false,
        };
    }

    /// <summary>Whether a node takes one of two results of a function.</summary>
    public static bool IsPart(Apply apply) => apply.Operands is [{ Type: var pair }] && pair == typeof((double, double)) && apply.Type == typeof(double);
}
