using System.Linq.Expressions;
using ExprGrad.Scheduling;
using ExprGrad.Tests.Contract;
using ExprGrad.Tests.Oracle;

namespace ExprGrad.Tests.Fuzz;

/// <summary>Random programs with loops: first the generator and the oracle by themselves, then the compiler.</summary>
public class LoopFuzzerTests
{
    private const int Seed = 4100, ProgramsPerSetting = 8;

    public static TheoryData<int> Depths => [.. Enumerable.Range(LoopFuzzer.Shallowest, LoopFuzzer.Deepest + 1 - LoopFuzzer.Shallowest)];

    public static TheoryData<int, int> DepthsAndSettings
    {
        get
        {
            var data = new TheoryData<int, int>();
            for (int depth = LoopFuzzer.Shallowest; depth <= LoopFuzzer.Deepest; depth++)
                foreach (var optimisations in Settings.All) data.Add(depth, (int)optimisations);
            return data;
        }
    }

    [Theory, MemberData(nameof(Depths))]
    public void Random_programs_have_the_plain_value_and_exception_in_the_oracle(int depth)
    {
        var report = LoopFuzzer.Run(Seed, depth, 100, LoopFuzzer.Oracle);
        TestContext.Current.TestOutputHelper?.WriteLine(report.ToString());
        Assert.True(report.IsClean, report.ToString());
        // Most points must test something.
        Assert.True(report.StrictPoints > 2 * report.LenientPoints, report.ToString());
        Assert.True(report.ThrowingPoints > 0 && report.ThrowingPoints < report.StrictPoints / 5, report.ToString());
    }

    [Theory, MemberData(nameof(Depths))]
    public void The_oracle_agrees_with_numerical_differentiation_on_random_programs(int depth)
    {
        // Differences across a kink or a step that converge nevertheless are rare, but not impossible.
        // A long recurrence may be chaotic: then it is no line within any step, and differences seem to converge.
        const double Tolerance = 1e-6, Converged = 1e-8, Steep = 1e4;
        int compared = 0;
        List<string> wrong = [];
        for (int seed = 0; seed < 120; seed++)
        {
            var (f, inputs) = LoopGenerator.Generate(seed, depth);
            // Numbers that are rounded to float change in steps.
            if (Floats.AreIn(f)) continue;
            var plain = f.Compile();
            var x = LoopFuzzer.Points(seed, inputs)[0];
            if (Record.Exception(() => plain(x)) is not null) continue;
            var result = DualOracle.Evaluate(f, x);
            if (result.HasNonFinite || result.HasExtreme) continue;
            for (int i = 0; i < inputs; i++)
            {
                var (estimate, error) = RichardsonDifference.Partial(plain, x, i);
                double scale = Math.Max(1e-3, result.Magnitude[i]);
                if (!(error < Converged * scale) || scale > Steep) continue;
                compared++;
                if (Math.Abs(estimate - result.Gradient[i]) > Tolerance * scale) wrong.Add($"seed {seed}, ∂{i}: {result.Gradient[i]:R}, numerically {estimate:R} ± {error:g2}: {f}");
            }
        }
        Assert.True(compared > 60, $"only {compared} partials could be compared");
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }

    [Fact]
    public void Programs_have_the_depth_that_was_asked_for_and_everything_in_them()
    {
        HashSet<string> operators = [];
        for (int depth = LoopFuzzer.Shallowest; depth <= LoopFuzzer.Deepest; depth++)
            for (int seed = 0; seed < 100; seed++)
            {
                var nest = new Nest();
                nest.Visit(LoopGenerator.Generate(seed, depth).Lambda);
                Assert.True(nest.Deepest >= depth, $"seed {seed}: loops are nested {nest.Deepest} deep instead of {depth}");
                operators.UnionWith(nest.Operators);
            }
        Assert.Superset(
            new HashSet<string>
            {
                "Range", "Repeat", "Sum", "Average", "Min", "Max", "Aggregate2", "Aggregate3", "Aggregate4", "Count", "Any", "All", "Select", "Where", "Zip2", "Zip3", "SelectMany2", "SelectMany3",
                "Skip", "Take", "Reverse", "Concat", "Append", "Prepend", "First", "Last", "ElementAt", "ToArray", "ToList", "DefaultIfEmpty",
            },
            operators);
    }

    [Fact]
    public void The_same_seed_gives_the_same_program() => Assert.Equal(LoopGenerator.Generate(7, 4).Lambda.ToString(), LoopGenerator.Generate(7, 4).Lambda.ToString());

    [Fact]
    public void A_wrong_component_is_found_and_shrunk()
    {
        const double Distortion = 1e-9;
        var report = LoopFuzzer.Run(5, 3, 10, f => (x, buffer) =>
        {
            var (value, gradient) = LoopFuzzer.Oracle(f)(x, buffer);
            for (int i = 0; i < gradient.Length; i++) gradient[i] *= 1 + Distortion;
            return (value, gradient);
        });
        Assert.True(report.Wrong.Count > 5, report.ToString());
        Assert.True(report.Wrong[0].Expression.Length < 100, report.Wrong[0].Expression);
    }

    [Theory, MemberData(nameof(DepthsAndSettings))]
    public void Random_programs_agree_with_the_oracle_under_all_settings(int depth, int toggled)
    {
        // Other programs for each setting, so that together they are many.
        var report = LoopFuzzer.Run(Seed + toggled, depth, ProgramsPerSetting, (Optimisations)toggled);
        Assert.True(report.IsClean, $"{(Optimisations)toggled}: {report}");
    }

    // Locals were used again while lanes still needed what was in them: behind the loop; in another order than that of the text.
    // A Norm whose elements add up beyond the largest number. Min of infinities, written out.
    [Theory, InlineData(2001594, 5), InlineData(3006126, 5), InlineData(3002343, 4), InlineData(3002419, 2), InlineData(3008405, 4), InlineData(4009472, 5)]
    public void Programs_that_were_wrong_once_agree(int seed, int depth)
    {
        (var f, int inputs) = LoopGenerator.Generate(seed, depth);
        foreach (Optimisations optimisations in new[] { Optimisations.All, Optimisations.All | Optimisations.EagerLanes, Optimisations.All | Optimisations.EagerLanes | Optimisations.FourLanes })
        {
            ValueAndGradient compiled = GradientCompiler.Compile<ValueAndGradient>(f, null, optimisations).Delegate;
            foreach (double[] x in LoopFuzzer.Points(seed, inputs))
                Expect.Oracle(f, compiled, x);
        }
    }

    private sealed class Nest : ExpressionVisitor
    {
        private int depth;

        public int Deepest { get; private set; }

        public HashSet<string> Operators { get; } = [];

        protected override Expression VisitMethodCall(MethodCallExpression node)
        {
            if (node.Method.DeclaringType == typeof(Enumerable))
            {
                Operators.Add(node.Method.Name);
                Operators.Add($"{node.Method.Name}{node.Arguments.Count}");
            }
            foreach (var argument in node.Arguments)
            {
                bool isBody = node.Method.DeclaringType == typeof(Enumerable) && argument is LambdaExpression;
                depth += isBody ? 1 : 0;
                Deepest = Math.Max(Deepest, depth);
                Visit(argument);
                depth -= isBody ? 1 : 0;
            }
            return node;
        }
    }

    /// <summary>Whether a lambda computes with floats anywhere.</summary>
    private sealed class Floats : ExpressionVisitor
    {
        private bool areThere;

        public static bool AreIn(Expression expression)
        {
            var floats = new Floats();
            floats.Visit(expression);
            return floats.areThere;
        }

        public override Expression? Visit(Expression? node)
        {
            this.areThere |= node?.Type == typeof(float);
            return base.Visit(node);
        }
    }
}
