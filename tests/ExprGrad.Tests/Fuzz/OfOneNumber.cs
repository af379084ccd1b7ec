using System.Linq.Expressions;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests.Fuzz;

/// <summary>Makes a lambda a function of one number: elements of the point at literal indices become functions of the product of the first two.</summary>
internal sealed class OfOneNumber : ExpressionVisitor
{
    private static readonly ParameterExpression Number = Expression.Parameter(typeof(double), "t");

    private static readonly Expression<Func<double, double>>[] Elements =
        [t => t, t => 0.7 * t - 0.3, t => Math.Sin(t), t => t * t, t => 1 / (1 + t * t), t => t > 0.5 ? t : 0.25];

    private readonly ParameterExpression x;

    private OfOneNumber(ParameterExpression x) => this.x = x;

    public static Function Reshape(Function f)
    {
        ParameterExpression x = f.Parameters[0];
        Expression product = Expression.Multiply(Expression.ArrayIndex(x, Expression.Constant(0)), Expression.ArrayIndex(x, Expression.Constant(1)));
        return Expression.Lambda<Func<double[], double>>(Expression.Invoke(Expression.Lambda(new OfOneNumber(x).Visit(f.Body), Number), product), x);
    }

    protected override Expression VisitBinary(BinaryExpression node) =>
        node is { NodeType: ExpressionType.ArrayIndex, Right: ConstantExpression { Value: int index and >= 0 } } && node.Left == this.x && index < Elements.Length
            ? Expression.Invoke(Elements[index], Number) : base.VisitBinary(node);
}
