using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Reading;

/// <summary>What can be told of code before it is read.</summary>
internal sealed partial class LambdaReader
{
    /// <summary>Whether nothing in an expression depends on the elements of the input.</summary>
    private bool IsInactive(Expression expression)
    {
        // Reading a length is no use of the elements.
        IEnumerable<Expression> used = Children.AllOf(expression).Where(user => user is not UnaryExpression { NodeType: ExpressionType.ArrayLength }).SelectMany(Children.Of).Append(expression);
        return !used.OfType<ParameterExpression>().Any(variable => this.scope.Find(variable) is { } value && this.DependsOnInput(value));
    }

    private bool DependsOnInput(Value value) => value switch
    {
        Scalar scalar => this.CarriesDerivative(scalar.Node),
        Composite composite => composite.Fields.Values.Any(this.DependsOnInput),
        VectorLiteral vector => vector.Elements.Any(this.DependsOnInput),
        Sequence { Stored: { } stored } => this.DependsOnInput(stored.Arrays),
        _ => true,
    };

    /// <summary>Whether running a lambda may be more than a computation, so that it matters how often and in which order it is done.</summary>
    private bool MayBeImpure(Closure closure) => this.MayBeImpure(closure.Lambda.Body, closure.Scope, 0);

    private bool MayBeImpure(Expression body, Scope scope, int nesting)
    {
        if (nesting > MaxNesting)
            return true;
        // New arrays that only LINQ gets are never made, and exceptions are only thrown.
        HashSet<Expression> fresh = [.. Children.AllOf(body).OfType<MethodCallExpression>().Where(call => IsOfSequences(call.Method))
            .SelectMany(call => call.Arguments).Append(body).Select(argument => WithoutConversion((Unquote(argument) as LambdaExpression)?.Body ?? argument)).OfType<NewArrayExpression>()
            .Concat<Expression>(Children.AllOf(body).Select(ThrownBy).OfType<NewExpression>())];
        return Children.AllOf(body).Any(expression => !fresh.Contains(expression) && this.IsImpure(expression, scope, nesting));
    }

    private bool IsImpure(Expression expression, Scope scope, int nesting) => expression switch
    {
        ParameterExpression variable => scope.Find(variable) is { } value && this.MayBeImpure(value, nesting),
        MethodCallExpression call => this.IsImpureCall(call, scope, nesting),
        InvocationExpression invocation => this.MayCallImpure(invocation.Expression, nesting),
        MemberExpression member => Purity.Of(member.Member).HasFlag(Behaviour.Impure),
        IndexExpression index => index.Indexer is not null && Purity.Of(index.Indexer).HasFlag(Behaviour.Impure),
        NewExpression creation => IsMutable(creation.Type) || (creation.Constructor is { } constructor && FieldStores.OfConstructor(constructor) is null),
        BinaryExpression { NodeType: ExpressionType.Assign, Left: not ParameterExpression } => true,
        BinaryExpression binary => binary.Method is not null && Catalogue.Find(binary.Method) is null && OfMethod(binary.Method).HasFlag(Behaviour.Impure),
        UnaryExpression { Method: not null } unary => OfMethod(unary.Method).HasFlag(Behaviour.Impure),
        UnaryExpression { NodeType: ExpressionType.Convert } unary => unary.Operand.Type.IsValueType && !unary.Type.IsValueType && !IsList(unary.Operand.Type),
        UnaryExpression or ConstantExpression or ConditionalExpression or LambdaExpression or DefaultExpression or SwitchExpression or MemberInitExpression or TypeBinaryExpression
            or BlockExpression or LoopExpression or GotoExpression or LabelExpression => false,
        _ => true,
    };

    private bool MayBeImpure(Value value, int nesting) => value switch
    {
        Closure closure => this.MayBeImpure(closure.Lambda.Body, closure.Scope, nesting + 1),
        Sequence sequence => sequence.MayBeImpure,
        Composite composite => composite.Fields.Values.Any(part => this.MayBeImpure(part, nesting)),
        VectorLiteral vector => vector.Elements.Any(part => this.MayBeImpure(part, nesting)),
        _ => false,
    };

    private bool IsImpureCall(MethodCallExpression call, Scope scope, int nesting)
    {
        MethodInfo method = call.Method;
        if (Catalogue.Find(method) is not null || Joint.Find(method) is not null || IsTupleCreation(method) || method.Name is "CreateDelegate" or "Compile")
            return false;
        if (method.Name == "Invoke" && typeof(Delegate).IsAssignableFrom(method.DeclaringType))
            return this.MayCallImpure(call.Object!, nesting);
        if (!IsOfSequences(method))
            return Purity.Of(method).HasFlag(Behaviour.Impure) && !(method.Name == "op_Implicit" && WithoutConversion(call) != call);
        if (!Methods.Contains(method.Name))
            return !IsOperator(call, scope);
        // Of what LINQ enumerates only collections are known to run no other code; whatever is made of them by LINQ is looked at by itself.
        return (method.Name == "SelectMany" && ReturnsCode(call.Arguments[1])) || call.Arguments.Any(argument => typeof(System.Collections.IEnumerable).IsAssignableFrom(argument.Type) && WithoutConversion(argument) is var source
            && !source.Type.IsArray && !RunsNoCode(source.Type) && !(source is MethodCallExpression { Method: var made } && IsOfSequences(made)) && !(source is ParameterExpression variable && IsReadOnly(variable, scope)));
    }

    /// <summary>What a call that stays one may do: an operator of LINQ on collections is a value like another.</summary>
    private Behaviour BehaviourOf(MethodCallExpression call) =>
        IsOperator(call, this.scope) && !this.MayBeImpure(call, this.scope, 0) ? Behaviour.ReadsState | Behaviour.MayThrow : Purity.Of(call.Method);

    // Whether the object that an operator of LINQ makes runs no code but that of its lambdas: what it enumerates exists, or is such an object.
    private static bool IsOperator(MethodCallExpression call, Scope scope)
    {
        if (!Purity.IsOperator(call.Method))
            return false;
        IEnumerable<ParameterExpression> own = Children.AllOf(call).OfType<LambdaExpression>().SelectMany(lambda => lambda.Parameters);
        return Children.AllOf(call).OfType<ParameterExpression>().Except(own).All(variable => scope.Find(variable) is Scalar)
            && call.Arguments.Where(argument => typeof(System.Collections.IEnumerable).IsAssignableFrom(argument.Type)).All(argument => WithoutConversion(argument) switch
            {
                MethodCallExpression made when IsOfSequences(made.Method) => IsOperator(made, scope),
                ParameterExpression variable => IsReadOnly(variable, scope),
                MemberExpression or ConstantExpression or IndexExpression or BinaryExpression or MethodCallExpression => RunsNoCode(WithoutConversion(argument).Type),
                _ => false,
            });
    }

    private static bool IsReadOnly(ParameterExpression variable, Scope scope) => scope.Find(variable) is Scalar { Node: var node } && RunsNoCode(node);

    /// <summary>Whether enumerating a value only reads: a collection, or what operators of LINQ made without side effects.</summary>
    private static bool RunsNoCode(Node source) => RunsNoCode(source.Type) || source switch
    {
        Apply { Operation: Opaque { Body: MethodCallExpression { Method: var method } } made } => Purity.IsOperator(method) && !made.Behaviour.HasFlag(Behaviour.Impure),
        Choice choice => Enumerable.Range(0, choice.CaseCount).All(k => RunsNoCode(choice.Arm(k))),
        // Also what stands for a value that was refused.
        Constant { Value: null } => true,
        _ => false,
    };

    private bool MayCallImpure(Expression callee, int nesting)
    {
        while (callee is UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.Quote } conversion)
            callee = conversion.Operand;
        if (callee is LambdaExpression)
            return false;
        Expression target = callee is MethodCallExpression { Method.Name: "Compile", Object: { } compiled } ? compiled : callee;
        return !(typeof(LambdaExpression).IsAssignableFrom(target.Type) && CapturedValue.TryEvaluate(target, out object? value) && value is LambdaExpression lambda
            && !this.MayBeImpure(lambda.Body, new Scope(null, lambda.Body), nesting + 1));
    }

    // Whose fields a method could change without being seen.
    private static bool IsMutable(Type type) => !type.IsValueType && AllFieldsOf(type).Any(field => !field.IsInitOnly);
}
