using System.Linq.Expressions;
using ExprGrad.Differentiation;
using ExprGrad.IR;
using ExprGrad.Reading;
using ExprGrad.Runtime;
using ExprGrad.Scheduling;
using ExprGrad.Simplification;
using ExprGrad.Tests.Contract;
using ExprGrad.Tests.Oracle;

namespace ExprGrad.Tests;

/// <summary>Conditionals that compute next to nothing have no branch; those that do have one, so that what is not chosen is not computed.</summary>
public class SelectionTests
{
    private static readonly double[] Values =
        [0.0, -0.0, 1, -1, 1.5, double.PositiveInfinity, double.NegativeInfinity, double.NaN, -double.NaN, double.Epsilon, -double.Epsilon, double.MaxValue, BitConverter.Int64BitsToDouble(0x7FF0_0000_0000_0001)];

    [Fact]
    public void A_selection_gives_all_bits_of_what_the_test_says()
    {
        foreach (double x in Values)
        {
            foreach (double y in Values)
            {
                foreach ((double a, double b) in new[] { (x, y), (y, 2.5), (double.NaN, -0.0), (-0.0, double.NaN) })
                {
                    Same(x < y ? a : b, Select.IfLess(x, y, a, b));
                    Same(x <= y ? a : b, Select.IfLessOrEqual(x, y, a, b));
                    Same(x == y ? a : b, Select.IfEqual(x, y, a, b));
                    Same(x < y ? a : b, Select.If(x < y, a, b));
                }
            }
        }

        static void Same(double expected, double actual) => Assert.Equal(BitConverter.DoubleToInt64Bits(expected), BitConverter.DoubleToInt64Bits(actual));
    }

    [Fact]
    public void A_conditional_of_cheap_arithmetic_has_no_branch()
    {
        Assert.Equal((0, 1), Counts(x => x[0] > 0 ? 1 - x[1] : x[1], derivatives: false));
        Assert.Equal((0, 1), Counts(x => x[0] >= x[1] ? x[0] : x[1], derivatives: false));
        Assert.Equal((0, 1), Counts(x => x[0] != x[1] ? x[0] : -x[1], derivatives: false));
        Assert.Equal((0, 2), Counts(x => x[0] < 0 ? -1.0 : x[0] == 0 ? 0.0 : 1.0, derivatives: false));
        // The value, and a choice for each partial.
        Assert.Equal((0, 2), Counts(x => Math.Exp(x[0]) * (x[0] > 0 ? 1 - x[1] : x[1]), derivatives: true));
    }

    [Fact]
    public void A_conditional_with_work_in_a_case_has_a_branch()
    {
        Assert.Equal((1, 0), Counts(x => x[0] > 0 ? Math.Exp(x[0]) : x[0], derivatives: false));
        Assert.Equal((1, 0), Counts(x => x[0] > 0 ? x[1] / x[0] : x[0], derivatives: false));
        Assert.Equal((1, 0), Counts(x => x[0] > 0 ? x[0] * x[0] * x[0] * x[0] : x[0], derivatives: false));
        // Computed before the test, needed in one case only.
        Expression<Func<double, double, double>> chosen = (test, e) => test > 0 ? e : 0;
        Assert.Equal((1, 0), Counts(x => chosen.Compile()(x[0], Math.Exp(x[1])), derivatives: false));
    }

    [Fact]
    public void What_may_throw_and_loops_keep_their_branches()
    {
        int[] table = [1, 2];
        Assert.Equal((1, 0), Counts(x => x[0] > 0 ? table[(int)x[0]] : x[0], derivatives: false));
        double[] y = [1, 2, 3];
        // The other branch asks whether there is an element.
        Assert.Equal((2, 0), Counts(x => y.Sum(v => v > x[0] ? v : -v), derivatives: false));
    }

    [Fact]
    public void Nothing_of_what_is_not_selected_reaches_the_gradient()
    {
        var f = Grad.Compile(x => x[0] > 0 ? x[1] - x[2] : x[2] * x[0]);
        foreach (double x in Values)
        {
            foreach (double y in Values)
            {
                double[] point = [x, y, double.PositiveInfinity];
                var (value, gradient) = f(point);
                Expect.SameBits(x > 0 ? y - double.PositiveInfinity : double.PositiveInfinity * x, value, $"at {Expect.Text(point)}");
                double[] expected = x > 0 ? [0, 1, -1] : [double.PositiveInfinity, 0, x];
                Assert.All(expected.Zip(gradient), pair => Assert.True(Agreement.SameBits(pair.First, pair.Second) || pair is (0, 0), $"{Expect.Text(gradient)} at {Expect.Text(point)}"));
            }
        }
    }

    /// <summary>Conditionals and selections of the code.</summary>
    private static (int Conditionals, int Selections) Counts(Expression<Func<double[], double>> f, bool derivatives)
    {
        Graph graph = LambdaReader.Read(f);
        Schedule schedule = Scheduler.Arrange(derivatives ? Simplifier.Simplify(ReverseMode.Differentiate(graph), FloatingPoint.Default, fusing: true) : graph, Optimisations.All);
        int[] uses = Liveness.CountUses(schedule.Graph);
        return (schedule.Graph.Nodes.OfType<Choice>().Where(choice => uses[choice.Id] > 0).Select(choice => (choice.Region, choice.Selector)).Distinct().Count(),
            schedule.Graph.Nodes.Count(node => uses[node.Id] > 0 && node is Apply { Operation: SelectOperation }));
    }
}
