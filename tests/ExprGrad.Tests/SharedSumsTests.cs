using System.Linq.Expressions;
using ExprGrad.Diagnostics;
using ExprGrad.Differentiation;
using ExprGrad.IR;
using ExprGrad.Reading;
using ExprGrad.Simplification;
using ExprGrad.Tests.Contract;
using ExprGrad.Tests.Oracle;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests;

/// <summary>A sum of the primal is not computed again for the adjoint, however it is written there.</summary>
public class SharedSumsTests
{
    private const int Seed = 8300;

    public static TheoryData<string> Names => [.. Functions.Keys];

    private static Dictionary<string, Function> Functions { get; } = new()
    {
        ["symmetric"] = Quadratic(6, (i, j) => 1.0 / (i + j + 20)),
        ["antisymmetric beside the diagonal"] = Quadratic(5, (i, j) => i == j ? 0.1 * i + 0.2 : 0.05 * (i - j)),
        ["not symmetric"] = Quadratic(5, (i, j) => 1.0 / (2 * i + j + 20)),
        ["skew"] = Quadratic(4, (i, j) => 0.1 * (i - j)),
        ["with equal terms"] = x => (x[0] + x[1] + x[2] + x[0]) * (x[0] + x[1] + x[2]) * (x[0] + x[1] + x[2]) + (x[0] + x[1] + x[2]) * x[0],
        ["several sums"] = x => (x[0] - 2 * x[1] + x[2]) * (x[0] - 2 * x[1] + x[2]) * (x[0] + x[1] - x[2]) * Math.Sin(x[0] - 2 * x[1] + x[2]),
        ["in a branch"] = x => x[3] > 1 ? x[0] * (2 * x[0] + x[1] + 3 * x[2]) + x[1] * (x[0] + x[1] + x[2]) + x[2] * (3 * x[0] + x[1] + x[2]) : x[0] * (2 * x[0] + x[1] + 3 * x[2]),
    };

    [Theory, MemberData(nameof(Names))]
    public void Gradients_agree_with_the_oracle(string name)
    {
        ValueAndGradient compiled = Grad.Compile(Functions[name]);
        Func<double[], double> plain = Functions[name].Compile();
        var random = new Random(Seed);
        for (int k = 0; k < 100; k++)
        {
            double[] x = [.. Enumerable.Range(0, 6).Select(_ => 4 * random.NextDouble() - 2)];
            var (value, gradient) = compiled(x);
            Expect.SameBits(plain(x), value, name);
            string? error = Agreement.GradientError(DualOracle.Evaluate(Functions[name], x), gradient);
            Assert.True(error is null, $"at {Expect.Text(x)}, seed {Seed}: {error}");
        }
    }

    [Fact]
    public void The_gradient_of_a_symmetric_quadratic_form_takes_its_product_from_the_value()
    {
        const int N = 6;
        OperationCounts counts = Counts("symmetric", FloatingPoint.Default);
        // The product, its product with x, and with twice the derivative of the exponential.
        Assert.Equal(N * N + N + 2 * N, counts.Multiplications + counts.FusedMultiplyAdds);
        Assert.True(Counts("not symmetric", FloatingPoint.Default).Multiplications + Counts("not symmetric", FloatingPoint.Default).FusedMultiplyAdds > 2 * 25);
    }

    [Fact]
    public void Reproducible_gradients_keep_the_order_of_their_sums() =>
        Assert.True(Counts("symmetric", FloatingPoint.Reproducible).Multiplications > 2 * 6 * 6);

    private static OperationCounts Counts(string name, FloatingPoint floatingPoint) =>
        OperationCounter.Count(Simplifier.Simplify(ReverseMode.Differentiate(LambdaReader.Read(Functions[name])), floatingPoint, fusing: true));

    // exp Σᵢ xᵢ Σⱼ aᵢⱼ xⱼ, written out.
    private static Function Quadratic(int n, Func<int, int, double> a)
    {
        ParameterExpression x = Expression.Parameter(typeof(double[]), "x");
        Expression Element(int i) => Expression.ArrayIndex(x, Expression.Constant(i));
        Expression Row(int i) => Enumerable.Range(0, n).Select(j => (Expression)Expression.Multiply(Expression.Constant(a(i, j)), Element(j))).Aggregate(Expression.Add);
        Expression form = Enumerable.Range(0, n).Select(i => (Expression)Expression.Multiply(Element(i), Row(i))).Aggregate(Expression.Add);
        return Expression.Lambda<Func<double[], double>>(Expression.Call(typeof(Math), nameof(Math.Exp), null, form), x);
    }
}
