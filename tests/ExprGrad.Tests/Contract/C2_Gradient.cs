using ExprGrad.Tests.Corpus;
using ExprGrad.Tests.Fuzz;
using ExprGrad.Tests.Oracle;

namespace ExprGrad.Tests.Contract;

/// <summary>The gradient is the exact derivative of the code as written, within 1e-14 of the sum of the absolute contributions.</summary>
public class C2_Gradient
{
    public static TheoryData<string> CorpusNames => FunctionCorpus.Names;

    public static TheoryData<string> TableFunctions => OracleTests.TableFunctions;

    [Theory, MemberData(nameof(CorpusNames))]
    public void Agrees_with_the_oracle_on_the_corpus(string name) => Compare(name, entry => Grad.Compile(entry.Function));

    [Theory, MemberData(nameof(CorpusNames))]
    public void Agrees_with_the_oracle_when_reproducible(string name) =>
        Compare(name, entry => Grad.Compile(entry.Function, new GradOptions { FloatingPoint = FloatingPoint.Reproducible }));

    [Theory, MemberData(nameof(CorpusNames))]
    public void Agrees_with_the_oracle_in_the_expression_before_compilation(string name) => Compare(name, entry => Grad.Differentiate(entry.Function).Compile());

    [Fact]
    public void Where_the_adjoint_is_a_value_of_the_primal_it_keeps_the_bits()
    {
        // The sum of one element is the element, whose terms cancel: with one rounding less it is another number.
        Expect.Oracle(x => GradMath.SumOfSquares(Enumerable.Repeat(x[2], 1).Select(e => Math.Tanh(x[1] + x[0]) * x[2] + e)), [-1.3317023778016224, -2.6749363167560363, 2.557300502228225]);
    }

    private static void Compare(string name, Func<CorpusEntry, ValueAndGradient> compile)
    {
        var entry = FunctionCorpus.Named(name);
        var compiled = compile(entry);
        foreach (double[] x in entry.AllPoints)
        {
            string? error = Agreement.GradientError(DualOracle.Evaluate(entry.Function, x), compiled(x).Gradient);
            Assert.True(error is null, $"at {Expect.Text(x)}: {error}");
        }
    }

    [Theory, MemberData(nameof(TableFunctions))]
    public void Each_partial_of_each_primitive_agrees_with_80_digits(string function)
    {
        // The acceptance of the table: 1e-13 relative.
        const double Tolerance = 1e-13;
        foreach (var row in PrimitiveTable.Rows.Where(row => row.Function == function))
        {
            double[] gradient = Grad.Compile(row.Lambda())(row.Arguments).Gradient;
            for (int i = 0; i < row.Partials.Length; i++)
                Assert.True(Math.Abs(gradient[i] - row.Partials[i]) <= Tolerance * Math.Abs(row.Partials[i]), $"{row}: ∂{i} is {gradient[i]:R} instead of {row.Partials[i]:R}");
        }
    }

    public static TheoryData<string> RealFunctions => [.. KnownFunctions.All.Keys];

    [Theory, MemberData(nameof(RealFunctions))]
    public void Each_known_function_agrees_with_the_oracle(string signature)
    {
        var f = KnownFunctions.Lambda(KnownFunctions.All[signature]);
        var compiled = Grad.Compile(f);
        int compared = 0;
        foreach (double[] x in KnownFunctions.Points)
        {
            double value;
            try
            {
                value = f.Compile()(x);
            }
            catch (ArgumentException)
            {
                continue; // Clamp between bounds in the wrong order
            }
            if (double.IsNaN(value)) continue;
            compared++;
            var (actual, gradient) = compiled(x);
            Expect.SameBits(value, actual, $"the value at {Expect.Text(x)}");
            string? error = Agreement.GradientError(DualOracle.Evaluate(f, x), gradient);
            Assert.True(error is null, $"at {Expect.Text(x)}: {error}");
        }
        Assert.True(compared > 0, "no point lies in the domain");
    }

    [Fact]
    public void Random_lambdas_agree_with_the_oracle()
    {
        var report = Fuzzer.Run(20260, 1000, f => Grad.Compile(f));
        Assert.True(report.IsClean, report.ToString());
    }

    [Fact]
    public void Conventions_hold_at_kinks()
    {
        Expect.Gradient(x => Math.Abs(x[0]), [0], 0);
        Expect.Gradient(x => Math.Abs(x[0]), [-0.0], 0);
        Expect.Gradient(x => Math.Abs(x[0]), [double.NaN], double.NaN);
        Expect.Gradient(x => Math.Max(x[0], x[1]), [2, 2], 0.5, 0.5);
        Expect.Gradient(x => Math.Min(x[0], x[1]), [2, 2], 0.5, 0.5);
        Expect.Gradient(x => Math.Max(x[0], 0), [0], 0.5);
        Expect.Gradient(x => Math.Max(x[0], x[0]), [3], 1);
        Expect.Gradient(x => Math.Max(x[0], x[1]), [1, double.NaN], double.NaN, double.NaN);
        Expect.Gradient(x => Math.Min(x[0], x[1]), [double.NaN, 1], double.NaN, double.NaN);
        Expect.Gradient(x => Math.MaxMagnitude(x[0], x[1]), [-2, 2], 0, 1);
        Expect.Gradient(x => Math.MinMagnitude(x[0], x[1]), [-2, 2], 1, 0);
        Expect.Gradient(x => Math.MaxMagnitude(x[0], x[1]), [2, 2], 0.5, 0.5);
        Expect.Gradient(x => Math.Clamp(x[0], x[1], x[2]), [1, 1, 2], 1, 0, 0);
        Expect.Gradient(x => Math.Clamp(x[0], x[1], x[2]), [2, 1, 2], 1, 0, 0);
        Expect.Gradient(x => Math.Clamp(x[0], x[1], x[2]), [0, 1, 2], 0, 1, 0);
        Expect.Gradient(x => Math.Clamp(x[0], x[1], x[2]), [3, 1, 2], 0, 0, 1);
        Expect.Gradient(x => Math.CopySign(x[0], x[1]), [0, -1], 0, 0);
        Expect.Gradient(x => Math.CopySign(x[0], x[1]), [3, -1], -1, 0);
        Expect.Gradient(x => x[0] % x[1], [-5, 3], 1, 1);
        Expect.Gradient(x => x[0] % x[1], [5, 3], 1, -1);
        Expect.Gradient(x => Math.IEEERemainder(x[0], x[1]), [5, 3], 1, -2);
        Expect.Gradient(x => Math.Sqrt(x[0]), [0], double.PositiveInfinity);
        Expect.Gradient(x => Math.Sqrt(x[0]), [-0.0], double.PositiveInfinity);
        Expect.Gradient(x => Math.Cbrt(x[0]), [0], double.PositiveInfinity);
        Expect.Gradient(x => Math.Log(x[0]), [-0.0], double.PositiveInfinity);
        Expect.Gradient(x => Math.Asin(x[0]), [-1], double.PositiveInfinity);
        Expect.Gradient(x => Math.Acos(x[0]), [1], double.NegativeInfinity);
        Expect.Gradient(x => Math.Acosh(x[0]), [1], double.PositiveInfinity);
        Expect.Gradient(x => Math.Atanh(x[0]), [-1], double.PositiveInfinity);
        Expect.Gradient(x => double.LogP1(x[0]), [-1], double.PositiveInfinity);
        Expect.Gradient(x => Math.Atan2(x[0], x[1]), [0, 0], 0, 0);
        Expect.Gradient(x => double.Hypot(x[0], x[1]), [0, 0], 0, 0);
        Expect.Gradient(x => Math.Sign(x[0]) + Math.Floor(x[0]) + Math.Ceiling(x[0]) + Math.Truncate(x[0]) + Math.Round(x[0]) + Math.Round(x[0], 2) + Math.ILogB(x[0]) + (int)x[0], [2.5], 0);
        Expect.Gradient(x => (float)x[0], [0.1], 1);
        Expect.Gradient(x => (float)x[0] * 3f, [0.1], 3);
    }

    [Fact]
    public void Powers_follow_the_conventions()
    {
        Expect.Gradient(x => Math.Pow(x[0], x[1]), [0, 2], 0, 0);
        Expect.Gradient(x => Math.Pow(x[0], x[1]), [0, 1], 1, 0);
        Expect.Gradient(x => Math.Pow(x[0], x[1]), [0, 0], 0, 0);
        Expect.Gradient(x => Math.Pow(x[0], x[1]), [0, 0.5], double.PositiveInfinity, 0);
        Expect.Gradient(x => Math.Pow(x[0], x[1]), [2, 0], 0, Math.Log(2));
        Expect.Gradient(x => Math.Pow(x[0], x[1]), [-2, 3], 12, double.NaN);
        Expect.Gradient(x => Math.Pow(x[0], 3), [-2], 12);
        Expect.Gradient(x => Math.Pow(x[0], 2), [0], 0);
        Expect.Gradient(x => Math.Pow(x[0], 1), [0], 1);
        Expect.Gradient(x => Math.Pow(x[0], 0), [0], 0);
        Expect.Gradient(x => Math.Pow(x[0], 2), [3], 6);
        double two = 2;
        Expect.Gradient(x => Math.Pow(x[0], two), [-3], -6);
        Expect.Gradient(x => Math.Pow(2, x[0]), [3], 8 * Math.Log(2));
        Expect.Gradient(x => Math.Pow(2 * x[0], x[0]), [1.5], Math.Pow(3, 1.5) * (Math.Log(3) + 1));
        Expect.Gradient(x => Math.Pow(Math.Abs(x[0]), 3), [-2], -12);
    }

    [Fact]
    public void No_partial_cancels_where_the_function_saturates()
    {
        Expect.Gradient(x => Math.Tanh(x[0]), [18], 9.2780913209742732e-16);
        double e = Math.Exp(-800.0 / 2);
        Expect.Gradient(x => Math.Tanh(x[0]), [200], 4 * e);
        Expect.Gradient(x => Math.Tanh(x[0]), [1000], 0);
        Expect.Gradient(x => Math.Atan(x[0]), [1e200], 0);
        Expect.Gradient(x => Math.Max(double.NegativeInfinity, x[0]), [1], 1);
    }
}
