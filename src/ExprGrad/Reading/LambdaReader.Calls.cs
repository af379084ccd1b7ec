using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.Diagnostics;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Reading;

/// <summary>Method calls, and lambdas that are called: those are inlined.</summary>
internal sealed partial class LambdaReader
{
    // How often a lambda may stand inside itself: a function that takes functions does, recursion does without end.
    private const int MaxNesting = 64;

    private const string CallsDelegate = "A delegate is called with a value that depends on the input: ExprGrad cannot see into compiled code.";

    private static readonly ConstructorInfo PairConstructor = typeof((double, double)).GetConstructor([typeof(double), typeof(double)])!;

    private readonly Dictionary<LambdaExpression, int> inlining = new(ReferenceEqualityComparer.Instance);

    private async Step<Value> ReadCall(MethodCallExpression call)
    {
        MethodInfo method = call.Method;
        if (Catalogue.Find(method) is { } primitive)
        {
            var operands = new Node[call.Arguments.Count];
            for (int k = 0; k < operands.Length; k++)
                operands[k] = await this.ReadNode(call.Arguments[k]);
            return new Scalar(this.Apply(primitive, operands));
        }
        if (Joint.Find(method) is { } joint)
        {
            Node operand = await this.ReadNode(call.Arguments[0]);
            Value[] parts = [new Scalar(this.Apply(joint.First, operand)), new Scalar(this.Apply(joint.Second, operand))];
            NewExpression tuple = Expression.New(PairConstructor, Expression.Parameter(typeof(double)), Expression.Parameter(typeof(double)));
            return this.Compose(tuple, parts, FieldStores.OfConstructor(PairConstructor)!.ToDictionary(store => store.Key, store => parts[store.Value]));
        }
        if (method == FixedValue.Method)
            return new Scalar(this.Apply(FixedValue.Instance, await this.ReadNode(call.Arguments[0])));
        if (Definitions.Find(method) is { } definition)
            return await this.ReadInvocation(call, definition, call.Arguments);
        if (IsOfSequences(method) && this.ReadSequenceCall(call) is { } sequence)
            return await sequence;
        if (call.Object is { } target && method.Name == "Invoke" && typeof(Delegate).IsAssignableFrom(method.DeclaringType))
            return await this.ReadInvocation(call, target, call.Arguments);
        if (call.Object is { } array && array.Type.IsArray && method.Name == "Get" && method.DeclaringType == array.Type && call.Arguments.Count == 1)
            return await this.ReadElement(call, array, call.Arguments[0]);
        if (IsTupleCreation(method))
            return await this.ReadParts(call, call.Arguments, method.ReturnType.GetConstructor([.. method.GetParameters().Select(parameter => parameter.ParameterType)])!);
        if (call.Object is { } list && method.Name == "get_Item" && call.Arguments.Count == 1 && call.Arguments[0].Type == typeof(int) && IsList(list.Type))
            return await this.ReadListElement(call, method, list, call.Arguments[0]);
        if (call.Object is { } nullable && NumberOf(nullable.Type) is not null && method.Name == "GetValueOrDefault" && await this.Read(nullable) is var read)
            return IsOptional(read) ? await this.ReadValueOrDefault(call, read) : await this.ReadOpaqueOf(call, Purity.Of(method), read);
        if (IsOfSequences(method) && !IsDiscrete(call.Type) && !this.IsInactive(call))
            return this.WithResultsApart(call) is { } apart ? await this.Read(apart) : this.Refuse(call, Advice.For(method, RefusalCode.Sequence), NoLoopOf(method));
        if (call.Arguments.Any(argument => argument.Type.IsByRefLike && WithoutConversion(argument) != argument) && !this.IsInactive(call))
            return this.ReadOfSpans(call);
        return await this.ReadOpaque(call, this.BehaviourOf(call));
    }

    /// <summary>A join or grouping of what does not depend on the input, with results that do, as one with pairs that a Select makes results of; else null.</summary>
    private MethodCallExpression? WithResultsApart(MethodCallExpression call)
    {
        int last = (call.Method.Name, call.Arguments.Count) switch
        {
            ("Join" or "LeftJoin" or "RightJoin" or "GroupJoin", 5) => 4,
            ("GroupBy", 3) => 2,
            _ => 0,
        };
        if (last == 0 || Unquote(call.Arguments[last]) is not LambdaExpression { Parameters: [var first, var second] } result || !call.Arguments.Take(last).All(this.IsInactive))
            return null;
        Type pair = typeof(ValueTuple<,>).MakeGenericType(first.Type, second.Type);
        ParameterExpression one = Expression.Parameter(first.Type), other = Expression.Parameter(second.Type), both = Expression.Parameter(pair);
        LambdaExpression pairing = Expression.Lambda(Expression.New(pair.GetConstructor([first.Type, second.Type])!, one, other), one, other);
        MethodInfo paired = call.Method.GetGenericMethodDefinition().MakeGenericMethod([.. call.Method.GetGenericArguments()[..^1], pair]);
        MethodCallExpression pairs = Expression.Call(paired, [.. call.Arguments.Take(last), pairing]);
        // All pairs are made before the first result: nobody may see that.
        if (this.BehaviourOf(pairs).HasFlag(Behaviour.Impure))
            return null;
        LambdaExpression ofPair = Expression.Lambda(Expression.Invoke(result, Expression.Field(both, "Item1"), Expression.Field(both, "Item2")), both);
        return Expression.Call(typeof(Enumerable), nameof(Enumerable.Select), [pair, result.ReturnType], pairs, ofPair);
    }

    // What is hidden by a conversion to a span, which can be no value of the graph.
    private Value ReadOfSpans(MethodCallExpression call)
    {
        if (IsDiscrete(call.Type))
            return this.ReadWhole(call);
        bool usesInput = call.Arguments.Any(argument => WithoutConversion(argument) is ParameterExpression variable && this.scope.Find(variable) is Scalar { Node: var node } && ReferenceEquals(node, this.input));
        (RefusalCode code, string reason) = WhyNot(call.Method, usesInput);
        return this.Refuse(call, code, reason);
    }

    private async Step<Value> ReadListElement(Expression expression, MethodInfo getter, Expression list, Expression index)
    {
        Value value = await this.Read(list);
        Node at = await this.ReadNode(index);
        return value is Sequence sequence ? await this.ReadElement(expression, sequence, at, isArray: false)
            : this.ApplyOpaque(expression, Opaque.Of(expression, Purity.Of(getter)), this.Materialize(value), at);
    }

    private static bool IsTupleCreation(MethodInfo method) =>
        method.Name == "Create" && method.IsStatic && (method.DeclaringType == typeof(ValueTuple) || method.DeclaringType == typeof(Tuple) || method.DeclaringType == typeof(KeyValuePair))
        && method.GetParameters().Length is > 0 and < 8;

    private async Step<Value> ReadInvocation(Expression expression, Expression target, IReadOnlyList<Expression> arguments)
    {
        Value? called = await this.ReadCallee(target);
        if (called is not Closure callee)
            return called is null ? await this.ReadDelegateCall(expression, target, arguments) : new Scalar(this.Default(expression.Type));
        var values = new Value[arguments.Count];
        for (int k = 0; k < values.Length; k++)
            values[k] = await this.Read(arguments[k]);
        return await this.Inline(expression, callee, values, this.Read);
    }

    private async Step<Value> Inline(Expression expression, Closure callee, IReadOnlyList<Value> arguments, Func<Expression, Step<Value>> read)
    {
        int nesting = this.inlining.GetValueOrDefault(callee.Lambda);
        if (nesting == MaxNesting)
        {
            this.Refuse(expression, RefusalCode.Recursion, "A lambda calls itself here: inlining it would never end.");
            throw this.Refused();
        }
        var body = new Scope(callee.Scope, callee.Scope.Source);
        for (int k = 0; k < arguments.Count; k++)
            body.Declare(callee.Lambda.Parameters[k], arguments[k]);
        (Scope callerScope, Memo callerMemo) = (this.scope, this.memo);
        (this.scope, this.memo) = (body, new Memo(null));
        this.inlining[callee.Lambda] = nesting + 1;
        Value result = await read(callee.Lambda.Body);
        this.inlining[callee.Lambda] = nesting;
        (this.scope, this.memo) = (callerScope, callerMemo);
        return result;
    }

    private async Step<Value> ReadDelegateCall(Expression expression, Expression target, IReadOnlyList<Expression> arguments)
    {
        var operands = new List<Node> { await this.ReadNode(target) };
        foreach (Expression argument in arguments)
            operands.Add(this.MaterializeFor(expression, await this.Read(argument)));
        ParameterExpression[] slots = [.. operands.Select(operand => Expression.Parameter(operand.Type))];
        var invoke = new Opaque(slots, Expression.Invoke(slots[0], slots[1..]), Behaviour.Impure | Behaviour.MayThrow);
        return this.ApplyOpaque(expression, invoke, RefusalCode.CapturedDelegate, CallsDelegate, [.. operands]);
    }

    /// <summary>The lambda that is called, if it can be seen: written in place, bound to a parameter, or a captured expression, which is read now. Null if it is a delegate; no closure if it is refused.</summary>
    private async Step<Value?> ReadCallee(Expression target)
    {
        while (target is UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.Quote } conversion)
            target = conversion.Operand;
        if (target is LambdaExpression or ParameterExpression or ConditionalExpression && await this.Read(target) is Closure written)
            return written;
        Expression? captured = target is MethodCallExpression { Method.Name: "Compile", Object: { } compiled } && typeof(LambdaExpression).IsAssignableFrom(compiled.Type) ? compiled
            : typeof(LambdaExpression).IsAssignableFrom(target.Type) ? target : null;
        if (captured is null)
            return null;
        while (captured is UnaryExpression { NodeType: ExpressionType.Quote or ExpressionType.Convert } quote)
            captured = quote.Operand;
        if (captured is LambdaExpression lambda)
            return new Closure(lambda, this.scope);
        if (CapturedValue.TryEvaluate(captured, out object? value) && value is LambdaExpression expression)
        {
            this.shared.Add(expression.Body);
            return new Closure(expression, new Scope(null, expression.Body));
        }
        return this.Refuse(target, RefusalCode.UnreadableLambda, "The lambda that is called here is not known when compiling: it is null, or depends on a parameter.");
    }

    private static string Signature(MethodInfo method)
    {
        string name = method.Name == "get_Item" ? "this" : method.Name.StartsWith("op_", StringComparison.Ordinal) ? "operator " + method.Name[3..] : method.Name;
        return $"{TypeName(method.DeclaringType!)}.{name}({string.Join(", ", method.GetParameters().Select(parameter => TypeName(parameter.ParameterType)))})";
    }

    private static string TypeName(Type type) => Diagnostics.TypeName.Short(type);

    private static (RefusalCode Code, string Reason) WhyNot(Expression expression, bool usesInput) => expression switch
    {
        MethodCallExpression call => WhyNot(call.Method, usesInput),
        NewExpression or MemberInitExpression or ListInitExpression => (Advice.ForObject(expression.Type), $"ExprGrad cannot see what {TypeName(expression.Type)} does with a value that depends on the input."),
        _ => (RefusalCode.NoDerivative, NoDerivativeThrough(expression.Type)),
    };

    private static string NoDerivativeThrough(Type type) => IsReal(type) ? "An expression of this kind gets a value that depends on the input, and has no known derivative." : $"A value that depends on the input has the type {TypeName(type)} here, through which no derivative is known.";

    // An integer that does not change in steps: each number has another.
    private static bool ReadsBits(MethodInfo method) => method.DeclaringType == typeof(BitConverter) && method.Name is "DoubleToInt64Bits" or "DoubleToUInt64Bits" or "SingleToInt32Bits" or "SingleToUInt32Bits";

    private static string NoLoopOf(MethodInfo method) =>
        $"{(Methods.Contains(method.Name) ? "This form of " : "")}{method.DeclaringType!.Name}.{method.Name} gets elements, keys or results that depend on the input, and ExprGrad has no loop for it.";

    private static (RefusalCode Code, string Reason) WhyNot(MethodInfo method, bool usesInput)
    {
        string signature = Signature(method);
        Type type = method.DeclaringType!;
        if (IsOfSequences(method) && Methods.Contains(method.Name) && ElementTypeOf(method.ReturnType) is not null)
            return (Advice.WholeSequence, $"What {type.Name}.{method.Name} makes of values that depend on the input is used as a whole here, or is an element of another array.");
        if (type == typeof(Enumerable) || type == typeof(MemoryExtensions) || type == typeof(Queryable))
            return (Advice.For(method, RefusalCode.Sequence), NoLoopOf(method));
        if (usesInput)
            return (Advice.ForInput(method), $"The input array is passed as a whole to {signature}, so that it cannot be seen which elements the value depends on.");
        if (ReadsBits(method) || method.Name is "BitIncrement" or "BitDecrement" || method.Name.EndsWith("Estimate", StringComparison.Ordinal))
            return (RefusalCode.Estimate, $"{signature} has no useful derivative: its value is defined by bits or by an approximation.");
        if (type == typeof(decimal) || method.ReturnType == typeof(decimal))
            return (RefusalCode.NoDerivative, $"{signature} computes in decimal, through which no derivative is known.");
        return (Advice.For(method, RefusalCode.UnknownMethod), $"{signature} has no known derivative: ExprGrad cannot see into this method.");
    }
}
