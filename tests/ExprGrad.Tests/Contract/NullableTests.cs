using System.Linq.Expressions;
using ExprGrad.Tests.Oracle;

namespace ExprGrad.Tests.Contract;

/// <summary>Nullable numbers that depend on the input.</summary>
public class NullableTests
{
    private static readonly double[] Point = [0.5, 1.5, 2.5], Nothing = [];
    private static readonly double?[] Optional = [1, null, 3], AllMissing = [null, null], Empty = [];
    private static readonly int?[] Integers = [1, null, 4];
    private static readonly float?[] Floats = [1, null, 4];
    private static readonly double? Two = 2, Missing = Optional[1];

    [Fact]
    public void Sums_and_the_like_skip_what_is_missing()
    {
        Check(x => Optional.Sum(v => v * x[0])!.Value + Optional.Average(v => v * x[0])!.Value);
        Check(x => Optional.Max(v => v * x[0])!.Value + (Optional.Select(v => v * x[0]).Min() ?? 1));
        Check(x => (double)Optional.Sum(v => v * x[0])! + Optional.Sum(v => v * x[0]).GetValueOrDefault() + Optional.Average()!.Value * x[0]);
        Check(x => x.Sum(v => v > 1 ? (double?)v : null)!.Value + (x.Average(v => v > 1 ? (double?)v : null) ?? 0));
        Check(x => Integers.Sum(v => v * x[0])!.Value + Integers.Average(v => v * x[0])!.Value + Integers.Sum()!.Value * x[0] + Integers.Max(v => v)!.Value * x[1]);
        Check(x => Floats.Sum(v => v * (float)x[0])!.Value + (double)Floats.Average(v => v * (float)x[0])!.Value + Floats.Min(v => v * (float)x[0])!.Value);
        Check(x => Math.Log(x.Sum(v => v > 1 ? (double?)Math.Exp(v) : null)!.Value) + x.Max(v => v < 1 ? (double?)v * v : null) ?? x[1], [0.5, 2, 3], [2, 3, 4]);
        Check(x => Optional.Min(v => v * (x[0] - 1))!.Value + Optional.Max(v => v == 1 ? double.NaN : v * x[0])!.Value);
        Check(x => 1 / x.Average(v => (double?)v)!.Value + 1 / x.Sum(v => (double?)v)!.Value, [-0.0, -0.0], [1, 2]);
    }

    [Fact]
    public void Nothing_has_a_sum_of_zero_and_no_mean_and_no_extremes()
    {
        Check(x => AllMissing.Sum(v => v * x[0])!.Value + (AllMissing.Average(v => v * x[0]) ?? x[0]) + (AllMissing.Max(v => v * x[0]) ?? x[1]) + (Empty.Min(v => v * x[0]) ?? 2) + (Empty.Sum(v => v * x[0]) ?? 7));
        Check(x => (Nothing.Max(v => (double?)(v * x[0])) ?? x[1]) + (x.Where(v => v > 9).Max(v => (double?)v) ?? -1) + (x.Where(v => v > 9).Select(v => (double?)v).FirstOrDefault() ?? x[0]));
        Check(x => x.Sum(v => v > 1 ? (double?)Math.Log(v) : null) ?? 0, [0.5, 2, 3], [0, -1, 0], []);
    }

    [Fact]
    public void The_value_of_nothing_throws()
    {
        Assert.Throws<InvalidOperationException>(() => Grad.Compile(x => AllMissing.Max(v => v * x[0])!.Value)(Point));
        Assert.Throws<InvalidOperationException>(() => Grad.Compile(x => (double)AllMissing.Average(v => v * x[0])!)(Point));
        Assert.Throws<InvalidOperationException>(() => Grad.Compile(x => (x[0] + Missing)!.Value)(Point));
    }

    [Fact]
    public void Operators_and_conditions_are_those_of_the_numbers()
    {
        Check(x => (x[0] * Two)!.Value + (x[0] + Missing ?? x[1]) + (-(x[0] * Two))!.Value + (x[0] > Two ? 1 : x[2]) + (Two < x[1] ? x[0] : x[1]) + ((double?)x[0] == 0.75 ? x[0] : 0) + ((double?)x[0] != Missing ? x[1] : 0));
        Expect.Gradient(x => (double)(float?)x[0]! + (double)(double?)(float)x[0]!, [0.5], 2);
        Check(x => (int)((double?)(x[0] * 10.5))!.Value * x[1] + (x[0] > 0 ? (double?)x[0] : Missing)!.Value);
        Check(x => Optional.Where(v => v > x[0]).Sum(v => v * x[1])!.Value);
    }

    [Fact]
    public void They_are_elements_states_and_parts_of_objects()
    {
        Check(x => Optional.Select(v => v * x[0]).Select(v => v + x[1]).Select(v => v.HasValue ? v.Value : x[2]).Sum());
        Check(x => Optional.Select(v => v * x[0]).ToArray()[0]!.Value + Optional.Select(v => v * x[0]).ToList()[1].GetValueOrDefault(x[1]) + Optional.Select(v => v * x[0]).Last()!.Value);
        Check(x => Optional.Aggregate((double?)null, (s, v) => s.HasValue ? s * (v ?? 2) : v * x[0])!.Value);
        Check(x => Optional.Aggregate((double?)x[0], (s, v) => s * v) ?? x[1]);
        Check(x => new { A = (double?)x[0] }.A!.Value + ValueTuple.Create((double?)x[1], 1).Item1!.Value + new[] { (double?)x[0], null, x[1] }.Sum()!.Value);
    }

    // The oracle knows no nullable numbers.
    private static void Check(Expression<Func<double[], double>> f, params double[][] points)
    {
        const double Tolerance = 1e-8;
        var (plain, compiled) = (f.Compile(), Grad.Compile(f));
        foreach (double[] x in points.Length == 0 ? [Point] : points)
        {
            var (value, gradient) = compiled(x);
            Expect.SameBits(plain(x), value, $"value of {f} at {Expect.Text(x)}");
            for (int i = 0; i < x.Length && double.IsFinite(value); i++)
            {
                double expected = RichardsonDifference.Partial(plain, x, i).Derivative;
                Assert.True(Math.Abs(expected - gradient[i]) <= Tolerance * Math.Max(1, Math.Abs(expected)), $"{f} at {Expect.Text(x)}: component {i} is {gradient[i]:R} instead of {expected:R}");
            }
        }
    }
}
