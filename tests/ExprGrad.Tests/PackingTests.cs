using System.Linq.Expressions;
using ExprGrad.Compilation;
using ExprGrad.Differentiation;
using ExprGrad.Emission;
using ExprGrad.IR;
using ExprGrad.Primitives;
using ExprGrad.Reading;
using ExprGrad.Scheduling;
using ExprGrad.Simplification;
using ExprGrad.Tests.Oracle;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;
using Term = System.Linq.Expressions.Expression<System.Func<double, double, double>>;

namespace ExprGrad.Tests;

/// <summary>Vectors change speed only: value and gradient have the bits that they have without, and there is less to do.</summary>
public class PackingTests
{
    private const int Seed = 9100, Functions = 400, Points = 12;

    private static readonly LaneShape[] Shapes = [LaneShape.Two, LaneShape.Four];

    private static readonly double[] Values =
    [
        0.0, -0.0, 1, -1, 2, -3, 0.1, double.PositiveInfinity, double.NegativeInfinity, double.NaN, double.Epsilon, -double.Epsilon, 1e-310, double.MaxValue, 1e300, -1e-300, 1e160,
    ];

    private static readonly Dictionary<string, Function> Cases = new()
    {
        ["Rosenbrock"] = Chain(40, (a, b) => 100 * ((b - a * a) * (b - a * a)) + (1 - a) * (1 - a)),
        ["products of neighbours"] = Chain(17, (a, b) => a * b),
        ["squares"] = Chain(23, (a, b) => a * a),
        ["quotients"] = Chain(21, (a, b) => (a * b + a) / (3 * a * a + 1)),
        ["roots"] = Chain(19, (a, b) => Math.Sqrt(a * a + b * b) * Math.Abs(a - b)),
        ["differences"] = Chain(14, (a, b) => -(a - b) * a),
        ["logarithms"] = Chain(17, (a, b) => (a * b + a) * Math.Log((3 * a * a + 1) * (b * b + 1))),
        ["waves"] = Chain(17, (a, b) => (a * b + a) * Math.Sin((3 * a * a + 1) * (b - a))),
        ["maxima"] = Chain(13, (a, b) => Math.Max(a * b, 1 - a) * (b - 2)),
        ["branches"] = Chain(13, (a, b) => a * a > b ? (a - b) * (a - b) : (a + b) * 3),
        ["what a branch uses"] = Branch(),
        ["quadratic form"] = Quadratic(10),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Value_and_gradient_have_the_same_bits_without_packs(string name)
    {
        foreach (FloatingPoint floatingPoint in Enum.GetValues<FloatingPoint>())
            Assert.Null(Difference(Cases[name], floatingPoint, out _));
    }

    [Fact]
    public void Value_and_gradient_of_random_terms_have_the_same_bits_without_packs()
    {
        int packed = 0;
        List<string> wrong = [];
        for (int seed = Seed; seed < Seed + Functions; seed++)
        {
            Function f = RandomTerms(new Random(seed));
            if (Difference(f, FloatingPoint.Default, out bool isPacked) is { } error)
                wrong.Add($"seed {seed}: {error}\n{f}");
            packed += isPacked ? 1 : 0;
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong:\n{string.Join("\n", wrong.Take(5))}");
        Assert.True(packed > Functions / 4, $"only {packed} had packs");
    }

    [Theory, InlineData(10, 60), InlineData(100, 600), InlineData(1_000, 6_000)]
    public void Rosenbrock_takes_less_than_half_of_the_operations(int variables, int most)
    {
        Graph graph = Gradient(Chain(variables, (a, b) => 100 * ((b - a * a) * (b - a * a)) + (1 - a) * (1 - a)), FloatingPoint.Default), packed = Pack(graph, LaneShape.Four);
        Assert.InRange(CostOf(packed), 0, most);
        Assert.True(2 * CostOf(packed) < CostOf(graph) + 10, $"{CostOf(packed)} of {CostOf(graph)}");
    }

    [Fact]
    public void A_function_of_few_variables_has_no_vectors()
    {
        Graph graph = Gradient(x => Math.Log(x[0] * x[1]) * Math.Sin(x[1]), FloatingPoint.Default);
        Assert.Same(graph, Pack(graph, LaneShape.Four));
    }

    [Fact]
    public void A_thousand_variables_are_split_into_methods_that_share_vectors() =>
        Assert.Null(Difference(Chain(1_000, (a, b) => 100 * ((b - a * a) * (b - a * a)) + (1 - a) * (1 - a) * b), FloatingPoint.Default, out _));

    [Fact]
    public void Components_that_the_point_may_not_have_stay_single()
    {
        // Every path loads x[0] only.
        Function f = x => x[0] > 0 ? x[1] * x[1] + x[2] * x[2] + x[3] * x[3] + x[4] * x[4] + x[5] * x[5] + x[6] * x[6] + x[7] * x[7] + x[8] * x[8] : x[0];
        ValueAndGradient compiled = Grad.Compile(f);
        Assert.Equal([1.0], compiled([-1]).Gradient);
        Assert.Equal([0, 2.0, 4, 6, 8, 10, 12, 14, 16], compiled([1, 1, 2, 3, 4, 5, 6, 7, 8]).Gradient);
    }

    /// <summary>What differs from the function without packs, in the graph or in the code; null if nothing.</summary>
    private static string? Difference(Function f, FloatingPoint floatingPoint, out bool isPacked)
    {
        Graph graph = Gradient(f, floatingPoint);
        ValueAndGradient plain = Compile(graph);
        isPacked = false;
        foreach (LaneShape shape in Shapes)
        {
            Graph packed = Pack(graph, shape);
            isPacked |= !ReferenceEquals(packed, graph);
            if (CostOf(packed) > CostOf(graph))
                return $"{CostOf(packed)} operations instead of {CostOf(graph)}";
            ValueAndGradient compiled = Compile(packed);
            var random = new Random(Seed);
            for (int k = 0; k < Points; k++)
            {
                double[] x = [.. Enumerable.Range(0, graph.RequiredLength + k % 3).Select(_ => k > Points / 2 && random.Next(4) == 0 ? Values[random.Next(Values.Length)] : 3 * random.NextDouble() - 1.5)];
                var expected = plain(x);
                if ((Difference(expected, compiled(x)) ?? (k % 4 == 0 ? Difference(expected, GraphInterpreter.Run(packed, x)) : null)) is { } what)
                    return $"{what} with {shape.Count} lanes at {string.Join(", ", x)}";
            }
        }
        return null;
    }

    private static string? Difference((double Value, double[] Gradient) expected, (double Value, double[] Gradient) actual)
    {
        if (!Agreement.SameBits(expected.Value, actual.Value))
            return $"the value is {actual.Value:R} instead of {expected.Value:R}";
        int wrong = Enumerable.Range(0, expected.Gradient.Length).FirstOrDefault(i => !Agreement.SameBits(expected.Gradient[i], actual.Gradient[i]), -1);
        return wrong < 0 ? null : $"component {wrong} is {actual.Gradient[wrong]:R} instead of {expected.Gradient[wrong]:R}";
    }

    private static Graph Gradient(Function f, FloatingPoint floatingPoint) => Simplifier.Simplify(ReverseMode.Differentiate(LambdaReader.Read(f)), floatingPoint, fusing: true);

    private static Graph Pack(Graph graph, LaneShape shape)
    {
        Graph packed = Packing.Apply(graph, Liveness.CountUses(graph), shape);
        GraphVerifier.Verify(packed);
        return packed;
    }

    private static int CostOf(Graph graph)
    {
        int[] uses = Liveness.CountUses(graph);
        return graph.Nodes.Count(node => uses[node.Id] > 0 && node is not (Constant or Parameter or Apply { Operation: Lane { Name: "lane 0" } })) + graph.Gradient.Count;
    }

    // Packed already, or not at all.
    private static ValueAndGradient Compile(Graph graph)
    {
        Schedule schedule = Scheduler.Arrange(graph, Optimisations.All & ~Optimisations.Packing, splitting: true);
        ScheduleVerifier.Verify(schedule);
        Compiled<ValueAndGradient> compiled = DelegateCompiler.Compile(ScalarEmitter.Emit<ValueAndGradient>(schedule));
        Assert.Equal(CompiledBy.FastExpressionCompiler, compiled.By);
        return compiled.Delegate;
    }

    private static Function Chain(int variables, Term term)
    {
        ParameterExpression x = Expression.Parameter(typeof(double[]), "x");
        return Expression.Lambda<Func<double[], double>>(Enumerable.Range(0, variables - 1).Select(i => (Expression)Expression.Invoke(term, Element(x, i), Element(x, i + 1))).Aggregate(Expression.Add), x);
    }

    private static Function Branch()
    {
        ParameterExpression x = Expression.Parameter(typeof(double[]), "x");
        Expression Squares(int from, int count) => Enumerable.Range(from, count).Select(i => (Expression)Expression.Multiply(Element(x, i), Expression.Subtract(Element(x, i), Element(x, i + 1)))).Aggregate(Expression.Add);
        ParameterExpression squares = Expression.Variable(typeof(double));
        return Expression.Lambda<Func<double[], double>>(
            Expression.Block([squares], Expression.Assign(squares, Squares(0, 13)), Expression.Condition(Expression.GreaterThan(Element(x, 0), Expression.Constant(0.5)), Expression.Multiply(squares, Element(x, 3)), Squares(4, 9))), x);
    }

    private static Function Quadratic(int n)
    {
        ParameterExpression x = Expression.Parameter(typeof(double[]), "x");
        Expression Row(int i) => Enumerable.Range(0, n).Select(j => (Expression)Expression.Multiply(Expression.Constant(1.0 / (1 + i + j)), Element(x, j))).Aggregate(Expression.Add);
        return Expression.Lambda<Func<double[], double>>(Enumerable.Range(0, n).Select(i => (Expression)Expression.Multiply(Element(x, i), Row(i))).Aggregate(Expression.Add), x);
    }

    // The same random term for many elements, now and then with a literal of its own, or another term in between.
    private static Function RandomTerms(Random random)
    {
        ParameterExpression x = Expression.Parameter(typeof(double[]), "x");
        int terms = 3 + random.Next(20), stride = random.Next(5) == 0 ? 2 : 1, odd = random.Next(3) == 0 ? random.Next(terms) : -1;
        Func<int, Expression> like = Shape(random.Next(1, 5)), other = Shape(2);
        Expression sum = like(0);
        for (int i = 1; i < terms; i++)
        {
            Expression term = i == odd ? other(i) : like(i);
            sum = random.Next(12) == 0 ? Expression.Subtract(sum, term) : random.Next(12) == 0 ? Expression.Add(term, sum) : Expression.Add(sum, term);
        }
        return Expression.Lambda<Func<double[], double>>(random.Next(3) == 0 ? Expression.Multiply(sum, Element(x, random.Next(terms))) : sum, x);

        Func<int, Expression> Shape(int depth)
        {
            int kind = depth == 0 ? 20 + random.Next(6) : random.Next(12), offset = random.Next(3);
            double literal = random.Next(1, 9) * 0.25;
            if (depth == 0)
            {
                return kind switch
                {
                    20 or 21 => i => Element(x, stride * i),
                    22 or 23 => i => Element(x, stride * i + offset),
                    24 => i => Expression.Constant(literal + (offset == 0 ? i : 0)),
                    _ => _ => Element(x, offset),
                };
            }
            Func<int, Expression> a = Shape(depth - 1), b = Shape(random.Next(depth));
            return kind switch
            {
                0 or 1 or 2 => i => Expression.Multiply(a(i), b(i)),
                3 or 4 => i => Expression.Add(a(i), b(i)),
                5 or 6 => i => Expression.Subtract(a(i), b(i)),
                7 => i => Expression.Divide(a(i), b(i)),
                8 => i => Expression.Negate(a(i)),
                9 => i => Expression.Call(typeof(Math), random.Next(40) == 0 ? "Abs" : "Sqrt", [], a(i)),
                10 => i => Expression.Call(typeof(Math), "Exp", [], a(i)),
                _ => i => Expression.Condition(Expression.LessThan(a(i), b(i)), b(i), a(i)),
            };
        }
    }

    private static BinaryExpression Element(ParameterExpression x, int i) => Expression.ArrayIndex(x, Expression.Constant(i));
}
