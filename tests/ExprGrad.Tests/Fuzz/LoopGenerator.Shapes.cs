using System.Linq.Expressions;
using static System.Linq.Expressions.Expression;

namespace ExprGrad.Tests.Fuzz;

/// <summary>Loops and branches of shapes that objective functions have and that chance alone seldom makes.</summary>
public sealed partial class LoopGenerator
{
    private static readonly Type Counted2 = typeof(ValueTuple<double, int>), Triple = typeof(ValueTuple<double, double, double>);

    /// <summary>Elements and the ones beside them, as in the Rosenbrock function.</summary>
    private Expression Neighbours(int longest, int depth)
    {
        int first = random.Next(2), most = Math.Min(longest, inputs);
        Expression count = Subtract(ArrayLength(x), Constant(1));
        if (most < inputs) count = Call("Min", count, Constant(most));
        var range = new Source(Linq("Range", [], Constant(first), count), typeof(int), Math.Min(inputs - 1, most), most, first + most);
        return Linq("Sum", [typeof(int)], range.Node, Body(range, p =>
        {
            Expression here = ArrayIndex(x, p[0]), beside = ArrayIndex(x, first == 0 ? Add(p[0], Constant(1)) : Subtract(p[0], Constant(1)));
            frame.Reals.AddRange([here, beside]);
            var term = Term(depth);
            return Add(term, Chance(0.5) ? Multiply(here, beside) : Call("Pow", Subtract(beside, Multiply(here, here)), Number(2)));
        }));
    }

    /// <summary>The elements below the diagonal of a matrix, which are in a vector by rows or by columns, as in the Gaussian mixture of ADBench.</summary>
    private Expression Triangle(int longest, int depth)
    {
        int size = Math.Clamp(longest + 1, 2, 3);
        bool byRows = Chance(0.5);
        Expression d = size == 3 && Chance(0.5) ? Data("Count") : Constant(size);
        var outer = new Source(Linq("Range", [], Constant(0), d), typeof(int), size, size, size);
        return Linq("Sum", [typeof(int)], outer.Node, Body(outer, p =>
        {
            var j = p[0];
            var range = byRows ? Linq("Range", [], Constant(0), j) : Linq("Range", [], Add(j, Constant(1)), Subtract(Subtract(d, Constant(1)), j));
            var inner = new Source(range, typeof(int), 0, size - 1, size);
            return Linq("Sum", [typeof(int)], inner.Node, Body(inner, q =>
            {
                var i = q[0];
                Expression position = byRows ? Add(Divide(Multiply(j, Subtract(j, Constant(1))), Constant(2)), i)
                    : Subtract(Subtract(Add(Divide(Multiply(j, Subtract(Subtract(Multiply(Constant(2), d), j), Constant(1))), Constant(2)), i), j), Constant(1));
                frame.Indices.Add(new Index(position, size * (size - 1) / 2));
                var element = Chance(0.3) ? ArrayIndex(Data("Table"), position) : ArrayIndex(x, Modulo(Add(d, position), ArrayLength(x)));
                frame.Reals.Add(element);
                return Multiply(element, Term(Math.Max(1, depth - 1)));
            }));
        }));
    }

    /// <summary>A recurrence with a number that says which element comes next.</summary>
    private Expression Cursor(Source source, int depth)
    {
        const int Length = 5;
        var step = State(source, Counted2, p =>
        {
            Expression cursor = Field(p, "Item2"), next = Modulo(Add(cursor, Constant(random.Next(1, 3))), Constant(Length));
            return New(Counted2.GetConstructor([typeof(double), typeof(int)])!, Next(Field(p, "Item1"), Multiply(ArrayIndex(Data("Table"), cursor), Term(depth))), Chance(0.5) ? next : Condition(Test(), next, cursor));
        });
        var last = Linq("Aggregate", [source.Element, Counted2], source.Node, New(Counted2.GetConstructor([typeof(double), typeof(int)])!, Leaf(), Constant(random.Next(Length))), step);
        return Chance(0.7) ? Field(last, "Item1") : Linq("Aggregate", [source.Element, Counted2, typeof(double)], source.Node, last.Arguments[1], step, Body(1, [(Counted2, Length)], p => Multiply(Field(p[0], "Item1"), Load())));
    }

    /// <summary>Three states that change places.</summary>
    private Expression Carousel(Source source, int depth)
    {
        NewExpression Three(Expression a, Expression b, Expression c) => New(Triple.GetConstructor([typeof(double), typeof(double), typeof(double)])!, a, b, c);
        var step = State(source, Triple, p => Three(Field(p, "Item2"), Next(Field(p, "Item3"), Term(depth)), Condition(Test(), Field(p, "Item1"), Bounded(Leaf()))));
        return Field(Linq("Aggregate", [source.Element, Triple], source.Node, Three(Leaf(), Leaf(), Leaf()), step), Any(["Item1", "Item2", "Item3"]));
    }

    /// <summary>A branch that is not taken where it has no number.</summary>
    private Expression Guarded()
    {
        var tested = Leaf(); // small: it is written several times
        var square = Multiply(tested, tested);
        return random.Next(4) switch
        {
            0 => Condition(NotEqual(tested, Number(0)), Divide(Real(0), tested), Leaf()),
            1 => Condition(LessThan(square, Number(1)), Call("Sqrt", Subtract(Number(1), square)), Real(0)),
            2 => Condition(Data("Flag"), Real(0), Multiply(Call("Log", Number(-1)), Real(0))),
            _ => Condition(GreaterThan(tested, Number(0)), Call("Pow", tested, Leaf()), Number(Any([-0.0, 0.0, double.PositiveInfinity, double.NaN]))),
        };
    }
}
