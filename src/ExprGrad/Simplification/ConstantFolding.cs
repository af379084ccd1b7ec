using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Simplification;

/// <summary>Operations on constants, computed when compiling by the code that would run: the bits are the same.</summary>
internal static class ConstantFolding
{
    /// <summary>The value of a total operation on constants, or null.</summary>
    public static Node? Fold(Apply node, Rewriter to)
    {
        foreach (Node operand in node.Operands)
        {
            if (operand is not Constant)
                return null;
        }
        if (node.Operation.Behaviour != Behaviour.Total || node.Operation is not (Primitive or Operator or TripCheck))
            return null;
        if (node.Operation is Arithmetic && node.Type == typeof(double))
            return to.Constant(Evaluate((Arithmetic)node.Operation, node.Operands));
        Expression[] operands = [.. node.Operands.Select(operand => Expression.Constant(((Constant)operand).Value, operand.Type))];
        Expression<Func<object>> evaluate = Expression.Lambda<Func<object>>(Expression.Convert(node.Operation.Emit(operands), typeof(object)));
        return to.Builder.Constant(evaluate.Compile(preferInterpretation: true)(), node.Type);
    }

    // Adjoints are full of arithmetic on literals; these need no expression tree.
    private static double Evaluate(Arithmetic operation, IReadOnlyList<Node> operands)
    {
        double a = (double)((Constant)operands[0]).Value!, b = operands.Count > 1 ? (double)((Constant)operands[1]).Value! : 0;
        return operation.Kind switch
        {
            ExpressionType.Add => a + b,
            ExpressionType.Subtract => a - b,
            ExpressionType.Multiply => a * b,
            ExpressionType.Divide => a / b,
            ExpressionType.Modulo => a % b,
            ExpressionType.Negate => -a,
            _ => throw new InvalidOperationException($"{operation.Kind} is no arithmetic."),
        };
    }
}
