using System.Linq.Expressions;
using ExprGrad.Scheduling;
using ExprGrad.Tests.Oracle;

namespace ExprGrad.Tests.Contract;

/// <summary>Small programs in which random ones went wrong: recurrences of arrays inside other loops, loops over one range inside one another, memory that is empty.</summary>
public class ArrayRecurrenceTests
{
    private static readonly double[] Table = [0.3, -1.2, 0.8, 2.5, -0.4], Empty = [];
    private static readonly double[][] Rows = [[1, 4], [2, 3], [0.5, -2]];
    private static readonly double[] Long = [.. Enumerable.Range(0, 40).Select(k => Math.Cos(k))];
    private static readonly int[] Picks = [2, 0, 1];
    private static readonly HashSet<int>[] Sets = [[0], [1, 2]];
    private static readonly HashSet<double> Bag = [1.25, -0.5];
    private static readonly IEnumerable<double> Unknown = Table.Where(t => t > 0);
    private static readonly List<double> Levels = [0.5, 1.5, -0.7, 2];

    private static readonly Dictionary<string, Expression<Func<double[], double>>> Programs = new()
    {
        ["a loop inside one over the same range"] = x => x.Skip(3).Sum(a => x.Skip(3).Sum(b => a + Math.Abs(x.Length + b))),
        ["an array per iteration"] = x => Math.Sin(x.Sum(e => Math.Sin(Enumerable.Range(1, 1).Aggregate(Enumerable.Range(0, 2).Select(i => 1.0).ToArray(), (s, k) => s.Select((v, j) => e).ToArray(), s => s[0] * s[1])))),
        ["elements of an outer state in an inner recurrence"] = x => x.Aggregate(x, (s, e) => s.Select((v, i) => Math.Sin(Enumerable.Range(0, 3).Aggregate(new ValueTuple<double, double>(1, Levels[i % 4]), (t, j) => new ValueTuple<double, double>(s[j], t.Item1)).Item2)).ToArray(), s => s[1]),
        ["Max in a sum over an outer state"] = x => 0.1 * x.Aggregate(Table, (s, e) => s.Select((v, i) => Levels.Max(l => Math.Sin(Picks.Sum(p => l + (s[p] + s[i]))) * x[2])).ToArray()).Sum(),
        ["the last element of an outer state"] = x => Enumerable.Range(0, 1).Aggregate(Table, (s, k) => s.Select((v, i) => Math.Tanh(Enumerable.Range(0, x.Length + 1).Select(_ => new ValueTuple<double, double>(x[0], 1)).Aggregate(ValueTuple.Create(v, v), (t, e) => ValueTuple.Create(s.Aggregate((_, last) => last), t.Item1 + e.Item1)).Item2)).ToArray(), s => s[1]),
        ["a state that an inner recurrence uses"] = x => 3 * x.Aggregate(1.0, (s, e) => Enumerable.Range(0, 1).Select(i => Rows.Aggregate(new ValueTuple<double, double>(1, 1), (t, row) => ValueTuple.Create(Math.Sin(t.Item1 < 0 ? Empty.Aggregate(new { A = 1.0, B = t.Item1 }, (u, _) => new { A = s, B = 0.7 }, u => u.A) : 1), t.Item1)).Item1).ToArray().Aggregate((_, last) => last)) + 1,
        ["a vector that one loop makes and another one of the range varies"] = x => Enumerable.Range(0, 2).Select(i => Enumerable.Range(0, 1).Aggregate(Enumerable.Range(0, 2).Select(j => x[j]).ToArray(), (s, _) => s.Select((v, j) => i < j ? 1 : v).ToArray(), s => s[0])).ToArray().Sum(),
        ["a value made in a recurrence besides its states"] = x => Levels.Select(l => new { A = l, B = Picks.Select(p => new ValueTuple<double, double>(1, 1)).Sum(t => l - x.Aggregate(new ValueTuple<double, double>(1, 1), (s, e) => ValueTuple.Create(Math.Atan(e + s.Item1), s.Item1)).Item2) }).Select(t => t.B).ToList().Sum(),
        ["the last of a filter that lets nothing pass"] = x => x.Select(e => Table.Where(t => t > 9).LastOrDefault() + e).ToList().Sum(),
        ["a row that is found by an element"] = x => Picks.Sum(p => Rows[Picks[p]].Length * x[Picks[Picks[p]]]),
        ["keys of groups"] = x => Picks.GroupBy(p => p).Max(g => g.Sum(p => p * x[g.Key])) + Picks.GroupBy(p => p).Select(g => g.Sum(p => p * x[g.Key])).Average(),
        ["counts of sets"] = x => Sets.Average(set => set.Sum(k => k * x[k] * set.Count)),
        ["a set that the lambda makes"] = x => x[0] * new SortedSet<int> { 1, 2 }.Count + new HashSet<int> { 1, 2 }.Sum(k => x[k] * x[0]),
        ["a set for each element of a loop"] = x => x.Sum(e => Picks.SelectMany(p => Bag, (p, b) => p * b * e).Sum()) + x.Aggregate(1.0, (s, e) => 0.5 * s + Picks.SelectMany(p => Bag).ToList().Sum(b => Math.Sin(b * e))),
        ["a sequence of a type that nobody knows for each element of a loop"] = x => x.Take(2).Sum(e => Picks.SelectMany(p => Unknown, (p, u) => p * u * e).Sum()),
        ["neighbours"] = x => Enumerable.Range(0, x.Length - 2).Sum(i => x[i] * Math.Sin(x[i + 1]) * x[i + 2] + Enumerable.Range(0, 3).Sum(j => x[j] * x[j + 1] * x[i])),
        ["dear values in an inner loop of a recurrence"] = x => x.Aggregate(new[] { 0.1, -0.2, 0.3 }, (s, e) => s.Select((v, i) => Math.Tanh(v * e + s.Sum(w => Math.Exp(w * x[i])))).ToArray()).Sum(),
        ["states of different lengths"] = x => Enumerable.Range(0, 3).Aggregate(ValueTuple.Create(Long.Select(v => v * x[0]).ToArray(), Levels.Select(v => v + x[1]).ToArray()), (s, k) => ValueTuple.Create(s.Item1.Select((v, i) => v * 0.5 + s.Item2[0]).ToArray(), s.Item2.Select(v => v * x[2]).ToArray()), s => s.Item1.Sum() * s.Item2[1]),
        ["an intermediate of an inner loop in both directions"] = x => Rows.Sum(row => Math.Log(Levels.Select(l => row.Sum(r => Math.Sin(r * x[0] + l * x[1]))).Sum(t => Math.Exp(t)))),
    };

    public static TheoryData<string, int> NamesAndSettings
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (string name in Programs.Keys)
                foreach (var optimisations in Settings.All) data.Add(name, (int)optimisations);
            return data;
        }
    }

    [Theory, MemberData(nameof(NamesAndSettings))]
    public void Values_have_the_bits_and_gradients_are_those_of_the_oracle(string name, int toggled)
    {
        var f = Programs[name];
        var compiled = GradientCompiler.Compile<ValueAndGradient>(f, null, (Optimisations)toggled).Delegate;
        var plain = f.Compile();
        foreach (double[] x in new double[][] { [2.25, -2.37, -0.96, -1.16, 0.45], [2.2524918472638777, -2.365741406272045, -0.9615476401343699, -1.1567164446025697, 0.45002991214861643], [0.25, 0.5, 0.75, 1, 1.25] })
        {
            var (value, gradient) = compiled(x);
            Assert.Equal(BitConverter.DoubleToInt64Bits(plain(x)), BitConverter.DoubleToInt64Bits(value));
            Assert.Null(Agreement.GradientError(DualOracle.Evaluate(f, x), gradient));
        }
    }
}
