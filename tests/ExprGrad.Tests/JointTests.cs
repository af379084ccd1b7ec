using ExprGrad.Primitives;
using ExprGrad.Tests.Oracle;

namespace ExprGrad.Tests;

/// <summary>What the fusion of calls rests on: one call gives the bits of two.</summary>
public class JointTests
{
    private const int Seed = 8200, Points = 200_000;

    public static TheoryData<string> Names => [.. Joint.All.Where(joint => joint.First.Method is not null).Select(joint => joint.Method.Name)];

    [Theory, MemberData(nameof(Names))]
    public void A_joint_has_the_bits_of_its_functions(string name)
    {
        Joint joint = Joint.All.Last(joint => joint.Method.Name == name);
        var both = joint.Method.CreateDelegate<Func<double, (double, double)>>();
        Func<double, double> first = joint.First.Method!.CreateDelegate<Func<double, double>>(), second = joint.Second.Method!.CreateDelegate<Func<double, double>>();
        foreach (double x in Arguments())
        {
            (double a, double b) = both(x);
            Assert.True(Agreement.SameBits(first(x), a) && Agreement.SameBits(second(x), b), $"{name}({x:R}) = ({a:R}, {b:R}), not ({first(x):R}, {second(x):R}), seed {Seed}");
        }
    }

    [Fact]
    public void A_function_and_its_partial_are_one_call()
    {
        Assert.Equal(["normalcdfandpdf"], FunctionsOf(x => GradMath.NormalCdf(x[0])));
        Assert.Equal(["erfandslope"], FunctionsOf(x => GradMath.Erf(x[0])));
        Assert.Equal(["erfcandslope"], FunctionsOf(x => GradMath.Erfc(x[0])));
        Assert.Equal(["sigmoidandcomplement"], FunctionsOf(x => GradMath.Sigmoid(x[0])));
        Assert.Equal(["softplusandsigmoid"], FunctionsOf(x => GradMath.Softplus(x[0])));
    }

    [Fact]
    public void Both_results_of_a_call_in_a_lambda_are_differentiated()
    {
        var f = Grad.Compile(x => GradMath.NormalCdfAndPdf(x[0]).Cdf * x[1] + GradMath.NormalCdfAndPdf(x[0]).Pdf);
        var (value, gradient) = f([0.3, 2]);
        (double cdf, double pdf) = GradMath.NormalCdfAndPdf(0.3);
        Assert.Equal(cdf * 2 + pdf, value);
        Assert.Equal(pdf * (2 - 0.3), gradient[0], 1e-15);
        Assert.Equal(cdf, gradient[1]);
    }

    private static IEnumerable<string> FunctionsOf(System.Linq.Expressions.Expression<Func<double[], double>> f) => Grad.Explain(f).Gradient.Functions.Keys;

    private static IEnumerable<double> Arguments()
    {
        foreach (double x in new[] { 0.0, double.Epsilon, 1e-310, 2.2250738585072014E-308, 1e-8, 0.5, 1, 4, 5, 36, 40, 700, 746, 1e22, 1e300, double.MaxValue, double.PositiveInfinity, double.NaN })
        {
            foreach (double near in new[] { x, double.BitIncrement(x), double.BitDecrement(x) })
            {
                yield return near;
                yield return -near;
            }
        }
        var random = new Random(Seed);
        for (int k = 0; k < Points; k++)
            yield return k % 2 == 0 ? (random.NextDouble() - 0.5) * 20 : BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
    }
}
