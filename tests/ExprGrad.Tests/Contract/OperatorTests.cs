using System.Linq.Expressions;
using ExprGrad.Tests.Fuzz;

namespace ExprGrad.Tests.Contract;

/// <summary>Operators of LINQ that sort, group and filter what does not depend on the input: values where nothing but them runs, calls with side effects where user code does.</summary>
public class OperatorTests
{
    private static readonly int[] Picks = [2, 0, 1, 1];
    private static readonly double[] Table = [1, 2, 3];
    private static readonly HashSet<int> Set = [1, 2];
    private static readonly int[] Changing = [2, 0, 1, 1];

    [Fact]
    public void C1_Beside_a_recurrence()
    {
        Agrees(x => Picks.Distinct().Select(i => x[i]).Sum() * Enumerable.Range(0, 3).Aggregate(1.0, (s, k) => s * x[k]));
        Agrees(x => Picks.OrderByDescending(i => i % 2).ThenBy(i => -i).Select((i, k) => x[i] * k).Sum() * Enumerable.Range(0, 3).Aggregate(1.0, (s, k) => s * x[k]));
    }

    [Fact]
    public void C1_In_a_recurrence()
    {
        Agrees(x => x.Aggregate(1.0, (s, v) => s * v + Picks.Distinct().Sum(i => x[i] * s)));
        Agrees(x => Enumerable.Range(0, 3).Aggregate(1.0, (s, k) => s * x[k] + Picks.Order().Take(k).Sum(i => x[i])));
        Agrees(x => Enumerable.Range(0, 3).Aggregate(1.0, (s, k) => s + Picks.OrderBy(v => v * k).Sum(i => x[i] * s)));
        Agrees(x => Enumerable.Range(0, 3).Aggregate(1.0, (s, k) => s + Picks.Select(p => (p + k) % 3).Distinct().Sum(i => x[i] * s)));
        Agrees(x => Enumerable.Range(0, 3).Aggregate(1.0, (s, k) => s * Picks.Where(p => p < k).Union(Set).Reverse().Sum(i => x[i])));
        Agrees(x => Enumerable.Range(0, 3).Aggregate(1.0, (s, k) => s + Picks.GroupBy(v => v % 2).Sum(g => g.Sum(i => x[i] * s) * g.Key)));
        Agrees(x => Enumerable.Range(0, 3).Sum(k => Enumerable.Range(0, k).Aggregate(1.0, (s, j) => s * Picks.Except(Set).Sum(i => x[i] + x[j]))));
    }

    [Fact]
    public void C1_Of_ranges()
    {
        Agrees(x => Enumerable.Range(0, 3).OrderBy(i => Table[2 - i]).Aggregate(1.0, (s, i) => s * Enumerable.Range(0, i).Sum(j => x[j] * s)));
        Agrees(x => Enumerable.Range(0, 3).Aggregate(1.0, (s, k) => s + Enumerable.Range(0, k).OrderByDescending(i => Table[i]).Sum(i => x[i] * s)));
        Agrees(x => Enumerable.Range(0, 3).OrderByDescending(i => Table[i]).Aggregate(0.0, (s, i) => s + Math.Exp(x.Zip(Table.Take(i), (v, t) => v * t).Sum() - s)));
    }

    [Fact]
    public void C1_Of_arrays_that_the_lambda_makes()
    {
        Agrees(x => Enumerable.Range(0, 3).Sum(k => new[] { 0, 1 }.Order().Sum(i => x[i] * k)));
        Agrees(x => Enumerable.Range(0, 3).Select(k => Picks.Where(p => p < k).ToArray()).Sum(r => r.Order().Sum(i => x[i])));
        Agrees(x => Enumerable.Range(0, 3).Select(k => new { A = Picks, B = k }).Sum(t => t.A.OrderBy(v => t.B * v).Sum(i => x[i] * t.B)));
        Agrees(x => Picks.Distinct().SelectMany(i => Picks.Where(p => p > i).Order().Select(q => x[q])).Sum());
        Agrees(x => Picks.GroupBy(v => v % 2).SelectMany(g => g).Sum(i => x[i]));
    }

    [Fact]
    public void C1_With_keys_of_the_length_of_the_input()
    {
        // The oracle passes no point to compiled code.
        Expression<Func<double[], double>> f = x => x.Sum(v => Picks.OrderBy(i => i * (2 - x.Length)).Select((i, k) => x[i] * k).Sum());
        Expect.SameBits(f.Compile()([1, 2, 4]), Grad.Compile(f)([1, 2, 4]).Value, f.ToString());
    }

    [Fact]
    public void C1_Joins_and_groups_with_results_that_depend_on_the_input()
    {
        WithResults(x => (from i in Enumerable.Range(0, 3) join t in Table on i + 1 equals (int)t select (x[i] * t)).Sum(v => v * v));
        WithResults(x => Picks.Join(Picks, i => i, j => j, (i, j) => x[i] * (j + 1)).Aggregate(1.0, (s, v) => s * 0.5 + v));
        WithResults(x => Picks.GroupJoin(Table, i => i, t => (int)t, (i, ts) => x[i] * ts.Sum(t => t * x[0])).Sum());
        WithResults(x => Picks.LeftJoin(Picks.Distinct(), i => i + 1, j => j, (i, j) => x[i] * (j + 1)).Sum(v => v * v));
        WithResults(x => Picks.GroupBy(i => i % 2, (key, group) => (key + 1) * group.Sum(i => x[i] * x[i])).Sum(v => v * v));
        WithResults(x => Enumerable.Range(0, 3).Sum(k => Picks.Where(i => i <= k).GroupBy(i => i, (key, group) => key * group.Count() * x[k]).Sum()));
        WithResults(x => Picks.Join(Picks, i => i, j => j, (i, j) => new { V = x[i], J = j }).Where(p => p.V > 1).Sum(p => p.V * p.J));
    }

    [Fact]
    public void C8_Joins_whose_keys_have_side_effects_are_refused_where_results_depend_on_the_input() =>
        Assert.Equal("EG1004", Assert.Throws<UnsupportedExpressionException>(() => Grad.Compile(x => Picks.Join(Picks, i => (int)ImpureCalls.Next(i), j => j, (i, j) => x[i] * ImpureCalls.Next(j)).Sum())).Refusals[0].Code);

    // The oracle knows no joins.
    private static void WithResults(Expression<Func<double[], double>> f)
    {
        double[] point = [1.5, 0.7, 2.25];
        Expect.SameBits(f.Compile()(point), Grad.Compile(f)(point).Value, f.ToString());
        Assert.InRange(Grad.Check(f, point).MaxError, 0, 1e-9);
    }

    [Fact]
    public void C8_Refused_in_a_loop_where_keys_depend_on_the_input() =>
        Assert.Equal("EG1004", Assert.Throws<UnsupportedExpressionException>(() => Grad.Compile(x => Table.Sum(t => Picks.OrderBy(i => x[i]).Sum(i => t * i)))).Refusals[0].Code);

    [Fact]
    public void C1_Throw_where_they_are_enumerated()
    {
        Agrees(x => Picks.OrderBy(i => Table[i + 2]).Sum(i => x[i]));
        Agrees(x => Enumerable.Range(0, x.Length - 3).Aggregate(1.0, (s, k) => s * Picks.OrderBy(i => Table[i + 2]).Sum(i => x[i])));
        Agrees(x => ((int[]?)null)!.Distinct().Sum(i => x[i]));
    }

    [Fact]
    public void C1_With_side_effects_as_often_as_in_the_plain_lambda()
    {
        Agrees(x => Enumerable.Range(0, 2).Sum(k => Table.OrderBy(v => ImpureCalls.Next((int)v)).Sum(v => v * x[k])));
        Agrees(x => Enumerable.Range(0, 2).Sum(k => Called().Distinct().Sum(v => v * x[k])) + Called().Order().First() * x[0]);
        Agrees(x => Enumerable.Range(0, 2).Sum(k => First(Picks.Order().ToArray()) * x[k]));
    }

    [Fact]
    public void C1_Read_memory_where_they_are_enumerated()
    {
        Agrees(x => Picks.Order().Sum(i => x[i]) * Swap() + Changing.Order().Sum(i => x[i] * 2) + Swap() * Changing.Distinct().Sum(i => x[i] * i) + Swap() * Changing.Distinct().First() * x[1] + Swap());
    }

    // An even number of calls leaves everything as it was.
    private static double Swap()
    {
        ImpureCalls.Next(1);
        (Changing[0], Changing[3]) = (Changing[3], Changing[0]);
        return 1;
    }

    private static double First(int[] numbers)
    {
        ImpureCalls.Next(numbers[0]);
        return numbers[0]++;
    }

    private static IEnumerable<double> Called()
    {
        yield return ImpureCalls.Next(1);
        yield return ImpureCalls.Next(2);
    }

    private static void Agrees(Expression<Func<double[], double>> f)
    {
        double[][] points = [[1.5, 2, 0.5], [1.5, 2, 0.5, 3]];
        Truth truth = new(f, f.Compile(), points, exactExceptions: true);
        var error = truth.ErrorOf(Grad.Compile(f));
        Assert.True(error is null, $"{f}: {error}");
    }
}
