using System.Linq.Expressions;
using ExprGrad.Tests.Oracle;

namespace ExprGrad.Tests.Objectives;

/// <summary>The objectives of the ADBench suite: instances beside the repository against their truths, seeded ones against the oracle.</summary>
public class ADBenchTests
{
    /// <summary>Of a component; a component that is a small difference has the rounding errors of the largest.</summary>
    private const double Digits = 1e-10, SmallDifference = 1e-5;

    /// <summary>Of these the oracle is quick.</summary>
    public static TheoryData<string> SmallMixtures => ["test", "gmm_d2_K5"];

    public static TheoryData<string> Mixtures => ["test", "gmm_d2_K5", "gmm_d10_K5", "gmm_d10_K25", "gmm_d20_K25"];

    public static TheoryData<string> Adjustments => ["test", "ba1_n49_m7776_p31843"];

    public static TheoryData<string> Networks => ["lstm_l2_c1024"];

    // ---------------------------------------------------------------- the lambdas are right

    [Theory, MemberData(nameof(Mixtures))]
    public void The_plain_mixture_has_its_true_value(string name)
    {
        var (parameters, data) = GaussianMixture.Read(name);
        AssertValue(Truth("gmm", name).Take(), GaussianMixture.LogPosterior.Compile()(parameters, data));
    }

    [Theory, MemberData(nameof(Networks))]
    public void The_plain_network_has_its_true_value(string name)
    {
        var (parameters, data) = LongShortTermMemory.Read(name);
        AssertValue(Truth("lstm", name).Take(), LongShortTermMemory.Loss.Compile()(parameters, data));
    }

    [Theory, MemberData(nameof(Adjustments))]
    public void The_plain_adjustment_has_its_true_errors(string name)
    {
        var (parameters, x, y) = BundleAdjustment.Read(name);
        var truth = Truth("ba", name);
        var error = BundleAdjustment.Error.Compile();
        AssertValue(truth.Take(), error(parameters, [x]));
        AssertValue(truth.Take(), error(parameters, [y]));
        AssertValue(truth.Take(), BundleAdjustment.WeightError.Compile()(parameters));
    }

    [Theory, MemberData(nameof(SmallMixtures))]
    public void The_oracle_has_the_true_gradient_of_the_mixture(string name)
    {
        var (parameters, data) = GaussianMixture.Read(name);
        var truth = Truth("gmm", name);
        var result = DualOracle.Evaluate(GaussianMixture.LogPosterior, parameters, data);
        AssertValue(truth.Take(), result.Value);
        AssertGradient(truth.Take(parameters.Length), result.Gradient);
    }

    [Theory, MemberData(nameof(Adjustments))]
    public void The_oracle_has_the_true_gradients_of_the_adjustment(string name) =>
        AssertAdjustment(name, (p, sights) => DualOracle.Evaluate(BundleAdjustment.Error, p, sights).Gradient, p => DualOracle.Evaluate(BundleAdjustment.WeightError, p).Gradient);

    [Fact]
    public void The_oracle_agrees_with_numerical_differentiation_on_seeded_instances()
    {
        AssertNumerically(GaussianMixture.LogPosterior, GaussianMixture.Seeded(11, 3, 2, 5));
        // The plain lambda compiles its captured expression at every call. At a rotation of zero the formula changes.
        var errors = BundleAdjustment.Errors.Compile();
        AssertNumerically(BundleAdjustment.SumOfSquares, BundleAdjustment.Seeded(12, 2, 2, 3), (p, sights) => errors(p, sights).Sum(error => error * error), from: 3);
        AssertNumerically(LongShortTermMemory.Loss, LongShortTermMemory.Seeded(13, 5, 2));
    }

    // ---------------------------------------------------------------- the compiler

    [Theory, MemberData(nameof(Mixtures))]
    public void The_mixture_has_its_true_value_and_gradient(string name)
    {
        var (parameters, data) = GaussianMixture.Read(name);
        var truth = Truth("gmm", name);
        var (value, gradient) = Grad.Compile(GaussianMixture.LogPosterior)(parameters, data);
        AssertValue(truth.Take(), value);
        AssertGradient(truth.Take(parameters.Length), gradient);
    }

    [Theory, MemberData(nameof(Networks))]
    public void The_network_has_its_true_value_and_gradient(string name)
    {
        var (parameters, data) = LongShortTermMemory.Read(name);
        var truth = Truth("lstm", name);
        var (value, gradient) = Grad.Compile(LongShortTermMemory.Loss)(parameters, data);
        AssertValue(truth.Take(), value);
        AssertGradient(truth.Take(parameters.Length), gradient);
    }

    [Theory, MemberData(nameof(Adjustments))]
    public void The_adjustment_has_its_true_errors_and_gradients(string name)
    {
        var (error, weightError) = (Grad.Compile(BundleAdjustment.Error), Grad.Compile(BundleAdjustment.WeightError));
        AssertAdjustment(name, (p, sights) => error(p, sights).Gradient, p => weightError(p).Gradient);
    }

    [Theory, InlineData(21, 1, 1, 4), InlineData(22, 2, 3, 10), InlineData(23, 4, 2, 7), InlineData(24, 3, 4, 0)]
    public void A_seeded_mixture_agrees_with_the_oracle(int seed, int dimension, int components, int points) =>
        AssertOracle(GaussianMixture.LogPosterior, GaussianMixture.Seeded(seed, dimension, components, points));

    [Theory, InlineData(31, 1, 1, 1), InlineData(32, 3, 5, 12), InlineData(33, 2, 2, 0)]
    public void A_seeded_adjustment_agrees_with_the_oracle(int seed, int cameras, int points, int observations) =>
        AssertOracle(BundleAdjustment.SumOfSquares, BundleAdjustment.Seeded(seed, cameras, points, observations));

    [Theory, InlineData(41, 2, 1), InlineData(42, 9, 3), InlineData(43, 40, 2), InlineData(44, 1, 2)]
    public void A_seeded_network_agrees_with_the_oracle(int seed, int characters, int b) =>
        AssertOracle(LongShortTermMemory.Loss, LongShortTermMemory.Seeded(seed, characters, b));

    // ---------------------------------------------------------------- comparisons

    private static Numbers Truth(string kind, string name) => SharedData.Numbers($"adbench/{kind}/{name}.truth");

    private static void AssertValue(double expected, double actual) => Assert.Equal(expected, actual, Digits * Math.Abs(expected));

    private static void AssertGradient(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double largest = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= Digits * Math.Max(Math.Abs(expected[i]), SmallDifference * largest), $"component {i} is {actual[i]:R} instead of {expected[i]:R}");
    }

    private static void AssertAdjustment(string name, Func<double[], Sight[], double[]> errorGradient, Func<double[], double[]> weightGradient)
    {
        var (parameters, x, y) = BundleAdjustment.Read(name);
        var truth = Truth("ba", name);
        truth.Take(3);
        AssertGradient(truth.Take(parameters.Length), errorGradient(parameters, [x]));
        AssertGradient(truth.Take(parameters.Length), errorGradient(parameters, [y]));
        AssertGradient(truth.Take(parameters.Length), weightGradient(parameters));
        Assert.Equal(0, truth.Left);
    }

    private static void AssertNumerically<TData>(Expression<Func<double[], TData, double>> f, (double[] Parameters, TData Data) instance, Func<double[], TData, double>? plain = null, int from = 0)
    {
        const double Tolerance = 1e-8;
        plain ??= f.Compile();
        var result = DualOracle.Evaluate(f, instance.Parameters, instance.Data);
        Contract.Expect.SameBits(plain(instance.Parameters, instance.Data), result.Value, "the oracle's value");
        for (int i = from; i < instance.Parameters.Length; i++)
            Assert.Equal(RichardsonDifference.Partial(p => plain(p, instance.Data), instance.Parameters, i).Derivative, result.Gradient[i], Tolerance * Math.Max(result.Magnitude[i], Math.Abs(result.Value)));
    }

    private static void AssertOracle<TData>(Expression<Func<double[], TData, double>> f, (double[] Parameters, TData Data) instance)
    {
        var exception = Record.Exception(() => f.Compile()(instance.Parameters, instance.Data));
        var compiled = Grad.Compile(f);
        if (exception is not null)
        {
            Assert.Equal(exception.GetType(), Record.Exception(() => compiled(instance.Parameters, instance.Data))?.GetType());
            return;
        }
        var (value, gradient) = compiled(instance.Parameters, instance.Data);
        var expected = DualOracle.Evaluate(f, instance.Parameters, instance.Data);
        Contract.Expect.SameBits(f.Compile()(instance.Parameters, instance.Data), value, "the value");
        Assert.Null(Oracle.Agreement.GradientError(expected, gradient, lenient: false));
    }
}
