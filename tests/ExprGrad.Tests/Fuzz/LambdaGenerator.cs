using System.Linq.Expressions;
using System.Reflection;
using static System.Linq.Expressions.Expression;

namespace ExprGrad.Tests.Fuzz;

/// <summary>What random lambdas may contain besides arithmetic, mathematics and shared sub-expressions.</summary>
[Flags]
public enum Features
{
    None = 0,
    Branches = 1,
    Selections = 2,
    Integers = 4,
    Captures = 8,
    ComputedLoads = 16,
    Floats = 32,
    Lambdas = 64,
    Objects = 128,
    Impure = 256,
    Throwing = 512,
    All = 1023,
}

/// <summary>
/// Random functions <c>double[] → double</c>: trees and shared sub-expressions, with arguments kept in the domain of the functions most of the time.
/// The same seed, size and features give the same lambda.
/// </summary>
public sealed partial class LambdaGenerator
{
    /// <summary>Sub-expressions larger than this (as trees) are not shared again: the plain lambda evaluates every occurrence.</summary>
    private const int LargestShared = 40;

    private const int Deepest = 14;

    private readonly Random random;
    private readonly Features features;
    private readonly ParameterExpression x = Parameter(typeof(double[]), "x");
    private readonly Expression surroundings = Constant(new Surroundings());
    private readonly Dictionary<Expression, int> sizes = new(ReferenceEqualityComparer.Instance);
    private readonly int inputs;
    private Frame frame;
    private int budget;
    private int calls;

    private LambdaGenerator(int seed, int size, Features features)
    {
        // Neighbouring seeds of System.Random give correlated sequences.
        random = new Random(unchecked((int)((uint)seed * 2654435769u ^ 0x5bd1e995u)));
        this.features = features;
        inputs = random.Next(2, 7);
        budget = size;
        frame = new Frame(null, SeesPoint: true);
    }

    /// <summary>What is in scope: sub-expressions to share, and whether x and the outer variables are visible.</summary>
    private sealed record Frame(Frame? Outer, bool SeesPoint)
    {
        public List<Expression> Reals { get; } = [];
        public List<ParameterExpression> Parameters { get; } = [];

        public IEnumerable<Expression> Visible => Outer is null ? Reals : Reals.Concat(Outer.Visible);

        public IEnumerable<ParameterExpression> Variables => Outer is null ? Parameters : Parameters.Concat(Outer.Variables);
    }

    public static (Expression<Func<double[], double>> Lambda, int Inputs) Generate(int seed, int size, Features features = Features.All)
    {
        var generator = new LambdaGenerator(seed, size, features);
        var body = generator.Real(0);
        // Spend what is left, so that a lambda has about the size that was asked for.
        while (generator.budget > 0)
        {
            generator.budget -= 2;
            var more = generator.Real(2);
            body = generator.Chance(0.5) ? Add(body, more) : Subtract(body, generator.Bounded(more));
        }
        return (Lambda<Func<double[], double>>(body, generator.x), generator.inputs);
    }

    private bool Chance(double probability) => random.NextDouble() < probability;

    private bool May(Features feature, double probability) => features.HasFlag(feature) && Chance(probability);

    private T Any<T>(IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];

    private int SizeOf(Expression node)
    {
        if (sizes.TryGetValue(node, out int size)) return size;
        var counter = new Counter();
        counter.Visit(node);
        return sizes[node] = counter.Count;
    }

    private sealed class Counter : ExpressionVisitor
    {
        public int Count { get; private set; }

        public override Expression? Visit(Expression? node)
        {
            if (node is not null) Count++;
            return base.Visit(node);
        }
    }

    // ---------------------------------------------------------------- reals

    private Expression Real(int depth)
    {
        budget--;
        var node = budget <= 0 || depth >= Deepest ? Leaf() : Inner(depth + 1);
        if (node is not ConstantExpression) frame.Reals.Add(node);
        return node;
    }

    private Expression Leaf()
    {
        Expression[] variables = [.. frame.Variables.Where(variable => variable.Type == typeof(double))];
        if (variables.Length > 0 && Chance(0.6)) return Any(variables);
        if (frame.SeesPoint && Chance(0.75)) return ArrayIndex(x, Constant(random.Next(inputs)));
        if (May(Features.Captures, 0.4)) return Chance(0.5) ? Field(surroundings, "Factor") : Property(surroundings, "Offset");
        return Number();
    }

    private ConstantExpression Number() => Constant(Any([0.5, 1, 2, -1, 3, -0.25, 0.1, 1.5, 0, -2, Math.Round(random.NextDouble() * 6 - 3, 3)]));

    private Expression Inner(int depth)
    {
        if (Chance(0.14) && Shared() is { } shared) return shared;
        if (May(Features.Branches, 0.13)) return Branch(depth);
        if (May(Features.Selections, 0.08)) return Selection(depth);
        if (May(Features.Lambdas, 0.06)) return Inlined(depth);
        if (May(Features.Objects, 0.06)) return TakenApart(depth);
        if (May(Features.Integers, 0.05)) return Chance(0.5) ? Convert(Integer(depth), typeof(double)) : Multiply(Real(depth), Convert(Integer(depth), typeof(double)));
        if (May(Features.Captures, 0.05)) return Captured(depth);
        if (May(Features.ComputedLoads, 0.04) && frame.SeesPoint) return ArrayIndex(x, Position(inputs, depth));
        if (May(Features.Floats, 0.03)) return Float(depth);
        if (May(Features.Impure, 0.04)) return Impure(depth);
        return random.Next(10) switch
        {
            0 or 1 => Add(Real(depth), Real(depth)),
            2 => Subtract(Real(depth), Real(depth)),
            3 or 4 => Multiply(Real(depth), Chance(0.5) ? Bounded(Real(depth)) : Real(depth)),
            5 => Quotient(depth),
            6 or 7 => Unary(depth),
            8 => Several(depth),
            _ => Chance(0.7) ? Power(depth) : Negate(Real(depth)),
        };
    }

    private Expression? Shared()
    {
        Expression[] candidates = [.. frame.Visible.Where(node => SizeOf(node) <= LargestShared)];
        return candidates.Length == 0 ? null : Any(candidates);
    }

    private Expression Quotient(int depth)
    {
        Expression a = Real(depth), b = Real(depth);
        if (Chance(0.15)) return Chance(0.5) ? Divide(a, b) : Modulo(a, b);
        var safe = Positive(b);
        return Chance(0.8) ? Divide(a, safe) : Modulo(a, safe);
    }

    private static ConstantExpression Number(double value) => Constant(value);

    private static MethodCallExpression Call(string name, params Expression[] arguments) => Expression.Call(typeof(Math).GetMethod(name, [.. arguments.Select(argument => argument.Type)])!, arguments);

    /// <summary>Somewhere in −3 … 3, smoothly.</summary>
    private Expression Bounded(Expression node) => random.Next(IsLarge(node) ? 3 : 4) switch
    {
        0 => Call("Sin", node),
        1 => Call("Tanh", node),
        2 => Multiply(Number(2), Call("Atan", node)),
        _ => Divide(node, Call("Sqrt", Add(Number(1), Multiply(node, node)))),
    };

    private Expression Positive(Expression node) => random.Next(IsLarge(node) ? 2 : 3) switch
    {
        0 => Add(Call("Abs", node), Number(0.1)),
        1 => Call("Exp", Bounded(node)),
        _ => Add(Multiply(node, node), Number(0.3)),
    };

    /// <summary>Whether writing the sub-expression twice would make the tree grow too fast.</summary>
    private bool IsLarge(Expression node) => SizeOf(node) > LargestShared;

    private Expression Unary(int depth)
    {
        var (method, domain) = Any(Functions.OfOne);
        var argument = Real(depth);
        if (!Chance(0.08))
            argument = domain switch
            {
                Domain.Small => Bounded(argument),
                Domain.Unit => Multiply(Number(0.9), Call("Sin", argument)),
                Domain.Positive => Positive(argument),
                Domain.AboveOne => Add(Number(1), Positive(argument)),
                _ => argument,
            };
        return Expression.Call(method, argument);
    }

    private Expression Several(int depth)
    {
        Expression a = Real(depth), b = Real(depth);
        switch (random.Next(12))
        {
            case 10: return Expression.Call(typeof(double), "MultiplyAddEstimate", null, a, Bounded(b), Real(depth));
            case 11: return Call("ScaleB", a, Constant(random.Next(-3, 4)));
            case 0: return Call("Atan2", a, b);
            case 1: return Expression.Call(typeof(double), "Hypot", null, a, b);
            case 2: return Call("Log", Positive(a), Add(Number(1.2), Positive(b)));
            case 3: return Call("IEEERemainder", a, Positive(b));
            case 4: return Call("CopySign", a, b);
            case 5: return Call("FusedMultiplyAdd", a, Bounded(b), Real(depth));
            case 6: return Expression.Call(typeof(double), "Lerp", null, a, b, Bounded(Real(depth)));
            case 7: return Expression.Call(typeof(double), "RootN", null, Positive(a), Constant(random.Next(1, 6)));
            case 8: return Expression.Call(typeof(double), "Atan2Pi", null, a, b);
            default:
                if (Functions.LogAddExp is { } method) return Expression.Call(method, a, b);
                return Call("ScaleB", a, Constant(random.Next(-3, 4)));
        }
    }

    private Expression Power(int depth)
    {
        var a = Real(depth);
        return random.Next(5) switch
        {
            0 => Call("Pow", Positive(a), Bounded(Real(depth))),
            1 => Call("Pow", Positive(a), Number(Any([0.5, -0.5, 1.5, -2]))),
            2 => Call("Pow", a, Convert(Constant(random.Next(-1, 4)), typeof(double))),
            3 when features.HasFlag(Features.Integers) => Call("Pow", Bounded(a), Convert(Modulo(Integer(depth), Constant(4)), typeof(double))),
            _ => Call("Pow", Bounded(a), Number(Any([2.0, 3, 1, 0, 4]))),
        };
    }

    private Expression Float(int depth)
    {
        Expression a = Convert(Real(depth), typeof(float)), b = Convert(Bounded(Real(depth)), typeof(float));
        Expression result = random.Next(5) switch
        {
            0 => Multiply(a, b),
            1 => Subtract(a, b),
            2 => Negate(a),
            3 => Divide(a, Add(Constant(2f), Multiply(b, b))),
            _ => a,
        };
        return Convert(result, typeof(double));
    }
}
