#pragma warning disable CA2201 // an interpreter of C# throws what C# throws
using System.Linq.Expressions;
using System.Reflection;

namespace ExprGrad.Tests.Oracle;

/// <summary>
/// Evaluates an expression tree as C# would, node by node, and carries tangents along (forward mode). Evaluates exactly the branches that C# evaluates,
/// in the same order, so that impure calls happen as often as in the plain lambda.
/// </summary>
internal sealed partial class Interpreter
{
    /// <summary>How many times a partial was applied: the length of the longest sum or product of rounded numbers cannot be greater.</summary>
    public int Operations { get; private set; }

    public Quantity Evaluate(Expression node, Scope scope) => node switch
    {
        ConstantExpression constant => new Quantity(constant.Value),
        ParameterExpression variable => scope.Find(variable) ?? throw new OracleUnsupportedException($"unbound variable {variable}"),
        DefaultExpression => new Quantity(DefaultOf(node.Type)),
        LambdaExpression lambda => new Quantity(new Closure(lambda, scope)),
        ConditionalExpression conditional => Evaluate(IsTrue(conditional.Test, scope) ? conditional.IfTrue : conditional.IfFalse, scope),
        TypeBinaryExpression { NodeType: ExpressionType.TypeIs } test => new Quantity(test.TypeOperand.IsInstanceOfType(Evaluate(test.Expression, scope).Clr)),
        BinaryExpression binary => EvaluateBinary(binary, scope),
        UnaryExpression unary => EvaluateUnary(unary, scope),
        MemberExpression member => Member(member.Expression is null ? null : Evaluate(member.Expression, scope), member.Member, member.Expression?.Type),
        MethodCallExpression call => Call(call, scope),
        InvocationExpression invocation => Invoke(Evaluate(invocation.Expression, scope), All(invocation.Arguments, scope)),
        IndexExpression index => Index(index, scope),
        NewExpression construction => New(construction, scope),
        MemberInitExpression initialisation => MemberInit(initialisation, scope),
        ListInitExpression list => ListInit(list, scope),
        NewArrayExpression { NodeType: ExpressionType.NewArrayInit } array => ArrayOf(array.Type.GetElementType()!, All(array.Expressions, scope)),
        NewArrayExpression bounds => new Quantity(Array.CreateInstance(bounds.Type.GetElementType()!, [.. All(bounds.Expressions, scope).Select(bound => Convert.ToInt32(bound.Clr))])),
        SwitchExpression choice => Switch(choice, scope),
        BlockExpression block => Block(block, scope),
        LoopExpression loop => Loop(loop, scope),
        GotoExpression jump => throw new Jump(jump.Target, jump.Value is null ? Quantity.Null : Evaluate(jump.Value, scope)),
        LabelExpression label => Label(label, scope),
        { CanReduce: true } => Evaluate(node.Reduce(), scope),
        _ => throw new OracleUnsupportedException($"{node.NodeType}: {node}"),
    };

    private bool IsTrue(Expression test, Scope scope) => (bool)Evaluate(test, scope).Clr!;

    private Quantity[] All(IEnumerable<Expression> nodes, Scope scope) => [.. nodes.Select(node => Evaluate(node, scope))];

    private static bool IsReal(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is var t && (t == typeof(double) || t == typeof(float));

    private static object? DefaultOf(Type type) => type.IsValueType && type != typeof(void) ? Activator.CreateInstance(type) : null;

    // ---------------------------------------------------------------- operators

    private Quantity EvaluateBinary(BinaryExpression node, Scope scope)
    {
        switch (node.NodeType)
        {
            case ExpressionType.AndAlso when node.Type == typeof(bool) && node.Method is null:
                return new Quantity(IsTrue(node.Left, scope) && IsTrue(node.Right, scope));
            case ExpressionType.OrElse when node.Type == typeof(bool) && node.Method is null:
                return new Quantity(IsTrue(node.Left, scope) || IsTrue(node.Right, scope));
            case ExpressionType.Coalesce:
                var first = Evaluate(node.Left, scope);
                if (first.Clr is null) return Evaluate(node.Right, scope);
                return node.Conversion is null ? first : Invoke(new Quantity(new Closure(node.Conversion, scope)), [first]);
            case ExpressionType.Assign when node.Left is ParameterExpression variable:
                var value = Evaluate(node.Right, scope);
                scope.Assign(variable, value);
                return value;
            case ExpressionType.Assign when node.Left is IndexExpression { Indexer: null } place:
                return AssignElement(Evaluate(place.Object!, scope), All(place.Arguments, scope), Evaluate(node.Right, scope));
            case ExpressionType.ArrayIndex:
                return Element(Evaluate(node.Left, scope), [Evaluate(node.Right, scope)]);
        }
        if (node.CanReduce) return Evaluate(node.Reduce(), scope);
        Quantity left = Evaluate(node.Left, scope), right = Evaluate(node.Right, scope);
        object? result = ClrArithmetic.Binary(node, left.Clr, right.Clr);
        bool known = node.Method is null || node.NodeType == ExpressionType.Power;
        return Differentiate(known ? node.NodeType.ToString() : node.Method!.Name, node.Type, result, known, [left, right]);
    }

    private Quantity EvaluateUnary(UnaryExpression node, Scope scope)
    {
        if (node.NodeType == ExpressionType.Quote)
        {
            var lambda = (LambdaExpression)node.Operand;
            return new Quantity(lambda);
        }
        var operand = Evaluate(node.Operand, scope);
        switch (node.NodeType)
        {
            case ExpressionType.ArrayLength:
                return new Quantity(((Array?)operand.Clr ?? throw new NullReferenceException()).Length);
            case ExpressionType.TypeAs:
                return node.Type.IsInstanceOfType(operand.Clr) ? operand : Quantity.Null;
            case ExpressionType.Throw:
                throw (Exception)operand.Clr!;
        }
        if (node.CanReduce) return Evaluate(node.Reduce(), scope);
        if (operand.Function is not null || node.Type.IsByRefLike) return operand; // an array stands for its span
        bool converts = node.NodeType is ExpressionType.Convert or ExpressionType.ConvertChecked or ExpressionType.Unbox;
        if (converts && operand.Clr is not null && !node.Type.IsValueType) return operand; // boxing, and up and down the class hierarchy
        object? result = ClrArithmetic.Unary(node, operand.Clr);
        if (operand.Parts is not null || operand.Elements is not null) return operand;
        if (converts && node.Method is null)
            return new Quantity(result, IsReal(node.Type) && result is not null ? Chain([1], [operand.Tangent], unspecified: false) : null);
        return Differentiate(node.NodeType.ToString(), node.Type, result, node.Method is null, [operand]);
    }

    /// <summary>The result of an operation on reals with its tangent.</summary>
    private Quantity Differentiate(string name, Type type, object? result, bool known, Quantity[] operands)
    {
        if (!operands.Any(operand => operand.IsActive)) return new Quantity(result);
        if (known && !IsReal(type) && operands.All(operand => operand.Parts is null && operand.Elements is null)) return new Quantity(result);
        if (result is null) return new Quantity(result);
        if (!known) throw new OracleUnsupportedException($"{name} of an active operand");
        double value = Convert.ToDouble(result);
        double[] arguments = [.. operands.Select(operand => operand.Clr is IConvertible and not Enum ? operand.Real : 0)];
        var partials = TextbookPartials.Of(name, arguments, value) ?? throw new OracleUnsupportedException($"no partial of {name}");
        // Outside the domain the partial is not specified.
        if (double.IsNaN(value) && !arguments.Any(double.IsNaN))
            partials = [.. partials.Select(partial => partial is null ? partial : double.NaN)];
        return new Quantity(result, Chain(partials, [.. operands.Select(operand => operand.Tangent)], double.IsNaN(value)));
    }

    private Tangent? Chain(ReadOnlySpan<double?> partials, ReadOnlySpan<Tangent?> operands, bool unspecified)
    {
        Operations++;
        return Tangent.Combine(partials, operands, unspecified);
    }

    // ---------------------------------------------------------------- members, elements, calls

    private static Quantity Member(Quantity? instance, MemberInfo member, Type? instanceType)
    {
        if (instance?.Parts is { } parts && parts.TryGetValue(member.Name, out var part)) return part;
        if (instanceType is not null && Nullable.GetUnderlyingType(instanceType) is not null)
            return member.Name == "HasValue" ? new Quantity(instance!.Clr is not null) : instance!.Clr is null ? throw new InvalidOperationException() : instance;
        if (instance is { Clr: null }) throw new NullReferenceException();
        Type type = member is FieldInfo field ? field.FieldType : ((PropertyInfo)member).PropertyType;
        if (instance is { IsActive: true } && type != typeof(int) && type != typeof(long))
            throw new OracleUnsupportedException($"member {member.Name} of an object with active parts");
        return new Quantity(member is FieldInfo f ? f.GetValue(instance?.Clr)
            : ((PropertyInfo)member).GetValue(instance?.Clr, BindingFlags.DoNotWrapExceptions, null, null, null));
    }

    private static Quantity Element(Quantity array, Quantity[] indices)
    {
        if (array.Clr is not Array elements) throw new NullReferenceException();
        if (indices.Length > 1) return new Quantity(elements.GetValue([.. indices.Select(index => Convert.ToInt32(index.Clr))]));
        long position = Convert.ToInt64(indices[0].Clr);
        if (position < 0 || position >= elements.LongLength) throw new IndexOutOfRangeException();
        return array.Elements is { } quantities ? quantities[position] : new Quantity(elements.GetValue(position));
    }

    private static Quantity AssignElement(Quantity array, Quantity[] indices, Quantity value)
    {
        Element(array, indices); // throws what the assignment throws
        ((Array)array.Clr!).SetValue(value.Clr, [.. indices.Select(index => Convert.ToInt32(index.Clr))]);
        if (array.Elements is { } quantities) quantities[Convert.ToInt32(indices[0].Clr)] = value;
        else if (value.IsActive) throw new OracleUnsupportedException("an active value assigned to an element of an array that the lambda did not build");
        return value;
    }

    private static Quantity ListElement(Quantity[] elements, Quantity index) =>
        (int)index.Clr! is var k && k >= 0 && k < elements.Length ? elements[k] : throw new ArgumentOutOfRangeException(nameof(index));

    private Quantity Index(IndexExpression node, Scope scope)
    {
        var instance = Evaluate(node.Object!, scope);
        var arguments = All(node.Arguments, scope);
        if (node.Indexer is null) return Element(instance, arguments);
        if (instance.Elements is { } elements) return ListElement(elements, arguments[0]);
        if (instance.IsActive || arguments.Any(argument => argument.IsActive)) throw new OracleUnsupportedException($"indexer {node}");
        if (instance.Clr is null) throw new NullReferenceException();
        return new Quantity(node.Indexer.GetValue(instance.Clr, BindingFlags.DoNotWrapExceptions, null, [.. arguments.Select(argument => argument.Clr)], null));
    }

    private static bool IsMathematics(Type? type) =>
        type == typeof(Math) || type == typeof(MathF) || type == typeof(double) || type == typeof(float) || type?.FullName == "ExprGrad.GradMath";

    private Quantity Call(MethodCallExpression call, Scope scope)
    {
        var method = call.Method;
        var instance = call.Object is null ? null : Evaluate(call.Object, scope);
        if (method.Name == "Compile" && instance?.Clr is LambdaExpression lambda) return new Quantity(new Closure(lambda, new Scope(null)));
        var arguments = All(call.Arguments, scope);
        if (method.Name == "Invoke" && instance is not null && typeof(Delegate).IsAssignableFrom(method.DeclaringType)) return Invoke(instance, arguments);
        if (method.Name == "GetValueOrDefault" && call.Object is { } nullable && Nullable.GetUnderlyingType(nullable.Type) is { } underlying)
            return instance!.Clr is not null ? instance : arguments.Length > 0 ? arguments[0] : new Quantity(DefaultOf(underlying));
        if (method.Name == "Get" && instance?.Clr is Array) return Element(instance, arguments);
        if (method.Name == "get_Item" && instance?.Elements is { } elements) return ListElement(elements, arguments[0]);
        if (method.Name == "ToArray" && instance?.Elements is { } copied) return ArrayOf(method.ReturnType.GetElementType()!, [.. copied]);
        if (instance is { Clr: null } && !method.IsStatic) throw new NullReferenceException();
        if (method.ReturnType.IsByRefLike && arguments.Length == 1) return arguments[0];
        if (method.DeclaringType == typeof(MemoryExtensions)) return CallOnSpans(method, arguments);
        if ((method.DeclaringType == typeof(Enumerable) || method.DeclaringType == typeof(ImmutableArrayExtensions)) && Linq(call, arguments) is { } linq) return linq;
        if (IsMathematics(method.DeclaringType) && method.GetParameters().Any(parameter => ElementTypeOrNull(parameter.ParameterType) == typeof(double)))
            return CallOnVectors(method, arguments);

        return Result(method, instance, arguments);
    }

    private Quantity Result(MethodInfo method, Quantity? instance, Quantity[] arguments)
    {
        object? result = method.Invoke(instance?.Clr, BindingFlags.DoNotWrapExceptions, null, [.. arguments.Select(argument => argument.Clr)], null);
        if (instance is not { HasMore: true } && !arguments.Any(argument => argument.HasMore)) return new Quantity(result);

        if (method.DeclaringType == typeof(ValueTuple) || method.DeclaringType == typeof(Tuple))
            return new Quantity(result) { Parts = arguments.Select((argument, k) => (argument, k)).ToDictionary(pair => $"Item{pair.k + 1}", pair => pair.argument) };
        if (instance is not { IsActive: true } && !arguments.Any(argument => argument.IsActive)) return new Quantity(result);
        if (!IsMathematics(method.DeclaringType) || TextbookPartials.Refused.Contains(method.Name))
            throw new OracleUnsupportedException($"{method.DeclaringType?.Name}.{method.Name} of an active argument");
        if (method.Name is "SinCos" or "SinCosPi") return SineAndCosine(method.Name, result!, arguments[0]);
        return Differentiate(method.Name, method.ReturnType, result, known: true, arguments);
    }

    private Quantity CallOnVectors(MethodInfo method, Quantity[] arguments)
    {
        Quantity[][] vectors = [.. arguments.Select(argument => Items(argument).ToArray())];
        double[][] numbers = [.. vectors.Select(vector => vector.Select(item => item.Real).ToArray())];
        object result = method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, numbers, null)!;
        var partials = VectorPartials.Of(method.Name, numbers, (double)result) ?? throw new OracleUnsupportedException($"no partials of {method.Name}");
        Operations += numbers.Sum(vector => vector.Length);
        return new Quantity(result, Chain([.. partials.SelectMany(partial => partial)], [.. vectors.SelectMany(vector => vector).Select(item => item.Tangent)], unspecified: false));
    }

    private Quantity SineAndCosine(string name, object pair, Quantity angle)
    {
        string suffix = name["SinCos".Length..];
        Quantity Part(string function, string item)
        {
            object value = pair.GetType().GetField(item)!.GetValue(pair)!;
            return Differentiate(function + suffix, value.GetType(), value, known: true, [angle]);
        }
        return new Quantity(pair) { Parts = new Dictionary<string, Quantity> { ["Item1"] = Part("Sin", "Item1"), ["Item2"] = Part("Cos", "Item2") } };
    }

    private Quantity Invoke(Quantity function, Quantity[] arguments)
    {
        if (function.Function is { } closure)
        {
            var scope = new Scope(closure.Scope);
            for (int k = 0; k < arguments.Length; k++) scope.Declare(closure.Lambda.Parameters[k], arguments[k]);
            return Evaluate(closure.Lambda.Body, scope);
        }
        if (function.Clr is LambdaExpression lambda) return Invoke(new Quantity(new Closure(lambda, new Scope(null))), arguments);
        var target = (Delegate?)function.Clr ?? throw new NullReferenceException();
        if (target.Target is null && target.Method.IsStatic && IsMathematics(target.Method.DeclaringType)) return Result(target.Method, null, arguments); // a method group
        if (arguments.Any(argument => argument.IsActive)) throw new OracleUnsupportedException("a delegate invoked with an active argument");
        var invoke = target.GetType().GetMethod("Invoke")!;
        return new Quantity(invoke.Invoke(target, BindingFlags.DoNotWrapExceptions, null, [.. arguments.Select(argument => argument.Clr)], null));
    }

    // ---------------------------------------------------------------- objects

    private static Quantity ArrayOf(Type elementType, Quantity[] elements)
    {
        var array = Array.CreateInstance(elementType, elements.Length);
        for (int k = 0; k < elements.Length; k++) array.SetValue(elements[k].Clr, k);
        return new Quantity(array) { Elements = elements };
    }

    private Quantity New(NewExpression node, Scope scope)
    {
        var arguments = All(node.Arguments, scope);
        object? result = node.Constructor is null ? DefaultOf(node.Type)
            : node.Constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, [.. arguments.Select(argument => argument.Clr)], null);
        return new Quantity(result) { Parts = arguments.Any(argument => argument.HasMore) ? PartsOf(node, result!, arguments) : null };
    }

    /// <summary>Which member stores which argument: by the compiler's word (anonymous types), by position (tuples), by name (records and others).</summary>
    private static Dictionary<string, Quantity> PartsOf(NewExpression node, object built, Quantity[] arguments)
    {
        var parts = new Dictionary<string, Quantity>();
        bool isTuple = node.Type.FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal) || node.Type.FullName.StartsWith("System.Tuple`", StringComparison.Ordinal);
        var parameters = node.Constructor!.GetParameters();
        for (int k = 0; k < arguments.Length; k++)
        {
            string parameter = parameters[k].Name!;
            string member = node.Members is { } members ? members[k].Name
                : isTuple ? (k == 7 ? "Rest" : $"Item{k + 1}")
                : node.Type.GetMembers().Where(candidate => candidate is FieldInfo or PropertyInfo).Select(candidate => candidate.Name)
                    .FirstOrDefault(name => string.Equals(name, parameter, StringComparison.OrdinalIgnoreCase))
                    ?? throw new OracleUnsupportedException($"{node.Type.Name} does not show where it stores {parameter}");
            object? stored = node.Type.GetField(member) is { } field ? field.GetValue(built) : node.Type.GetProperty(member)!.GetValue(built);
            if (!Equals(stored, arguments[k].Clr)) throw new OracleUnsupportedException($"{node.Type.Name}.{member} is not what was passed to the constructor");
            parts[member] = arguments[k];
        }
        return parts;
    }

    private Quantity MemberInit(MemberInitExpression node, Scope scope)
    {
        var built = New(node.NewExpression, scope);
        object target = built.Clr!;
        var parts = new Dictionary<string, Quantity>(built.Parts ?? new Dictionary<string, Quantity>());
        foreach (var binding in node.Bindings)
        {
            if (binding is not MemberAssignment assignment) throw new OracleUnsupportedException($"{binding.BindingType}");
            var value = Evaluate(assignment.Expression, scope);
            if (assignment.Member is FieldInfo field) field.SetValue(target, value.Clr);
            else ((PropertyInfo)assignment.Member).SetValue(target, value.Clr);
            parts[assignment.Member.Name] = value;
        }
        return new Quantity(target) { Parts = parts.Values.Any(part => part.HasMore) ? parts : null };
    }

    private Quantity ListInit(ListInitExpression node, Scope scope)
    {
        var built = New(node.NewExpression, scope);
        foreach (var initializer in node.Initializers)
        {
            var arguments = All(initializer.Arguments, scope);
            if (arguments.Any(argument => argument.IsActive)) throw new OracleUnsupportedException("an active element of a collection");
            initializer.AddMethod.Invoke(built.Clr, [.. arguments.Select(argument => argument.Clr)]);
        }
        return built;
    }

    // ---------------------------------------------------------------- control

    private Quantity Switch(SwitchExpression node, Scope scope)
    {
        var value = Evaluate(node.SwitchValue, scope);
        foreach (var branch in node.Cases)
            foreach (var test in branch.TestValues)
                if (ClrArithmetic.Equal(node, value.Clr, test, Evaluate(test, scope).Clr)) return Evaluate(branch.Body, scope);
        return node.DefaultBody is null ? Quantity.Null : Evaluate(node.DefaultBody, scope);
    }

    private Quantity Block(BlockExpression node, Scope outer)
    {
        var scope = new Scope(outer);
        foreach (var variable in node.Variables) scope.Declare(variable, new Quantity(DefaultOf(variable.Type)));
        var last = Quantity.Null;
        for (int k = 0; k < node.Expressions.Count; k++)
        {
            try
            {
                last = Evaluate(node.Expressions[k], scope);
            }
            catch (Jump jump) when (IndexOf(node, jump.Target) >= 0)
            {
                (k, last) = (IndexOf(node, jump.Target), jump.Value);
            }
        }
        return last;
    }

    private static int IndexOf(BlockExpression node, LabelTarget target) => node.Expressions.TakeWhile(statement => statement is not LabelExpression label || label.Target != target).Count() is var k && k < node.Expressions.Count ? k : -1;

    private Quantity Loop(LoopExpression node, Scope scope)
    {
        while (true)
        {
            try
            {
                Evaluate(node.Body, scope);
            }
            catch (Jump jump) when (jump.Target == node.ContinueLabel)
            {
            }
            catch (Jump jump) when (jump.Target == node.BreakLabel)
            {
                return jump.Value;
            }
        }
    }

    private Quantity Label(LabelExpression node, Scope scope)
    {
        try
        {
            return node.DefaultValue is null ? Quantity.Null : Evaluate(node.DefaultValue, scope);
        }
        catch (Jump jump) when (jump.Target == node.Target)
        {
            return jump.Value;
        }
    }

    /// <summary>Break, continue, return and goto, on their way to the label.</summary>
    private sealed class Jump(LabelTarget target, Quantity value) : Exception
    {
        public LabelTarget Target => target;

        public Quantity Value => value;
    }
}
