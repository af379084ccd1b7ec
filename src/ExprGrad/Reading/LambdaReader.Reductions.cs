using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;
using ExprGrad.Primitives;
using ExprGrad.Runtime;

namespace ExprGrad.Reading;

/// <summary>Methods of LINQ that make one value of a sequence.</summary>
internal sealed partial class LambdaReader
{
    private static readonly MethodInfo NotEmpty = ((Func<int, int>)Sequences.NotEmpty).Method;
    private static readonly MethodInfo NotSeveral = ((Func<int, int>)Sequences.NotSeveral).Method;

    private Step<Value>? ReadReduction(MethodCallExpression call, Type[] types)
    {
        bool isNumber = IsNumber(call.Type);
        Expression? f = types.Length == 2 && Arity(types[1]) == 1 ? call.Arguments[1] : null;
        bool takesFunction = types.Length == 1 || f is not null;
        // What FirstOrDefault and the like give where there is nothing.
        Expression? otherwise = types.Length > 1 && types[^1] == call.Type && call.Method.Name.EndsWith("OrDefault", StringComparison.Ordinal) ? call.Arguments[^1] : null;
        f = otherwise is not null && types.Length == 3 ? call.Arguments[1] : f;
        return (call.Method.Name, call.Arguments.Count) switch
        {
            ("Sum" or "Average" or "Min" or "Max", _) when NumberOf(call.Type) is not null && takesFunction && NumberOf(AveragedType(call, f)) is not null => this.ReadOfPresent(call, f),
            ("Sum", _) when isNumber && takesFunction => this.ReadSum(call, f),
            ("Average", _) when isNumber && takesFunction && IsNumber(AveragedType(call, f)) => this.ReadAverage(call, f),
            ("Min" or "Max", _) when isNumber && takesFunction => this.ReadExtreme(call, f, isMax: call.Method.Name == "Max"),
            ("Count" or "LongCount", _) when isNumber && takesFunction => this.ReadCount(call, f),
            ("Any", _) when takesFunction => this.ReadAny(call, f, isAll: false),
            ("All", _) when takesFunction => this.ReadAny(call, f, isAll: true),
            ("Contains", 2) => this.ReadContains(call),
            ("First" or "Last" or "Single" or "FirstOrDefault" or "LastOrDefault" or "SingleOrDefault", _) when takesFunction || (otherwise is not null && types.Length < 4) => this.ReadFirst(call, f, otherwise),
            ("ElementAt" or "ElementAtOrDefault", 2) when types[1] == typeof(int) => this.ReadElementAt(call),
            ("Aggregate", 2) => this.ReadAggregate(call, null, call.Arguments[1], null),
            ("Aggregate", 3) => this.ReadAggregate(call, call.Arguments[1], call.Arguments[2], null),
            ("Aggregate", 4) => this.ReadAggregate(call, call.Arguments[1], call.Arguments[2], call.Arguments[3]),
            _ => null,
        };
    }

    private static bool IsNumber(Type type) => type == typeof(double) || type == typeof(float) || type == typeof(int) || type == typeof(long);

    private static Type AveragedType(MethodCallExpression call, Expression? f) =>
        f is null ? ElementTypeOf(call.Arguments[0].Type) ?? typeof(object) : call.Method.GetParameters()[1].ParameterType.GetMethod("Invoke")!.ReturnType;

    /// <summary>The source of a reduction, and a function applied to it; or the value of the call, where it has nothing to read: it only reads what does not depend on the input.</summary>
    private async Step<(Sequence? Source, Value Whole)> ReadSource(MethodCallExpression call, Expression? selector)
    {
        Expression expression = WithoutConversion(call.Arguments[0]);
        Value value = await this.ReadFresh(expression);
        if (call.Arguments.Count == 1 && value is Scalar { Node: var node } && !this.CarriesDerivative(node) && ReferenceEquals(expression, call.Arguments[0]))
        {
            bool isPure = node.Type.IsArray || RunsNoCode(node);
            return (null, new Scalar(this.Apply(Opaque.Of(call, Behaviour.MayThrow | (isPure ? Behaviour.ReadsState : Behaviour.Impure)), node)));
        }
        Sequence source = this.SequenceOf(expression, value);
        return (selector is null ? source : this.Select(call, source, await this.ReadFunction(selector)), value);
    }

    private async Step<Value> ReadSum(MethodCallExpression call, Expression? selector) =>
        await this.ReadSource(call, selector) is var (source, whole) && source is null ? whole : new Scalar(await this.Sum(source!, call.Type));

    /// <summary>The sum of numbers as LINQ adds them: from 0 on, in order, floats in double, integers checked.</summary>
    private async Step<Node> Sum(Sequence source, Type type, bool keepsSign = false)
    {
        var pass = new Pass(this, source.MayBeImpure, source.IsWrittenOut);
        Type accumulator = type == typeof(float) ? typeof(double) : type;
        Node sum = await this.SumIn(pass, accumulator, use => source.Enumerate(pass, use), keepsSign);
        return this.Convert(sum, type);
    }

    private async Step<Node> SumIn(Pass pass, Type type, Func<Func<Value, Step<Done>>, Step<Done>> enumerate, bool keepsSign = false)
    {
        Node zero = keepsSign ? this.builder.Constant(-0.0) : this.Default(type);
        if (pass.WritesOut)
        {
            Carried sum = pass.Carry(new Scalar(zero));
            await enumerate(element =>
            {
                sum.Value = new Scalar(this.Add(this.Materialize(sum.Value), this.Convert(this.Materialize(element), type)));
                return Step<Done>.From(default);
            });
            return this.Materialize(sum.Value);
        }
        (Region Site, Node Term)? added = null;
        await enumerate(element =>
        {
            added = (this.builder.Region, this.Convert(this.Materialize(element), type));
            return Step<Done>.From(default);
        });
        return added is var (site, term) ? pass.Sum(site, term, keepsSign) : zero;
    }

    private Node Add(Node a, Node b) =>
        a.Type == typeof(double) ? this.builder.Apply(Arithmetic.Add, a, b)
        : this.Apply(Operator.Of(Expression.AddChecked(Expression.Parameter(a.Type), Expression.Parameter(b.Type)), Behaviour.Total), a, b);

    private Node Convert(Node number, Type type) =>
        number.Type == type ? number
        : IsReal(number.Type) && IsReal(type) ? this.builder.Apply(new Rounding(type), number)
        : this.builder.Apply(Operator.Convert(number.Type, type), number);

    private async Step<Value> ReadAverage(MethodCallExpression call, Expression? selector)
    {
        if (await this.ReadSource(call, selector) is var (source, whole) && source is null)
            return whole;
        Type type = AveragedType(call, selector), accumulator = IsReal(type) ? typeof(double) : typeof(long);
        // LINQ starts with the first element, but in memory from 0: that differs for −0.
        bool keepsSign = IsReal(type) && !(selector is null && source!.IsInMemory);
        var pass = new Pass(this, source!.MayBeImpure, source.IsWrittenOut);
        Node? count = null;
        Carried? counter = null;
        Node sum;
        if (source.ByNumber is { } byNumber)
        {
            Elements elements = await byNumber();
            count = elements.Count;
            sum = await this.SumIn(pass, accumulator, use => this.EnumerateByNumber(() => Step<Elements>.From(elements), pass.WritesOut, pass, (element, _) => use(element)), keepsSign);
        }
        else
        {
            (Region Site, Node One)? counted = null;
            if (pass.WritesOut)
                counter = pass.Carry(0);
            sum = await this.SumIn(pass, accumulator, use => source.Enumerate(pass, element =>
            {
                if (counter is not null)
                    counter.Value = new Scalar(this.Integer(ExpressionType.Add, this.Materialize(counter.Value), this.Integer(1)));
                counted = (this.builder.Region, this.Integer(1));
                return use(element);
            }), keepsSign);
            count = counter is not null ? this.Materialize(counter.Value) : counted is var (site, one) ? pass.Sum(site, one) : this.Integer(0);
        }
        Node checkedCount = this.Check(NotEmpty, count);
        Node average = this.builder.Apply(Arithmetic.Divide, this.Convert(sum, typeof(double)), this.Convert(checkedCount, typeof(double)));
        return new Scalar(this.Convert(average, call.Type));
    }

    private async Step<Value> ReadCount(MethodCallExpression call, Expression? test)
    {
        if (await this.ReadSource(call, null) is var (source, whole) && source is null)
            return whole;
        Sequence counted = test is null ? source! : this.Where(call, source!, await this.ReadFunction(test));
        return new Scalar(this.Convert(await this.Count(counted), call.Type));
    }

    private async Step<Node> Count(Sequence sequence)
    {
        if (sequence.ByNumber is null || sequence.MayBeImpure)
        {
            var pass = new Pass(this, sequence.MayBeImpure, sequence.IsWrittenOut);
            return await this.SumIn(pass, typeof(int), use => sequence.Enumerate(pass, _ => use(new Scalar(this.Integer(1)))));
        }
        Elements elements = await sequence.ByNumber();
        if (!sequence.IsInMemory)
            await this.Evaluate(elements);
        return elements.Count;
    }

    // An enumeration for nothing: elements may throw.
    private Step<Done> Evaluate(Elements elements) =>
        this.EnumerateByNumber(() => Step<Elements>.From(elements), isWrittenOut: false, new Pass(this, mayBeImpure: false, writesOut: false), (_, _) => Step<Done>.From(default));

    private async Step<Value> ReadAny(MethodCallExpression call, Expression? test, bool isAll)
    {
        if (await this.ReadSource(call, null) is var (source, whole) && source is null)
            return whole;
        if (test is null && source!.ByNumber is not null && !source.MayBeImpure)
        {
            Elements elements = await source.ByNumber();
            await this.AskFor(elements, this.Integer(0));
            return new Scalar(this.IsPositive(elements.Count));
        }
        Function f = test is null ? new Function(_ => Step<Value>.From(new Scalar(this.builder.Constant(true, typeof(bool)))), MayBeImpure: false) : await this.ReadFunction(test);
        return await this.Any(source!, f, isAll);
    }

    /// <summary>Whether a test holds for an element, or for all; no element is tested after the one that decides.</summary>
    private async Step<Value> Any(Sequence source, Function test, bool isAll)
    {
        var pass = new Pass(this, source.MayBeImpure || test.MayBeImpure, source.IsWrittenOut);
        Carried result = pass.Carry(isAll);
        Node IsOpen() => isAll ? this.Materialize(result.Value) : this.builder.Apply(Operator.Not, this.Materialize(result.Value));
        await pass.While(IsOpen, () => source.Enumerate(pass, element => pass.If(IsOpen(), async () =>
        {
            result.Value = new Scalar(this.Materialize(await test.Of(element)));
            return default;
        })));
        return result.Value;
    }

    private async Step<Value> ReadContains(MethodCallExpression call)
    {
        Sequence source = await this.ReadSequence(call.Arguments[0]);
        Node wanted = await this.ReadNode(call.Arguments[1]);
        MethodInfo equals = typeof(EqualityComparer<>).MakeGenericType(wanted.Type).GetMethod("Equals", [wanted.Type, wanted.Type])!;
        ParameterExpression a = Expression.Parameter(wanted.Type), b = Expression.Parameter(wanted.Type);
        MethodCallExpression body = Expression.Call(Expression.Property(null, equals.DeclaringType!, "Default"), equals, a, b);
        bool isPure = wanted.Type.IsPrimitive || wanted.Type.IsEnum || wanted.Type == typeof(string);
        var operation = new Opaque([a, b], body, isPure ? Behaviour.Total : Behaviour.Impure | Behaviour.MayThrow, equals);
        return await this.Any(source, new Function(arguments => Step<Value>.From(new Scalar(this.Apply(operation, this.Materialize(arguments[0]), wanted))), !isPure), isAll: false);
    }

    private async Step<Value> ReadFirst(MethodCallExpression call, Expression? test, Expression? otherwise)
    {
        if (await this.ReadSource(call, null) is var (source, whole) && source is null)
            return whole;
        Value? instead = otherwise is null ? null : await this.Read(otherwise);
        string name = call.Method.Name;
        bool orDefault = name.EndsWith("OrDefault", StringComparison.Ordinal);
        Sequence sequence = test is null ? source! : this.Where(call, source!, await this.ReadFunction(test));
        bool isLast = name.StartsWith("Last", StringComparison.Ordinal), isSingle = name.StartsWith("Single", StringComparison.Ordinal);
        // What is found by enumeration is found by as much of it as in the plain lambda.
        if (sequence.ByNumber is null && !isLast)
            sequence = this.Take(call, sequence, this.Integer(isSingle ? 2 : 1));
        Elements elements = await this.ElementsOf(sequence);
        if (isLast)
            await this.PassOver(elements, elements.Count, elements.OnTheWay ?? elements.At);
        await this.AskFor(elements, isLast ? elements.Count : this.Integer(isSingle ? 1 : 0));
        if (isSingle)
            this.Check(NotSeveral, elements.Count);
        if (!orDefault)
            this.Check(NotEmpty, elements.Count);
        return await this.AtOrDefault(call, elements, () => isLast ? this.Integer(ExpressionType.Subtract, elements.Count, this.Integer(1)) : this.Integer(0),
            this.IsPositive(elements.Count), instead);
    }

    private async Step<Value> ReadElementAt(MethodCallExpression call)
    {
        Sequence source = await this.ReadSequence(call.Arguments[0]);
        Node index = await this.ReadNode(call.Arguments[1]);
        if (source.ByNumber is null)
            source = this.Take(call, source, this.Extremum(Extreme.Larger, this.Integer(0), this.Integer(ExpressionType.Add, index, this.Integer(1))));
        Elements elements = await this.ElementsOf(source);
        await this.PassOver(elements, index, elements.OnTheWay ?? elements.At);
        await this.AskFor(elements, index);
        if (call.Method.Name == "ElementAt")
            return await elements.At(IndexRange.IsBelow(index, elements.Count) ? index : this.Apply(IndexCheck.OfList, index, elements.Count));
        Node isInside = this.builder.Apply(Operator.And, this.builder.Apply(Operator.Compare(ExpressionType.GreaterThanOrEqual, typeof(int)), index, this.Integer(0)),
            this.builder.Apply(Operator.Compare(ExpressionType.LessThan, typeof(int)), index, elements.Count));
        return await this.AtOrDefault(call, elements, () => index, isInside);
    }

    // An enumeration as far as the element of a number finds out if there is none.
    private async Step<Done> AskFor(Elements elements, Node number) =>
        elements.AtEnd is null ? default : await new Pass(this, mayBeImpure: false, writesOut: false).If(this.builder.Apply(Operator.Not, this.IsLess(number, elements.Count)), elements.AtEnd);

    // Evaluates what an enumeration comes to before the element of a number.
    private async Step<Done> PassOver(Elements elements, Node number, Func<Node, Step<Value>> at)
    {
        if (!elements.IsOnlyEnumerated || number is Constant { Value: <= 0 })
            return default;
        var pass = new Pass(this, mayBeImpure: true, writesOut: false);
        return await pass.Loop(this.Extremum(Extreme.Smaller, number, elements.Count), async index =>
        {
            await at(index);
            return default;
        });
    }

    // An element where a test says that there is one.
    private async Step<Value> AtOrDefault(MethodCallExpression call, Elements elements, Func<Node> index, Node isThere, Value? instead = null)
    {
        if (elements.Count is Constant { Value: int count } && index() is Constant { Value: int k })
            return k >= 0 && k < count ? await elements.At(index()) : instead ?? new Scalar(this.Default(call.Type));
        // An element that is a sequence is computed when it is enumerated.
        if (call.Type != typeof(string) && ElementTypeOf(call.Type) is not null)
            return await elements.At(index());
        Value? element = null;
        return await this.ReadCases(call, isThere, [() => Step<Value>.From(instead ?? this.DefaultLike(element!)), async () => element = await elements.At(index())]);
    }

    private Value DefaultLike(Value value) => value switch
    {
        Composite { IsInMemory: false } composite => composite.With(composite.Fields.ToDictionary(field => field.Key, field => this.DefaultLike(field.Value))),
        _ => new Scalar(this.Default(((Scalar)value).Node.Type)),
    };
}
