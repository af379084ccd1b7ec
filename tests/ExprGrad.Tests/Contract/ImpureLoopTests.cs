using System.Linq.Expressions;
using ExprGrad.Tests.Fuzz;
using ExprGrad.Tests.Oracle;

namespace ExprGrad.Tests.Contract;

/// <summary>Selectors with side effects: they run as late, as often and in the same order as in the plain lambda, also up to an exception.</summary>
public class ImpureLoopTests
{
    private static readonly double[] Table = [1, 2, 3], Nothing = [];

    // What a call in a loop changes and reads.
    private static readonly double[] Changing = new double[4];

    public static double Begin()
    {
        for (int i = 0; i < Changing.Length; i++) Changing[i] = i + 1;
        return 1;
    }

    public static double Change(int i)
    {
        ImpureCalls.Next(i);
        Changing[i % 4] += 0.5;
        Changing[(i + 1) % 4] -= 0.25;
        return Changing[0];
    }

    [Fact]
    public void C1_In_every_operator()
    {
        Check(x => x.Sum(v => v * ImpureCalls.Next(1)) + x.Sum(v => v * ImpureCalls.Next(2)));
        Check(x => x.Sum(v => v * v) * ImpureCalls.Next(1) + x.Sum(v => v * ImpureCalls.Next(2)));
        Check(x => x.Select((v, i) => v * ImpureCalls.Next(i)).Where((v, i) => ImpureCalls.Flip(i)).Sum());
        Check(x => x.Where(v => ImpureCalls.Flip(1)).Where(v => ImpureCalls.Flip(2)).Select(v => v * ImpureCalls.Next(3)).Where(v => ImpureCalls.Flip(4)).Sum());
        Check(x => x.Select(v => v * ImpureCalls.Next(1)).Zip(x.Select(v => v * ImpureCalls.Next(2)), (a, b) => a * b * ImpureCalls.Next(3)).Sum());
        Check(x => x.SelectMany(v => Table.Select(t => t * v * ImpureCalls.Next(1)), (v, t) => t * v * ImpureCalls.Next(2)).Sum());
        Check(x => (from a in x let b = a * ImpureCalls.Next(1) where ImpureCalls.Flip(2) from t in Table where t > 1 select a * b * t * ImpureCalls.Next(3)).Sum());
        Check(x => x.Max(v => v * ImpureCalls.Next(1)) * x.Min(v => v * ImpureCalls.Next(2)) * x.Average(v => v * ImpureCalls.Next(3)));
        Check(x => x.Select(v => v * ImpureCalls.Next(1)).First() + x.Select(v => v * ImpureCalls.Next(2)).Last() + x.Select(v => v * ImpureCalls.Next(3)).ElementAt(1));
        Check(x => x.Select(v => v * ImpureCalls.Next(1)).Skip(1).Sum() + x.Select(v => v * ImpureCalls.Next(2)).Take(2).Sum());
        Check(x => x.TakeWhile(v => v * ImpureCalls.Next(1) < 1e9).Sum() + x.SkipWhile(v => ImpureCalls.Flip(2)).Sum());
        Check(x => x.Count(v => ImpureCalls.Flip(1)) * x[0] + (x.All(v => ImpureCalls.Flip(2)) ? x[0] : x[1]) + (x.Any(v => ImpureCalls.Flip(3)) ? x[0] : x[1]));
        Check(x => x.Select(v => v * ImpureCalls.Next(1)).Concat(Table.Select(v => v * ImpureCalls.Next(2))).Reverse().Sum(v => v * ImpureCalls.Next(3)));
        Check(x => x.Select(v => v * ImpureCalls.Next(1)).Append(ImpureCalls.Next(2)).Prepend(ImpureCalls.Next(3)).Sum(v => v * x[0]));
        Check(x => x.Select(v => v * ImpureCalls.Next(1)).Chunk(2).Sum(c => c.Sum() * c.Max() * ImpureCalls.Next(2)));
        Check(x => x.DefaultIfEmpty(ImpureCalls.Next(1)).Sum() + Nothing.DefaultIfEmpty(ImpureCalls.Next(2)).Sum(v => v * x[0]));
        Check(x => Enumerable.Repeat(ImpureCalls.Next(1), 3).Sum(v => v * x[0] * ImpureCalls.Next(2)));
        Check(x => x.Select(v => v * ImpureCalls.Next(1)).ToArray().Zip(x.Select(v => v * ImpureCalls.Next(2)).ToList(), (a, b) => a * b).Sum());
        Check(x => Nothing.Sum(v => v * ImpureCalls.Next(1) * x[0]) + ImpureCalls.Next(2) * x[1]);
    }

    [Fact]
    public void C1_In_recurrences()
    {
        Check(x => x.Aggregate((a, b) => a * b * 0.1 + ImpureCalls.Next(1)));
        Check(x => x.Aggregate(ValueTuple.Create(0.0, 1.0), (s, v) => ValueTuple.Create(s.Item2 * v * ImpureCalls.Next(1), s.Item1 + ImpureCalls.Next(2))).Item1);
        Check(x => x.Aggregate(x, (s, v) => s.Select(e => e * v * ImpureCalls.Next(1)).ToArray()).Sum(e => e * ImpureCalls.Next(2)));
        Check(x => x.Aggregate(1.0, (s, v) => s * 0.5 + Table.Sum(t => t * v * ImpureCalls.Next(1)) * ImpureCalls.Next(2)));
        Check(x => Enumerable.Range(0, 2).Aggregate(x[0], (s, i) => s > 1 ? s * ImpureCalls.Next(1) : s + ImpureCalls.Next(2)));
    }

    [Fact]
    public void C1_In_loops_inside_one_another_and_in_branches()
    {
        Check(x => Enumerable.Range(0, 2).Sum(i => Enumerable.Range(0, 2).Sum(j => x[j] * ImpureCalls.Next(1)) * ImpureCalls.Next(2) * Enumerable.Range(0, 2).Sum(j => x[j] * ImpureCalls.Next(3))));
        Check(x => Enumerable.Range(0, 3).Sum(i => x[i] * ImpureCalls.Next(1) * Enumerable.Range(0, 2).Aggregate(x[i], (s, j) => s * s * 0.1 + ImpureCalls.Next(2))));
        Check(x => Math.Log(Enumerable.Range(0, 3).Sum(i => Math.Exp(Enumerable.Range(0, 2).Sum(j => x[j] * ImpureCalls.Next(i))))));
        Check(x => x.Sum(v => v > 1 ? Table.Sum(t => t * v * ImpureCalls.Next(1)) : ImpureCalls.Next(2) * v));
        Check(x => x[0] > 1 ? x.Sum(v => v * ImpureCalls.Next(1)) : x.Sum(v => v * ImpureCalls.Next(2)));
        Check(x => Table.Sum(t => t > 1 ? x[0] * ImpureCalls.Next(1) : 0) * Table.Sum(t => t > 2 ? x[1] * ImpureCalls.Next(2) : 0));
    }

    [Fact]
    public void C1_Memory_that_calls_change_is_read_where_it_is_written()
    {
        Check(x => Begin() * Enumerable.Range(0, 3).Sum(i => x[i] * Changing[i] * Change(i) * Changing[i + 1]) * Changing.Sum(m => m * x[0]) * Change(2) * Changing.Sum(m => m * x[1]));
        Check(x => Begin() * Enumerable.Range(0, 3).Aggregate(x[0], (s, i) => Math.Sin(s * Changing[i]) * Change(i) * Changing[i + 1] + s));
        Check(x => Begin() * Math.Log(Enumerable.Range(0, 3).Sum(i => Math.Exp(x[i] * Changing[i] * Change(i) * Changing[i + 1] * 0.01))) * Change(1));
        Check(x => Begin() * Enumerable.Range(0, 3).Sum(i => Enumerable.Range(0, 2).Sum(j => x[j] * Changing[i + j] * Change(i)) * Changing[i]) * Changing[2] * x[0]);
        Check(x => Begin() * Math.Log(Enumerable.Range(0, 3).Sum(i => Math.Exp(Enumerable.Range(0, 2).Sum(j => Math.Exp(x[j] * Changing[i + j] * Change(i) * 0.1))))));
    }

    [Fact]
    public void C1_Up_to_an_exception()
    {
        Throws(x => Enumerable.Range(0, 5).Sum(i => ImpureCalls.Next(i) * x[i]));
        Throws(x => Enumerable.Range(0, 5).Sum(i => x[i] * ImpureCalls.Next(i)));
        Throws(x => Enumerable.Range(0, 5).Select(i => ImpureCalls.Next(i) * x[0]).Select((v, i) => v * x[i]).Sum());
        Throws(x => Enumerable.Range(0, 5).Aggregate(1.0, (s, i) => s * x[i] * ImpureCalls.Next(i)));
        Throws(x => Enumerable.Range(0, 3).Aggregate(x, (s, i) => s.Select(e => e * Table[i + 1] * ImpureCalls.Next(1)).ToArray()).Sum(e => e * ImpureCalls.Next(2)));
        Throws(x => x.Sum(v => Enumerable.Range(0, 5).Sum(j => ImpureCalls.Next(1) * Table[j] * v)));
        Throws(x => Enumerable.Range(0, 5).Where(i => Table[i] > ImpureCalls.Next(1) - 1e9).Sum(i => x[0] * i * ImpureCalls.Next(2)));
        Throws(x => Enumerable.Range(0, 5).Sum(i => x[0] * ImpureCalls.Next(1) / (6 / (3 - i))));
        Throws(x => x.Sum(v => v * ImpureCalls.Next(1)) + Table[7] + ImpureCalls.Next(2));
        Throws(x => x.Zip(Enumerable.Range(1, 5).Select(i => Table[i] * ImpureCalls.Next(1)), (v, t) => v * t * ImpureCalls.Next(2)).Sum());
        Throws(x => x.SelectMany((v, i) => Table.Select(t => t * Table[i + 1] * ImpureCalls.Next(1)), (v, t) => t * v * ImpureCalls.Next(2)).Sum());
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[i] * ImpureCalls.Next(1)).ToArray().Sum(e => e * x[0]));
        Throws(x => x.Select(v => v * ImpureCalls.Next(1)).ElementAt(9));
        Throws(x => Nothing.Select(i => i * ImpureCalls.Next(1)).Max() * x[0] + ImpureCalls.Next(2));
        Throws(x => x.Where(v => ImpureCalls.Next(1) > 1e9).First() + ImpureCalls.Next(2));
    }

    private static void Check(Expression<Func<double[], double>> f)
    {
        double[] x = [0.5, 2, 4];
        var (plain, compiled) = (f.Compile(), Grad.Compile(f));
        var (expected, calls) = Logged(() => plain(x));
        var ((value, gradient), ours) = Logged(() => compiled(x));
        Assert.Equal(calls, ours);
        Expect.SameBits(expected, value, f.ToString());
        string? error = Agreement.GradientError(Logged(() => DualOracle.Evaluate(f, x)).Result, gradient);
        Assert.True(error is null, $"{f}: {error}");
    }

    private static void Throws(Expression<Func<double[], double>> f)
    {
        double[] x = [0.5, 2, 4];
        var (plain, compiled) = (f.Compile(), Grad.Compile(f));
        var (expected, calls) = Logged(() => Record.Exception(() => plain(x)));
        var (thrown, ours) = Logged(() => Record.Exception(() => compiled(x)));
        Assert.NotNull(expected);
        Assert.Equal(expected.GetType(), thrown?.GetType());
        Assert.Equal(calls, ours);
    }

    private static (T Result, string[] Calls) Logged<T>(Func<T> run)
    {
        ImpureCalls.Reset();
        T result = run();
        return (result, [.. ImpureCalls.Log]);
    }
}
