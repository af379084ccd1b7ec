using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Reading;

/// <summary>Methods of LINQ that give the elements of a sequence back as they are: some of them, in another order, with those of another one, or in memory.</summary>
internal sealed partial class LambdaReader
{
    private async Step<Value> ReadPart(MethodCallExpression call, Expression source, Expression length)
    {
        Sequence elements = await this.ReadSequence(source);
        Node count = this.Extremum(Extreme.Larger, this.Integer(0), await this.ReadNode(length));
        return call.Method.Name switch
        {
            "Take" => this.Take(call, elements, count),
            "Skip" => this.Skip(call, elements, count),
            "TakeLast" => this.Slice(call, elements, all => this.Extremum(Extreme.Larger, this.Integer(0), this.Integer(ExpressionType.Subtract, all, count)), all => this.Extremum(Extreme.Smaller, all, count)),
            _ => this.Slice(call, elements, _ => this.Integer(0), all => this.Extremum(Extreme.Larger, this.Integer(0), this.Integer(ExpressionType.Subtract, all, count))),
        };
    }

    // What of the source is left: where it starts, and how many elements it has.
    private Sequence Slice(Expression expression, Sequence source, Func<Node, Node> start, Func<Node, Node> length) => this.ByNumber(expression, this.Written(expression), async () =>
    {
        Elements all = await this.ElementsOf(source);
        Node first = start(all.Count);
        await this.PassOver(all, first, all.At);
        return all with { Count = length(all.Count), At = index => all.At(this.Integer(ExpressionType.Add, index, first)), OnTheWay = null };
    }, source.MayBeImpure, source.IsWrittenOut);

    private Sequence Take(Expression expression, Sequence source, Node count) => source.ByNumber is not null
        ? this.ByNumber(expression, this.Written(expression), async () =>
        {
            Elements all = await source.ByNumber();
            // Nothing is asked for behind the last element that is taken.
            return all with
            {
                Count = this.Extremum(Extreme.Smaller, all.Count, count),
                OnTheWay = null,
                AtEnd = all.AtEnd is null ? null : () => new Pass(this, mayBeImpure: false, writesOut: false).If(this.IsLess(all.Count, count), all.AtEnd),
            };
        }, source.MayBeImpure, source.IsWrittenOut)
        : this.Enumerated(expression, source, mayBeImpure: false, (pass, body) =>
        {
            Carried taken = pass.Carry(0);
            Node IsOpen() => this.builder.Apply(Operator.Compare(ExpressionType.LessThan, typeof(int)), this.Materialize(taken.Value), count);
            return pass.While(IsOpen, () => source.Enumerate(pass, element => pass.If(IsOpen(), async () =>
            {
                taken.Value = new Scalar(this.Integer(ExpressionType.Add, this.Materialize(taken.Value), this.Integer(1)));
                return await body(element);
            })));
        });

    private Sequence Skip(Expression expression, Sequence source, Node count) => source.ByNumber is not null
        ? this.Slice(expression, source, _ => count, all => this.Extremum(Extreme.Larger, this.Integer(0), this.Integer(ExpressionType.Subtract, all, count)))
        : this.Enumerated(expression, source, mayBeImpure: false, (pass, body) => this.EnumerateNumbered(source, pass, (element, number) =>
            pass.If(this.builder.Apply(Operator.Compare(ExpressionType.GreaterThanOrEqual, typeof(int)), number, count), () => body(element))));

    // As long as the test holds; or from where it first does not.
    private async Step<Value> ReadPartWhile(MethodCallExpression call, Expression source, Expression test, bool isTaken, bool isNumbered)
    {
        Sequence elements = await this.ReadSequence(source);
        Function f = await this.ReadFunction(test);
        return this.Enumerated(call, elements, f.MayBeImpure, (pass, body) =>
        {
            Carried holds = pass.Carry(true);
            Node Holds() => this.Materialize(holds.Value);
            async Step<Done> Test(Value element, Node number)
            {
                holds.Value = new Scalar(this.Materialize(isNumbered ? await f.Of(element, new Scalar(number)) : await f.Of(element)));
                return default;
            }
            Step<Done> Enumerate(Func<Value, Node, Step<Done>> use) => isNumbered ? this.EnumerateNumbered(elements, pass, use) : elements.Enumerate(pass, element => use(element, null!));
            return isTaken
                ? pass.While(Holds, () => Enumerate((element, number) => pass.If(Holds(), async () =>
                {
                    await Test(element, number);
                    return await pass.If(Holds(), () => body(element));
                })))
                : Enumerate(async (element, number) =>
                {
                    await pass.If(Holds(), () => Test(element, number));
                    return await pass.If(this.builder.Apply(Operator.Not, Holds()), () => body(element));
                });
        });
    }

    private async Step<Value> ReadDefaultIfEmpty(MethodCallExpression call, Expression source, Expression? otherwise)
    {
        Sequence elements = await this.ReadSequence(source);
        Value? instead = otherwise is null ? null : await this.Read(otherwise);
        return this.ByNumber(call, this.Written(call), async () =>
        {
            Elements all = await this.ElementsOf(elements);
            Node isThere = this.IsPositive(all.Count);
            Node count = this.Extremum(Extreme.Larger, all.Count, this.Integer(1));
            if (all.Count is Constant { Value: int known })
                return known > 0 ? all : all with { Count = count, At = _ => Step<Value>.From(instead ?? new Scalar(this.Default(ElementTypeOf(call.Type)!))) };
            return all with
            {
                Count = count,
                At = async index =>
                {
                    Value? element = null;
                    return await this.ReadCases(call, isThere, [() => Step<Value>.From(instead ?? this.DefaultLike(element!)), async () => element = await all.At(index)]);
                },
            };
        }, elements.MayBeImpure, elements.IsWrittenOut);
    }

    private async Step<Value> ReadReverse(MethodCallExpression call, Expression source)
    {
        Sequence elements = await this.ReadSequence(source);
        return this.ByNumber(call, this.Written(call), async () =>
        {
            Elements all = await this.KeptElementsOf(elements);
            Node last = this.Integer(ExpressionType.Subtract, all.Count, this.Integer(1));
            return all with { At = index => all.At(this.Integer(ExpressionType.Subtract, last, index)), IsOnlyEnumerated = false, OnTheWay = null };
        }, elements.MayBeImpure, elements.IsWrittenOut);
    }

    private async Step<Value> ReadConcat(MethodCallExpression call, Expression first, Expression second) => this.Concat(call, await this.ReadSequence(first), await this.ReadSequence(second));

    private async Step<Value> ReadConcat(MethodCallExpression call, Expression source, Expression element, bool isFirst)
    {
        Sequence elements = await this.ReadSequence(source), added = this.WrittenOut(element, [await this.Read(element)]);
        return isFirst ? this.Concat(call, added, elements) : this.Concat(call, elements, added);
    }

    private Sequence Concat(Expression expression, Sequence first, Sequence second) => this.ByNumber(expression, this.Written(expression), async () =>
    {
        Elements before = await this.ElementsOf(first), after = await this.ElementsOf(second);
        return new Elements(this.Integer(ExpressionType.Add, before.Count, after.Count), index =>
        {
            Node test = index is Constant { Value: int k } && before.Count is Constant { Value: int n } ? this.builder.Constant(k < n, typeof(bool))
                : this.builder.Apply(Operator.Compare(ExpressionType.LessThan, typeof(int)), index, before.Count);
            return this.ReadCases(expression, test, [() => after.At(this.Integer(ExpressionType.Subtract, index, before.Count)), () => before.At(index)]);
        })
        {
            AtEnd = (before.AtEnd, after.AtEnd) is (null, null) ? null : async () =>
            {
                var pass = new Pass(this, mayBeImpure: false, writesOut: false);
                await pass.End(before);
                return await pass.End(after);
            },
        };
    }, first.MayBeImpure || second.MayBeImpure, first.IsWrittenOut && second.IsWrittenOut);

    private async Step<Value> ReadChunk(MethodCallExpression call, Expression source, Expression length)
    {
        Sequence elements = await this.ReadSequence(source);
        Node size = this.Check(AtLeast, await this.ReadNode(length), this.Integer(1));
        return this.ByNumber(call, this.Written(call), async () =>
        {
            Elements all = await this.ElementsOf(elements);
            // No longer than all, so that the sum below does not overflow.
            Node each = this.Extremum(Extreme.Smaller, size, this.Extremum(Extreme.Larger, this.Integer(1), all.Count));
            Node last = this.Integer(ExpressionType.Add, all.Count, this.Integer(ExpressionType.Subtract, each, this.Integer(1)));
            return all with
            {
                Count = this.Apply(Operator.Integer(ExpressionType.Divide), last, each),
                At = async index =>
                {
                    Sequence chunk = this.Chunk(call, elements, all, each, index);
                    // An array in the plain lambda: filled when the enumeration comes to it.
                    if (elements.MayBeImpure)
                        return await this.Store(chunk);
                    if (!elements.IsInMemory)
                        await this.Evaluate(await chunk.ByNumber!());
                    return chunk;
                },
            };
        }, elements.MayBeImpure);
    }

    private Sequence Chunk(MethodCallExpression call, Sequence source, Elements all, Node size, Node index)
    {
        Node start = this.builder.Apply(Operator.Integer(ExpressionType.Multiply), index, size);
        Node count = this.Extremum(Extreme.Smaller, size, this.Integer(ExpressionType.Subtract, all.Count, start));
        return this.ByNumber(call, () => this.Refuse(call, Advice.WholeSequence, "A chunk of a sequence is used as a whole.").Node,
            () => Step<Elements>.From(new Elements(count, k => all.At(this.Integer(ExpressionType.Add, start, k)))), source.MayBeImpure, isInMemory: true);
    }

    private async Step<Value> ReadStored(MethodCallExpression call, Expression source) => await this.Store((await this.ReadSequence(source)).As(call, this.Written(call)));

    private async Step<Value> ReadUnchanged(Expression source) => await this.ReadSequence(source);
}
