using ExprGrad.Tests.Objectives;
using ExprGrad.Tests.Oracle;

namespace ExprGrad.Tests.Contract;

/// <summary>What recurrences keep for the way back: their states and the residuals that are dear to compute again, in rented memory that is returned.</summary>
public class C7_Memory
{
    // Powers of two, and twice as many: the pools rent no other lengths, and what does not grow with the steps cancels.
    private const int Steps = 1024;

    [Theory, InlineData(1), InlineData(4), InlineData(16)]
    public void C7_A_recurrent_network_keeps_its_state_and_its_functions(int b)
    {
        var f = Grad.Compile(LongShortTermMemory.Loss);
        long Peak(int steps)
        {
            var (parameters, data) = LongShortTermMemory.Seeded(5, steps + 1, b);
            return Returned(() => f(parameters, data)).Peak;
        }
        // Four numbers of each cell and the loss; eight gates, two states made small, an exponential for each cell, a sum and a logarithm.
        int state = 4 * b + 1, residuals = 11 * b + 2;
        AssertAtMost(state + residuals, (Peak(2 * Steps) - Peak(Steps)) / Steps);
    }

    [Fact]
    public void C7_A_differential_equation_keeps_its_state()
    {
        var f = Grad.Compile(PredatorPrey.Loss);
        double[] x = [1, 0.5, 0.6, 0.3, 1.1, 0.4];
        long Peak(int steps) => Returned(() => f(x, new double[steps])).Peak;
        // Two populations and the loss. All that a step computes from them takes additions and multiplications only.
        AssertAtMost(3, (Peak(2 * Steps) - Peak(Steps)) / Steps);
    }

    [Fact]
    public void C7_The_differential_equation_is_differentiated()
    {
        double[] x = [1, 0.5, 0.6, 0.3, 1.1, 0.4], counts = [.. Enumerable.Range(0, 40).Select(k => 1 + Math.Sin(k * 0.1))];
        var (value, gradient) = Grad.Compile(PredatorPrey.Loss)(x, counts);
        var oracle = DualOracle.Evaluate(PredatorPrey.Loss, x, counts);
        Expect.SameBits(oracle.Value, value, "the loss");
        Assert.Null(Agreement.GradientError(oracle, gradient, lenient: false));
    }

    [Fact]
    public void C7_A_million_steps_need_eight_megabytes_for_each_number_that_is_kept()
    {
        const int Length = 1_000_000, Rented = 1 << 20;
        double[] x = [1, 2], gradient = new double[2];
        var one = Grad.Compile(p => Enumerable.Range(0, Length).Aggregate(p[0], (s, _) => s + 1e-6 * Math.Sin(s * p[1])));
        AssertAtMost(1, (Returned(() => one(x, gradient)).Peak + Rented - 1) / Rented);
        var two = Grad.Compile(p => Enumerable.Range(0, Length).Aggregate(new Population(p[0], p[1]), (s, _) => new Population(s.Prey + 1e-6 * s.Predators * s.Prey, s.Predators - 1e-6 * Math.Exp(s.Prey))).Prey);
        // The state and the exponential.
        AssertAtMost(3, (Returned(() => two(x, gradient)).Peak + Rented - 1) / Rented);
        // Nothing is kept of a sum, or of a recurrence whose derivative does not depend on the state.
        Assert.Equal(0, Returned(() => Grad.Compile(p => Enumerable.Range(0, Length).Sum(i => Math.Sin(p[0] * i)))(x)).Peak);
        Assert.Equal(0, Returned(() => Grad.Compile(p => Enumerable.Range(0, Length).Aggregate(p[0], (s, i) => s * 0.5 + i))(x)).Peak);
    }

    [Fact]
    public void C7_What_is_rented_is_returned_when_a_call_throws()
    {
        var f = Grad.Compile(x => x.Aggregate(x.Select(v => Math.Exp(v)).ToArray(), (s, v) => s.Select(e => e * v).ToArray()).Sum(e => e * x[(int)x[0]]));
        double[] gradient = new double[3];
        Assert.True(Returned(() => f([1, 2, 3], gradient)).Count > 0);
        Assert.True(Returned(() => Assert.Throws<IndexOutOfRangeException>(() => f([7, 2, 3], gradient))).Count > 0);
    }

    [Fact]
    public void C7_Loops_allocate_nothing_when_the_pools_have_what_they_need()
    {
        var f = Grad.Compile(x => x.Aggregate(x.Select(v => Math.Exp(v)).ToArray(), (s, v) => s.Select(e => e * v).ToArray()).Sum(e => e * x[(int)x[0]]));
        double[] x = [1, 2, 3], gradient = new double[3];
        Allocations.AssertNone(() =>
        {
            for (int call = 0; call < 100; call++) f(x, gradient);
        });
    }

    private static Rentals Returned(Action run)
    {
        Rentals rentals = Rentals.Of(run);
        Assert.Equal(0, rentals.Outstanding);
        return rentals;
    }

    private static void AssertAtMost(int doubles, long bytes) => Assert.True(bytes <= 8L * doubles, $"{bytes} bytes a step for {doubles} numbers");
}
