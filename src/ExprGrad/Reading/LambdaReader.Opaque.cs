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
        if (expression is MethodCallExpression { Object: { } target } && behaviour.HasFlag(Behaviour.Impure) && MayWriteToItself(target.Type) || PassesReferences(expression))
            return await this.ReadInPlace(expression, behaviour);
        if (children.Any(child => Unquote(child) is LambdaExpression) || expression is ListInitExpression or MemberInitExpression)
            return this.ReadWhole(expression);
        var operands = new Node[children.Count];
        for (int k = 0; k < operands.Length; k++)
            operands[k] = this.MaterializeFor(expression, await this.Read(children[k]));
        return this.ApplyOpaque(expression, Opaque.Of(expression, behaviour), operands);
    }

    // A method of a value that was read, on what else it gets.
    private async Step<Value> ReadOpaqueOf(MethodCallExpression call, Behaviour behaviour, Value target)
    {
        var operands = new List<Node> { this.MaterializeFor(call, target) };
        foreach (Expression argument in call.Arguments)
            operands.Add(this.MaterializeFor(call, await this.Read(argument)));
        return this.ApplyOpaque(call, Opaque.Of(call, behaviour), [.. operands]);
    }

    private static Expression Unquote(Expression expression) => expression is UnaryExpression { NodeType: ExpressionType.Quote } quote ? quote.Operand : expression;

    private static bool PassesReferences(Expression expression) => ParametersOf(expression).Any(parameter => parameter.ParameterType.IsByRef);

    private static ParameterInfo[] ParametersOf(Expression expression) =>
        (expression as MethodCallExpression)?.Method.GetParameters() ?? (expression as NewExpression)?.Constructor?.GetParameters() ?? [];

    // Numbers are immutable; a method of another struct may write to its fields.
    private static bool MayWriteToItself(Type type) => type.IsValueType && !type.IsPrimitive;

    /// <summary>An expression that may write to its sub-expressions (a method of a struct, an argument by reference): those stay places in memory, only what they are reached through is a value.</summary>
    private async Step<Value> ReadInPlace(Expression expression, Behaviour behaviour)
    {
        var slots = new List<ParameterExpression>();
        var operands = new List<Node>();
        var places = new List<Expression>();
        IReadOnlyList<Expression> children = Children.Of(expression);
        ParameterInfo[] parameters = ParametersOf(expression);
        // The arguments come last, after the target if there is one.
        int first = children.Count - parameters.Length;
        for (int k = 0; k < children.Count; k++)
        {
            bool isPlace = k < first || parameters[k - first].ParameterType.IsByRef;
            if (isPlace && children[k] is ParameterExpression variable && k >= first)
                return this.Refuse(expression, RefusalCode.Statement, $"The variable {variable.Name} is passed by reference, so that it may be assigned.");
            places.Add(isPlace ? await this.ReadPlace(expression, children[k], slots, operands) : await this.ReadSlot(expression, children[k], slots, operands));
        }
        return this.ApplyOpaque(expression, new Opaque(slots, Children.Replace(expression, places), behaviour), [.. operands]);
    }

    private async Step<Expression> ReadPlace(Expression user, Expression place, List<ParameterExpression> slots, List<Node> operands)
    {
        switch (place)
        {
            case MemberExpression { Expression: { } owner } member:
                return member.Update(owner.Type.IsValueType ? await this.ReadPlace(user, owner, slots, operands) : await this.ReadSlot(user, owner, slots, operands));
            case BinaryExpression { NodeType: ExpressionType.ArrayIndex } element:
                return Expression.ArrayAccess(await this.ReadSlot(user, element.Left, slots, operands), await this.ReadSlot(user, element.Right, slots, operands));
            default:
                return await this.ReadSlot(user, place, slots, operands);
        }
    }

    private async Step<Expression> ReadSlot(Expression user, Expression value, List<ParameterExpression> slots, List<Node> operands)
    {
        operands.Add(this.MaterializeFor(user, await this.Read(value)));
        slots.Add(Expression.Parameter(value.Type));
        return slots[^1];
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
                Node node = this.MaterializeFor(expression, value);
                slots.Add(variable);
                operands.Add(node);
                isActive |= this.activity[node];
            }
            // Reading the length of the input is no use of its elements.
            isActive |= inner is not UnaryExpression { NodeType: ExpressionType.ArrayLength }
                && Children.Of(inner).Any(child => child is ParameterExpression used && this.scope.Find(used) is Scalar { Node: var whole } && ReferenceEquals(whole, this.input));
            foreach (Expression target in AssignedBy(inner))
            {
                if (target is ParameterExpression assigned && this.scope.Find(assigned) is not null)
                    return this.Refuse(expression, RefusalCode.Statement, $"The variable {assigned.Name} is assigned in a way that ExprGrad does not read.");
            }
        }
        Behaviour behaviour = ThrownBy(expression) is not null ? Behaviour.MayThrow : expression is MethodCallExpression call ? this.BehaviourOf(call) : Behaviour.Impure | Behaviour.MayThrow;
        bool isStatement = expression is BlockExpression or LoopExpression or TryExpression or GotoExpression or LabelExpression or SwitchExpression or ConditionalExpression
            || expression.Type == typeof(void) || expression.NodeType == ExpressionType.Throw || AssignedBy(expression).Count > 0;
        if (isActive && !(IsDiscrete(expression.Type) && !isStatement))
        {
            if (isStatement)
                return this.Refuse(expression, RefusalCode.Statement, "A statement of this kind that depends on the input is not differentiated.");
            (RefusalCode code, string reason) = WhyNot(expression, usesInput: false);
            return this.Refuse(expression, code, reason);
        }
        if (expression.Type == typeof(void))
            return this.Refuse(expression, RefusalCode.Statement, "A statement without a value is not differentiated.");
        // x itself may be an operand here: only its length is used, or the result changes in steps.
        return new Scalar(this.Apply(new Opaque(slots, expression, behaviour), [.. operands]));
    }

    // A new exception is seen by nobody who could tell whether it was made.
    private static NewExpression? ThrownBy(Expression expression) =>
        expression is UnaryExpression { NodeType: ExpressionType.Throw, Operand: NewExpression made } && made.Arguments.All(argument => argument is ConstantExpression) ? made : null;

    private Node MaterializeLambda(Closure closure)
    {
        Scope outer = this.scope;
        this.scope = closure.Scope;
        Value value = this.ReadWhole(closure.Lambda);
        this.scope = outer;
        return this.Materialize(value);
    }

    /// <summary>What an expression writes to: the target of an assignment, or variables that become accessible from outside.</summary>
    private static IReadOnlyList<Expression> AssignedBy(Expression expression) => expression switch
    {
        BinaryExpression { NodeType: ExpressionType.Assign or (>= ExpressionType.AddAssign and <= ExpressionType.SubtractAssignChecked) } assignment => [assignment.Left],
        UnaryExpression { NodeType: >= ExpressionType.PreIncrementAssign and <= ExpressionType.PostDecrementAssign } step => [step.Operand],
        RuntimeVariablesExpression accessible => accessible.Variables,
        _ => [],
    };

    private Value ApplyOpaque(Expression expression, Operation operation, params Node[] operands)
    {
        (RefusalCode code, string reason) = WhyNot(expression, operands.Contains(this.input));
        return this.ApplyOpaque(expression, operation, code, reason, operands);
    }

    private Value ApplyOpaque(Expression expression, Operation operation, RefusalCode code, string reason, params Node[] operands)
    {
        if (expression.Type == typeof(void))
            return this.Refuse(expression, RefusalCode.Statement, "A call without a value is not an expression of the function.");
        if ((!IsDiscrete(expression.Type) || (expression is MethodCallExpression call && ReadsBits(call.Method))) && operands.Any(this.CarriesDerivative))
            return this.Refuse(expression, code, reason);
        return new Scalar(this.Apply(operation, operands));
    }
}
