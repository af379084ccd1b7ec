using System.Linq.Expressions;
using static System.Linq.Expressions.Expression;

namespace ExprGrad.Tests.Fuzz;

/// <summary>Loops that are long enough to run in lanes, with some iterations left over, and recurrences whose states become one another.</summary>
public sealed partial class LoopGenerator
{
    private const int FewestOfLong = 8, MostOfLong = 40, ElementsOfLong = 48;

    private static readonly Type[] Tuples = [typeof((double, double)), typeof((double, double, double)), typeof((double, double, double, double)), typeof(((double, double), double)), typeof((double, (double, double, double)))];

    /// <summary>A range or a captured array. Most are equally long, so that they can share a loop.</summary>
    private Source Long()
    {
        int count = Chance(0.6) ? common : random.Next(FewestOfLong, MostOfLong + 1);
        Source Range(int start, Expression length, int shortest, int longest) => new(Linq("Range", [], Constant(start), length), typeof(int), shortest, longest, start + longest);
        switch (random.Next(10))
        {
            case 0: return Limit(new Source(Data("Long"), typeof(double), count, count), "Take", Constant(count), count, count);
            case 1: return Limit(new Source(Data(Chance(0.3) ? "Odd" : "Long"), typeof(double), count, count), "Skip", Constant(ElementsOfLong - count), count, count);
            case 2: return Range(0, Subtract(ArrayLength(Data("Long")), Constant(ElementsOfLong - count)), count, count);
            case 3: return Range(random.Next(1, 4), Constant(count), count, count);
            case 4 or 5 or 6 when inputs >= FewestOfLong: return Range(0, ArrayLength(x), inputs, inputs + 1);
            default: return Range(0, Constant(count), count, count);
        }
    }

    private BinaryExpression OfLong(Index i) => ArrayIndex(Data(Chance(0.03) ? "Odd" : "Long"), Below(i, ElementsOfLong));

    /// <summary>The numbers in a tuple of numbers and tuples.</summary>
    private static IEnumerable<Expression> Components(Expression node) =>
        node.Type == typeof(double) ? [node] : node.Type.GetFields().OrderBy(field => field.Name).SelectMany(field => Components(Field(node, field)));

    private static Expression Tuple(Type type, Queue<Expression> components)
    {
        if (type == typeof(double)) return components.Dequeue();
        Expression[] items = [.. type.GenericTypeArguments.Select(item => Tuple(item, components))];
        return components.Count % 2 == 0 ? New(type.GetConstructor(type.GenericTypeArguments)!, items) : Expression.Call(typeof(ValueTuple), "Create", type.GenericTypeArguments, items);
    }

    /// <summary>A recurrence whose states become one another, in cycles or in chains that begin with what the loop reads; and sums, or another one, beside it over the same elements.</summary>
    private Expression Coupled(Source source, int depth)
    {
        var type = Any(Tuples);
        bool isChain = Chance(0.4);
        var step = State(source, type, p =>
        {
            Expression[] states = [.. Components(p)], others = [.. frame.Reals.Skip(states.Length)];
            int deep = random.Next(states.Length);
            var next = new Queue<Expression>();
            for (int k = 0; k < states.Length; k++)
            {
                Expression[] visible = isChain ? states[(k + 1)..] : states;
                frame.Reals.Clear();
                frame.Reals.AddRange([.. others, .. visible]);
                next.Enqueue(Component(states, k, visible, k == deep && depth > 1 ? depth : 0));
            }
            return Tuple(type, next);
        });
        int width = Components(Parameter(type)).Count();
        var start = Tuple(type, new Queue<Expression>(Enumerable.Range(0, width).Select(_ => Chance(0.1) ? Sum(source, 1) : Leaf())));
        var result = Chance(0.5) ? Any([.. Components(Linq("Aggregate", [source.Element, type], source.Node, start, step))])
            : Linq("Aggregate", [source.Element, type, typeof(double)], source.Node, start, step, Body(1, [(type, 0)], p => Components(p[0]).Aggregate((sum, state) => Add(sum, Chance(0.5) ? Multiply(Leaf(), state) : Bounded(state)))));
        return budget <= 0 ? result : random.Next(3) switch
        {
            0 => Add(result, Sum(source, 1)),
            1 => Multiply(Bounded(result), Add(Coupled(source, 1), Sum(source, 1))),
            _ => result,
        };
    }

    /// <summary>What a state becomes.</summary>
    /// <param name="states">All of them.</param>
    /// <param name="own">The number of this one.</param>
    /// <param name="visible">Those that it may depend on.</param>
    /// <param name="depth">If positive: of the loops that must be nested here one more.</param>
    private Expression Component(Expression[] states, int own, Expression[] visible, int depth)
    {
        if (depth > 0) return Next(visible.Length > 0 ? Any(visible) : Leaf(), Term(depth));
        var state = visible.Length == 0 ? Leaf() : visible.Length == states.Length && Chance(0.5) ? states[(own + 1) % states.Length] : Any(visible);
        var factor = frame.Indices.Count > 0 && Chance(0.6) ? OfLong(Any(frame.Indices)) : Leaf();
        return random.Next(9) switch
        {
            0 => state,
            1 or 2 => Multiply(state, factor),
            3 or 4 => Multiply(Call(Any(["Sin", "Tanh", "Cos", "Atan"]), state), factor),
            // What waits for itself does not run in lanes, but chains should.
            5 => Add(visible.Length == states.Length ? states[own] : state, Multiply(factor, Bounded(state))),
            6 => Condition(Test(), Multiply(factor, Bounded(Real(0))), state),
            7 => Multiply(state, Call("Exp", Negate(Call("Abs", Any(visible.Length > 0 ? visible : [factor]))))),
            _ => Next(state, Real(0)),
        };
    }
}
