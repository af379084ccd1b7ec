using System.Linq.Expressions;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>
/// Replaces the call of a captured expression, <c>g.Compile()(a)</c>, by its invocation, which <see cref="LambdaExpression.Compile()"/> inlines. As written, the plain function would compile g at each call: that would be no rival.
/// </summary>
internal sealed class Inlining : ExpressionVisitor
{
    public static Expression<Func<double[], double>> OfCompiledLambdas(Expression<Func<double[], double>> f) => (Expression<Func<double[], double>>)new Inlining().Visit(f);

    protected override Expression VisitInvocation(InvocationExpression node) =>
        this.Inlined(node.Expression, node.Arguments) ?? base.VisitInvocation(node);

    protected override Expression VisitMethodCall(MethodCallExpression node) =>
        node is { Method.Name: "Invoke", Object: { } target } ? this.Inlined(target, node.Arguments) ?? base.VisitMethodCall(node) : base.VisitMethodCall(node);

    private InvocationExpression? Inlined(Expression target, IReadOnlyList<Expression> arguments)
    {
        if (target is not MethodCallExpression { Method.Name: "Compile", Object: { } captured })
            return null;
        var lambda = (LambdaExpression)Expression.Lambda(captured).Compile().DynamicInvoke()!;
        return Expression.Invoke(this.Visit(lambda), arguments.Select(this.Visit)!);
    }
}
