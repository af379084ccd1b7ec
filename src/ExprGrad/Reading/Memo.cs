using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;

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
    private const int MaxNesting = 8;

    private bool isPlain = true;

    /// <summary>Takes note of everything below <paramref name="root"/>. Not recursive: depth follows the input.</summary>
    public void Add(Expression root)
    {
        var pending = new Stack<Expression>([root]);
        while (pending.TryPop(out Expression? expression))
        {
            if (expression is ParameterExpression or ConstantExpression)
                continue;
            this.isPlain &= IsPlain(expression);
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

    /// <summary>The shared expressions that every one of some cases evaluates, whatever it is: read before the cases, each is read once, and not once on every path through conditionals after one another.</summary>
    /// <remarks>Only where nothing in the lambda is impure, so that it does not matter what is evaluated first.</remarks>
    public IReadOnlyList<Expression> InAll(IReadOnlyList<Expression> cases)
    {
        if (!this.isPlain || this.shared.Count == 0)
            return [];
        List<Expression> common = this.CertainIn(cases[0], MaxNesting);
        for (int k = 1; k < cases.Count && common.Count > 0; k++)
        {
            var others = new HashSet<Expression>(this.CertainIn(cases[k], MaxNesting), ReferenceEqualityComparer.Instance);
            common.RemoveAll(expression => !others.Contains(expression));
        }
        return common;
    }

    // What is evaluated whenever an expression is, down to the next shared expressions.
    private List<Expression> CertainIn(Expression root, int nesting)
    {
        var certain = new List<Expression>();
        var pending = new Stack<Expression>([root]);
        while (pending.TryPop(out Expression? expression))
        {
            if (this.Contains(expression))
            {
                certain.Add(expression);
                continue;
            }
            switch (expression)
            {
                case ConditionalExpression conditional:
                    pending.Push(conditional.Test);
                    if (nesting > 0)
                    {
                        var otherwise = new HashSet<Expression>(this.CertainIn(conditional.IfFalse, nesting - 1), ReferenceEqualityComparer.Instance);
                        certain.AddRange(this.CertainIn(conditional.IfTrue, nesting - 1).Where(otherwise.Contains));
                    }
                    break;
                case BinaryExpression { NodeType: ExpressionType.AndAlso or ExpressionType.OrElse } logical:
                    pending.Push(logical.Left);
                    break;
                default:
                    foreach (Expression child in Children.Of(expression))
                        pending.Push(child);
                    break;
            }
        }
        return certain;
    }

    private static bool IsPlain(Expression expression) => expression switch
    {
        BinaryExpression { NodeType: not (ExpressionType.Coalesce or ExpressionType.Assign or (>= ExpressionType.AddAssign and <= ExpressionType.SubtractAssignChecked)) } binary => binary.Method is null || Catalogue.Find(binary.Method) is not null,
        UnaryExpression { NodeType: ExpressionType.Negate or ExpressionType.Not or ExpressionType.Convert or ExpressionType.ArrayLength } unary => unary.Method is null,
        MethodCallExpression call => Catalogue.Find(call.Method) is not null,
        ConditionalExpression => true,
        MemberExpression { Member: System.Reflection.FieldInfo } => true,
        _ => false,
    };
}
