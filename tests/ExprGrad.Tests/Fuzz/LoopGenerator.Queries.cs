using System.Linq.Expressions;
using static System.Linq.Expressions.Expression;

namespace ExprGrad.Tests.Fuzz;

/// <summary>Sources, what is done with them one after the other, and what they end in.</summary>
public sealed partial class LoopGenerator
{
    private static readonly Type Vectors = typeof((double[], double[], double));
    private static readonly Type Pair = typeof(ValueTuple<double, double>);
    private static readonly Type Anonymous = new { a = 0, b = 0 }.GetType().GetGenericTypeDefinition();

    /// <param name="Node">A sequence.</param>
    /// <param name="Element">The type of its elements.</param>
    /// <param name="Shortest">How many elements it has at least.</param>
    /// <param name="Longest">How many it has at most.</param>
    /// <param name="Bound">If they are integers: they are not negative and smaller than this.</param>
    private sealed record Source(Expression Node, Type Element, int Shortest, int Longest, int Bound = 0);

    private static MethodCallExpression Linq(string name, Type[] types, params Expression[] arguments) => Expression.Call(typeof(Enumerable), name, types, arguments);

    /// <summary>How long a loop may be in which <paramref name="depth"/> − 1 others are nested.</summary>
    private int Longest(int depth) => Math.Clamp((int)Math.Pow((double)MostIterations / iterations, 1.0 / depth), 1, LongestLoop);

    // ---------------------------------------------------------------- lambdas

    /// <summary>A lambda that runs for each element of a source, with the element (and more) in scope.</summary>
    private LambdaExpression Body(int times, (Type Type, int Bound)[] parameters, Func<ParameterExpression[], Expression> body)
    {
        var (outside, before, above) = (frame, iterations, height);
        height = 0;
        frame = new Frame(outside);
        iterations *= Math.Max(1, times);
        nesting++;
        ParameterExpression[] variables = [.. parameters.Select(parameter => Parameter(parameter.Type, Name(parameter.Type == typeof(int) ? "i" : "e")))];
        for (int k = 0; k < variables.Length; k++) Bring(variables[k], parameters[k].Bound);
        var lambda = Lambda(body(variables), variables);
        nesting--;
        (frame, iterations, height) = (outside, before, above);
        return lambda;
    }

    private LambdaExpression Body(Source source, Func<ParameterExpression[], Expression> body) => Body(source.Longest, [(source.Element, source.Bound)], body);

    private LambdaExpression BodyWithIndex(Source source, Func<ParameterExpression[], Expression> body) => Body(source.Longest, [(source.Element, source.Bound), (typeof(int), Math.Max(1, source.Longest))], body);

    private void Bring(Expression node, int bound)
    {
        if (node.Type == typeof(double)) frame.Reals.Add(node);
        else if (node.Type == typeof(int)) frame.Indices.Add(new Index(node, Math.Max(1, bound)));
        else if (node.Type == typeof(double[]) || node.Type == typeof(List<double>)) frame.Vectors.Add(new Vector(node, bound));
        else if (node.Type == Counted2)
        {
            frame.Reals.Add(Field(node, "Item1"));
            frame.Indices.Add(new Index(Field(node, "Item2"), 5));
        }
        else if (node.Type == Vectors)
        {
            foreach (var field in node.Type.GetFields()) Bring(Field(node, field), bound);
        }
        else if (Tuples.Contains(node.Type)) frame.Reals.AddRange(Components(node));
        else if (node.Type == typeof(Sample))
        {
            frame.Reals.AddRange([Property(node, "Level"), Property(node, "Slope")]);
            frame.Indices.Add(new Index(Property(node, "Rank"), 4));
        }
        else
        {
            Bring(Property(node, "a"), bound);
            Bring(Property(node, "b"), bound);
        }
    }

    private static NewExpression NewAnonymous(Expression a, Expression b)
    {
        var type = Anonymous.MakeGenericType(a.Type, b.Type);
        return New(type.GetConstructors()[0], [a, b], type.GetProperty("a")!, type.GetProperty("b")!);
    }

    private Expression NewPair(Expression a, Expression b) => Chance(0.5) ? New(Pair.GetConstructor([typeof(double), typeof(double)])!, a, b)
        : Expression.Call(typeof(ValueTuple), "Create", [typeof(double), typeof(double)], a, b);

    // ---------------------------------------------------------------- sources

    private Source NewSource(int longest)
    {
        if (longest > LongestLoop || (iterations <= LongestLoop && Chance(0.25))) return Long();
        Source source;
        Vector[] vectors = [.. frame.AllVectors];
        switch (random.Next(15))
        {
            case 0 or 1: source = new(x, typeof(double), inputs, inputs + 1); break;
            case 2: source = new(Data("Table"), typeof(double), 5, 5); break;
            case 3: source = Any([new Source(Data("List"), typeof(double), 4, 4), new(Data("View"), typeof(double), 3, 3), new(Data("Empty"), typeof(double), 0, 0), new(Convert(Data("Frozen"), typeof(IEnumerable<double>)), typeof(double), 2, 2)]); break;
            case 4: source = new(Data("Order"), typeof(int), 5, 5, 5); break;
            case 5: source = new(Data("Samples"), typeof(Sample), 3, 3); break;
            case 6: source = new(Data("Rows"), typeof(double[]), 4, 4); break;
            case 7 when longest > 1: source = new(NewArrayInit(typeof(double), Leaf(), Leaf()), typeof(double), 2, 2); break;
            case 8 when vectors.Length > 0:
                var vector = Any(vectors);
                source = new(vector.Node, typeof(double), vector.Shortest, vector.Longest);
                break;
            case 9:
                int times = random.Next(longest + 1);
                source = new(Linq("Repeat", [typeof(double)], Leaf(), Constant(times)), typeof(double), times, times);
                break;
            case 10: source = Unindexed(); break;
            default: source = NewRange(longest); break;
        }
        if (source.Longest <= longest) return source;
        return Chance(0.3) ? Limit(source, "Skip", Constant(source.Longest - longest), Math.Max(0, source.Shortest - (source.Longest - longest)), longest)
            : Limit(source, "Take", Constant(longest), Math.Min(source.Shortest, longest), longest);
    }

    private static Source Limit(Source source, string name, Expression count, int shortest, int longest) =>
        source with { Node = Linq(name, [source.Element], source.Node, count), Shortest = shortest, Longest = longest };

    private Source NewRange(int longest)
    {
        Expression count;
        int fewest = 0, most = longest;
        Index[] indices = [.. frame.AllIndices.Where(index => index.Bound <= longest + 1)];
        switch (random.Next(10))
        {
            case 0: (count, fewest, most) = (ArrayLength(x), inputs, inputs + 1); break;
            case 1: (count, fewest, most) = (Subtract(ArrayLength(x), Constant(1)), inputs - 1, inputs); break;
            case 2: (count, fewest, most) = (Data("Count"), 3, 3); break;
            case 3 when indices.Length > 0:
                var outer = Any(indices);
                (count, most) = (outer.Node, outer.Bound - 1);
                break;
            case 4: (count, most) = (ArrayLength(ArrayIndex(Data("Rows"), Below(Position(), 4))), 3); break;
            case 5: (count, most) = (FromReal(), 3); break;
            default:
                fewest = most = Chance(0.15) ? 0 : random.Next(1, longest + 1);
                count = Constant(fewest);
                break;
        }
        // Of an empty source much throws.
        if (Throws(0.1)) (count, fewest) = (Subtract(count, Constant(LongestLoop + 3)), 0);
        if (most > longest) (count, fewest, most) = (Call("Min", count, Constant(longest)), Math.Min(fewest, longest), longest);
        if (indices.Length > 0 && Chance(0.15))
        {
            var from = Any(indices);
            return new Source(Linq("Range", [], from.Node, count), typeof(int), fewest, most, Math.Max(1, from.Bound - 1 + most));
        }
        int start = Chance(0.8) ? 0 : random.Next(1, 3);
        return new Source(Linq("Range", [], Constant(start), count), typeof(int), fewest, most, Math.Max(1, start + most));
    }

    // ---------------------------------------------------------------- what is done with sources

    private Source Pipeline(int longest)
    {
        var source = NewSource(longest);
        for (int stages = random.Next(3); stages > 0 && budget > 0; stages--) source = Stage(source, longest);
        return source;
    }

    private Source Stage(Source source, int longest)
    {
        budget--;
        Type element = source.Element;
        switch (random.Next(18))
        {
            case 0 or 1: return source with { Node = Linq("Select", [element, typeof(double)], source.Node, Chance(0.5) ? Body(source, _ => Real(0)) : BodyWithIndex(source, _ => Real(0))), Element = typeof(double) };
            case 2: return source with { Node = Linq("Select", [element, Pair], source.Node, Body(source, _ => NewPair(Real(0), Leaf()))), Element = Pair };
            case 3 when Depth(element) < 2: // what C# makes of a let
                var let = Anonymous.MakeGenericType(element, typeof(double));
                return source with { Node = Linq("Select", [element, let], source.Node, Body(source, parameters => NewAnonymous(parameters[0], Real(0)))), Element = let };
            case 4 or 5: return source with { Node = Linq("Where", [element], source.Node, Chance(0.7) ? Body(source, _ => Test()) : BodyWithIndex(source, _ => Test())), Shortest = 0 };
            case 6 when element == typeof(double):
                longest = Math.Max(longest, source.Longest);
                var other = Doubles(longest);
                var both = source with { Shortest = Math.Min(source.Shortest, other.Shortest), Longest = Math.Min(source.Longest, other.Longest) };
                if (Chance(0.5)) return both with { Node = Linq("Zip", [element, element], source.Node, other.Node), Element = Pair };
                var third = Doubles(longest);
                if (Chance(0.3)) return both with { Node = Linq("Zip", [element, element, element], source.Node, other.Node, third.Node), Element = typeof((double, double, double)), Shortest = Math.Min(both.Shortest, third.Shortest), Longest = Math.Min(both.Longest, third.Longest) };
                return both with { Node = Linq("Zip", [element, element, element], source.Node, other.Node, Body(both.Longest, [(element, 0), (element, 0)], _ => Real(0))) };
            case 7 when longest > 2 && source.Longest > 0:
                Source? inner = null;
                int innerLongest = Math.Max(1, longest / source.Longest);
                var collection = Body(source, _ => (inner = Doubles(innerLongest)).Node);
                var many = new Source(source.Node, typeof(double), 0, source.Longest * inner!.Longest);
                var asSequence = Lambda(Sequence(collection.Body, typeof(double)), collection.Parameters);
                return Chance(0.5) ? many with { Node = Linq("SelectMany", [element, typeof(double)], source.Node, asSequence) }
                    : many with { Node = Linq("SelectMany", [element, typeof(double), typeof(double)], source.Node, asSequence, Body(Math.Max(1, many.Longest), [(element, source.Bound), (typeof(double), 0)], _ => Real(0))) };
            case 8: return Limit(source, "Skip", Constant(1), Math.Max(0, source.Shortest - 1), Math.Max(0, source.Longest - 1));
            case 9: return Limit(source, "Take", Constant(2), Math.Min(source.Shortest, 2), Math.Min(source.Longest, 2));
            case 10: return source with { Node = Reversed(source) };
            case 11 when element == typeof(double) && source.Longest < longest: return source with { Node = Linq(Any(["Append", "Prepend"]), [element], source.Node, Leaf()), Shortest = source.Shortest + 1, Longest = source.Longest + 1 };
            case 12 when element == typeof(double) && source.Longest < longest:
                var more = Doubles(longest - source.Longest);
                return source with { Node = Linq("Concat", [element], source.Node, more.Node), Shortest = source.Shortest + more.Shortest, Longest = source.Longest + more.Longest };
            case 13 when frame.AllIndices.Any(index => index.Bound <= 3):
                var skipped = Any([.. frame.AllIndices.Where(index => index.Bound <= 3)]);
                return Limit(source, "Skip", skipped.Node, Math.Max(0, source.Shortest - skipped.Bound + 1), source.Longest);
            case 14 or 15 or 16: return Part(source);
            default: return source;
        }
    }

    /// <summary>How many anonymous objects are nested in an element.</summary>
    private static int Depth(Type element) => element.IsGenericType && element.GetGenericTypeDefinition() == Anonymous ? 1 + Depth(element.GenericTypeArguments[0]) : 0;

    // An array has an overload of its own.
    private static MethodCallExpression Reversed(Source source) =>
        Expression.Call(typeof(Enumerable).GetMethods().Single(method => method.Name == "Reverse" && method.GetParameters()[0].ParameterType.IsArray == source.Node.Type.IsArray).MakeGenericMethod(source.Element), source.Node);

    private static Expression Sequence(Expression node, Type element) => node.Type.IsInterface ? node : Convert(node, typeof(IEnumerable<>).MakeGenericType(element));

    private Source Doubles(int longest)
    {
        var source = NewSource(longest);
        return source.Element == typeof(double) ? source : source with { Node = Linq("Select", [source.Element, typeof(double)], source.Node, Body(source, _ => Real(0))), Element = typeof(double) };
    }

    // ---------------------------------------------------------------- what sources end in

    /// <summary>A loop in which <paramref name="depth"/> − 1 others are nested.</summary>
    private Expression Loop(int depth)
    {
        budget--;
        int longest = Longest(depth);
        return random.Next(19) switch
        {
            0 or 1 or 2 or 3 => Sum(Pipeline(longest), depth),
            4 => Reduction(Pipeline(longest), depth),
            5 => One(WithoutThrowing(() => Pipeline(longest)), depth),
            6 or 7 => Recurrence(Pipeline(longest), depth),
            8 => Chance(0.5) ? VectorRecurrence(NewSource(Math.Max(1, longest / 2)), depth) : VectorTuple(NewSource(Math.Max(1, longest / 2)), depth),
            9 or 10 => VectorUsedTwice(longest, depth),
            11 => Neighbours(longest, depth),
            12 when depth > 1 || nesting + 1 < deepest => Triangle(longest, depth),
            13 => VectorFunction(Pipeline(longest), depth),
            14 => OfOtherNumbers(Pipeline(longest), depth),
            15 or 16 or 17 => Coupled(iterations <= LongestLoop && Chance(0.7) ? Long() : Pipeline(longest), depth),
            _ => Counted(Pipeline(longest), depth),
        };
    }

    private Expression Sum(Source source, int depth) => Chance(0.7)
        ? Linq("Sum", [source.Element], source.Node, Body(source, _ => Term(depth)))
        : Linq("Sum", [], Linq("Select", [source.Element, typeof(double)], source.Node, BodyWithIndex(source, _ => Term(depth))));

    /// <summary>The body of a loop: what must be nested, and something of the loop itself.</summary>
    private Expression Term(int depth)
    {
        var nested = Real(depth - 1);
        return depth > 1 || Chance(0.5) ? Chance(0.5) ? Multiply(Bounded(nested), Leaf()) : Add(nested, Leaf()) : nested;
    }

    private Expression Reduction(Source source, int depth)
    {
        if (source.Shortest == 0 && !Throws(0.5))
            return Linq(Any(["Average", "Max", "Min"]), [], Linq("DefaultIfEmpty", [typeof(double)], Linq("Select", [source.Element, typeof(double)], source.Node, Body(source, _ => Term(depth))), Number()));
        return Linq(Any(["Average", "Max", "Min"]), [source.Element], source.Node, Body(source, _ => Term(depth)));
    }

    // Which elements LINQ computes for one depends on the operators before it: conventions.md has the differences.
    private Expression One(Source source, int depth)
    {
        var terms = WithoutThrowing(() => Linq("Select", [source.Element, typeof(double)], source.Node, Body(source, _ => Term(depth))));
        if (source.Shortest == 0 && !Throws(0.5)) return Linq(Any(["FirstOrDefault", "LastOrDefault"]), [typeof(double)], terms);
        if (source.Shortest > 0 && Chance(0.2)) return Linq("Single", [typeof(double)], Linq(Any(["Take", "TakeLast"]), [typeof(double)], terms, Constant(1)));
        return Chance(0.4) && source.Shortest > 0 ? Linq("ElementAt", [typeof(double)], terms, Chance(0.5) ? Constant(source.Shortest - 1) : Below(Position(), source.Shortest))
            : Linq(Any(["First", "Last"]), [typeof(double)], terms);
    }

    private Expression Counted(Source source, int depth) => Add(
        Convert(Linq("Count", [source.Element], source.Node, Body(source, _ => GreaterThan(Term(depth), Number()))), typeof(double)),
        Sum(source, 1));

    /// <summary>A state that stays bounded.</summary>
    private Expression Next(Expression state, Expression change) => Chance(0.1) ? Call(Any(["Max", "Min"]), state, Bounded(change)) : Chance(0.3) ? Bounded(Add(state, change)) : Add(Multiply(Number(Any([0.5, -0.7, 0.9])), state), Bounded(change));

    private Expression Recurrence(Source source, int depth)
    {
        switch (random.Next(8))
        {
            case 0: // the first element is the first state
                var terms = Linq("Select", [source.Element, typeof(double)], source.Node, Body(source, _ => Term(depth)));
                if (source.Shortest == 0 && !Throws(0.5)) terms = Linq("Append", [typeof(double)], terms, Leaf());
                return Linq("Aggregate", [typeof(double)], terms, Body(source.Longest, [(typeof(double), 0), (typeof(double), 0)], p => Next(p[0], p[1])));
            case 1:
                var step = State(source, typeof(double), p => Next(p, Term(depth)));
                return Chance(0.5) ? Linq("Aggregate", [source.Element, typeof(double)], source.Node, Leaf(), step)
                    : Linq("Aggregate", [source.Element, typeof(double), typeof(double)], source.Node, Leaf(), step, Body(1, [(typeof(double), 0)], _ => Real(0)));
            case 2:
                return Cursor(source, depth);
            case 3:
                return Carousel(source, depth);
            case 6:
                return RecordRecurrence(source, depth);
            case 4 or 5:
                var pairs = State(source, Pair, p => NewPair(Next(Field(p, "Item2"), Term(depth)), Add(Multiply(Number(0.5), Field(p, "Item1")), Leaf())));
                return Field(Linq("Aggregate", [source.Element, Pair], source.Node, NewPair(Leaf(), Leaf()), pairs), Any(["Item1", "Item2"]));
            default:
                var type = Anonymous.MakeGenericType(typeof(double), typeof(double));
                var objects = State(source, type, p => NewAnonymous(Next(Property(p, "b"), Term(depth)), Condition(Test(), Property(p, "a"), Bounded(Leaf()))));
                return Linq("Aggregate", [source.Element, type, typeof(double)], source.Node, NewAnonymous(Leaf(), Leaf()), objects, Body(1, [(type, 0)], p => Multiply(Property(p[0], "a"), Add(Property(p[0], "b"), Leaf()))));
        }
    }

    private LambdaExpression State(Source source, Type state, Func<ParameterExpression, Expression> next) => Body(source.Longest, [(state, 0), (source.Element, source.Bound)], p => next(p[0]));

    private Expression VectorRecurrence(Source source, int depth)
    {
        const int Width = 2;
        // Inside, the select over the state is one loop more.
        var first = Linq("ToArray", [typeof(double)], Linq("Select", [typeof(int), typeof(double)], Linq("Range", [], Constant(0), Constant(Width)), Body(Width, [(typeof(int), Width)], _ => Leaf())));
        var step = Body(source.Longest, [(typeof(double[]), Width), (source.Element, source.Bound)], p =>
            Linq("ToArray", [typeof(double)], Linq("Select", [typeof(double), typeof(double)], p[0], Body(Width, [(typeof(double), 0), (typeof(int), Width)], q => Next(q[0], Term(Math.Max(1, depth - 1)))))));
        return Chance(0.5) ? Linq("Sum", [], Linq("Aggregate", [source.Element, typeof(double[])], source.Node, first, step))
            : Linq("Aggregate", [source.Element, typeof(double[]), typeof(double)], source.Node, first, step, Body(1, [(typeof(double[]), Width)], p => Multiply(ArrayIndex(p[0], Constant(0)), ArrayIndex(p[0], Constant(Width - 1)))));
    }

    /// <summary>A recurrence of two arrays and a number that become one another.</summary>
    private Expression VectorTuple(Source source, int depth)
    {
        const int Width = 3;
        var type = Vectors;
        Expression ToArray(Expression sequence) => Linq("ToArray", [typeof(double)], sequence);
        Expression New(Expression first, Expression second, Expression number) => Expression.Call(typeof(ValueTuple), "Create", type.GenericTypeArguments, first, second, number);
        Expression Start() => ToArray(Linq("Select", [typeof(int), typeof(double)], Linq("Range", [], Constant(0), Constant(Width)), Body(Width, [(typeof(int), Width)], _ => Leaf())));
        var step = Body(source.Longest, [(type, Width), (source.Element, source.Bound)], p =>
        {
            Expression[] arrays = [Field(p[0], "Item1"), Field(p[0], "Item2")];
            Expression Array(int own, int deep) => random.Next(deep > 0 ? 3 : 0, 7) switch
            {
                0 => arrays[own],
                1 => arrays[1 - own],
                2 => Condition(Test(), arrays[0], arrays[1]),
                3 => ToArray(Linq("Zip", [typeof(double), typeof(double), typeof(double)], arrays[0], arrays[1], Body(Width, [(typeof(double), 0), (typeof(double), 0)], q => Next(q[own], Real(deep))))),
                _ => ToArray(Linq("Select", [typeof(double), typeof(double)], Any(arrays), Body(Width, [(typeof(double), 0), (typeof(int), Width)], q => Next(q[0], Real(deep))))),
            };
            return New(Array(0, depth > 1 ? depth - 1 : 0), Array(1, 0), Next(Field(p[0], "Item3"), Multiply(Number(0.3), Linq("Sum", [], Any(arrays)))));
        });
        return Linq("Aggregate", [source.Element, type, typeof(double)], source.Node, New(Start(), Start(), Leaf()), step, Body(1, [(type, Width)], p =>
            Add(Multiply(Field(p[0], "Item3"), ArrayIndex(Field(p[0], "Item1"), Constant(random.Next(Width)))), Linq("Sum", [], Field(p[0], "Item2")))));
    }

    private Expression VectorUsedTwice(int longest, int depth)
    {
        var source = Pipeline(longest);
        var terms = Linq("Select", [source.Element, typeof(double)], source.Node, Body(source, _ => Term(depth)));
        string end = Any(["ToArray", "ToList"]);
        var vector = Linq(end, [typeof(double)], terms);
        var outside = frame;
        frame = new Frame(outside);
        var parameter = Parameter(vector.Type, Name("v"));
        frame.Vectors.Add(new Vector(parameter, source.Shortest, source.Longest));
        var own = new Source(parameter, typeof(double), source.Shortest, source.Longest);
        var use = Add(Sum(own, 1), Chance(0.5) ? Linq("Sum", [], parameter) : Multiply(ElementOf(new Vector(parameter, source.Shortest), Position()), Sum(own, 1)));
        frame = outside;
        return Invoke(Lambda(use, parameter), vector);
    }
}
