using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;

namespace ExprGrad.Reading;

/// <summary>
/// A piece of C# that has no node of its own, as the user wrote it, with values of the graph in the places of its <paramref name="slots"/>.
/// </summary>
/// <param name="slots">What stands for the operands in <paramref name="body"/>.</param>
/// <param name="body">The expression.</param>
/// <param name="behaviour">What evaluating it may do.</param>
/// <param name="identity">What makes two of them equal; null if each is unique.</param>
/// <param name="caseCount">How many cases a switch on the value has; 0 if it is no selector.</param>
internal sealed class Opaque(IReadOnlyList<ParameterExpression> slots, Expression body, Behaviour behaviour, object? identity = null, int caseCount = 0) : Operation
{
    private readonly object? identity = identity;

    public Expression Body { get; } = body;

    public IReadOnlyList<ParameterExpression> Slots { get; } = slots;

    public override string Name => this.Body switch
    {
        MethodCallExpression call => call.Method.Name,
        MemberExpression member => "." + member.Member.Name,
        NewExpression { Constructor: { } constructor } => "new " + constructor.DeclaringType!.Name,
        _ => this.Body.NodeType.ToString(),
    };

    public override Type Type => this.Body.Type;

    public override Behaviour Behaviour { get; } = behaviour;

    public override int CaseCount => caseCount;

    /// <summary>The operation of an expression on its direct sub-expressions.</summary>
    public static Opaque Of(Expression expression, Behaviour behaviour)
    {
        IReadOnlyList<Expression> children = Children.Of(expression);
        ParameterExpression[] slots = [.. children.Select(child => Expression.Parameter(child.Type))];
        MemberInfo? member = expression switch
        {
            MemberExpression access => access.Member,
            MethodCallExpression call => call.Method,
            IndexExpression index => index.Indexer,
            _ => null,
        };
        object? identity = member is null ? null : (expression.NodeType, expression.Type, member);
        return new Opaque(slots, Children.Replace(expression, slots), behaviour, identity);
    }

    public override Expression Emit(IReadOnlyList<Expression> operands)
    {
        bool isCaptured = Children.AllOf(this.Body).Any(expression => expression is LambdaExpression);
        if (!isCaptured)
            return new Substitution(this.Slots, operands).Visit(this.Body);
        // A nested lambda may outlive this expression: what it captures gets a variable that is never used for anything else.
        ParameterExpression[] variables = [.. this.Slots.Select(slot => Expression.Variable(slot.Type))];
        IEnumerable<Expression> assignments = variables.Zip(operands, Expression.Assign);
        return Expression.Block(this.Type, variables, [.. assignments, new Substitution(this.Slots, variables).Visit(this.Body)]);
    }

    public override bool Equals(object? obj) => ReferenceEquals(this, obj) || (obj is Opaque other && this.identity is not null && this.identity.Equals(other.identity));

    public override int GetHashCode() => this.identity?.GetHashCode() ?? base.GetHashCode();

    private sealed class Substitution(IReadOnlyList<ParameterExpression> slots, IReadOnlyList<Expression> operands) : ExpressionVisitor
    {
        protected override Expression VisitParameter(ParameterExpression node)
        {
            for (int k = 0; k < slots.Count; k++)
            {
                if (ReferenceEquals(slots[k], node))
                    return operands[k];
            }
            return node;
        }
    }
}
