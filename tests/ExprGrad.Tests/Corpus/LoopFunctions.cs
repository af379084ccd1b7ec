using System.Collections.Immutable;
using System.Linq.Expressions;

namespace ExprGrad.Tests.Corpus;

/// <summary>Sums over data, recurrences and queries, as users write them. Every operator of LINQ that the library promises occurs.</summary>
public static class LoopFunctions
{
    private static readonly double[] Times = [0, 0.5, 1, 1.5, 2, 2.5];
    private static readonly double[] Levels = [2.1, 1.3, 0.9, 0.5, 0.35, 0.2];
    private static readonly int[] Order = [2, 0, 1, 1, 0];
    private static readonly double[] Empty = [];
    private static readonly double[][] Rows = [[1, 0.5, -1], [0.25, -2, 1], [1.5, 1, 0.5], [-1, 0.75, 2]];
    private static readonly double[][] Jagged = [[1, 2, 3], [], [0.5], [-1, 4]];
    private static readonly int[] Labels = [1, 0, 1, 0];
    private static readonly double[,] Matrix = { { 2, 0.5, -0.25 }, { 0.5, 1, 0.1 }, { -0.25, 0.1, 3 } };
    private static readonly List<double> Weights = [0.5, 1.5, -1, 2];
    private static readonly IReadOnlyList<double> View = [0.3, -0.7, 1.1];
    private static readonly ImmutableArray<double> Frozen = [1.25, -0.5, 0.75];
    private static readonly float[] Floats = [0.5f, 0.25f, -1.5f];
    private static readonly double?[] Gaps = [1.5, null, -2, null, 0.5];
    private static readonly Dictionary<string, double> Rates = new() { ["a"] = 0.1, ["b"] = 0.4, ["c"] = 0.2 };
    private static readonly Reading[] Readings = [new(0.1, 1.2, 2), new(0.4, 0.7, 1), new(0.9, 2.1, 0), new(1.6, -0.3, 2)];
    private static readonly double[] P = [0.7, 1.3, 0.4];
    private static readonly double[] Q = [-0.6, 0.9, 1.8];
    private static readonly double[] Long = [0.7, 1.3, 0.4, 2.1, -0.8, 0.6, 1.7];

    /// <summary>A row of data.</summary>
    public sealed record Reading(double X, double Y, int Group);

    /// <summary>A state that a recurrence builds.</summary>
    public sealed record Motion(double Position, double Velocity);

    private static CorpusEntry Entry(string name, Expression<Func<double[], double>> function, params double[][] points) => new(name, function, points.Length > 0 ? points : [P, Q]);

    public static IReadOnlyList<CorpusEntry> Entries { get; } = [.. Sums(), .. Queries(), .. Recurrences(), .. Reuse(), .. StatementFunctions.Entries];

    public static TheoryData<string> Names => [.. Entries.Select(entry => entry.Name)];

    public static CorpusEntry Named(string name) => Entries.Single(entry => entry.Name == name);

    private static IEnumerable<CorpusEntry> Sums() =>
    [
        Entry("sum of the point", x => x.Sum(), P, Long),
        Entry("sum of squares", x => x.Sum(v => v * v), P, Long),
        Entry("mean of exponentials", x => x.Average(v => Math.Exp(v)), P, Long),
        Entry("largest and smallest", x => x.Max() * x.Min(), P, Long),
        Entry("largest and smallest of functions", x => x.Max(v => Math.Sin(v)) + x.Min(v => v * v - 0.9 * v), P, Long),
        Entry("least squares over captured arrays", x => Enumerable.Range(0, Times.Length).Sum(i => Math.Pow(x[0] * Math.Exp(-x[1] * Times[i]) + x[2] - Levels[i], 2))),
        Entry("Rosenbrock of any length", x => Enumerable.Range(0, x.Length - 1).Sum(i => 100 * (x[i + 1] - x[i] * x[i]) * (x[i + 1] - x[i] * x[i]) + (1 - x[i]) * (1 - x[i])), P, Long),
        Entry("every second element", x => Enumerable.Range(0, x.Length / 2).Sum(k => x[2 * k] * x[2 * k + 1]), P, Long),
        Entry("elements in a captured order", x => Enumerable.Range(0, Order.Length).Sum(i => x[Order[i]] * Math.Sin(x[Order[i]] * i))),
        Entry("quadratic form", x => Enumerable.Range(0, 3).Sum(i => Enumerable.Range(0, 3).Sum(j => x[i] * Matrix[i, j] * x[j]))),
        Entry("logistic regression", x => Enumerable.Range(0, Rows.Length).Sum(n => Math.Log(1 + Math.Exp(-(2 * Labels[n] - 1) * Enumerable.Range(0, 3).Sum(k => x[k] * Rows[n][k])))) + 0.1 * x.Sum(v => v * v)),
        Entry("logistic regression over rows", x => Rows.Select((row, n) => (1 - Labels[n]) * row.Zip(x, (a, b) => a * b).Sum() + Math.Log(1 + Math.Exp(-row.Zip(x, (a, b) => a * b).Sum()))).Sum()),
        Entry("log-sum-exp", x => x.Max() + Math.Log(x.Sum(v => Math.Exp(v - x.Max()))), P, Long),
        Entry("log of a sum of exponentials", x => Math.Log(x.Sum(v => Math.Exp(v))), P, Long),
        Entry("variance", x => x.Sum(v => (v - x.Average()) * (v - x.Average())) / x.Length, P, Long),
        Entry("records as rows", x => Readings.Sum(r => (r.Y - x[0] * r.X - x[1]) * (r.Y - x[0] * r.X - x[1]) * Math.Exp(x[2] * r.Group))),
        Entry("records choose a parameter", x => Readings.Sum(r => Math.Exp(x[r.Group] * r.X))),
        Entry("lengths of jagged rows", x => Jagged.Sum(row => row.Sum(v => v * x[0]) / (1 + row.Length) + Math.Sin(x[1] * row.Length))),
        Entry("jagged rows by index", x => Enumerable.Range(0, Jagged.Length).Sum(i => Enumerable.Range(0, Jagged[i].Length).Sum(j => Jagged[i][j] * x[j]))),
        Entry("triangle", x => Enumerable.Range(0, x.Length).Sum(i => Enumerable.Range(0, i).Sum(j => x[i] * x[j] * (i - j))), P, Long),
        Entry("list", x => Weights.Sum(w => Math.Sin(w * x[0])) * Weights.Count + Weights[1] * x[1]),
        Entry("read-only list", x => View.Select((v, i) => v * x[i]).Sum() + View.Count * x[0]),
        Entry("immutable array", x => Frozen.Sum(v => v * x[0] * x[1]) + Enumerable.Range(0, Frozen.Length).Sum(i => Frozen[i] * x[i])),
        Entry("values of a dictionary", x => Rates.Values.Sum(rate => Math.Exp(-rate * x[0]))),
        Entry("ordered data", x => Readings.OrderBy(r => r.Y).Select((r, i) => x[0] * r.Y * i).Sum() + x[1]),
        Entry("grouped data", x => Readings.GroupBy(r => r.Group).Sum(g => Math.Exp(x[g.Key] * g.Sum(r => r.X)) * g.Count())),
        Entry("floats", x => Floats.Sum(v => v * x[0]) + Floats.Sum() * x[1] + x[2] * Floats.Max()),
        Entry("integers", x => Order.Sum(i => i * x[0]) + Order.Sum() * x[1] + Order.Average() * x[2] + Order.Max() + Order.Min(i => i - 1)),
        Entry("gaps", x => Gaps.Sum(g => (g ?? 0) * x[1]) + Gaps[0]!.Value * x[2]),
        Entry("nothing", x => Empty.Sum(v => v * x[0]) + Enumerable.Range(0, 0).Sum(i => x[i]) + x[0] + Enumerable.Empty<double>().Sum()),
        Entry("branches in a sum", x => Enumerable.Range(0, Times.Length).Sum(i => Times[i] > 1 ? Math.Log(x[0] * x[0] + Times[i]) : Levels[i] > x[1] + 0.03 ? x[1] * Times[i] : Math.Sqrt(x[0] * x[0] + 1))),
        Entry("sums in a branch", x => x[0] > 0 ? Times.Sum(t => Math.Sin(t * x[0])) : Levels.Sum(l => l * x[1])),
        Entry("method groups", x => x.Select(Math.Exp).Sum() + x.Sum(Math.Sin), P, Long),
        Entry("captured expression", x => x.Sum(v => Square.Compile()(v) * v), P, Long),
    ];

    private static readonly Expression<Func<double, double>> Square = v => v * v;

    private static IEnumerable<CorpusEntry> Queries() =>
    [
        Entry("positive elements", x => x.Where(v => v > 0).Sum(v => Math.Log(v)), P, Q, Long),
        Entry("rows of a group", x => Readings.Where(r => r.Group == 2).Sum(r => r.X * x[0]) + Readings.Where((r, i) => i % 2 == 0).Average(r => r.Y * x[1])),
        Entry("how many", x => x.Count(v => v > 0.5) * x[0] + x.Count() * x[1] + (x.Any(v => v < 0) ? x[1] : x[0]) * (x.All(v => v > -1) ? 2 : 3) + (Times.Any() ? x[0] : 0), P, Q, Long),
        Entry("zip of two", x => x.Zip(Times, (v, t) => Math.Exp(-v * t)).Sum() + x.Zip(View).Sum(pair => pair.First * pair.Second)),
        Entry("zip of three", x => x.Zip(Times, Levels).Sum(triple => triple.First * Math.Sin(triple.Second) * triple.Third)),
        Entry("skip and take", x => x.Skip(1).Sum(v => v * v) + x.Take(2).Sum() * x.Skip(1).Take(1).Sum(), P, Long),
        Entry("differences of neighbours", x => x.Skip(1).Zip(x, (next, v) => (next - v) * (next - v)).Sum(), P, Long),
        Entry("backwards", x => x.Reverse().Select((v, i) => v * i).Sum() + Enumerable.Reverse(x).First(), P, Long),
        Entry("one after the other", x => x.Concat(Times).Average(v => v * v) + x.Append(x[0] * x[1]).Prepend(2).Max(), P, Long),
        Entry("single elements", x => x.First() * x.Last() + x.ElementAt(1) + x.First(v => v > 0) * x.Last(v => v < 2), P, Long),
        Entry("chunks", x => x.Chunk(2).Sum(chunk => chunk.Sum() * chunk[0]), P, Long),
        Entry("every pair", x => x.SelectMany(v => Times.Select(t => v * t)).Sum(p => Math.Sin(p)) + x.SelectMany(v => Weights, (v, w) => v * v * w).Average(), P, Long),
        Entry("every pair with its index", x => x.SelectMany((v, i) => Enumerable.Range(0, i).Select(j => v * j)).Sum(), P, Long),
        Entry("repeated", x => Enumerable.Repeat(x[0] * x[1], 4).Sum() + Enumerable.Repeat(0.5, 3).Select((v, i) => v * x[i]).Sum()),
        Entry("query with let and where", x => (from r in Readings let e = r.Y - x[0] * r.X where r.Group > 0 select e * e * x[1]).Sum()),
        Entry("query with two sources", x => (from r in Readings from v in x where r.Group < 2 let u = r.X * v select Math.Exp(u) * u).Sum()),
        Entry("query of queries", x => (from i in Enumerable.Range(0, 3) from j in Enumerable.Range(i, 3 - i) let d = x[i] - x[j] select d * d * Matrix[i, j]).Sum()),
        Entry("anonymous elements", x => x.Select((v, i) => new { Value = v * v, Index = i }).Where(e => e.Index > 0).Sum(e => e.Value * e.Index), P, Long),
        Entry("tuple elements", x => x.Select(v => ValueTuple.Create(Math.Sin(v), v)).Sum(e => e.Item1 * e.Item2), P, Long),
        Entry("while it holds", x => x.TakeWhile(v => v > 0).Sum() + x.SkipWhile((v, i) => i < 1).Sum(v => v * v), P, Q, Long),
        Entry("default if empty", x => Empty.Select(v => v * x[0]).DefaultIfEmpty(x[1]).Sum() + x.FirstOrDefault(v => v > 100) + x.LastOrDefault()),
        Entry("contains", x => (Order.Contains(2) ? x[0] : x[1]) + (Times.Contains(x[0]) ? 1 : x[1]) * Array.IndexOf(Order, 1)),
    ];

    private static IEnumerable<CorpusEntry> Recurrences() =>
    [
        Entry("polynomial by Horner", x => x.Reverse().Aggregate((p, c) => p * 0.7 + c), P, Long),
        Entry("product", x => x.Aggregate(1.0, (p, v) => p * v), P, Long),
        Entry("logistic map", x => Enumerable.Range(0, 6).Aggregate(0.3, (s, _) => (2 + 0.3 * x[0]) * s * (1 - s)) * x[1]),
        Entry("smoothed series", x => Levels.Aggregate(x[0], (s, y) => s + 0.5 / (1 + Math.Exp(-x[1])) * (y - s), s => s * s)),
        Entry("two states in a tuple", x => Levels.Aggregate(ValueTuple.Create(x[0], 0.0), (s, y) => ValueTuple.Create(0.6 * s.Item1 + x[1] * y, s.Item2 + (y - s.Item1) * (y - s.Item1))).Item2),
        Entry("two states in an anonymous type", x => Enumerable.Range(0, 5).Aggregate(new { A = x[0], B = x[1] }, (s, k) => new { A = s.B, B = s.A + 0.1 * s.B * x[2] }, s => s.A * s.B)),
        Entry("motion in a record", x => Enumerable.Range(0, 5).Aggregate(new Motion(x[0], x[1]), (m, _) => new Motion(m.Position + 0.1 * m.Velocity, m.Velocity - 0.1 * x[2] * Math.Sin(m.Position))).Position),
        Entry("vector state", x => Enumerable.Range(0, 3).Aggregate(x.Select(v => v * 0.5).ToArray(), (s, k) => s.Select((v, i) => Math.Tanh(v * x[i] + s[(i + 1) % s.Length])).ToArray()).Sum(), P, Long),
        Entry("recurrence in a sum", x => Times.Sum(t => Enumerable.Range(0, 3).Aggregate(x[0] * t, (s, k) => Math.Sin(s + x[1] * k)))),
        Entry("sum in a recurrence", x => Enumerable.Range(0, 4).Aggregate(x[0], (s, k) => 0.5 * s + Times.Sum(t => Math.Exp(-t * s * s)) * 0.1 + x[k % 3])),
        Entry("running extremum", x => Levels.Aggregate(x[0], (s, y) => Math.Max(s * 0.9, y * x[1]))),
        Entry("recurrence with a branch", x => Enumerable.Range(0, 6).Aggregate(x[0], (s, k) => s > 1.1 ? s * 0.5 : s + Math.Sqrt(x[1] * x[1] + k))),
    ];

    private static IEnumerable<CorpusEntry> Reuse() =>
    [
        Entry("softmax cross-entropy", x => Softmax.Compile()(x.Select(v => Math.Exp(v)).ToArray()), P, Long),
        Entry("residuals used twice", x => Twice.Compile()(Enumerable.Range(0, Times.Length).Select(i => x[0] * Math.Exp(-x[1] * Times[i]) - Levels[i]).ToArray()) * x[2]),
        Entry("vector in a query", x => (from row in Rows let h = row.Select((v, i) => Math.Tanh(v * x[i])).ToList() select h[0] * h[h.Count - 1] + h.Sum() / h.Count).Sum()),
        Entry("vector by index", x => Indexed.Compile()(x.Select(v => v * v).ToArray(), Order)),
        Entry("matrix product", x => Chain.Compile()(Enumerable.Range(0, 3).Select(i => Enumerable.Range(0, 3).Sum(j => Matrix[i, j] * x[j])).ToArray())),
        Entry("literal vector", x => new[] { x[0] * x[1], x[1], Math.Sin(x[2]) }.Sum(v => v * v) + new[] { x[0], 2.0 }.Max()),
        Entry("list of elements", x => new[] { x[0], x[1] }.Concat(x.ToList()).Average() * x.ToList().Count, P, Long),
    ];

    private static readonly Expression<Func<double[], double>> Softmax = e => e.Select((v, i) => v / e.Sum() * (i + 1)).Sum() - Math.Log(e[0] / e.Sum());
    private static readonly Expression<Func<double[], double>> Twice = r => r.Sum(v => v * v) / r.Length + r.Max() - r.Average();
    private static readonly Expression<Func<double[], int[], double>> Indexed = (v, order) => order.Select((k, i) => v[k] * v[(i + k) % v.Length]).Sum();
    private static readonly Expression<Func<double[], double>> Chain = y => Enumerable.Range(0, 3).Sum(i => y[i] * Enumerable.Range(0, 3).Sum(j => Matrix[i, j] * y[j]));
}
