using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Reading;

/// <summary>Methods of LINQ that carry a value from one element to the next: <c>Aggregate</c>, <c>Min</c>, <c>Max</c>.</summary>
internal sealed partial class LambdaReader
{
    private async Step<Value> ReadAggregate(MethodCallExpression call, Expression? seed, Expression function, Expression? result)
    {
        Sequence source = await this.ReadSequence(call.Arguments[0]);
        if (seed is ConstantExpression { Value: 0.0 } zero && !double.IsNegative((double)zero.Value!) && TermOf(function) is { } term)
        {
            Sequence terms = this.Select(call, source, await this.ReadFunction(term));
            return await this.Apply(result, new Scalar(await this.Sum(terms, typeof(double))));
        }
        Value? initial = seed is null ? null : await this.ReadFresh(seed);
        Function f = await this.ReadFunction(function, this.ReadFresh);
        Value last = initial is null ? await this.Aggregate(call, source, f) : await this.Aggregate(call, source, initial, f);
        return await this.Apply(result, last);
    }

    private async Step<Value> Apply(Expression? function, Value argument) => function is null ? argument : await (await this.ReadFunction(function)).Of(argument);

    // (s, e) => s + term or (s, e) => term + s: a sum, which needs no storage in reverse.
    private static LambdaExpression? TermOf(Expression function)
    {
        if (Unquote(function) is not LambdaExpression { Body: BinaryExpression { NodeType: ExpressionType.Add, Method: null } sum, Parameters: [var state, var element] } || sum.Type != typeof(double))
            return null;
        Expression? term = ReferenceEquals(sum.Left, state) ? sum.Right : ReferenceEquals(sum.Right, state) ? sum.Left : null;
        return term is null || Children.AllOf(term).Contains(state) ? null : Expression.Lambda(term, element);
    }

    private async Step<Value> Aggregate(MethodCallExpression call, Sequence source, Value initial, Function f)
    {
        Pass pass = this.PassOver(call, source, f.MayBeImpure);
        Carried state = pass.Carry(await this.Settle(call, initial));
        await source.Enumerate(pass, async element =>
        {
            state.Value = await f.Of(state.Value, element);
            return default;
        });
        return state.Value;
    }

    // Without a seed the first element is the state that the second one meets.
    private async Step<Value> Aggregate(MethodCallExpression call, Sequence source, Function f)
    {
        Elements elements = await this.ElementsOf(source);
        this.Check(NotEmpty, elements.Count);
        Value first = await this.AtOrDefault(call, elements, () => this.Integer(0), this.IsPositive(elements.Count));
        Pass pass = this.PassOver(call, source, f.MayBeImpure);
        Carried state = pass.Carry(await this.Settle(call, first));
        Elements rest = elements with { Count = this.Integer(ExpressionType.Subtract, elements.Count, this.Integer(1)), At = index => elements.At(this.Integer(ExpressionType.Add, index, this.Integer(1))) };
        await this.EnumerateByNumber(() => Step<Elements>.From(rest), pass.WritesOut, pass, async (element, _) =>
        {
            state.Value = await f.Of(state.Value, element);
            return default;
        });
        return state.Value;
    }

    private Pass PassOver(MethodCallExpression call, Sequence source, bool mayBeImpure) =>
        new(this, source.MayBeImpure || mayBeImpure, source.IsWrittenOut) { IsInactive = this.IsInactive(call) };

    private async Step<Value> ReadExtreme(MethodCallExpression call, Expression? selector, bool isMax)
    {
        if (await this.ReadSource(call, selector) is var (source, whole) && source is null)
            return whole;
        Elements elements = await this.KeptElementsOf(source!);
        this.Check(NotEmpty, elements.Count);
        return await this.ExtremeOf(call, source!, elements, call.Type, isMax);
    }

    private async Step<Value> ExtremeOf(MethodCallExpression call, Sequence source, Elements elements, Type type, bool isMax)
    {
        var pass = new Pass(this, source.MayBeImpure, source.IsWrittenOut && elements.Count is Constant);
        Carried best = pass.Carry(new Scalar(this.Worst(type, isMax))), place = pass.Carry(0);
        await this.EnumerateByNumber(() => Step<Elements>.From(elements), pass.WritesOut, pass, (element, index) =>
        {
            Node known = this.Materialize(best.Value), candidate = this.Materialize(element);
            // The first is selected even where it is no better than nothing: Min of infinities.
            Node isBetter = index is Constant { Value: 0 } ? this.builder.Constant(true, typeof(bool)) : this.IsBetter(candidate, known, isMax);
            best.Value = new Scalar(this.builder.Choice(isBetter, known, candidate));
            place.Value = new Scalar(this.builder.Choice(isBetter, this.Materialize(place.Value), index));
            return Step<Done>.From(default);
        });
        if (pass.WritesOut || !IsReal(type))
            return best.Value;
        // The element itself, at its place: the whole derivative is its own.
        Node winner = this.Materialize(place.Value);
        return await this.AtOrDefault(call, elements, () => winner, this.IsPositive(elements.Count));
    }

    // What any first element replaces, or equals. Max passes over NaN, Min stops at it.
    private Constant Worst(Type type, bool isMax)
    {
        FieldInfo worst = (IsReal(type), isMax) switch
        {
            (true, true) => type.GetField(nameof(double.NaN))!,
            (true, false) => type.GetField(nameof(double.PositiveInfinity))!,
            (false, true) => type.GetField(nameof(int.MinValue))!,
            _ => type.GetField(nameof(int.MaxValue))!,
        };
        return this.builder.Constant(worst.GetValue(null), type);
    }

    private Node IsBetter(Node candidate, Node known, bool isMax)
    {
        Node Compare(ExpressionType kind, Node a, Node b) => this.builder.Apply(Operator.Compare(kind, a.Type), a, b);
        Node isBeyond = Compare(isMax ? ExpressionType.GreaterThan : ExpressionType.LessThan, candidate, known);
        if (!IsReal(candidate.Type))
            return isBeyond;
        // Only NaN differs from itself.
        Node replacesNaN = isMax ? Compare(ExpressionType.NotEqual, known, known)
            : this.builder.Apply(Operator.And, Compare(ExpressionType.NotEqual, candidate, candidate), Compare(ExpressionType.Equal, known, known));
        return this.builder.Apply(Operator.Or, isBeyond, replacesNaN);
    }
}
