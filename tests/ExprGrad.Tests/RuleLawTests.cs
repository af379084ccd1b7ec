using System.Globalization;
using ExprGrad.IR;
using ExprGrad.Primitives;
using ExprGrad.Simplification;
using ExprGrad.Tests.Oracle;

namespace ExprGrad.Tests;

/// <summary>Every rule keeps within its licence, on every kind of double. What it matches is found by trying: random small trees under its root.</summary>
public class RuleLawTests
{
    private const int Seed = 7100, Tries = 400_000, TreesPerRule = 12, PointsPerTree = 4_000, Ulps = 4;

    private static readonly IReadOnlyList<Rule> All = [.. StrictRules.All, .. AdjointRules.All, .. FusionRules.All];

    private static readonly Primitive Abs = Catalogue.Find(((Func<double, double>)Math.Abs).Method)!;

    private static readonly Primitive[] Operations = [Arithmetic.Add, Arithmetic.Subtract, Arithmetic.Multiply, Arithmetic.Divide, Arithmetic.Negate];

    private static readonly double[] Literals = [0.0, -0.0, 0.5, 1, -1, 2, 2, -2, -3];

    private static readonly double[] Values =
    [
        0.0, -0.0, 1, -1, 2, -3, 0.1, -1 / 3.0, double.PositiveInfinity, double.NegativeInfinity, double.NaN, double.Epsilon, -double.Epsilon, 1e-310, -3e-309,
        2.2250738585072014E-308, double.MaxValue, -double.MaxValue, 1e300, -1e-300, 1e160, 1e-160, double.MaxValue / 3, Math.PI,
    ];

    public static TheoryData<string> Pictures => [.. All.Select(rule => rule.Picture)];

    [Fact]
    public void Each_rule_has_its_own_picture_and_the_licence_of_its_list()
    {
        Assert.Equal(All.Count, All.Select(rule => rule.Picture).Distinct().Count());
        Assert.All(StrictRules.All, rule => Assert.Equal(Licence.Strict, rule.Licence));
        Assert.All([.. AdjointRules.All, .. FusionRules.All], rule => Assert.Equal(Licence.Adjoint, rule.Licence));
    }

    [Theory, MemberData(nameof(Pictures))]
    public void Each_rule_keeps_within_its_licence(string picture)
    {
        Rule rule = All.Single(rule => rule.Picture == picture);
        IReadOnlyList<Case> cases = [.. Matches(rule, new Random(Seed))];
        Assert.True(cases.Count > 0, $"{picture}: nothing matched");
        foreach (Case match in cases)
        {
            foreach (object[] point in Points(match.Parameters, new Random(Seed)))
            {
                string? error = rule.Licence == Licence.Strict ? match.StrictError(point) : match.AdjointError(point);
                Assert.True(error is null, $"{picture} on {Text(match.Before)} → {Text(match.After)} at {string.Join(", ", point)}: {error}");
            }
        }
    }

    // Trees that are too special to be found by trying.
    private static IEnumerable<Apply> Examples(string picture, GraphBuilder to, Parameter[] p)
    {
        Node MagnitudeOfQuotient(Node x, Node y) => to.Apply(Abs, to.Apply(Arithmetic.Divide, x, y));
        Node[] numerators = picture switch
        {
            "x / |x / y| → copysign(|y|, x)" => [p[0]],
            "(c * x) / |x / y| → copysign(c * |y|, x)" => [.. new[] { 2.5, 0.3, 1e-300, 1e300 }.Select(c => to.Apply(Arithmetic.Multiply, to.Constant(c), p[0]))],
            _ => [],
        };
        return numerators.Select(numerator => (Apply)to.Apply(Arithmetic.Divide, numerator, MagnitudeOfQuotient(p[0], p[1])));
    }

    private static IEnumerable<Case> Matches(Rule rule, Random random)
    {
        var ofExamples = new GraphBuilder();
        Parameter[] named = [.. Enumerable.Range(0, 3).Select(name => ofExamples.Parameter("p" + name, rule.Root.Type))];
        Apply[] examples = [.. Examples(rule.Picture, ofExamples, named)];
        foreach (Apply example in examples)
            yield return new Case(example, rule.Rewrite(example, new Rewriter(ofExamples, _ => 1))!, [.. named.Where(parameter => Contains(example, parameter))]);
        if (examples.Length > 0)
            yield break;
        var seen = new HashSet<string>();
        for (int k = 0; k < Tries && seen.Count < TreesPerRule; k++)
        {
            var builder = new GraphBuilder();
            Type type = rule.Root.Type;
            Parameter[] parameters = [.. Enumerable.Range(0, 3).Select(name => builder.Parameter("p" + name, type))];
            // Few operations and literals in one tree: what a rule looks for is a pattern that repeats itself.
            Primitive[] operations = [Operations[random.Next(Operations.Length)], Operations[random.Next(Operations.Length)]];
            double[] literals = [Literals[random.Next(Literals.Length)], Literals[random.Next(Literals.Length)]];
            var root = (Apply)Tree(rule.Root, depth: 2 + k % 2);
            if (rule.Rewrite(root, new Rewriter(builder, _ => 1)) is { } after && seen.Add(Text(root)))
                yield return new Case(root, after, [.. parameters.Where(parameter => Contains(root, parameter))]);

            Node Tree(Operation operation, int depth)
            {
                int arity = (operation as Primitive)?.Samples.Count ?? (operation.Equals(Operator.Not) ? 1 : 2);
                return builder.Apply(operation, [.. Enumerable.Range(0, arity).Select(_ => Operand(depth - 1))]);
            }

            Node Operand(int depth)
            {
                if (type == typeof(bool))
                    return depth == 0 || random.Next(3) == 0 ? random.Next(3) == 0 ? builder.Constant(random.Next(2) == 0, typeof(bool)) : parameters[random.Next(3)] : Tree(Operator.Not, depth);
                return depth > 0 && random.Next(2) == 0 ? Tree(operations[random.Next(operations.Length)], depth)
                    : random.Next(2) == 0 ? builder.Constant(literals[random.Next(literals.Length)]) : parameters[random.Next(3)];
            }
        }
    }

    private static bool Contains(Node node, Node searched) => ReferenceEquals(node, searched) || node.Operands.Any(operand => Contains(operand, searched));

    private static IEnumerable<object[]> Points(IReadOnlyList<Parameter> parameters, Random random)
    {
        if (parameters.Count == 0)
            return [[]];
        if (parameters[0].Type == typeof(bool))
            return Enumerable.Range(0, 1 << parameters.Count).Select(bits => parameters.Select((_, k) => (object)((bits >> k & 1) == 1)).ToArray());
        int all = (int)Math.Pow(Values.Length, parameters.Count);
        IEnumerable<object[]> special = (all <= PointsPerTree ? Enumerable.Range(0, all) : Enumerable.Range(0, PointsPerTree).Select(_ => random.Next(all)))
            .Select(number => parameters.Select((_, k) => (object)Values[number / (int)Math.Pow(Values.Length, k) % Values.Length]).ToArray());
        // Random bits have all magnitudes; random digits of like magnitude round and cancel.
        IEnumerable<object[]> bits = Enumerable.Range(0, PointsPerTree / 16).Select(_ => parameters.Select(_ => (object)BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue))).ToArray());
        IEnumerable<object[]> digits = Enumerable.Range(0, PointsPerTree / 16).Select(_ => parameters.Select(_ => (object)(random.NextDouble() * 4 - 2)).ToArray());
        return special.Concat(bits).Concat(digits);
    }

    private static string Text(Node node) => node switch
    {
        Constant constant => Convert.ToString(constant.Value, CultureInfo.InvariantCulture)!,
        Parameter parameter => parameter.Name,
        Apply apply => $"{apply.Operation.Name}({string.Join(", ", apply.Operands.Select(Text))})",
        _ => node.ToString(),
    };

    /// <summary>A tree that a rule matches, and what it makes of it.</summary>
    private sealed record Case(Apply Before, Node After, IReadOnlyList<Parameter> Parameters)
    {
        public string? StrictError(object[] point)
        {
            (object before, object after) = (this.Evaluate(this.Before, point), this.Evaluate(this.After, point));
            bool same = before is double a && after is double b ? Agreement.SameBits(a, b) : before.Equals(after);
            return same ? null : $"{after} instead of {before}";
        }

        /// <summary>Finite where the original is; within some ulp of the terms' absolute sum from the exact result, or no further from it than the original.</summary>
        public string? AdjointError(object[] point)
        {
            (double before, double after) = ((double)this.Evaluate(this.Before, point), (double)this.Evaluate(this.After, point));
            if (!double.IsFinite(before))
                return null;
            // The last ulp below overflow may round to infinity: so says the licence.
            if (double.IsInfinity(after) && Math.Abs(before) >= double.BitDecrement(double.MaxValue) && Math.Sign(after) == Math.Sign(before))
                return null;
            if (!double.IsFinite(after))
                return $"{after} instead of {before}";
            if (this.Exactly(this.Before, point) is not { } exact)
                return before == after ? null : $"{after:R} instead of {before:R}, and no exact result";
            Rational allowed = (this.Terms(this.Before, point) * Rational.Of(double.BitIncrement(1) - 1) + Rational.Of(double.Epsilon)) * Rational.Of(Ulps);
            Rational error = (Rational.Of(after) - exact).Abs();
            return error <= allowed || error <= (Rational.Of(before) - exact).Abs() ? null : $"{after:R} instead of {before:R}";
        }

        // The sum of the absolute values of what is added up.
        private Rational Terms(Node node, object[] point) =>
            node switch
            {
                Apply { Operation: Add or Subtract } sum => this.Terms(sum.Operands[0], point) + this.Terms(sum.Operands[1], point),
                Apply { Operands: [var a, var b, var c] } => (this.Exactly(a, point)!.Value * this.Exactly(b, point)!.Value).Abs() + this.Terms(c, point),
                _ => this.Exactly(node, point)!.Value.Abs(),
            };

        private object Evaluate(Node node, object[] point)
        {
            var values = new Dictionary<Parameter, object?>();
            for (int k = 0; k < point.Length; k++)
                values[this.Parameters[k]] = point[k];
            return new GraphInterpreter(values).Evaluate(node)!;
        }

        // Null where there is no exact result: infinities, NaN, a quotient by zero.
        private Rational? Exactly(Node node, object[] point)
        {
            if (node is not Apply apply)
            {
                double value = (double)this.Evaluate(node, point);
                return double.IsFinite(value) ? Rational.Of(value) : null;
            }
            Rational?[] operands = [.. apply.Operands.Select(operand => this.Exactly(operand, point))];
            if (operands.Any(operand => operand is null))
                return null;
            if (operands.Length == 3)
                return operands[0]!.Value * operands[1]!.Value + operands[2]!.Value;
            (Rational a, Rational b) = (operands[0]!.Value, operands[^1]!.Value);
            return apply.Operation switch
            {
                Add => a + b,
                Subtract => a - b,
                Multiply => a * b,
                Divide => b.IsZero ? null : a / b,
                Negate => Rational.Of(0) - a,
                AbsFunction => a.Abs(),
                CopySignFunction => BitConverter.DoubleToInt64Bits((double)this.Evaluate(apply.Operands[1], point)) < 0 ? Rational.Of(0) - a.Abs() : a.Abs(),
                _ => throw new NotSupportedException(apply.Operation.Name),
            };
        }
    }
}
