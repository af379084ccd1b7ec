using ExprGrad.Tests.Oracle;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests.Fuzz;

/// <summary>The fuzzer itself, without the library: the oracle stands in for the compiler.</summary>
public class FuzzerTests
{
    private static ValueAndGradient OracleAsCompiler(Function f, Func<double, double> distort)
    {
        return (x, buffer) =>
        {
            var result = DualOracle.Evaluate(f, x);
            double[] gradient = [.. result.Gradient.Select(distort)];
            if (buffer is not null) gradient.CopyTo(buffer, 0);
            return (result.Value, buffer ?? gradient);
        };
    }

    [Fact]
    public void Random_lambdas_have_the_plain_value_and_calls_in_the_oracle()
    {
        var report = Fuzzer.Run(1, 600, f => OracleAsCompiler(f, component => component));
        Assert.True(report.IsClean, report.ToString());
        TestContext.Current.TestOutputHelper?.WriteLine(report.ToString());
        // Most points must test something.
        Assert.True(report.StrictPoints > 2 * report.LenientPoints, report.ToString());
        Assert.True(report.ThrowingPoints < report.StrictPoints / 10, report.ToString());
    }

    [Fact]
    public void A_wrong_component_is_found_and_shrunk()
    {
        const double Distortion = 1e-12;
        var report = Fuzzer.Run(2, 20, f => OracleAsCompiler(f, component => component * (1 + Distortion)));
        Assert.True(report.Wrong.Count > 10, report.ToString());
        Assert.True(report.Wrong[0].Expression.Length < 60, report.Wrong[0].Expression);
    }

    [Fact]
    public void The_same_seed_gives_the_same_lambda() =>
        Assert.Equal(LambdaGenerator.Generate(7, 40).Lambda.ToString(), LambdaGenerator.Generate(7, 40).Lambda.ToString());

    [Fact]
    public void The_oracle_agrees_with_numerical_differentiation_on_random_lambdas()
    {
        // Differences across a kink or a step that converge nevertheless are rare, but not impossible.
        const double Tolerance = 1e-6, Converged = 1e-8;
        int compared = 0;
        List<string> wrong = [];
        for (int seed = 0; seed < 150; seed++)
        {
            var (f, inputs) = LambdaGenerator.Generate(seed, 25, Features.All & ~Features.Impure & ~Features.Floats & ~Features.Throwing);
            var plain = f.Compile();
            var x = Fuzzer.Points(seed, inputs)[0];
            var result = DualOracle.Evaluate(f, x);
            if (result.HasNonFinite || result.HasExtreme) continue;
            for (int i = 0; i < inputs; i++)
            {
                var (estimate, error) = RichardsonDifference.Partial(plain, x, i);
                double scale = Math.Max(1e-3, result.Magnitude[i]);
                if (!(error < Converged * scale)) continue;
                compared++;
                if (Math.Abs(estimate - result.Gradient[i]) > Tolerance * scale) wrong.Add($"seed {seed}, ∂{i}: {result.Gradient[i]:R}, numerically {estimate:R} ± {error:g2}: {f}");
            }
        }
        Assert.True(compared > 250, $"only {compared} partials could be compared");
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }
}
