using System.Linq.Expressions;
using static System.Linq.Expressions.Expression;

namespace ExprGrad.Tests.Fuzz;

/// <summary>What loops are seldom made of: sources that cannot be indexed, operators for beginnings and ends, functions of vectors, sums of integers and floats, records as states.</summary>
public sealed partial class LoopGenerator
{
    // A set, and what is sorted, filtered and put together without the input.
    private Source Unindexed() => random.Next(5) switch
    {
        0 => new(Linq("Distinct", [typeof(int)], Data("Picks")), typeof(int), 2, 2, 2),
        1 => new(Linq(Any(["OrderBy", "OrderByDescending"]), [typeof(int), typeof(int)], Data("Order"), Body(5, [(typeof(int), 5)], p => Modulo(p[0], Constant(random.Next(2, 4))))), typeof(int), 5, 5, 5),
        2 => new(Linq(Any(["Union", "Except"]), [typeof(int)], Data("Order"), Data("Picks")), typeof(int), 3, 5, 5),
        3 => new(Linq("Order", [typeof(double)], Linq("Where", [typeof(double)], Data("Table"), Body(5, [(typeof(double), 0)], p => GreaterThan(p[0], Number(0.5))))), typeof(double), 0, 5),
        _ => new(Data("Bag"), typeof(double), 2, 2),
    };

    private Source Part(Source source)
    {
        int count = random.Next(1, 3);
        return random.Next(4) switch
        {
            0 => source with { Node = Linq(Any(["TakeWhile", "SkipWhile"]), [source.Element], source.Node, Chance(0.7) ? Body(source, _ => Test()) : BodyWithIndex(source, _ => Test())), Shortest = 0 },
            1 => Limit(source, "TakeLast", Constant(count), Math.Min(source.Shortest, count), Math.Min(source.Longest, count)),
            2 when source.Element == typeof(double) => new Source(Linq("Chunk", [typeof(double)], source.Node, Constant(2)), typeof(double[]), (source.Shortest + 1) / 2, (source.Longest + 1) / 2, 1),
            _ => Limit(source, "SkipLast", Constant(count), Math.Max(0, source.Shortest - count), Math.Max(0, source.Longest - count)),
        };
    }

    private MethodCallExpression Terms(Source source, int depth) => Linq("Select", [source.Element, typeof(double)], source.Node, Body(source, _ => Term(depth)));

    private Expression VectorFunction(Source source, int depth) => Chance(0.3)
        ? Expression.Call(typeof(GradMath), nameof(GradMath.Dot), null, Terms(source, depth), Terms(source, 1))
        : Expression.Call(typeof(GradMath), Any([nameof(GradMath.LogSumExp), nameof(GradMath.SumOfSquares), nameof(GradMath.Norm)]), null, Terms(source, depth));

    private Expression OfOtherNumbers(Source source, int depth)
    {
        if (Chance(0.4)) return Convert(Linq("Sum", [source.Element], source.Node, Body(source, _ => Convert(Bounded(Term(depth)), typeof(float)))), typeof(double));
        var whole = Linq(source.Shortest > 0 ? Any(["Sum", "Min", "Max"]) : "Sum", [source.Element], source.Node, Body(source, _ => Position().Node));
        return Multiply(Convert(whole, typeof(double)), Sum(source, depth));
    }

    private Expression RecordRecurrence(Source source, int depth)
    {
        NewExpression Record(Expression level, Expression rank, Expression slope) => New(typeof(Sample).GetConstructors()[0], level, rank, slope);
        var step = State(source, typeof(Sample), p => Record(
            Next(Property(p, "Slope"), Term(depth)),
            Chance(0.5) ? Modulo(Add(Property(p, "Rank"), Constant(1)), Constant(4)) : Condition(Test(), Constant(random.Next(4)), Property(p, "Rank")),
            Add(Multiply(Number(0.5), Property(p, "Level")), ArrayIndex(Data("Table"), Property(p, "Rank")))));
        return Property(Linq("Aggregate", [source.Element, typeof(Sample)], source.Node, Record(Leaf(), Constant(random.Next(4)), Leaf()), step), Any(["Level", "Slope"]));
    }
}
