using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;
using ExprGrad.Primitives;
using ExprGrad.Runtime;

namespace ExprGrad.Reading;

/// <summary>What can be enumerated: the sources of sequences, and sequences in memory.</summary>
internal sealed partial class LambdaReader
{
    // Collections whose elements are found by number, and those that can only be enumerated; enumerating them runs no code of the user's.
    private static readonly HashSet<Type> Lists =
        [typeof(List<>), typeof(IList<>), typeof(IReadOnlyList<>), typeof(ReadOnlyCollection<>), typeof(Collection<>), typeof(ImmutableArray<>), typeof(ArraySegment<>)];

    private static readonly HashSet<Type> Enumerables =
    [
        typeof(HashSet<>), typeof(SortedSet<>), typeof(Dictionary<,>), typeof(Dictionary<,>.KeyCollection), typeof(Dictionary<,>.ValueCollection), typeof(SortedDictionary<,>),
        typeof(SortedDictionary<,>.KeyCollection), typeof(SortedDictionary<,>.ValueCollection), typeof(SortedList<,>), typeof(Queue<>), typeof(Stack<>), typeof(LinkedList<>),
        typeof(IGrouping<,>), typeof(ImmutableList<>), typeof(ImmutableHashSet<>), typeof(ImmutableSortedSet<>), typeof(ImmutableDictionary<,>), typeof(ImmutableSortedDictionary<,>),
    ];

    private static readonly MethodInfo NotNull = ((Func<object, object>)Sequences.NotNull).Method.GetGenericMethodDefinition();
    private static readonly MethodInfo ToArray = ((Func<IEnumerable<object>, object[]>)Sequences.ToArray).Method.GetGenericMethodDefinition();
    private static readonly MethodInfo ArrayLength = ((Func<int, int>)Sequences.ArrayLength).Method;

    /// <summary>The type of the elements of a type that can be enumerated, or null.</summary>
    private static Type? ElementTypeOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEnumerable<>) ? type.GetGenericArguments()[0]
        : Array.Find(type.GetInterfaces(), candidate => candidate.IsGenericType && candidate.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0];

    private static bool IsList(Type type) => type.IsGenericType && Lists.Contains(type.GetGenericTypeDefinition());

    /// <summary>Reads an expression as a sequence.</summary>
    private async Step<Sequence> ReadSequence(Expression expression)
    {
        expression = WithoutConversion(expression);
        return this.SequenceOf(expression, await this.ReadFresh(expression));
    }

    /// <summary>Reads an expression whose value is used as a sequence only: a new array has no other name, so it need not exist.</summary>
    private Step<Value> ReadFresh(Expression expression) => WithoutConversion(expression) switch
    {
        NewArrayExpression { Type.IsSZArray: true } array => this.ReadNewArray(array),
        ListInitExpression list when ElementsOf(list) is { } elements => this.ReadWrittenOut(list, elements),
        _ => this.Read(expression),
    };

    // What is written between the braces of a new list; null of other collections.
    private static IReadOnlyList<Expression>? ElementsOf(ListInitExpression list) =>
        list.Type.IsGenericType && list.Type.GetGenericTypeDefinition() == typeof(List<>) && list.NewExpression.Arguments.All(argument => argument is ConstantExpression) && list.Initializers.All(element => element.AddMethod.Name == "Add")
            ? [.. list.Initializers.Select(element => element.Arguments[0])] : null;

    private async Step<Value> ReadWrittenOut(Expression creation, IReadOnlyList<Expression> expressions)
    {
        var elements = new Value[expressions.Count];
        for (int k = 0; k < elements.Length; k++)
            elements[k] = await this.Read(expressions[k]);
        return this.WrittenOut(creation, elements);
    }

    private async Step<Value> ReadNewArray(NewArrayExpression creation)
    {
        if (creation.NodeType == ExpressionType.NewArrayInit)
            return await this.ReadWrittenOut(creation, creation.Expressions);
        Node count = await this.ReadNode(creation.Expressions[0]);
        Node length = count.Type == typeof(int) ? count : this.builder.Apply(Operator.Of(Expression.ConvertChecked(creation.Expressions[0], typeof(int)), Behaviour.Total), count);
        if (!IsLength(length))
            this.Check(ArrayLength, length);
        Constant zero = this.Default(creation.Type.GetElementType()!);
        return this.ByNumber(creation, this.Written(creation), () => Step<Elements>.From(new Elements(length, _ => Step<Value>.From(new Scalar(zero)))), isInMemory: true);
    }

    // A conversion to an interface, or to a span, hides what is enumerated.
    private static Expression WithoutConversion(Expression expression) => expression switch
    {
        UnaryExpression { NodeType: ExpressionType.Convert, Method: null, Type.IsInterface: true } conversion when IsSameSequence(conversion.Operand.Type, conversion.Type) => WithoutConversion(conversion.Operand),
        MethodCallExpression { Method: { Name: "op_Implicit", DeclaringType: { IsGenericType: true } span }, Arguments: [var array] }
            when span.GetGenericTypeDefinition() == typeof(ReadOnlySpan<>) || span.GetGenericTypeDefinition() == typeof(Span<>) => WithoutConversion(array),
        _ => expression,
    };

    private static bool IsSameSequence(Type from, Type to) => ElementTypeOf(from) is { } element && element == ElementTypeOf(to) && RunsNoCode(from);

    /// <summary>A value as a sequence.</summary>
    /// <param name="expression">What the user wrote.</param>
    /// <param name="value">What it stands for.</param>
    /// <param name="isArgument">Whether a method of LINQ gets it, which refuses null; what such a method enumerates itself it dereferences.</param>
    private Sequence SequenceOf(Expression expression, Value value, bool isArgument = true)
    {
        switch (value)
        {
            case Sequence sequence:
                return sequence;
            case VectorLiteral vector:
                return this.WrittenOut(expression, vector.Elements, () => this.Materialize(vector));
            case Scalar { Node: var node } when ElementTypeOf(node.Type) is { } element:
                return node.Type.IsSZArray ? this.OfArray(expression, node, isArgument) : IsList(node.Type) ? this.OfList(expression, node, isArgument) : this.OfEnumerable(expression, node, element);
            default:
                this.Refuse(expression, RefusalCode.Sequence, $"The elements of {TypeName(expression.Type)} are not read.");
                return this.WrittenOut(expression, []);
        }
    }

    private Sequence OfArray(Expression expression, Node array, bool isArgument)
    {
        bool isInput = ReferenceEquals(array, this.input);
        return this.ByNumber(expression, () => array, () =>
        {
            // The input is checked when the function is called.
            Node source = isInput || !isArgument ? array : this.NotNullOf(array);
            Node count = isInput ? this.builder.Apply(Operator.InputLength, array) : this.Apply(Operator.ArrayLength(source.Type), source);
            return Step<Elements>.From(new Elements(count, index => Step<Value>.From(new Scalar(this.Load(source, index)))));
        }, isInMemory: true);
    }

    private Sequence OfList(Expression expression, Node list, bool isArgument)
    {
        Type type = list.Type;
        MethodInfo indexer = PropertyOf(type, "Item").GetMethod!;
        PropertyInfo length = PropertyOf(type, type.GetProperty("Length") is null ? "Count" : "Length");
        Opaque element = Opaque.Of(Expression.Call(Expression.Parameter(type), indexer, Expression.Parameter(typeof(int))), Purity.Of(indexer));
        return this.ByNumber(expression, () => list, () =>
        {
            Node source = type.IsValueType || !isArgument ? list : this.NotNullOf(list);
            Node count = this.Apply(Opaque.Of(Expression.Property(Expression.Parameter(type), length), Purity.Of(length.GetMethod!)), source);
            return Step<Elements>.From(new Elements(count, index => Step<Value>.From(new Scalar(this.Apply(element, source, index)))));
        }, isInMemory: true);
    }

    // Interfaces do not show what they inherit.
    private static PropertyInfo PropertyOf(Type type, string name) =>
        type.GetProperty(name) ?? type.GetInterfaces().Select(inherited => inherited.GetProperty(name)).First(property => property is not null)!;

    // Enumerated where and as often as the plain lambda enumerates it, into an array.
    private Sequence OfEnumerable(Expression expression, Node source, Type element)
    {
        bool isPure = RunsNoCode(source);
        ParameterExpression slot = Expression.Parameter(source.Type);
        MethodCallExpression copy = Expression.Call(ToArray.MakeGenericMethod(element), slot);
        var operation = new Opaque([slot], copy, Behaviour.MayThrow | (isPure ? Behaviour.ReadsState : Behaviour.Impure), (copy.Method, source.Type));
        return this.ByNumber(expression, () => source, () =>
        {
            Node array = this.Apply(operation, source);
            Node count = this.Apply(Operator.ArrayLength(array.Type), array);
            return Step<Elements>.From(new Elements(count, index => Step<Value>.From(new Scalar(this.Load(array, index)))));
        }, mayBeImpure: !isPure);
    }

    // Whether enumerating a sequence of this type only reads.
    private static bool RunsNoCode(Type type) => type.IsSZArray || IsList(type) || IsEnumerable(type);

    private static bool IsEnumerable(Type type) => type == typeof(string) || (type.IsGenericType && Enumerables.Contains(type.GetGenericTypeDefinition()));

    private Node NotNullOf(Node source) => source is Constant { Value: not null } ? source : this.Check(NotNull.MakeGenericMethod(source.Type), source);

    /// <summary>A sequence whose elements are found by number.</summary>
    private Sequence ByNumber(Expression expression, Func<Node> whole, Func<Step<Elements>> elements, bool mayBeImpure = false, bool isWrittenOut = false, bool isInMemory = false, Stored? stored = null) => new()
    {
        Expression = expression,
        Whole = whole,
        ByNumber = elements,
        MayBeImpure = mayBeImpure,
        IsWrittenOut = isWrittenOut,
        IsInMemory = isInMemory,
        Stored = stored,
        Bound = async () => (await elements()).Count,
        Enumerate = (pass, body) => this.EnumerateByNumber(elements, isWrittenOut, pass, (element, _) => body(element)),
    };

    // What is in a sequence that is written out need not be itself: a range stays a loop.
    private async Step<Done> EnumerateByNumber(Func<Step<Elements>> elements, bool isWrittenOut, Pass pass, Func<Value, Node, Step<Done>> body)
    {
        Elements all = await elements();
        if (isWrittenOut && pass.WritesOut && all.Count is Constant { Value: int count })
        {
            for (int k = 0; k < count; k++)
            {
                Node number = this.Integer(k);
                await pass.Iteration(async () => await body(await all.At(number), number));
            }
        }
        else
        {
            await pass.Loop(all.Count, async index => await body(await all.At(index), index));
        }
        return await pass.End(all);
    }

    /// <summary>Enumerates elements with their numbers.</summary>
    private Step<Done> EnumerateNumbered(Sequence source, Pass pass, Func<Value, Node, Step<Done>> body)
    {
        if (source.ByNumber is not null)
            return this.EnumerateByNumber(source.ByNumber, source.IsWrittenOut, pass, body);
        Carried counter = pass.Carry(0);
        return source.Enumerate(pass, async element =>
        {
            Node number = this.Materialize(counter.Value);
            counter.Value = new Scalar(this.Integer(ExpressionType.Add, number, this.Integer(1)));
            return await body(element, number);
        });
    }

    /// <summary>Elements that the lambda writes one by one.</summary>
    private Sequence WrittenOut(Expression expression, IReadOnlyList<Value> elements, Func<Node>? whole = null) =>
        this.ByNumber(expression, whole ?? this.Written(expression), () => Step<Elements>.From(new Elements(this.Integer(elements.Count), index => Step<Value>.From(this.ElementOf(expression, elements, index)))), isWrittenOut: true, isInMemory: true);

    private Value ElementOf(Expression expression, IReadOnlyList<Value> elements, Node index)
    {
        // Where there is no such element a check throws. What was refused has no elements, of no type.
        if (elements.Count == 0 || (index is Constant { Value: int outside } && (uint)outside >= (uint)elements.Count))
            return new Scalar(this.Default(ElementTypeOf(expression.Type) ?? typeof(double)));
        if (index is Constant { Value: int k })
            return elements[k];
        // The cases of a checked index; the elements were evaluated before.
        Node selector = this.Apply(new IndexWithin(elements.Count), index);
        return this.Join(expression, this.builder.Region, selector, elements);
    }

    /// <summary>Elements in memory.</summary>
    private Sequence InMemory(Expression expression, Func<Node> whole, Stored stored) => this.ByNumber(expression, whole, () => Step<Elements>.From(new Elements(stored.Count, index => Step<Value>.From(
        this.WithParts(stored.Arrays, this.PartsOf(stored.Arrays).Select(array => this.builder.Load(this.Known(array), index, [])))))), isInMemory: true, stored: stored);

    // Which array it is, where that is known.
    private Node Known(Node array)
    {
        while (array is Choice choice && this.builder.Regions.KnownCase(this.builder.Region, choice.Selector) is { } known)
            array = choice.Arm(known);
        return array;
    }

    /// <summary>The sequence in memory, evaluated here; the sequence itself if its elements have parts that cannot be stored: it is evaluated at each use.</summary>
    private async Step<Sequence> Store(Sequence sequence)
    {
        if (sequence.Stored is not null)
            return sequence;
        if (sequence.ByNumber is null)
            return await this.StoreCounted(sequence);
        Elements elements = await sequence.ByNumber();
        Sequence stored = await this.StoreElements(sequence, elements);
        return elements.Count is Constant { Value: <= 0 } ? this.WrittenOut(sequence.Expression, [], sequence.Whole) : stored;
    }

    private async Step<Sequence> StoreElements(Sequence sequence, Elements elements)
    {
        var pass = new Pass(this, sequence.MayBeImpure, writesOut: false);
        (Region Site, Node Position, Value Element) stored = default;
        await pass.Loop(elements.Count, async index =>
        {
            Value element = await elements.At(index);
            stored = (this.builder.Region, index, element);
            return default;
        });
        await pass.End(elements);
        return stored.Element is { } read && IsStorable(read) ? this.InMemory(sequence, pass, elements.Count, elements.Count, stored) : sequence;
    }

    private async Step<Sequence> StoreCounted(Sequence sequence)
    {
        Node bound = await sequence.Bound();
        var pass = new Pass(this, sequence.MayBeImpure, writesOut: false);
        Carried counter = pass.Carry(0);
        (Region Site, Node Position, Value Element) stored = default;
        await sequence.Enumerate(pass, element =>
        {
            stored = (this.builder.Region, this.Materialize(counter.Value), element);
            counter.Value = new Scalar(this.Integer(ExpressionType.Add, stored.Position, this.Integer(1)));
            return Step<Done>.From(default);
        });
        if (stored.Element is null)
            return this.WrittenOut(sequence.Expression, [], sequence.Whole);
        if (!IsStorable(stored.Element))
        {
            this.Refuse(sequence.Expression, RefusalCode.Sequence, "The elements of this sequence are sequences themselves, and have no numbers by which they could be read again.");
            return this.WrittenOut(sequence.Expression, [], sequence.Whole);
        }
        return this.InMemory(sequence, pass, bound, this.Materialize(counter.Value), stored);
    }

    private Sequence InMemory(Sequence sequence, Pass pass, Node length, Node count, (Region Site, Node Position, Value Element) stored)
    {
        Node[] parts = this.builder.In(stored.Site, () => this.PartsOf(stored.Element));
        Node[] arrays = [.. parts.Select(part => pass.Vector(stored.Site, length, stored.Position, part))];
        return this.InMemory(sequence.Expression, sequence.Whole, new Stored(count, this.WithParts(stored.Element, arrays)));
    }

    private static bool IsStorable(Value value) => value switch
    {
        Scalar => true,
        Composite composite => composite.IsInMemory || composite.Fields.Values.All(IsStorable),
        _ => false,
    };

    /// <summary>The elements by number; those that have none are stored.</summary>
    private async Step<Elements> ElementsOf(Sequence sequence) => await (sequence.ByNumber is null ? await this.StoreCounted(sequence) : sequence).ByNumber!();

    /// <summary>The elements by number, to be read in any order and any number of times: stored also where reading them is more than a computation.</summary>
    private async Step<Elements> KeptElementsOf(Sequence sequence) => await this.ElementsOf(sequence.MayBeImpure ? await this.Store(sequence) : sequence);

    /// <summary>An element of a sequence that the lambda treats as an array or a list.</summary>
    private async Step<Value> ReadElement(Expression expression, Sequence sequence, Node index, bool isArray)
    {
        Elements elements = await this.ElementsOf(sequence);
        return await elements.At(IndexRange.IsBelow(index, elements.Count) ? index : this.Apply(isArray ? IndexCheck.OfArray : IndexCheck.OfList, index, elements.Count));
    }

    /// <summary>A sequence as the object that the plain lambda makes: the C# that the user wrote.</summary>
    private Func<Node> Written(Expression expression)
    {
        Scope writtenIn = this.scope;
        return () =>
        {
            Scope outer = this.scope;
            this.scope = writtenIn;
            Value value = this.ReadWhole(expression);
            this.scope = outer;
            return this.Materialize(value);
        };
    }

    /// <summary>The sequence of the case that a selector has: chosen where it is enumerated, stored in the case that runs.</summary>
    private Sequence JoinSequences(Expression expression, Region region, Node selector, IReadOnlyList<Value> cases)
    {
        Sequence[] sequences = [.. cases.Select(value => this.SequenceOf(expression, value))];
        Node Whole() => this.JoinNodes(expression, region, selector, cases);
        if (!sequences.All(sequence => sequence.Stored is not null))
        {
            return this.ByNumber(expression, Whole, async () =>
            {
                Value stored = await this.ReadCases(expression, selector, [.. sequences.Select<Sequence, Func<Step<Value>>>(sequence => async () => await this.StoreWholly(sequence, "A condition chooses between sequences whose elements are sequences themselves."))]);
                return await ((Sequence)stored).ByNumber!();
            }, sequences.Any(sequence => sequence.MayBeImpure));
        }
        Value Part(Func<Stored, Value> part) => this.Join(expression, region, selector, [.. sequences.Select(sequence => part(sequence.Stored!))]);
        return this.InMemory(expression, Whole, new Stored(this.Materialize(Part(stored => new Scalar(stored.Count))), Part(stored => stored.Arrays)));
    }

    // Stored in any case, an empty one too.
    private async Step<Sequence> StoreWholly(Sequence sequence, string otherwise)
    {
        Sequence stored = await this.Store(sequence);
        if (stored.Stored is not null)
            return stored;
        Elements elements = await stored.ByNumber!();
        if (elements.Count is Constant { Value: 0 } && ElementTypeOf(sequence.Expression.Type) is { } element)
            return this.InMemory(sequence.Expression, sequence.Whole, new Stored(elements.Count, new Scalar(this.builder.Constant(null, element.MakeArrayType()))));
        this.Refuse(sequence.Expression, Advice.WholeSequence, otherwise);
        return this.InMemory(sequence.Expression, sequence.Whole, new Stored(this.Integer(0), new Scalar(this.builder.Constant(null, typeof(double[])))));
    }
}
