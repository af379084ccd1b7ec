using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;
using ExprGrad.Primitives;
using ExprGrad.Runtime;

namespace ExprGrad.Reading;

/// <summary>Nullable numbers that depend on the input: whether there is one, and which (0 if there is none).</summary>
internal sealed partial class LambdaReader
{
    private static readonly MethodInfo Present = ((Func<bool, bool>)Sequences.Present).Method;

    /// <summary>The number type of a nullable one, or null.</summary>
    private static Type? NumberOf(Type type) => Nullable.GetUnderlyingType(type) is { } number && IsNumber(number) ? number : null;

    private Constant True => this.builder.Constant(true, typeof(bool));

    private static bool IsOptional(Value value) => value is Composite { Type: var type } && NumberOf(type) is not null;

    private static (FieldInfo HasValue, FieldInfo Number) PartsOfNullable(Type type) =>
        (type.GetField("hasValue", BindingFlags.Instance | BindingFlags.NonPublic)!, type.GetField("value", BindingFlags.Instance | BindingFlags.NonPublic)!);

    private Composite Optional(Expression expression, Type type, Node hasValue, Node number)
    {
        (FieldInfo first, FieldInfo second) = PartsOfNullable(type);
        Node Build()
        {
            if (this.CarriesDerivative(number))
                return this.Refuse(expression, RefusalCode.NoDerivative, NoDerivativeThrough(type)).Node;
            Node present = this.builder.Apply(Operator.Of(Expression.Convert(Expression.Parameter(number.Type), type), Behaviour.Total), number);
            return this.builder.Choice(hasValue, this.builder.Constant(null, type), present);
        }
        return new Composite(type, new Dictionary<FieldInfo, Value> { [first] = new Scalar(hasValue), [second] = new Scalar(number) }, Build,
            others => this.Optional(expression, type, this.Materialize(others[first]), this.Materialize(others[second])));
    }

    private (Node HasValue, Node Number) PartsOfOptional(Expression expression, Value value)
    {
        Composite optional = value as Composite ?? this.TakeNullableApart(expression, this.Materialize(value));
        (FieldInfo first, FieldInfo second) = PartsOfNullable(optional.Type);
        return (this.Materialize(optional.Fields[first]), this.Materialize(optional.Fields[second]));
    }

    private Composite TakeNullableApart(Expression expression, Node node)
    {
        Type number = NumberOf(node.Type)!;
        if (node is Constant { Value: var known })
            return this.Optional(expression, node.Type, this.builder.Constant(known is not null, typeof(bool)), known is null ? this.Default(number) : this.builder.Constant(known, number));
        ParameterExpression slot = Expression.Parameter(node.Type);
        return this.Optional(expression, node.Type, this.Apply(Opaque.Of(Expression.Property(slot, "HasValue"), Behaviour.Total), node),
            this.Apply(Opaque.Of(Expression.Call(slot, "GetValueOrDefault", null), Behaviour.Total), node));
    }

    /// <summary>The number, where there is one; the exception of the plain lambda where there is none.</summary>
    private Node NumberIn(Expression expression, Value optional)
    {
        (Node hasValue, Node number) = this.PartsOfOptional(expression, optional);
        if (hasValue is not Constant { Value: true })
            this.Check(Present, hasValue);
        return number;
    }

    private Value ReadOptionalMember(MemberExpression member, Value optional) =>
        new Scalar(member.Member.Name == "HasValue" ? this.PartsOfOptional(member, optional).HasValue : this.NumberIn(member, optional));

    private async Step<Value> ReadValueOrDefault(MethodCallExpression call, Value optional)
    {
        (Node hasValue, Node number) = this.PartsOfOptional(call, optional);
        if (call.Arguments.Count == 0)
            return new Scalar(number);
        Node otherwise = await this.ReadNode(call.Arguments[0]);
        return new Scalar(this.Chosen(hasValue, otherwise, number));
    }

    private Node Chosen(Node test, Node no, Node yes) => test is Constant { Value: bool known } ? known ? yes : no : this.builder.Choice(test, no, yes);

    private Node Both(Node a, Node b) => a is Constant { Value: true } ? b : b is Constant { Value: true } ? a : this.builder.Apply(Operator.And, a, b);

    /// <summary>A conversion from or to a nullable number; null if it is another, or nothing in it depends on the input.</summary>
    private Value? ConvertOptional(UnaryExpression conversion, Value value)
    {
        if (conversion is not { NodeType: ExpressionType.Convert, Method: null })
            return null;
        Type? number = NumberOf(conversion.Type);
        if (IsOptional(value))
        {
            if (number is null)
                return IsNumber(conversion.Type) ? new Scalar(this.Convert(this.NumberIn(conversion, value), conversion.Type)) : null;
            (Node hasValue, Node converted) = this.PartsOfOptional(conversion, value);
            return this.Optional(conversion, conversion.Type, hasValue, this.Convert(converted, number));
        }
        return number is not null && value is Scalar { Node: var node } && IsNumber(node.Type) && this.activity[node] ? this.Optional(conversion, conversion.Type, this.True, this.Convert(node, number)) : null;
    }

    /// <summary>An operator on nullable numbers of which one depends on the input: that on the numbers, where there are both.</summary>
    private async Step<Value> ReadLifted(BinaryExpression binary, Value left, Value right)
    {
        (Node hasLeft, Node first) = this.PartsOfOptional(binary, left);
        (Node hasRight, Node second) = this.PartsOfOptional(binary, right);
        ParameterExpression a = Expression.Parameter(first.Type), b = Expression.Parameter(second.Type);
        Expression plain = Expression.MakeBinary(binary.NodeType, a, b, false, binary.Method);
        Func<Step<Value>> read = () => this.ReadWith(plain, (a, first), (b, second));
        Node hasBoth = this.Both(hasLeft, hasRight);
        if (NumberOf(binary.Type) is { } number)
            return this.Optional(binary, binary.Type, hasBoth, this.Materialize(await this.ReadCases(binary, hasBoth, [() => Step<Value>.From(new Scalar(this.Default(number))), read])));
        Node otherwise = binary.NodeType is ExpressionType.Equal or ExpressionType.NotEqual
            ? this.builder.Apply(Operator.Compare(binary.NodeType, typeof(bool)), hasLeft, hasRight) : this.builder.Constant(false, typeof(bool));
        return await this.ReadCases(binary, hasBoth, [() => Step<Value>.From(new Scalar(otherwise)), read]);
    }

    private async Step<Value> ReadLifted(UnaryExpression unary, Value operand)
    {
        (Node hasValue, Node number) = this.PartsOfOptional(unary, operand);
        ParameterExpression slot = Expression.Parameter(number.Type);
        Value result = await this.ReadWith(Expression.MakeUnary(unary.NodeType, slot, number.Type), (slot, number));
        return this.Optional(unary, unary.Type, hasValue, this.Chosen(hasValue, this.Default(number.Type), this.Materialize(result)));
    }

    private async Step<Value> ReadWith(Expression expression, params (ParameterExpression Slot, Node Node)[] operands)
    {
        Scope outer = this.scope;
        this.scope = new Scope(outer, outer.Source);
        foreach ((ParameterExpression slot, Node node) in operands)
            this.scope.Declare(slot, new Scalar(node));
        Value value = await this.Read(expression);
        this.scope = outer;
        return value;
    }

    /// <summary>Sums and the like of nullable numbers: of those that are there.</summary>
    private async Step<Value> ReadOfPresent(MethodCallExpression call, Expression? selector)
    {
        if (await this.ReadSource(call, selector) is var (source, whole) && source is null)
            return whole;
        Type type = AveragedType(call, selector), number = NumberOf(type)!, result = NumberOf(call.Type)!;
        var isPresent = new Function(arguments => Step<Value>.From(new Scalar(this.PartsOfOptional(call, arguments[0]).HasValue)), MayBeImpure: false);
        var valueOf = new Function(arguments => Step<Value>.From(new Scalar(this.PartsOfOptional(call, arguments[0]).Number)), MayBeImpure: false);
        Sequence present = this.Select(call, this.Where(call, source!, isPresent), valueOf);
        if (call.Method.Name == "Sum")
            return this.Optional(call, call.Type, this.True, await this.Sum(present, result));
        // Elements in memory, so that there is nothing to evaluate twice.
        Sequence stored = await this.Store(present);
        if (stored.Stored is null)
            return new Scalar(this.builder.Constant(null, call.Type));
        Node count = stored.Stored.Count, isAny = this.IsPositive(count);
        Value value = await this.ReadCases(call, isAny, [() => Step<Value>.From(new Scalar(this.Default(result))), async () =>
        {
            if (call.Method.Name != "Average")
                return await this.ExtremeOf(call, stored, await stored.ByNumber!(), number, isMax: call.Method.Name == "Max");
            Node sum = await this.Sum(stored, IsReal(number) ? typeof(double) : typeof(long), keepsSign: IsReal(number));
            return new Scalar(this.Convert(this.builder.Apply(Arithmetic.Divide, this.Convert(sum, typeof(double)), this.Convert(count, typeof(double))), result));
        }]);
        return this.Optional(call, call.Type, isAny, this.Materialize(value));
    }

    // The type of a value is known, but for whether there is one. A compiler would test an object, which there is none of.
    private async Step<Value> ReadTypeTest(TypeBinaryExpression test)
    {
        Type? optional = Nullable.GetUnderlyingType(test.Expression.Type);
        Type wanted = Nullable.GetUnderlyingType(test.TypeOperand) ?? test.TypeOperand, own = optional ?? test.Expression.Type;
        Value value = await this.Read(test.Expression);
        bool isOne = test.NodeType == ExpressionType.TypeEqual ? wanted == own : wanted.IsAssignableFrom(own);
        return !isOne || optional is null ? new Scalar(this.builder.Constant(isOne, typeof(bool)))
            : IsOptional(value) ? new Scalar(this.PartsOfOptional(test, value).HasValue)
            : new Scalar(this.Apply(Opaque.Of(Expression.Property(test.Expression, "HasValue"), Behaviour.Total), this.Materialize(value)));
    }
}
