using System.Linq.Expressions;
using ExprGrad.Compilation;
using ExprGrad.Differentiation;
using ExprGrad.IR;
using ExprGrad.Reading;
using ExprGrad.Scheduling;
using ExprGrad.Simplification;
using ExprGrad.Tests.Contract;
using ExprGrad.Tests.Oracle;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests;

/// <summary>Two expressions that differ in literals only are computed side by side, with the bits that each of them has alone.</summary>
public class PairingTests
{
    private const int Seed = 8400;

    private static readonly Expression<Func<double, double>> First = a => (((1.5 * a + 2.25) * a - 0.1) * a + 0.3) * a + 7, Second = a => (((0.7 * a + 1.25) * a - 0.2) * a + 0.4) * a + 3,
        Shorter = a => ((0.7 * a + 1.25) * a - 0.2) * a + 0.4;

    public static TheoryData<string> Names => [.. Functions.Keys];

    private static Dictionary<string, Function> Functions { get; } = new()
    {
        ["two polynomials"] = x => First.Compile()(x[0]) / Second.Compile()(x[0]),
        ["of different degrees"] = x => First.Compile()(x[0]) / Shorter.Compile()(x[0]),
        ["of different numbers"] = x => First.Compile()(x[0]) / Second.Compile()(x[1]),
        ["three, in a branch"] = x => x[1] > 0 ? Math.Exp(First.Compile()(x[0])) * Math.Sin(Second.Compile()(x[0])) : x[0],
        ["a layer"] = Layer(6, 5),
    };

    [Fact]
    public void What_differs_in_literals_only_is_computed_in_pairs()
    {
        Assert.Equal(2, CountOfResults("two polynomials"));
        Assert.Equal(0, CountOfResults("of different degrees"));
        Assert.Equal(0, CountOfResults("of different numbers"));
        Assert.Equal(6, CountOfResults("a layer"));
    }

    [Theory, MemberData(nameof(Names))]
    public void Value_and_gradient_have_the_bits_that_they_have_without_lanes(string name)
    {
        Compiled<ValueAndGradient> compiled = GradientCompiler.Compile<ValueAndGradient>(Functions[name], null);
        Assert.Equal(CompiledBy.FastExpressionCompiler, compiled.By);
        ValueAndGradient scalar = GradientCompiler.Compile<ValueAndGradient>(Functions[name], null, Optimisations.All & ~Optimisations.Pairing).Delegate;
        Func<double[], double> plain = Functions[name].Compile();
        var random = new Random(Seed);
        for (int k = 0; k < 200; k++)
        {
            double[] x = [.. Enumerable.Range(0, 6).Select(_ => k < 100 ? 4 * random.NextDouble() - 2 : BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)))];
            var (value, gradient) = compiled.Delegate(x);
            Expect.SameBits(plain(x), value, name);
            Assert.All(scalar(x).Gradient.Zip(gradient), pair => Assert.True(Agreement.SameBits(pair.First, pair.Second), $"{name} at {Expect.Text(x)}, seed {Seed}: {pair}"));
        }
    }

    private static int CountOfResults(string name)
    {
        Graph primal = LambdaReader.Read(Functions[name]);
        Schedule schedule = Scheduler.Arrange(primal, Optimisations.All);
        int[] uses = Liveness.CountUses(schedule.Graph);
        return schedule.Graph.Nodes.Count(node => uses[node.Id] > 0 && node.Type == typeof(double) && node is Apply { Operation: PairOperation });
    }

    // Σᵢ tanh(Σⱼ wᵢⱼ xⱼ), written out.
    private static Function Layer(int rows, int columns)
    {
        ParameterExpression x = Expression.Parameter(typeof(double[]), "x");
        Expression Row(int i) => Enumerable.Range(0, columns)
            .Select(j => (Expression)Expression.Multiply(Expression.Constant(Math.Sin(i * columns + j + 1)), Expression.ArrayIndex(x, Expression.Constant(j)))).Aggregate(Expression.Add);
        return Expression.Lambda<Func<double[], double>>(Enumerable.Range(0, rows).Select(i => (Expression)Expression.Call(typeof(Math), "Tanh", null, Row(i))).Aggregate(Expression.Add), x);
    }
}
