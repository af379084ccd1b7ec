using System.Linq.Expressions;
using ExprGrad.Tests.Fuzz;

namespace ExprGrad.Tests.Contract;

/// <summary>How far LINQ enumerates: what it evaluates for nothing throws, and has its side effects, as in the plain lambda.</summary>
public class EnumerationTests
{
    private static readonly double[] Table = [1, 2, 3], Nothing = [];
    private static readonly double[][] Ragged = [[1, 2], [3], []];
    private static readonly List<double>[] Lists = [[1, 2], [3]];
    private static readonly IEnumerable<double>[] Sequences = [Table, new List<double> { 3 }, Enumerable.Range(0, 3).Select(i => i * 0.5)];

    [Fact]
    public void C1_Zip_asks_its_sources_in_turn()
    {
        Agrees(x => Enumerable.Range(0, 3).Select(i => Table[i]).Zip(x, (t, v) => t * v).Sum(), [1, 2]);
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[i]).Zip(x, (t, v) => t * v).Sum());
        Throws(x => Enumerable.Range(0, 5).Select(i => 6 / (3 - i)).Zip(x, (t, v) => t * v).Sum());
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[i]).Zip(x, Table).Sum(t => t.First * t.Second * t.Third));
        Throws(x => x.Zip(Enumerable.Range(0, 5).Select(i => Table[i]), Table).Sum(t => t.First * t.Second * t.Third), [1, 2, 3, 4]);
        Agrees(x => x.Zip(Table, Enumerable.Range(0, 5).Select(i => Table[i])).Sum(t => t.First * t.Second * t.Third));
        Agrees(x => x.Zip(Enumerable.Range(0, 5).Select(i => Table[i]), (v, t) => t * v).Sum());
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[i]).Zip(x).Zip(x, (t, v) => t.First * t.Second * v).Sum());
        Throws(x => Enumerable.Range(0, 3).Sum(k => Enumerable.Range(0, 9).Select(i => Table[i - i / 5 * 9]).Zip(x.Skip(k), (t, v) => t * v).Sum()), [1, 2, 3, 4, 5]);
        foreach (double[] x in new double[][] { [1, 2, 3, 4], [1, 2, 3], [1, 2], [1] })
        {
            Agrees(y => Enumerable.Range(0, 4).Select(i => ImpureCalls.Next(i)).Zip(y, (t, v) => t * v).Sum(), x);
            Agrees(y => y.Zip(Enumerable.Range(0, 3).Select(i => ImpureCalls.Next(i)), (t, v) => t * v).Sum(), x);
            Agrees(y => Enumerable.Range(0, 3).Select(i => ImpureCalls.Next(i)).Zip(y.Select(v => v * ImpureCalls.Next(7)), Table.Select(t => t * ImpureCalls.Next(8))).Sum(t => t.First * t.Second * t.Third), x);
            Agrees(y => Enumerable.Range(0, 3).Select(i => ImpureCalls.Next(i)).Zip(Table.Select(t => t * ImpureCalls.Next(8))).Zip(y).Sum(t => t.First.First * t.Second), x);
        }
    }

    [Fact]
    public void C1_Zip_is_asked_as_far_as_it_is_needed()
    {
        Agrees(x => Enumerable.Range(0, 5).Select(i => Table[i]).Zip(x, (t, v) => t * v).Take(3).Sum());
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[i]).Zip(x, (t, v) => t * v).Take(4).Sum());
        Agrees(x => Enumerable.Range(0, 5).Select(i => Table[i]).Zip(x, (t, v) => t * v).First());
        Agrees(x => Enumerable.Range(0, 5).Select(i => Table[i]).Zip(x, (t, v) => t * v).ElementAt(2));
        Agrees(x => Enumerable.Range(0, 5).Select(i => Table[i]).Zip(x, (t, v) => t * v).Any(p => p > 1) ? x[0] : x[1]);
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[i]).Zip(x, (t, v) => t * v).Any(p => p > 100) ? x[0] : x[1]);
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[i]).Zip(x, (t, v) => t * v).TakeWhile(p => p < 100).Sum());
        Agrees(x => Enumerable.Range(0, 5).Select(i => Table[i]).Zip(x, (t, v) => t * v).TakeWhile(p => p < 9).Sum());
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[i]).Zip(x, (t, v) => t * v).Last());
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[i]).Zip(x, (t, v) => t * v).Count() * x[0]);
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[i]).Zip(x, (t, v) => t * v).Average());
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[i]).Zip(x, (t, v) => t * v).Max());
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[i]).Zip(x, (t, v) => t * v).Aggregate((a, b) => a * b));
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[i]).Zip(x, (t, v) => t * v).ToArray()[0]);
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[i]).Zip(x, (t, v) => t * v).Concat(x).Sum());
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[i]).Zip(x, (t, v) => t * v).Chunk(2).Sum(c => c[0]));
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[i]).Zip(x, (t, v) => t * v).Reverse().Skip(1).Sum());
        Throws(x => Enumerable.Range(3, 5).Select(i => Table[i]).Zip(Nothing, (t, v) => t * v).Any() ? x[0] : x[1]);
        Throws(x => Enumerable.Range(3, 5).Select(i => Table[i]).Zip(Nothing, (t, v) => t * v).FirstOrDefault() + x[0]);
        Throws(x => Enumerable.Range(3, 5).Select(i => Table[i]).Zip(Nothing, (t, v) => t * v).DefaultIfEmpty(1).Sum() + x[0]);
    }

    [Fact]
    public void C1_What_is_passed_over_is_evaluated()
    {
        Throws(x => Enumerable.Range(0, 5).Select((i, k) => Table[4 - k]).Skip(3).Sum() * x[0]);
        Throws(x => Enumerable.Range(0, 5).Select((i, k) => Table[4 - k]).Last() * x[0]);
        Throws(x => Enumerable.Range(0, 5).Select((i, k) => Table[4 - k]).ElementAt(3) * x[0]);
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[4 - i]).Zip(Table).TakeLast(1).Sum(t => t.First) * x[0]);
        // By number there is nothing on the way.
        Agrees(x => Enumerable.Range(0, 5).Select(i => Table[4 - i]).Skip(3).Sum() * x[0]);
        Agrees(x => Enumerable.Range(0, 5).Select(i => Table[4 - i]).Last() * x[0]);
        // A selector is applied only to what is given back.
        Agrees(x => Enumerable.Range(0, 5).Select((i, k) => 4 - k).Select(i => Table[i]).Last() * x[0]);
        Agrees(x => Enumerable.Range(0, 5).Select((i, k) => 4 - k).Select(i => Table[i]).Select(t => 2 * t).ElementAt(3) * x[0]);
        Throws(x => Enumerable.Range(0, 5).Select((i, k) => 4 - k).Select(i => Table[i]).Skip(3).Sum() * x[0]);
        Throws(x => Enumerable.Range(0, 5).Select((i, k) => 4 - k).Select(i => Table[i]).TakeLast(1).Sum() * x[0]);
        Throws(x => Enumerable.Range(0, 5).Select((i, k) => 4 - k).Select(i => Table[i]).Select((t, k) => 2 * t).Last() * x[0]);
        Throws(x => Enumerable.Range(0, 5).Select((i, k) => 4 - k).Select(i => Table[i]).Take(5).Last() * x[0]);
        Agrees(x => x.Select((v, k) => v * ImpureCalls.Next(k)).Skip(1).Sum());
        Agrees(x => x.Zip(Table.Select(t => t * ImpureCalls.Next(1)), (v, t) => v * t).ElementAt(1));
    }

    [Fact]
    public void C1_Elements_that_are_written_out_are_evaluated_as_far_as_they_are_needed()
    {
        Agrees(x => new double[] { 1, 2 }.Select((v, k) => x[k + 2]).All(v => v < -100) ? x[0] : x[1]);
        Agrees(x => new double[] { 1, 2 }.Select((v, k) => x[k + 2]).Any(v => v > -100) ? x[0] : x[1]);
        Agrees(x => new double[] { 1, 2, 3 }.Select((v, k) => x[k + 2] * v).TakeWhile(v => v < -100).Sum() * x[0]);
        Agrees(x => Table.Where((t, k) => new double[] { t, t }.Select((v, i) => x[i + 2]).All(v => v < -100)).ToList().Count * x[0]);
        Throws(x => new double[] { 1, 2 }.Select((v, k) => x[k + 2]).All(v => v > -100) ? x[0] : x[1]);
    }

    [Fact]
    public void C1_What_is_counted_is_evaluated()
    {
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[i]).Count() * x[0]);
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[i]).Skip(4).Count() * x[0]);
        Agrees(x => Enumerable.Range(0, 5).Select(i => Table[4 - i]).Skip(3).Count() * x[0]);
        Agrees(x => Enumerable.Range(0, 5).Select(i => Table[i]).Any() ? x[0] : x[1]);
    }

    [Fact]
    public void C1_A_chunk_is_an_array()
    {
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[i]).Chunk(2).Sum(c => x[0]));
        Throws(x => Enumerable.Range(0, 4).Select(i => Table[i]).Chunk(2).Sum(c => c[0] * x[0]));
        Throws(x => Enumerable.Range(0, 5).Select(i => Table[i]).Chunk(2).Count() * x[0]);
        Agrees(x => Enumerable.Range(0, 4).Select(i => Table[i]).Chunk(2).First().Sum() * x[0]);
    }

    [Fact]
    public void C1_A_stored_range_of_less_than_nothing_throws()
    {
        Throws(x => Enumerable.Range(0, 2 - 7).Select(i => x[0]).ToArray().Length);
        Throws(x => x.Sum(v => Enumerable.Range(0, 2 - 7).Select(i => v).ToList().Count));
    }

    [Fact]
    public void C1_SelectMany_of_the_elements_themselves()
    {
        Agrees(x => Sequences.SelectMany(s => s).Sum(v => v * x[0]));
        Agrees(x => Lists.SelectMany(s => s).Sum(v => v * x[0]) + Ragged.SelectMany(s => s).Sum(v => v * x[1]));
        Agrees(x => x.Sum(u => Sequences.SelectMany(s => s).Sum(v => v * u) + Lists.SelectMany(s => s).Sum(v => v * u) + Ragged.SelectMany(s => s).Sum(v => v * u)));
        Agrees(x => Enumerable.Range(0, 3).Select(k => Sequences.Take(k).SelectMany(s => s).Sum(v => v * x[k])).Sum());
        Agrees(x => Sequences.SelectMany(s => s, (s, v) => v * x[0]).Average() + Sequences.SelectMany(s => s).Zip(x, (a, b) => a * b).Max());
        Agrees(x => x.Aggregate(1.0, (s, u) => s * Lists.SelectMany(l => l).Sum(v => v * u) + s * Ragged.SelectMany(r => r).Sum(v => v * u)));
        Agrees(x => Called().SelectMany(s => s).Sum(v => v * x[0]) + Called().SelectMany(s => s).Sum(v => v * x[1]));
    }

    private static IEnumerable<double> Logged(int count) => Enumerable.Range(0, count).Select(i => i + ImpureCalls.Next(i));

    private static IEnumerable<double>[] Called() => [Logged(2), Logged(1)];

    private static void Throws(Expression<Func<double[], double>> f, double[]? x = null)
    {
        Assert.NotNull(Record.Exception(() => f.Compile()(x ?? [1, 2, 3])));
        Agrees(f, x);
    }

    private static void Agrees(Expression<Func<double[], double>> f, double[]? x = null)
    {
        x ??= [1, 2, 3];
        Truth truth = new(f, f.Compile(), [x], exactExceptions: true);
        var error = truth.ErrorOf(Grad.Compile(f));
        Assert.True(error is null, $"{f}: {error}");
    }
}
