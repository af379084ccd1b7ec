using ExprGrad.Tests.Corpus;
using ExprGrad.Tests.Oracle;

namespace ExprGrad.Tests.Contract;

/// <summary>Nothing is allocated with a buffer, no state is kept, threads do not disturb each other.</summary>
public class C7_Cost
{
    public static TheoryData<string> CorpusNames => FunctionCorpus.Names;

    [Theory, MemberData(nameof(CorpusNames))]
    public void A_call_with_a_buffer_allocates_nothing(string name)
    {
        var entry = FunctionCorpus.Named(name);
        var f = Grad.Compile(entry.Function);
        double[] x = entry.AllPoints.First(), gradient = new double[x.Length];
        Allocations.AssertNone(() =>
        {
            for (int call = 0; call < 1000; call++) f(x, gradient);
        });
    }

    [Fact]
    public void The_buffer_is_what_is_returned()
    {
        double[] gradient = [double.NaN, 7];
        Assert.Same(gradient, Grad.Compile(x => x[0] * 2)([1, 1], gradient).Gradient);
        Assert.Equal([2.0, 0], gradient);
    }

    [Fact]
    public void Without_a_buffer_each_call_has_its_own_gradient()
    {
        var f = Grad.Compile(x => x[0] * x[0]);
        double[] first = f([1]).Gradient, second = f([2]).Gradient;
        Assert.Equal((2.0, 4.0), (first[0], second[0]));
    }

    [Fact]
    public void Eight_threads_give_the_bits_of_one()
    {
        foreach (var entry in FunctionCorpus.Entries.Where((_, k) => k % 7 == 0))
        {
            var f = Grad.Compile(entry.Function);
            double[][] points = [.. entry.AllPoints];
            var expected = points.Select(x => f(x)).ToArray();
            int differences = 0;
            Thread[] threads = [.. Enumerable.Range(0, 8).Select(t => new Thread(() =>
            {
                for (int call = 0; call < 2000; call++)
                {
                    int p = (call + t) % points.Length;
                    var (value, gradient) = f(points[p]);
                    if (!Agreement.SameBits(value, expected[p].Value) || !gradient.Zip(expected[p].Gradient).All(pair => Agreement.SameBits(pair.First, pair.Second)))
                        Interlocked.Increment(ref differences);
                }
            }))];
            foreach (var thread in threads) thread.Start();
            foreach (var thread in threads) thread.Join();
            Assert.True(differences == 0, $"{entry.Name}: {differences} of 16,000 results differ");
        }
    }

    [Fact]
    public void A_function_may_call_its_own_gradient_while_it_is_evaluated()
    {
        ValueAndGradient? self = null;
        Func<int, double> again = depth => depth > 0 ? self!([2, depth - 1]).Gradient[0] : 1;
        self = Grad.Compile(x => x[0] * x[0] * again((int)x[1]));
        // Each level doubles x[0] and multiplies by the gradient of the level below: 4 at the bottom.
        Assert.Equal((3 * 3 * 16.0, 6 * 16.0), (self([3, 2]).Value, self([3, 2]).Gradient[0]));
    }

    [Fact]
    public void A_call_that_throws_leaves_the_next_call_unharmed()
    {
        var f = Grad.Compile(x => x[0] > 0 ? Math.Sqrt(x[0]) : x[5]);
        double before = f([4]).Gradient[0];
        Assert.Throws<IndexOutOfRangeException>(() => f([-1]));
        Assert.Equal(before, f([4]).Gradient[0]);
    }
}
