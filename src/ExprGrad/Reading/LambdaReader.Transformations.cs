using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;
using ExprGrad.Primitives;
using ExprGrad.Runtime;

namespace ExprGrad.Reading;

/// <summary>Methods of LINQ that make a sequence: which there are, and those whose elements are made from those of others.</summary>
internal sealed partial class LambdaReader
{
    private static readonly MethodInfo RangeLength = ((Func<int, int, int>)Sequences.RangeLength).Method;
    private static readonly MethodInfo AtLeast = ((Func<int, int, int>)Sequences.AtLeast).Method;

    /// <summary>A function that is applied to elements.</summary>
    private sealed record Function(Func<IReadOnlyList<Value>, Step<Value>> Apply, bool MayBeImpure)
    {
        public Step<Value> Of(params IReadOnlyList<Value> arguments) => this.Apply(arguments);
    }

    // The methods that are read, most of them in all their forms.
    private static readonly HashSet<string> Methods =
    [
        "Range", "Repeat", "Empty", "Select", "Index", "Where", "Zip", "SelectMany", "Take", "Skip", "TakeLast", "SkipLast", "TakeWhile", "SkipWhile", "Reverse", "Concat", "Append", "Prepend", "Chunk", "ToArray",
        "ToList", "AsEnumerable", "Sum", "Average", "Min", "Max", "Count", "LongCount", "Any", "All", "Contains", "First", "Last", "Single", "FirstOrDefault", "LastOrDefault", "SingleOrDefault",
        "ElementAt", "ElementAtOrDefault", "DefaultIfEmpty", "Aggregate",
    ];

    private static bool IsOfSequences(MethodInfo method) =>
        method.DeclaringType is { } type && (type == typeof(Enumerable) || type == typeof(ImmutableArrayExtensions) || type == typeof(MemoryExtensions));

    /// <summary>Reads a call of LINQ; null if it is not one of those that are read.</summary>
    private Step<Value>? ReadSequenceCall(MethodCallExpression call)
    {
        ParameterInfo[] parameters = call.Method.GetParameters();
        Type[] types = [.. parameters.Select(parameter => parameter.ParameterType)];
        return (call.Method.Name, types, call.Arguments) switch
        {
            ("Range", [_, _], [var start, var count]) => this.ReadRange(call, start, count),
            ("Repeat", [_, _], [var element, var count]) => this.ReadRepeat(call, element, count),
            ("Empty", [], _) => Step<Value>.From(this.WrittenOut(call, [])),
            ("Select", [_, var type], [var source, var f]) => this.ReadSelect(call, source, f, isNumbered: Arity(type) == 2),
            ("Index", [_], [var source]) => this.ReadIndex(call, source),
            ("Where", [_, var type], [var source, var test]) => this.ReadWhere(call, source, test, isNumbered: Arity(type) == 2),
            ("Zip", [_, _], [var first, var second]) => this.ReadZip(call, [first, second], null),
            ("Zip", [_, _, var type], [var first, var second, var third]) => Arity(type) == 2 ? this.ReadZip(call, [first, second], third) : this.ReadZip(call, [first, second, third], null),
            ("SelectMany", [_, var type], [var source, var inner]) => this.ReadSelectMany(call, source, inner, isNumbered: Arity(type) == 2, null),
            ("SelectMany", [_, var type, _], [var source, var inner, var result]) => this.ReadSelectMany(call, source, inner, isNumbered: Arity(type) == 2, result),
            ("Take" or "Skip" or "TakeLast" or "SkipLast", [_, var type], [var source, var count]) when type == typeof(int) => this.ReadPart(call, source, count),
            ("TakeWhile" or "SkipWhile", [_, var type], [var source, var test]) => this.ReadPartWhile(call, source, test, isTaken: call.Method.Name == "TakeWhile", isNumbered: Arity(type) == 2),
            ("DefaultIfEmpty", [_], [var source]) => this.ReadDefaultIfEmpty(call, source, null),
            ("DefaultIfEmpty", [_, _], [var source, var otherwise]) => this.ReadDefaultIfEmpty(call, source, otherwise),
            ("Reverse", [_], [var source]) when call.Type != typeof(void) => this.ReadReverse(call, source),
            ("Concat", [_, _], [var first, var second]) => this.ReadConcat(call, first, second),
            ("Append", [_, _], [var source, var element]) => this.ReadConcat(call, source, element, isFirst: false),
            ("Prepend", [_, _], [var source, var element]) => this.ReadConcat(call, source, element, isFirst: true),
            ("Chunk", [_, _], [var source, var size]) => this.ReadChunk(call, source, size),
            ("ToArray" or "ToList", [_], [var source]) => this.ReadStored(call, source),
            ("AsEnumerable", [_], [var source]) => this.ReadUnchanged(source),
            _ => this.ReadReduction(call, types),
        };
    }

    // How many arguments a function type takes.
    private static int Arity(Type type) => typeof(Delegate).IsAssignableFrom(type) ? type.GetMethod("Invoke")!.GetParameters().Length : 0;

    private Step<Function> ReadFunction(Expression expression) => this.ReadFunction(expression, this.Read);

    private async Step<Function> ReadFunction(Expression expression, Func<Expression, Step<Value>> read)
    {
        Expression target = expression;
        while (target is UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.Quote } conversion)
            target = conversion.Operand;
        // A static method by its name.
        if (target is MethodCallExpression { Method.Name: "CreateDelegate", Object: ConstantExpression { Value: MethodInfo { IsStatic: true } method }, Arguments: [_, ConstantExpression { Value: null }] })
        {
            ParameterExpression[] parameters = [.. method.GetParameters().Select(parameter => Expression.Parameter(parameter.ParameterType, parameter.Name))];
            MethodCallExpression body = Expression.Call(method, parameters);
            target = Expression.Lambda(body, parameters);
        }
        Value? callee = await this.ReadCallee(target);
        if (callee is Closure closure)
            return new Function(arguments => this.Inline(expression, closure, arguments, read), this.MayBeImpure(closure));
        Type result = expression.Type.GetMethod("Invoke")?.ReturnType ?? typeof(double);
        if (callee is not null)
            return new Function(_ => Step<Value>.From(new Scalar(this.Default(result))), MayBeImpure: false);
        Node function = await this.ReadNode(expression);
        return new Function(arguments => Step<Value>.From(this.CallDelegate(expression, function, arguments)), MayBeImpure: true);
    }

    private Value CallDelegate(Expression expression, Node function, IReadOnlyList<Value> arguments)
    {
        Node[] operands = [function, .. arguments.Select(this.Materialize)];
        ParameterExpression[] slots = [.. operands.Select(operand => Expression.Parameter(operand.Type))];
        InvocationExpression invocation = Expression.Invoke(slots[0], slots[1..]);
        if (!IsDiscrete(invocation.Type) && operands.Any(this.CarriesDerivative))
        {
            this.Refuse(expression, RefusalCode.CapturedDelegate, CallsDelegate);
            return new Scalar(this.Default(invocation.Type));
        }
        return new Scalar(this.Apply(new Opaque(slots, invocation, Behaviour.Impure | Behaviour.MayThrow), operands));
    }

    private async Step<Value> ReadRange(MethodCallExpression call, Expression first, Expression length)
    {
        Node start = await this.ReadNode(first), count = await this.ReadNode(length);
        if (!(start is Constant { Value: 0 } && IsLength(count)) && !(start is Constant { Value: int low } && count is Constant { Value: >= 0 and int many } && (long)low + many - 1 <= int.MaxValue))
            this.Check(RangeLength, start, count);
        return this.ByNumber(call, this.Written(call), () => Step<Elements>.From(new Elements(count, index => Step<Value>.From(new Scalar(this.Integer(ExpressionType.Add, index, start))))));
    }

    private static bool IsLength(Node count) => count is Constant { Value: >= 0 } or LoopIndex or Apply { Operation: Operator { Kind: ExpressionType.ArrayLength } };

    private async Step<Value> ReadRepeat(MethodCallExpression call, Expression element, Expression length)
    {
        Value value = await this.Read(element);
        Node count = await this.ReadNode(length);
        if (!IsLength(count))
            this.Check(AtLeast, count, this.Integer(0));
        return this.ByNumber(call, this.Written(call), () => Step<Elements>.From(new Elements(count, _ => Step<Value>.From(value))));
    }

    private async Step<Value> ReadSelect(MethodCallExpression call, Expression source, Expression selector, bool isNumbered)
    {
        Sequence elements = await this.ReadSequence(source);
        Function f = await this.ReadFunction(selector);
        return isNumbered ? this.SelectNumbered(call, elements, f.MayBeImpure, (element, number) => f.Of(element, number)) : this.Select(call, elements, f);
    }

    private async Step<Value> ReadIndex(MethodCallExpression call, Expression source)
    {
        Function pair = this.Tuple(ElementTypeOf(call.Type)!);
        return this.SelectNumbered(call, await this.ReadSequence(source), mayBeImpure: false, (element, number) => pair.Of(number, element));
    }

    private Sequence SelectNumbered(Expression expression, Sequence source, bool mayBeImpure, Func<Value, Value, Step<Value>> f) => source.ByNumber is null
        ? this.Enumerated(expression, source, mayBeImpure, (pass, body) => this.EnumerateNumbered(source, pass, async (element, number) => await body(await f(element, new Scalar(number)))))
        : this.Map(expression, source, mayBeImpure, (element, number) => f(element, new Scalar(number!)), isOnlyEnumerated: true);

    private Sequence Select(Expression expression, Sequence source, Function f) => this.Map(expression, source, f.MayBeImpure, (element, _) => f.Of(element));

    // Each element becomes another; it has a number if those of the source have.
    private Sequence Map(Expression expression, Sequence source, bool mayBeImpure, Func<Value, Node?, Step<Value>> f, bool isOnlyEnumerated = false)
    {
        if (source.ByNumber is null)
            return this.Enumerated(expression, source, mayBeImpure, (pass, body) => source.Enumerate(pass, async element => await body(await f(element, null))));
        return this.ByNumber(expression, this.Written(expression), async () =>
        {
            Elements elements = await source.ByNumber();
            return elements with
            {
                At = async index => await f(await elements.At(index), index),
                IsOnlyEnumerated = isOnlyEnumerated || elements.IsOnlyEnumerated,
                OnTheWay = isOnlyEnumerated ? null : elements.OnTheWay ?? elements.At,
            };
        }, mayBeImpure || source.MayBeImpure, source.IsWrittenOut);
    }

    // A sequence that is enumerated with its source; it is no longer unless a bound says so.
    private Sequence Enumerated(Expression expression, Sequence source, bool mayBeImpure, Func<Pass, Func<Value, Step<Done>>, Step<Done>> enumerate, Func<Step<Node>>? bound = null) => new()
    {
        Expression = expression,
        Whole = this.Written(expression),
        Enumerate = enumerate,
        Bound = bound ?? source.Bound,
        MayBeImpure = mayBeImpure || source.MayBeImpure,
        IsWrittenOut = source.IsWrittenOut,
    };

    private async Step<Value> ReadWhere(MethodCallExpression call, Expression source, Expression test, bool isNumbered)
    {
        Sequence elements = await this.ReadSequence(source);
        Function f = await this.ReadFunction(test);
        return isNumbered
            ? this.Enumerated(call, elements, f.MayBeImpure, (pass, body) => this.EnumerateNumbered(elements, pass,
                async (element, number) => await pass.If(this.Materialize(await f.Of(element, new Scalar(number))), () => body(element))))
            : this.Where(call, elements, f);
    }

    private Sequence Where(Expression expression, Sequence source, Function test) => this.Enumerated(expression, source, test.MayBeImpure, (pass, body) =>
        source.Enumerate(pass, async element => await pass.If(this.Materialize(await test.Of(element)), () => body(element))));

    private async Step<Value> ReadZip(MethodCallExpression call, IReadOnlyList<Expression> sources, Expression? result)
    {
        var sequences = new Sequence[sources.Count];
        for (int k = 0; k < sequences.Length; k++)
            sequences[k] = await this.ReadSequence(sources[k]);
        Function f = result is null ? this.Tuple(ElementTypeOf(call.Type)!) : await this.ReadFunction(result);
        return this.ByNumber(call, this.Written(call), async () =>
        {
            var all = new Elements[sequences.Length];
            for (int k = 0; k < all.Length; k++)
                all[k] = await this.ElementsOf(sequences[k]);
            Node count = all.Select(elements => elements.Count).Aggregate((a, b) => this.Extremum(Extreme.Smaller, a, b));
            return new Elements(count, async index =>
            {
                var parts = new Value[all.Length];
                for (int k = 0; k < parts.Length; k++)
                    parts[k] = await all[k].At(index);
                return await f.Of(parts);
            })
            {
                AtEnd = () => this.AskInTurn([.. all.Select((source, k) => (source, sequences[k].IsInMemory))], count),
                IsOnlyEnumerated = true,
            };
        }, f.MayBeImpure || sequences.Any(sequence => sequence.MayBeImpure), sequences.All(sequence => sequence.IsWrittenOut));
    }

    // Each source is asked for the element of a number, until one has none: those before it have then evaluated theirs.
    private async Step<Done> AskInTurn(IReadOnlyList<(Elements Source, bool IsInMemory)> sources, Node number)
    {
        ((Elements source, bool isInMemory), var others) = (sources[0], sources.Skip(1).ToArray());
        Node isLonger = this.IsLess(number, source.Count);
        var pass = new Pass(this, mayBeImpure: false, writesOut: false);
        if (others.Length > 0)
        {
            await pass.If(isLonger, async () =>
            {
                if (!isInMemory)
                    await source.At(number);
                return await this.AskInTurn(others, number);
            });
        }
        return source.AtEnd is null ? default : await pass.If(this.builder.Apply(Operator.Not, isLonger), source.AtEnd);
    }

    private Node IsLess(Node a, Node b) => ReferenceEquals(a, b) ? this.builder.Constant(false, typeof(bool))
        : (a, b) is (Constant { Value: int left }, Constant { Value: int right }) ? this.builder.Constant(left < right, typeof(bool))
        : this.builder.Apply(Operator.Compare(ExpressionType.LessThan, typeof(int)), a, b);

    private Function Tuple(Type type)
    {
        ConstructorInfo constructor = type.GetConstructors().Single(candidate => candidate.GetParameters().Length > 0);
        NewExpression creation = Expression.New(constructor, constructor.GetParameters().Select(parameter => Expression.Parameter(parameter.ParameterType)));
        return new Function(parts => Step<Value>.From(this.Compose(creation, parts, FieldStores.OfConstructor(constructor)!.ToDictionary(store => store.Key, store => parts[store.Value]))), MayBeImpure: false);
    }

    private async Step<Value> ReadSelectMany(MethodCallExpression call, Expression source, Expression inner, bool isNumbered, Expression? result)
    {
        Sequence outers = await this.ReadSequence(source);
        Function f = await this.ReadFunction(inner, this.ReadFresh);
        f = f with { MayBeImpure = f.MayBeImpure || ReturnsCode(inner) };
        Function? combine = result is null ? null : await this.ReadFunction(result);
        async Step<Sequence> InnerOf(Value element, Node number) => this.SequenceOf(inner, isNumbered ? await f.Of(element, new Scalar(number)) : await f.Of(element), isArgument: false);
        Step<Done> EnumerateOuter(Pass pass, Func<Value, Node, Step<Done>> body) => isNumbered ? this.EnumerateNumbered(outers, pass, body) : outers.Enumerate(pass, element => body(element, null!));
        return this.Enumerated(call, outers, f.MayBeImpure || combine is { MayBeImpure: true }, async (pass, body) =>
        {
            int carried = pass.CarriedCount;
            return await EnumerateOuter(pass, async (element, number) =>
            {
                Sequence inners = await InnerOf(element, number);
                return await pass.Inside(carried, () => inners.Enumerate(pass, async each => await body(combine is null ? each : await combine.Of(element, each))));
            });
        }, async () =>
        {
            var pass = new Pass(this, outers.MayBeImpure || f.MayBeImpure, writesOut: outers.IsWrittenOut);
            return await this.SumIn(pass, typeof(int), use => EnumerateOuter(pass, async (element, number) => await use(new Scalar(await (await InnerOf(element, number)).Bound()))));
        });
    }

    // Whether enumerating what a lambda returns may run code.
    private static bool ReturnsCode(Expression inner) => Unquote(inner) is LambdaExpression { Body: var sequence } && MayRunCode(sequence);

    // Whether enumerating what C# evaluates may run code; queries are read, and so is what lambdas return.
    private static bool MayRunCode(Expression sequence) => WithoutConversion(sequence) switch
    {
        ConditionalExpression choice => MayRunCode(choice.IfTrue) || MayRunCode(choice.IfFalse),
        MethodCallExpression { Method: var method } when IsOfSequences(method) => false,
        var other => !RunsNoCode(other.Type),
    };
}
