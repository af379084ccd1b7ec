using System.Linq.Expressions;
using static System.Linq.Expressions.Expression;

namespace ExprGrad.Tests.Fuzz;

/// <summary>
/// Random functions <c>double[] → double</c> made of queries: sums, extrema, recurrences and vectors, nested to a given depth, with branches, filters, indirect indices and
/// trip counts that depend on anything. Loops are short, so that a slow oracle can follow, but for a few that are long enough for lanes. The same seed and depth give the same program.
/// </summary>
public sealed partial class LoopGenerator
{
    /// <summary>How often the innermost code may run, and how often one loop that is not long.</summary>
    private const int MostIterations = 150, LongestLoop = 4;

    /// <summary>How high the trees between one loop and the next are, so that no body takes all.</summary>
    private const int Highest = 3;

    /// <summary>Of the programs one in so many has a place that may throw, and no program has two: then it is known which exception is right.</summary>
    private const int OneThrowsIn = 8;

    private readonly Random random;
    private readonly ParameterExpression x = Parameter(typeof(double[]), "x");
    private readonly Expression data = Constant(new LoopData());
    private readonly int inputs;
    private readonly int deepest;
    private readonly int common;
    private Frame frame = new(null);
    private int iterations = 1;
    private int nesting;
    private int height;
    private int budget;
    private int names;
    private bool mayThrow;

    private LoopGenerator(int seed, int depth)
    {
        // Neighbouring seeds of System.Random give correlated sequences.
        random = new Random(unchecked((int)((uint)seed * 2654435769u ^ 0x1f83d9abu) + depth));
        inputs = Chance(0.1) ? random.Next(8, 20) : random.Next(2, 6);
        deepest = depth;
        common = random.Next(FewestOfLong, MostOfLong + 1);
        // Mostly small: many small programs find more than few large ones.
        budget = 5 + (int)((25 + 10 * depth) * Math.Pow(random.NextDouble(), 2));
        mayThrow = random.Next(OneThrowsIn) == 0;
    }

    /// <param name="Node">An integer that is not negative.</param>
    /// <param name="Bound">It is smaller than this.</param>
    private sealed record Index(Expression Node, int Bound);

    /// <param name="Node">An array or list of reals.</param>
    /// <param name="Shortest">How many elements it has at least.</param>
    /// <param name="Longest">How many it has at most.</param>
    private sealed record Vector(Expression Node, int Shortest, int Longest = LongestLoop);

    /// <summary>What is in scope.</summary>
    private sealed class Frame(Frame? outer)
    {
        public List<Expression> Reals { get; } = [];
        public List<Index> Indices { get; } = [];
        public List<Vector> Vectors { get; } = [];

        public IEnumerable<Expression> AllReals => outer is null ? Reals : Reals.Concat(outer.AllReals);
        public IEnumerable<Index> AllIndices => outer is null ? Indices : Indices.Concat(outer.AllIndices);
        public IEnumerable<Vector> AllVectors => outer is null ? Vectors : Vectors.Concat(outer.AllVectors);
    }

    /// <param name="seed">Any number.</param>
    /// <param name="depth">How deep loops are nested at least.</param>
    /// <returns>The program, and how many elements a point needs.</returns>
    public static (Expression<Func<double[], double>> Lambda, int Inputs) Generate(int seed, int depth)
    {
        var generator = new LoopGenerator(seed, depth);
        var body = generator.Real(depth);
        while (generator.budget > 10)
            body = Add(body, generator.Chance(0.5) ? generator.Real(0) : generator.Real(1));
        return (Lambda<Func<double[], double>>(body, generator.x), generator.inputs);
    }

    /// <summary>The same program with what it captures passed as data.</summary>
    public static Expression<Func<double[], LoopData, double>> WithData(Expression<Func<double[], double>> f)
    {
        var passed = Parameter(typeof(LoopData), "data");
        return Lambda<Func<double[], LoopData, double>>(new Pass(passed).Visit(f.Body), f.Parameters[0], passed);
    }

    private sealed class Pass(ParameterExpression passed) : ExpressionVisitor
    {
        protected override Expression VisitConstant(ConstantExpression node) => node.Value is LoopData ? passed : node;
    }

    private bool Chance(double probability) => random.NextDouble() < probability;

    private T Any<T>(IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];

    /// <summary>Whether to throw here, if a place that throws is still to be made.</summary>
    private bool Throws(double probability)
    {
        if (!mayThrow || !Chance(probability)) return false;
        mayThrow = false;
        return true;
    }

    private T WithoutThrowing<T>(Func<T> make)
    {
        bool before = mayThrow;
        mayThrow = false;
        T made = make();
        mayThrow = before;
        return made;
    }

    private MemberExpression Data(string name) => Field(data, name);

    private static ConstantExpression Number(double value) => Constant(value);

    private ConstantExpression Number() => Number(Any([0.5, -1, 2, 1.5, 0.1, -0.3, 0, 3]));

    private static MethodCallExpression Call(string name, params Expression[] arguments) => Expression.Call(typeof(Math).GetMethod(name, [.. arguments.Select(argument => argument.Type)])!, arguments);

    // ---------------------------------------------------------------- reals

    /// <param name="depth">How many loops must still be nested here.</param>
    private Expression Real(int depth)
    {
        budget--;
        if (depth > 0)
        {
            var loop = Loop(depth);
            return random.Next(5) switch
            {
                0 => loop,
                1 => Add(loop, Real(0)),
                2 => Multiply(Bounded(loop), Real(0)),
                3 => Condition(Test(), loop, Real(0)),
                _ => Add(Multiply(Number(), loop), Leaf()),
            };
        }
        if (budget <= 0 || height >= Highest) return Leaf();
        height++;
        var real = Inner();
        height--;
        return real;
    }

    private Expression Inner()
    {
        if (nesting < deepest && Chance(0.12)) return Loop(1);
        switch (random.Next(16))
        {
            case 0 or 1: return Add(Real(0), Real(0));
            case 2: return Subtract(Real(0), Real(0));
            case 3 or 4: return Multiply(Bounded(Real(0)), Real(0));
            case 5: return Divide(Real(0), Positive(Real(0)));
            case 6: return Call(Any(["Log", "Sqrt"]), Positive(Real(0)));
            case 7: return Call("Exp", Bounded(Real(0)));
            case 8: return Bounded(Real(0));
            case 9: return Call(Any(["Max", "Min"]), Real(0), Leaf());
            case 10: return Call("Pow", Bounded(Real(0)), Number(Any([2.0, 3, 1])));
            case 11: return Branch();
            case 12: return Inlined(0);
            default: return Leaf();
        }
    }

    private Expression Leaf()
    {
        // What the innermost loop brought is what makes a loop a loop.
        if (frame.Reals.Count > 0 && Chance(0.4)) return Any(frame.Reals);
        Expression[] reals = [.. frame.AllReals];
        if (reals.Length > 0 && Chance(0.2)) return Any(reals);
        if (Chance(0.6) && frame.AllIndices.Any()) return Load();
        if (Chance(0.08) && frame.AllIndices.Any()) return Convert(Position().Node, typeof(double));
        if (Throws(0.02)) return ArrayIndex(Data("Missing"), Constant(0));
        return random.Next(8) switch
        {
            0 => Number(),
            1 => Data("Factor"),
            2 => Convert(ArrayLength(x), typeof(double)),
            _ => ArrayIndex(x, Constant(random.Next(inputs))),
        };
    }

    /// <summary>An element at a position that depends on loops.</summary>
    private Expression Load()
    {
        var i = Position();
        Vector[] vectors = [.. frame.AllVectors];
        if (vectors.Length > 0 && Chance(0.4)) return ElementOf(Any(vectors), i);
        if (i.Bound > LongestLoop && Chance(0.4)) return OfLong(i);
        switch (random.Next(10))
        {
            case 0: return ArrayIndex(Data("Table"), Below(i, 5));
            case 1: return ArrayIndex(Data("Table"), ArrayIndex(Data("Order"), Below(i, 5)));
            case 2: return Property(Data("List"), "Item", Below(i, 4));
            case 3: return Expression.Call(Data("View"), typeof(IReadOnlyList<double>).GetMethod("get_Item")!, Below(i, 3));
            case 4: return ArrayIndex(Data("Grid"), Below(i, 2), Below(Position(), 3));
            case 5: return ArrayIndex(x, ArrayIndex(Data("Picks"), Below(i, 4)));
            case 6: return ElementOf(new Vector(ArrayIndex(Data("Rows"), Below(i, 4)), 0), Position());
            default:
                if (Throws(0.05)) return ArrayIndex(x, Add(i.Node, Constant(inputs)));
                return ArrayIndex(x, Chance(0.2) ? Modulo(i.Node, ArrayLength(x)) : Below(i, inputs));
        }
    }

    private Expression ElementOf(Vector vector, Index i)
    {
        Expression At(Expression index) => vector.Node.Type.IsArray ? ArrayIndex(vector.Node, index) : Property(vector.Node, "Item", index);
        if (vector.Shortest > 0 && Chance(0.7)) return At(Below(i, vector.Shortest));
        return Condition(LessThan(i.Node, Length(vector.Node)), At(i.Node), Chance(0.5) ? Number() : Leaf());
    }

    private static Expression Length(Expression vector) => vector.Type.IsArray ? ArrayLength(vector) : Property(vector, "Count");

    private static Expression Below(Index i, int length) => i.Bound <= length ? i.Node : Modulo(i.Node, Constant(length));

    /// <summary>An integer made of the indices in scope.</summary>
    private Index Position()
    {
        Index[] indices = [.. frame.AllIndices];
        if (indices.Length == 0) return new Index(Constant(random.Next(2)), 2);
        var i = frame.Indices.Count > 0 && Chance(0.6) ? Any(frame.Indices) : Any(indices);
        var j = Any(indices.Length > 1 ? [.. indices.Where(other => other != i)] : indices);
        switch (random.Next(12))
        {
            case 0:
                int stride = random.Next(2, 4);
                return new Index(Add(Multiply(i.Node, Constant(stride)), j.Node), stride * i.Bound + j.Bound);
            case 1: return new Index(ArrayIndex(Data("Order"), Below(i, 5)), 5);
            case 2: return new Index(Add(i.Node, Constant(1)), i.Bound + 1);
            case 3: return new Index(Call("Abs", Subtract(i.Node, j.Node)), Math.Max(i.Bound, j.Bound));
            case 4 when Chance(0.3): return new Index(FromReal(), 4);
            case 5: return new Index(Subtract(Constant(i.Bound - 1), i.Node), i.Bound);
            case 6: return new Index(Add(Divide(Multiply(i.Node, Add(i.Node, Constant(1))), Constant(2)), j.Node), i.Bound * i.Bound + j.Bound);
            case 7: return new Index(Add(Multiply(i.Node, ArrayLength(x)), j.Node), i.Bound * (inputs + 1) + j.Bound);
            default: return i;
        }
    }

    /// <summary>0 … 3, by a real.</summary>
    private Expression FromReal() => Convert(Add(Number(2), Multiply(Number(1.9), Call("Sin", Leaf()))), typeof(int));

    /// <summary>Somewhere in −3 … 3, smoothly.</summary>
    private Expression Bounded(Expression node) => random.Next(3) switch
    {
        0 => Call("Sin", node),
        1 => Call("Tanh", node),
        _ => Multiply(Number(2), Call("Atan", node)),
    };

    private Expression Positive(Expression node) => Chance(0.5) ? Add(Call("Abs", node), Number(0.1)) : Call("Exp", Bounded(node));

    private Expression Branch()
    {
        if (Chance(0.3)) return Guarded();
        if (Chance(0.4))
        {
            var tested = Leaf(); // small: it is written twice
            return Condition(GreaterThan(tested, Number(0)), Call(Any(["Log", "Sqrt"]), tested), Real(0));
        }
        return Condition(Test(), Real(0), Real(0));
    }

    private Expression Test()
    {
        budget--;
        var comparison = Any([ExpressionType.LessThan, ExpressionType.GreaterThanOrEqual, ExpressionType.GreaterThan, ExpressionType.Equal]);
        switch (random.Next(8))
        {
            case 0: return Data("Flag");
            case 1 or 2 when frame.AllIndices.Any(): return Chance(0.5) ? Equal(Modulo(Position().Node, Constant(2)), Constant(0)) : MakeBinary(comparison, Position().Node, Position().Node);
            case 3: return GreaterThan(ArrayIndex(Data("Table"), Below(Position(), 5)), Number());
            case 4 when nesting < deepest && budget > 0:
                var source = Pipeline(Longest(1));
                return Linq(Any(["Any", "All"]), [source.Element], source.Node, Body(source, _ => Test()));
            case 6 when Chance(0.3): return Linq("Contains", [typeof(int)], Data("Picks"), Position().Node);
            case 5: return OrElse(MakeBinary(comparison, Leaf(), Number()), MakeBinary(comparison, Leaf(), Leaf()));
            default: return MakeBinary(comparison, Chance(0.5) ? Leaf() : Real(0), Chance(0.5) ? Number() : Leaf());
        }
    }

    /// <summary>A lambda that is called at once.</summary>
    private Expression Inlined(int depth)
    {
        var argument = Real(0);
        var outside = frame;
        frame = new Frame(outside);
        var parameter = Parameter(typeof(double), Name("p"));
        frame.Reals.Add(parameter);
        var body = Add(Real(depth), Multiply(parameter, parameter));
        frame = outside;
        return Invoke(Lambda(body, parameter), argument);
    }

    private string Name(string letter) => $"{letter}{names++}";
}
