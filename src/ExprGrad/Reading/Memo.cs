using System.Linq.Expressions;
using ExprGrad.IR;

namespace ExprGrad.Reading;

/// <summary>The values of shared expression objects in one region and scope, and in the regions around it.</summary>
internal sealed class Memo(Memo? outer)
{
    private readonly Dictionary<Expression, ((Node?, int) Mark, Value Value)> values = new(ReferenceEqualityComparer.Instance);

    /// <summary>The value of an expression that was read already where memory looked as at <paramref name="mark"/>.</summary>
    public Value? Find(Expression expression, (Node?, int) mark)
    {
        for (Memo? memo = this; memo is not null; memo = memo.Outer)
        {
            if (memo.values.TryGetValue(expression, out ((Node?, int) Mark, Value Value) known) && known.Mark == mark)
                return known.Value;
        }
        return null;
    }

    public void Add(Expression expression, (Node?, int) mark, Value value) => this.values[expression] = (mark, value);

    private Memo? Outer { get; } = outer;
}

/// <summary>The expression objects that occur in more than one place of what is read. C# makes trees; generated code makes graphs, and only these need a memo.</summary>
internal sealed class SharedExpressions
{
    private readonly HashSet<Expression> seen = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Expression> shared = new(ReferenceEqualityComparer.Instance);

    /// <summary>Takes note of everything below <paramref name="root"/>. Not recursive: depth follows the input.</summary>
    public void Add(Expression root)
    {
        var pending = new Stack<Expression>([root]);
        while (pending.TryPop(out Expression? expression))
        {
            if (expression is ParameterExpression or ConstantExpression)
                continue;
            if (!this.seen.Add(expression))
            {
                this.shared.Add(expression);
                continue;
            }
            foreach (Expression child in Children.Of(expression))
                pending.Push(child);
        }
    }

    public bool Contains(Expression expression) => this.shared.Contains(expression);
}
