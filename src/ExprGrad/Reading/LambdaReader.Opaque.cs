using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;

namespace ExprGrad.Reading;

/// <summary>C# that has no node of its own: kept as the user wrote it where it does not depend on the input.</summary>
internal sealed partial class LambdaReader
{
    /// <summary>One expression on its direct sub-expressions, which are read.</summary>
    private async Step<Value> ReadOpaque(Expression expression, Behaviour behaviour)
    {
        IReadOnlyList<Expression> children = Children.Of(expression);
        if (expression is MethodCallExpression { Object: { Type.IsValueType: true } } && behaviour.HasFlag(Behaviour.Impure) || PassesReferences(expression))
            return await this.ReadInPlace(expression, behaviour);
        if (children.Any(child => Unquote(child) is LambdaExpression) || expression is ListInitExpression or MemberInitExpression)
            return this.ReadWhole(expression);
        var operands = new Node[children.Count];
        for (int k = 0; k < operands.Length; k++)
            operands[k] = await this.ReadNode(children[k]);
        return this.ApplyOpaque(expression, Opaque.Of(expression, behaviour), operands);
    }

    private static Expression Unquote(Expression expression) => expression is UnaryExpression { NodeType: ExpressionType.Quote } quote ? quote.Operand : expression;

    private static bool PassesReferences(Expression expression) =>
        (expression as MethodCallExpression)?.Method.GetParameters().Any(parameter => parameter.ParameterType.IsByRef)
        ?? (expression as NewExpression)?.Constructor?.GetParameters().Any(parameter => parameter.ParameterType.IsByRef)
        ?? false;

    /// <summary>An expression that may write to its sub-expressions (a method of a struct, an argument by reference): those stay places in memory, only what they are reached through is a value.</summary>
    private async Step<Value> ReadInPlace(Expression expression, Behaviour behaviour)
    {
        var slots = new List<ParameterExpression>();
        var operands = new List<Node>();
        var places = new List<Expression>();
        foreach (Expression child in Children.Of(expression))
            places.Add(await this.ReadPlace(child, slots, operands));
        return this.ApplyOpaque(expression, new Opaque(slots, Children.Replace(expression, places), behaviour), [.. operands]);
    }

    private async Step<Expression> ReadPlace(Expression place, List<ParameterExpression> slots, List<Node> operands)
    {
        switch (place)
        {
            case MemberExpression { Expression: { } owner } member:
                return member.Update(owner.Type.IsValueType ? await this.ReadPlace(owner, slots, operands) : await Slot(owner));
            case BinaryExpression { NodeType: ExpressionType.ArrayIndex } element:
                return Expression.ArrayAccess(await Slot(element.Left), await Slot(element.Right));
            default:
                return await Slot(place);
        }

        async Step<Expression> Slot(Expression value)
        {
            operands.Add(await this.ReadNode(value));
            slots.Add(Expression.Parameter(value.Type));
            return slots[^1];
        }
    }

    /// <summary>A whole piece of C# with nested lambdas or statements: only the variables around it become operands.</summary>
    private Value ReadWhole(Expression expression)
    {
        var slots = new List<ParameterExpression>();
        var operands = new List<Node>();
        bool isActive = false;
        foreach (Expression inner in Children.AllOf(expression))
        {
            if (inner is ParameterExpression variable && this.scope.Find(variable) is { } value)
            {
                Node node = this.Materialize(value);
                slots.Add(variable);
                operands.Add(node);
                isActive |= this.activity[node];
            }
            // Reading the length of the input is no use of its elements.
            isActive |= inner is not UnaryExpression { NodeType: ExpressionType.ArrayLength }
                && Children.Of(inner).Any(child => child is ParameterExpression used && this.scope.Find(used) is Scalar { Node: var whole } && ReferenceEquals(whole, this.input));
            if (inner is BinaryExpression { Left: ParameterExpression assigned, NodeType: ExpressionType.Assign } && this.scope.Find(assigned) is not null)
                return this.Refuse(expression, RefusalCode.Statement, $"The variable {assigned.Name} is assigned inside a statement that ExprGrad does not read.");
        }
        const Behaviour Anything = Behaviour.Impure | Behaviour.MayThrow;
        bool isStatement = expression is BlockExpression or LoopExpression or TryExpression or GotoExpression or LabelExpression or SwitchExpression or ConditionalExpression
            || expression.Type == typeof(void) || expression is BinaryExpression { NodeType: >= ExpressionType.AddAssign and <= ExpressionType.SubtractAssignChecked };
        if (isActive && !(IsDiscrete(expression.Type) && !isStatement))
        {
            if (isStatement)
                return this.Refuse(expression, RefusalCode.Statement, "A statement of this kind that depends on the input is not differentiated.");
            (RefusalCode code, string reason) = expression is MethodCallExpression { Method: var method }
                ? WhyNot(method, usesInput: false)
                : (RefusalCode.NoDerivative, $"A value that depends on the input becomes a {TypeName(expression.Type)} here, through which no derivative is known.");
            return this.Refuse(expression, code, reason);
        }
        if (expression.Type == typeof(void))
            return this.Refuse(expression, RefusalCode.Statement, "A statement without a value is not differentiated.");
        // x itself may be an operand here: only its length is used, or the result changes in steps.
        return new Scalar(this.Apply(new Opaque(slots, expression, Anything), [.. operands]));
    }

    private Node MaterializeLambda(Closure closure)
    {
        Scope outer = this.scope;
        this.scope = closure.Scope;
        Value value = this.ReadWhole(closure.Lambda);
        this.scope = outer;
        return this.Materialize(value);
    }

    private Value ApplyOpaque(Expression expression, Operation operation, params Node[] operands)
    {
        (RefusalCode code, string reason) = expression switch
        {
            MethodCallExpression call => WhyNot(call.Method, operands.Contains(this.input)),
            NewExpression or MemberInitExpression or ListInitExpression => (RefusalCode.UnknownObject, $"ExprGrad cannot see what {TypeName(expression.Type)} does with a value that depends on the input."),
            _ => (RefusalCode.NoDerivative, $"A value that depends on the input becomes a {TypeName(expression.Type)} here, through which no derivative is known."),
        };
        return this.ApplyOpaque(expression, operation, code, reason, operands);
    }

    private Value ApplyOpaque(Expression expression, Operation operation, RefusalCode code, string reason, params Node[] operands)
    {
        if (!IsDiscrete(expression.Type) && operands.Any(this.CarriesDerivative))
            return this.Refuse(expression, code, reason);
        if (expression.Type == typeof(void))
            return this.Refuse(expression, RefusalCode.Statement, "A call without a value is not an expression of the function.");
        return new Scalar(this.Apply(operation, operands));
    }
}
