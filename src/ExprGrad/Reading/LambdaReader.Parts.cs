using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;
using ExprGrad.Runtime;

namespace ExprGrad.Reading;

/// <summary>Values as nodes: what is carried through loops, stored, or chosen, part by part.</summary>
internal sealed partial class LambdaReader
{
    private static readonly MethodInfo SameLength = ((Func<int, int, int>)Sequences.SameLength).Method;

    /// <summary>The nodes that a settled value consists of, in order.</summary>
    private Node[] PartsOf(Value value) => value switch
    {
        Composite { IsInMemory: false } composite => [.. AllFieldsOf(composite.Type).SelectMany(field => this.PartsOf(this.FieldOf(composite, field)))],
        Sequence { Stored: { } stored } => this.PartsOf(stored.Arrays),
        _ => [this.Materialize(value)],
    };

    /// <summary>A value like another that consists of other nodes.</summary>
    private Value WithParts(Value shape, IEnumerable<Node> parts) => this.WithParts(shape, new Queue<Node>(parts));

    private Value WithParts(Value shape, Queue<Node> parts) => shape switch
    {
        Composite { IsInMemory: false } composite => composite.With(AllFieldsOf(composite.Type).ToDictionary(field => field, field => this.WithParts(this.FieldOf(composite, field), parts))),
        Sequence { Stored: { } stored } sequence => this.InMemory(sequence.Expression, sequence.Whole,
            stored with { Arrays = this.WithParts(stored.Arrays, parts) }),
        _ => new Scalar(parts.Dequeue()),
    };

    private Node RefuseState(Expression expression, Type type)
    {
        this.Refuse(expression, Advice.WholeSequence, "A state of a recurrence that is an array or a list is used as a whole.");
        return this.Default(type);
    }

    /// <summary>A value whose parts are nodes: its sequences are stored, objects that can be taken apart are.</summary>
    /// <param name="expression">What carries it: the place of refusals.</param>
    /// <param name="value">The value.</param>
    /// <param name="type">Its type where it is a part of another.</param>
    private async Step<Value> Settle(Expression expression, Value value, Type? type = null)
    {
        switch (value)
        {
            case Composite { IsInMemory: false } composite:
                var fields = new Dictionary<FieldInfo, Value>();
                foreach (FieldInfo field in AllFieldsOf(composite.Type))
                    fields[field] = await this.Settle(expression, this.FieldOf(composite, field), field.FieldType);
                return composite.With(fields);
            case Closure:
                return this.Refuse(expression, RefusalCode.Sequence, "A lambda is carried from one iteration to the next.");
            case Scalar { Node: var node } when this.TryTakeApart(node) is { } parts:
                return await this.Settle(expression, parts, type);
            case Sequence or VectorLiteral or Scalar { Node.Type.IsSZArray: true }:
            case Scalar { Node.Type: var list } when IsList(list):
                Sequence elements = this.SequenceOf(expression, value);
                if (ElementTypeOf(elements.Expression.Type) is not { IsPrimitive: true })
                    elements = this.Select(expression, elements, new Function(arguments => Step<Value>.From(this.TakeApart(arguments[0])), MayBeImpure: false));
                return (await this.StoreWholly(elements, "A state of a recurrence is an array of arrays.")).As(expression, () => this.RefuseState(expression, type ?? expression.Type));
            default:
                return new Scalar(this.Materialize(value));
        }
    }

    /// <summary>A value in the shape of another, which the same variable had before.</summary>
    private async Step<Value> Conform(Value value, Value shape)
    {
        switch (shape)
        {
            case Composite { IsInMemory: false } composite:
                Composite? parts = value as Composite ?? (value is Scalar { Node: var node } ? this.TryTakeApart(node) : null);
                if (parts is null || parts.Type != composite.Type)
                    throw new InvalidOperationException($"A value of type {composite.Type.Name} becomes {value}.");
                var fields = new Dictionary<FieldInfo, Value>();
                foreach (FieldInfo field in AllFieldsOf(composite.Type))
                    fields[field] = await this.Conform(this.FieldOf(parts, field), this.FieldOf(composite, field));
                return composite.With(fields);
            case Sequence { Stored: { } stored } sequence:
                return ReferenceEquals(value, sequence) ? value : await this.ConformElements(value, sequence, stored);
            default:
                return new Scalar(this.Materialize(value));
        }
    }

    // What is stored as the next state has the length of the state.
    private async Step<Value> ConformElements(Value value, Sequence state, Stored shape)
    {
        Sequence next = this.SequenceOf(state.Expression, value);
        if (next.Stored is { } known && ReferenceEquals(known.Count, shape.Count) && HaveSameParts(known.Arrays, shape.Arrays) && this.PartsOf(known.Arrays).All(IndexRange.IsRented))
            return next;
        Elements elements = await this.ElementsOf(next);
        if (!ReferenceEquals(elements.Count, shape.Count))
            this.Check(SameLength, elements.Count, shape.Count);
        return await this.StoreElements(next, elements with { Count = shape.Count, At = async index => await this.Conform(await elements.At(index), shape.Arrays) });
    }

    private static bool HaveSameParts(Value a, Value b) => (a, b) switch
    {
        (Composite { IsInMemory: false } one, Composite { IsInMemory: false } other) => one.Type == other.Type && AllFieldsOf(one.Type).All(field =>
            one.Fields.TryGetValue(field, out Value? part) && other.Fields.TryGetValue(field, out Value? counterpart) && HaveSameParts(part, counterpart)),
        (Scalar one, Scalar other) => one.Node.Type == other.Node.Type,
        _ => false,
    };

    // An element of a state, down to parts that are no objects.
    private Value TakeApart(Value value) => value switch
    {
        Scalar { Node: var node } when this.TryTakeApart(node) is { } parts => this.TakeApart(parts),
        Composite { IsInMemory: false } composite => composite.With(AllFieldsOf(composite.Type).ToDictionary(field => field, field => this.TakeApart(this.FieldOf(composite, field)))),
        _ => value,
    };

    /// <summary>The parts of an object that exists, if it is one of those that the lambda could have built: tuples, records, anonymous types.</summary>
    private Composite? TryTakeApart(Node node)
    {
        Type type = node.Type;
        if (NumberOf(type) is { } number && IsReal(number))
            return this.TakeNullableApart(Expression.Parameter(type, "value"), node);
        if (type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(decimal) || typeof(System.Collections.IEnumerable).IsAssignableFrom(type))
            return null;
        FieldInfo[] fields = AllFieldsOf(type);
        ConstructorInfo? constructor = Array.Find(type.GetConstructors(), candidate => FieldStores.OfConstructor(candidate) is { } stores && stores.Count == fields.Length);
        MemberInfo?[] members = [.. fields.Select(field => field.IsPublic ? field : (MemberInfo?)Array.Find(type.GetProperties(), property => property.GetMethod is { IsPublic: true } getter && Equals(FieldStores.OfGetter(getter), field)))];
        if (constructor is null || fields.Length == 0 || members.Contains(null))
            return null;
        Dictionary<FieldInfo, Value> values = [];
        for (int k = 0; k < fields.Length; k++)
        {
            MemberExpression access = Expression.MakeMemberAccess(Expression.Parameter(type), members[k]!);
            values[fields[k]] = new Scalar(this.Apply(Opaque.Of(access, Purity.Of(members[k]!)), node));
        }
        IReadOnlyDictionary<FieldInfo, int> places = FieldStores.OfConstructor(constructor)!;
        NewExpression creation = Expression.New(constructor, constructor.GetParameters().Select(parameter => Expression.Parameter(parameter.ParameterType)));
        Value[] parts = [.. Enumerable.Range(0, creation.Arguments.Count).Select(k => values[places.Single(place => place.Value == k).Key])];
        return this.Compose(creation, parts, values);
    }

    /// <summary>Runs a check of <see cref="Sequences"/> here; its value is the first operand.</summary>
    private Node Check(MethodInfo method, params Node[] operands) => this.Apply(CallOf(method, Behaviour.MayThrow), operands);

    private static Opaque CallOf(MethodInfo method, Behaviour behaviour) =>
        Opaque.Of(Expression.Call(method, method.GetParameters().Select(parameter => Expression.Parameter(parameter.ParameterType))), behaviour);

    private Node Integer(ExpressionType kind, Node a, Node b) => (kind, a, b) switch
    {
        (ExpressionType.Add, Constant { Value: 0 }, _) => b,
        (ExpressionType.Add or ExpressionType.Subtract, _, Constant { Value: 0 }) => a,
        (ExpressionType.Add, Constant { Value: int left }, Constant { Value: int right }) => this.Integer(unchecked(left + right)),
        (ExpressionType.Subtract, Constant { Value: int left }, Constant { Value: int right }) => this.Integer(unchecked(left - right)),
        _ => this.builder.Apply(Primitives.Operator.Integer(kind), a, b),
    };

    private Node IsPositive(Node count) => count is Constant { Value: int known } ? this.builder.Constant(known > 0, typeof(bool)) : this.builder.Apply(TripCheck.Instance, count);

    private Constant Integer(int value) => this.builder.Constant(value, typeof(int));

    private Node Extremum(Extreme extreme, Node a, Node b) => (a, b) switch
    {
        (Constant { Value: int left }, Constant { Value: int right }) => this.Integer(ReferenceEquals(extreme, Extreme.Smaller) ? Math.Min(left, right) : Math.Max(left, right)),
        _ when ReferenceEquals(a, b) => a,
        _ => this.builder.Apply(extreme, a, b),
    };
}
