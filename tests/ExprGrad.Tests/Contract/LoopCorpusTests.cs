using ExprGrad.Scheduling;
using ExprGrad.Tests.Corpus;
using ExprGrad.Tests.Oracle;

namespace ExprGrad.Tests.Contract;

/// <summary>The contract on the corpus of loops: value, gradient, cost, threads.</summary>
public class LoopCorpusTests
{
    public static TheoryData<string> Names => LoopFunctions.Names;

    private static CorpusEntry Named(string name) => LoopFunctions.Named(name);

    [Theory, MemberData(nameof(Names))]
    public void Has_the_bits_of_the_plain_lambda_and_the_gradient_of_the_oracle(string name) => Expect.Oracle(Named(name).Function, [.. Named(name).AllPoints]);

    [Theory, MemberData(nameof(Names))]
    public void Has_them_when_reproducible_too(string name)
    {
        var compiled = Grad.Compile(Named(name).Function, new GradOptions { FloatingPoint = FloatingPoint.Reproducible });
        foreach (double[] x in Named(name).AllPoints) Expect.Oracle(Named(name).Function, compiled, x);
    }

    [Theory, MemberData(nameof(Names))]
    public void Has_them_in_the_expression_before_compilation(string name)
    {
        var compiled = Grad.Differentiate(Named(name).Function).Compile();
        foreach (double[] x in Named(name).AllPoints) Expect.Oracle(Named(name).Function, compiled, x);
    }

    [Theory, MemberData(nameof(Names))]
    public void Has_them_whatever_is_optimised(string name)
    {
        foreach (Optimisations optimisations in Settings.All)
        {
            var compiled = GradientCompiler.Compile<ValueAndGradient>(Named(name).Function, null, optimisations).Delegate;
            foreach (double[] x in Named(name).AllPoints) Expect.Oracle(Named(name).Function, compiled, x);
        }
    }

    /// <summary>What the library does not make itself is made by the plain lambda too: sorted and grouped data, enumerators of dictionaries.</summary>
    private static readonly string[] AllocateThemselves = ["values of a dictionary", "ordered data", "grouped data"];

    public static TheoryData<string> NamesWithoutAllocation => [.. LoopFunctions.Entries.Select(entry => entry.Name).Except(AllocateThemselves)];

    [Theory, MemberData(nameof(NamesWithoutAllocation))]
    public void A_call_with_a_buffer_allocates_nothing(string name)
    {
        var f = Grad.Compile(Named(name).Function);
        double[] x = Named(name).Points[0], gradient = new double[x.Length];
        Allocations.AssertNone(() =>
        {
            for (int call = 0; call < 1000; call++) f(x, gradient);
        });
    }

    [Fact]
    public void Eight_threads_give_the_bits_of_one()
    {
        foreach (var entry in LoopFunctions.Entries.Where((_, k) => k % 5 == 0))
        {
            var f = Grad.Compile(entry.Function);
            double[][] points = [.. entry.AllPoints];
            var expected = points.Select(x => f(x)).ToArray();
            int differences = 0;
            Thread[] threads = [.. Enumerable.Range(0, 8).Select(t => new Thread(() =>
            {
                for (int call = 0; call < 1000; call++)
                {
                    int p = (call + t) % points.Length;
                    var (value, gradient) = f(points[p]);
                    if (!Agreement.SameBits(value, expected[p].Value) || !gradient.Zip(expected[p].Gradient).All(pair => Agreement.SameBits(pair.First, pair.Second)))
                        Interlocked.Increment(ref differences);
                }
            }))];
            foreach (var thread in threads) thread.Start();
            foreach (var thread in threads) thread.Join();
            Assert.True(differences == 0, $"{entry.Name}: {differences} of 8,000 results differ");
        }
    }
}
