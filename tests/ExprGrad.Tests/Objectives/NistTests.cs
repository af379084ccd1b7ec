using ExprGrad.Tests.Oracle;

namespace ExprGrad.Tests.Objectives;

/// <summary>Eight nonlinear regressions with certified parameters.</summary>
public class NistTests
{
    /// <summary>Of Σ |2 r ∂r|.</summary>
    private const double Agreement = 1e-12, Vanishing = 1e-5;

    public static TheoryData<string> Names => [.. NistProblem.All.Select(problem => problem.Name)];

    private static NistProblem Named(string name) => NistProblem.All.Single(problem => problem.Name == name);

    [Theory, MemberData(nameof(Names))]
    public void The_plain_lambda_has_the_certified_residual(string name)
    {
        // The certified number has 11 digits, and so have the parameters, at which it is stationary.
        const double Digits = 1e-9;
        var contents = Named(name).Read();
        double residual = Named(name).SumOfSquares.Compile()(contents.Certified, contents.Rows);
        Assert.Equal(contents.Residual, residual, Digits * contents.Residual);
    }

    [Theory, MemberData(nameof(Names))]
    public void The_oracle_agrees_with_complex_steps(string name) =>
        AssertGradients(name, (problem, rows) => b => DualOracle.Evaluate(problem.SumOfSquares, b, rows).Gradient);

    [Theory, MemberData(nameof(Names))]
    public void The_gradient_agrees_with_complex_steps(string name) =>
        AssertGradients(name, (problem, rows) =>
        {
            var compiled = Grad.Compile(problem.SumOfSquares);
            return b => compiled(b, rows).Gradient;
        });

    [Theory, MemberData(nameof(Names))]
    public void The_value_has_the_bits_of_the_plain_lambda(string name)
    {
        var contents = Named(name).Read();
        var compiled = Grad.Compile(Named(name).SumOfSquares);
        var plain = Named(name).SumOfSquares.Compile();
        foreach (double[] b in contents.Points) Contract.Expect.SameBits(plain(b, contents.Rows), compiled(b, contents.Rows).Value, $"{name} at {Contract.Expect.Text(b)}");
    }

    private static void AssertGradients(string name, Func<NistProblem, Observation[], Func<double[], double[]>> gradientOf)
    {
        var problem = Named(name);
        var contents = problem.Read();
        var gradientAt = gradientOf(problem, contents.Rows);
        foreach (double[] b in contents.Points)
        {
            var (expected, scale) = problem.ComplexStep(contents.Rows, b);
            double[] gradient = gradientAt(b);
            for (int i = 0; i < b.Length; i++)
            {
                Assert.True(Math.Abs(gradient[i] - expected[i]) <= Agreement * scale[i], $"{name} at {Contract.Expect.Text(b)}: ∂{i} is {gradient[i]:R} instead of {expected[i]:R}, off by {Math.Abs(gradient[i] - expected[i]) / scale[i]:g3} of its scale");
                if (b == contents.Certified) Assert.True(Math.Abs(gradient[i]) <= Vanishing * scale[i], $"{name} at the solution: ∂{i} is {gradient[i]:R}, {Math.Abs(gradient[i]) / scale[i]:g3} of its scale");
            }
        }
    }
}
