using ExprGrad.Tests.Corpus;
using ExprGrad.Tests.Oracle;

namespace ExprGrad.Tests.Contract;

/// <summary>The value has the bits of the plain lambda, and what the plain lambda throws is thrown.</summary>
public class C1_Value
{
    public static TheoryData<string> CorpusNames => FunctionCorpus.Names;

    public static TheoryData<string> TableFunctions => OracleTests.TableFunctions;

    [Theory, MemberData(nameof(CorpusNames))]
    public void Has_the_bits_of_the_plain_lambda_on_the_corpus(string name)
    {
        var entry = FunctionCorpus.Named(name);
        var plain = entry.Function.Compile();
        var compiled = Grad.Compile(entry.Function);
        foreach (double[] x in entry.AllPoints) Expect.SameBits(plain(x), compiled(x).Value, $"the value at {Expect.Text(x)}");
    }

    [Theory, MemberData(nameof(CorpusNames))]
    public void Has_the_same_bits_when_reproducible(string name)
    {
        var entry = FunctionCorpus.Named(name);
        var plain = entry.Function.Compile();
        var compiled = Grad.Compile(entry.Function, new GradOptions { FloatingPoint = FloatingPoint.Reproducible });
        foreach (double[] x in entry.AllPoints) Expect.SameBits(plain(x), compiled(x).Value, $"the value at {Expect.Text(x)}");
    }

    [Theory, MemberData(nameof(CorpusNames))]
    public void Has_the_same_bits_in_the_expression_before_compilation(string name)
    {
        var entry = FunctionCorpus.Named(name);
        var plain = entry.Function.Compile();
        var compiled = Grad.Differentiate(entry.Function).Compile();
        foreach (double[] x in entry.AllPoints) Expect.SameBits(plain(x), compiled(x).Value, $"the value at {Expect.Text(x)}");
    }

    [Theory, MemberData(nameof(TableFunctions))]
    public void Has_the_bits_of_the_plain_call_for_each_primitive(string function)
    {
        foreach (var row in PrimitiveTable.Rows.Where(row => row.Function == function))
        {
            var f = row.Lambda();
            Expect.SameBits(f.Compile()(row.Arguments), Grad.Compile(f)(row.Arguments).Value, row.ToString());
        }
    }

    [Fact]
    public void Has_the_bits_of_the_plain_lambda_with_data()
    {
        var f = Grad.Compile((double[] x, (double[] Weights, int Count) row) => x[0] * row.Weights[1] + row.Count);
        Expect.SameBits(0.1 * 0.7 + 3, f([0.1], ([0.2, 0.7], 3)).Value, "the value");
    }

    [Fact]
    public void Signed_zeros_and_infinities_are_kept()
    {
        foreach (double v in new[] { 0.0, -0.0, 1, double.PositiveInfinity, double.NegativeInfinity, double.NaN, double.Epsilon, double.MaxValue })
            foreach (double w in new[] { 0.0, -0.0, -1, double.PositiveInfinity, double.NaN })
            {
                double[] x = [v, w];
                Expect.SameBits(v * 1 + 0.0, Grad.Compile(p => p[0] * 1 + 0.0)(x).Value, "x · 1 + 0");
                Expect.SameBits(v - v, Grad.Compile(p => p[0] - p[0])(x).Value, "x − x");
                Expect.SameBits(v / v, Grad.Compile(p => p[0] / p[0])(x).Value, "x / x");
                Expect.SameBits(v * 0, Grad.Compile(p => p[0] * 0)(x).Value, "x · 0");
                Expect.SameBits(-(v - w), Grad.Compile(p => -(p[0] - p[1]))(x).Value, "−(x − y)");
                Expect.SameBits(v + w, Grad.Compile(p => p[0] + p[1])(x).Value, "x + y");
                Expect.SameBits(Math.Max(v, w), Grad.Compile(p => Math.Max(p[0], p[1]))(x).Value, "max");
                Expect.SameBits(Math.Min(v, w), Grad.Compile(p => Math.Min(p[0], p[1]))(x).Value, "min");
                Expect.SameBits(0 - v, Grad.Compile(p => 0 - p[0])(x).Value, "0 − x");
                Expect.SameBits(-v, Grad.Compile(p => -p[0])(x).Value, "−x");
            }
    }

    [Fact]
    public void Throws_what_the_plain_lambda_throws()
    {
        Assert.Throws<DivideByZeroException>(() => Grad.Compile(x => x[0] * (7 / (int)x[1]))([1, 0.5]));
        Assert.Throws<OverflowException>(() => Grad.Compile(x => x[0] * checked((int)x[1]))([1, 1e10]));
        Assert.Throws<ArithmeticException>(() => Grad.Compile(x => x[0] * Math.Sign(x[1]))([1, double.NaN]));
        Assert.Throws<ArgumentException>(() => Grad.Compile(x => Math.Clamp(x[0], x[1], x[2]))([1, 3, 2]));
        double[]? missing = null;
        Assert.Throws<NullReferenceException>(() => Grad.Compile(x => x[0] * missing![0])([1]));
    }
}
