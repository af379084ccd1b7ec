using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;

namespace ExprGrad.Reading;

/// <summary>The direct sub-expressions of any expression, in the order of evaluation, and the expression with others in their places.</summary>
internal sealed class Children : ExpressionVisitor
{
    private readonly Expression parent;
    private readonly List<Expression> found = [];
    private readonly IReadOnlyList<Expression>? replacements;

    private Children(Expression parent, IReadOnlyList<Expression>? replacements) => (this.parent, this.replacements) = (parent, replacements);

    public static IReadOnlyList<Expression> Of(Expression expression)
    {
        if (expression is ParameterExpression or ConstantExpression)
            return [];
        var visitor = new Children(expression, null);
        visitor.Visit(expression);
        return visitor.found;
    }

    public static Expression Replace(Expression expression, IReadOnlyList<Expression> children) => new Children(expression, children).Visit(expression);

    /// <summary>Every expression below <paramref name="root"/>, itself included, each once. Not recursive: depth follows the input.</summary>
    public static IEnumerable<Expression> AllOf(Expression root)
    {
        var seen = new HashSet<Expression>(ReferenceEqualityComparer.Instance);
        var pending = new Stack<Expression>([root]);
        while (pending.TryPop(out Expression? expression))
        {
            if (!seen.Add(expression))
                continue;
            yield return expression;
            foreach (Expression child in Of(expression))
                pending.Push(child);
        }
    }

    [return: NotNullIfNotNull(nameof(node))]
    public override Expression? Visit(Expression? node)
    {
        if (node is null || ReferenceEquals(node, this.parent))
            return base.Visit(node);
        this.found.Add(node);
        return this.replacements is null ? node : this.replacements[this.found.Count - 1];
    }

    protected override Expression VisitLambda<T>(Expression<T> node)
    {
        Expression body = this.Visit(node.Body);
        return ReferenceEquals(body, node.Body) ? node : Expression.Lambda<T>(body, node.Name, node.TailCall, node.Parameters);
    }

    protected override Expression VisitBlock(BlockExpression node) => node.Update(node.Variables, this.Visit(node.Expressions));
}
