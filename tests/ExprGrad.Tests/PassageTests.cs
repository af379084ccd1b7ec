using System.Linq.Expressions;
using ExprGrad.Diagnostics;
using ExprGrad.Differentiation;
using ExprGrad.IR;
using ExprGrad.Reading;
using ExprGrad.Scheduling;
using ExprGrad.Simplification;
using ExprGrad.Tests.Contract;
using ExprGrad.Tests.Fuzz;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests;

/// <summary>Derivatives that are carried forward through functions of one number.</summary>
public class PassageTests
{
    private const int Seed = 9100, Lambdas = 400, LambdasOfSetting = 60;

    public static TheoryData<int> Toggled => [.. Settings.All.Select(optimisations => (int)optimisations)];

    [Fact]
    public void Random_functions_of_one_number_agree_with_the_oracle()
    {
        FuzzReport report = Fuzzer.Run(Seed, Lambdas, f => Grad.Compile(f), reshape: OfOneNumber.Reshape);
        Assert.True(report.IsClean, report.ToString());
    }

    [Theory, MemberData(nameof(Toggled))]
    public void Random_functions_of_one_number_agree_with_the_oracle_under_all_settings(int toggled)
    {
        var optimisations = (Optimisations)toggled;
        FuzzReport report = Fuzzer.Run(Seed + 1 + toggled, LambdasOfSetting, f => GradientCompiler.Compile<ValueAndGradient>(f, null, optimisations).Delegate, reshape: OfOneNumber.Reshape);
        Assert.True(report.IsClean, $"{optimisations}: {report}");
    }

    [Fact]
    public void Random_functions_of_one_number_are_well_formed_at_every_stage()
    {
        for (int seed = Seed; seed < Seed + LambdasOfSetting; seed++)
        {
            Function f = OfOneNumber.Reshape(LambdaGenerator.Generate(seed, 40).Lambda);
            foreach (Optimisations optimisations in Settings.All)
                WellFormedTests.VerifyStages(f, optimisations);
        }
    }

    [Fact]
    public void A_polynomial_of_a_computed_number_takes_one_operation_for_each_coefficient()
    {
        Expression<Func<double, double>> polynomial = t => ((((0.5 * t + 2) * t - 3) * t + 0.25) * t + 7) * t - 1;
        OperationCounts value = CountPrimal(x => polynomial.Compile()(x[0] * x[1]));
        OperationCounts gradient = Count(x => polynomial.Compile()(x[0] * x[1]));
        Assert.Equal((6, 5), (value.Multiplications, value.Additions));
        // The derivative takes one addition for the first coefficient and three fused operations; then it is multiplied by x[1] and by x[0].
        Assert.Equal((8, 6, 3), (gradient.Multiplications, gradient.Additions, gradient.FusedMultiplyAdds));
    }

    [Fact]
    public void A_conditional_chooses_the_derivative_together_with_the_value()
    {
        string code = Grad.Explain(x => (x[0] * x[1] > 1 ? Math.Exp(x[0] * x[1]) * (x[0] * x[1]) : Math.Sin(x[0] * x[1]) / (x[0] * x[1])) * x[0]).Code;
        Assert.Equal(1, code.Split("> 1.0").Length - 1);
    }

    [Fact]
    public void Where_no_arm_that_depends_on_the_entry_is_selected_nothing_flows()
    {
        // The root is the entry; at 0 its own derivative is infinite.
        Expression<Func<double, double>> bump = r => r < 1 ? 2.0 : r > 5 ? Math.Exp(-r) * r : r * r * Math.Sin(r);
        Expect.Gradient(x => bump.Compile()(Math.Sqrt(x[0])), [0], 0);
        Expect.Gradient(x => bump.Compile()(Math.Sqrt(x[0])), [4], 0.25 * (4 * Math.Sin(2) + 4 * Math.Cos(2)));
        Expect.Gradient(x => bump.Compile()(Math.Sqrt(x[0])), [36], Math.Exp(-6) * (1 - 6.0) / 12);
        Expect.Gradient(x => x[1] > 0 ? bump.Compile()(Math.Sqrt(x[0])) * x[1] : x[1], [0, -1], 0, 1);
        Expect.Gradient(x => Math.Max(bump.Compile()(Math.Sqrt(x[0])) - 3, Math.Sqrt(x[0])), [0], double.PositiveInfinity);
        Expect.Gradient(x => Math.Max(Math.Sqrt(x[0]) * Math.Cos(Math.Sqrt(x[0])), 1), [0], 0);
    }

    [Fact]
    public void A_value_inside_a_passage_that_is_used_outside_too_gets_the_sum()
    {
        Expression<Func<double, double, double>> f = (t, y) => (t * Math.Exp(t)) * Math.Sin(t) + Math.Exp(t) * y;
        double t = 1.5 * 0.5, exp = Math.Exp(t), bar = exp * (Math.Sin(t) + t * Math.Sin(t) + t * Math.Cos(t)) + exp * 3;
        Expect.Gradient(x => f.Compile()(x[0] * x[1], x[2]), [1.5, 0.5, 3], bar * 0.5, bar * 1.5, exp);
    }

    /// <summary>Passages inside one another, and passages that share a long way: neither the time nor the graph may grow with the square of the size.</summary>
    [Theory, InlineData("inside one another"), InlineData("one long way"), InlineData("one after the other")]
    public void Differentiation_takes_linear_size(string shape)
    {
        Assert.InRange(Nodes(shape, 4_000), 0, 2.2 * Nodes(shape, 2_000));

        static int Nodes(string shape, int size)
        {
            ParameterExpression x = Expression.Parameter(typeof(double[]), "x"), u = Expression.Variable(typeof(double));
            Graph primal = LambdaReader.Read(Expression.Lambda<Func<double[], double>>(Shape(shape, size, Expression.ArrayIndex(x, Expression.Constant(0))), x));
            Graph gradient = ReverseMode.Differentiate(primal);
            GraphVerifier.Verify(gradient);
            return gradient.Nodes.Count;
        }

        static Expression Shape(string shape, int size, Expression e)
        {
            var down = new List<Expression> { e };
            for (int k = 0; k < size; k++)
                down.Add(shape == "one after the other" ? Expression.Multiply(Sin(down[^1]), Expression.Add(down[^1], Expression.Multiply(down[^1], down[^1]))) : Sin(down[^1]));
            Expression up = down[^1];
            for (int k = size - 1; k >= 0 && shape != "one after the other"; k--)
                up = shape == "inside one another" ? Expression.Multiply(up, down[k]) : Expression.Add(up, Expression.Multiply(down[^1], down[k]));
            return up;
        }

        static Expression Sin(Expression e) => Expression.Call(((Func<double, double>)Math.Sin).Method, e);
    }

    private static OperationCounts Count(Function f) => OperationCounter.Count(Simplifier.Simplify(ReverseMode.Differentiate(LambdaReader.Read(f)), FloatingPoint.Default, fusing: true));

    private static OperationCounts CountPrimal(Function f) => OperationCounter.Count(Simplifier.Simplify(LambdaReader.Read(f), FloatingPoint.Default));
}
