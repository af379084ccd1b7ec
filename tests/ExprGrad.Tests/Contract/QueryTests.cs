using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Linq.Expressions;

namespace ExprGrad.Tests.Contract;

/// <summary>Sources and operators as a user combines them: value, gradient and exceptions are those of the plain lambda.</summary>
public class QueryTests
{
    private static readonly double[] Point = [0.5, 1.5, 2.5], Numbers = [1, 2, -3, 0.5], Nothing = [];
    private static readonly int[] Places = [2, 0, 1, 1];
    private static readonly double[][] Ragged = [[1, 2, 3], [0.5], [], [2, 1]], Holes = [[1], null!];
    private static readonly double[,] Matrix = { { 1, 2, 3 }, { 4, 5, 6 } };
    private static readonly float[] Floats = [1, 2, 3];
    private static readonly long[] Longs = [1, 2, 3];
    private static readonly List<double> List = [1, 2, 3];
    private static readonly IReadOnlyList<double> ReadOnly = List;
    private static readonly IList<double> Interface = List;
    private static readonly ICollection<double> Collection = List;
    private static readonly IReadOnlyCollection<double> ReadOnlyCollection = List;
    private static readonly ReadOnlyCollection<double> Wrapped = new(List);
    private static readonly IEnumerable<double> Lazy = List.Where(v => v > 0);
    private static readonly ImmutableArray<double> Immutable = [1, 2, 3];
    private static readonly ImmutableList<double> ImmutableNodes = [1, 2, 3];
    private static readonly HashSet<double> Set = [1, 2, 3];
    private static readonly SortedSet<double> Sorted = [3, 1];
    private static readonly Queue<double> Queue = new([1, 2]);
    private static readonly Stack<double> Stack = new([1, 2]);
    private static readonly LinkedList<double> Linked = new([1, 2]);
    private static readonly Dictionary<string, double> Named = new() { ["a"] = 1, ["b"] = 2 };
    private static readonly Dictionary<int, double[]> Grouped = new() { [1] = [1, 2], [2] = [3] };
    private static readonly (double A, int B)[] Tuples = [(1, 0), (2, 1), (3, 2)];
    private static readonly Row[] Rows = [new() { X = [1, 2, 3], Y = 1, K = 1 }, new() { X = [0, 1, 1], Y = -1, K = 2, W = 2 }, new() { X = [2, 2, 0], Y = 0.5, K = 1 }];
    private static readonly Sample[] Records = [new([1, 2, 3], 1, 0), new([0, 1, 1], 2, 1)];
    private static readonly double?[] Optional = [1, null, 3];
    private static readonly DateTime[] Dates = [new(2020, 1, 1), new(2020, 2, 1)];
    private static readonly string Word = "hello";
    private static readonly double[]? Missing = Array.Find(Holes, row => row is null);
    private static readonly List<double>? MissingList = Missing?.ToList();
    private static readonly int Zero = Places[1], Minus = Zero - 1, Two = Places[0];

    private sealed class Row
    {
        public required double[] X { get; init; }

        public double Y { get; set; }

        public double W { get; set; } = 1;

        public int K { get; init; }
    }

    private static readonly Flow[][] Bonds = [[new(Dates[0], 1, "a")], [new(Dates[0], 1, "b"), new(Dates[1], 2, "ab")]];
    private static readonly double? Absent = Optional[1], Present = Optional[0];

    private sealed record Sample(double[] X, double Y, int K);

    private sealed record Flow(DateTime Date, double Amount, string Name);

    private sealed record Choosable(double Y, double Z);

    [Fact]
    public void Data_that_is_chosen_by_what_depends_on_the_point()
    {
        Choosable[] rows = [new(1, 2), new(3, 4), new(0.6, 7)];
        Check(x => rows.Aggregate((a, b) => Math.Abs(b.Y - x[0]) < Math.Abs(a.Y - x[0]) ? b : a).Z * x[0]);
        Check(x => rows.Aggregate(rows[1], (a, b) => Math.Abs(b.Y - x[0]) < Math.Abs(a.Y - x[0]) ? b : a).Z * x[0]);
        Check(x => rows.Aggregate(new Choosable(x[1], x[2]), (a, b) => Math.Abs(b.Y - x[0]) < Math.Abs(a.Y - x[0]) ? b : a).Z * x[0]);
        Check(x => rows.Sum(r => (r.Y > x[0] ? r : new Choosable(x[1], x[2])).Z));
        Check(x => Records.Aggregate((a, b) => Math.Abs(b.Y - x[0]) < Math.Abs(a.Y - x[0]) ? b : a).X[1] * x[0]);
    }

    [Fact]
    public void Dates_and_texts_inside_recurrences()
    {
        Check(x => Enumerable.Range(0, 3).Aggregate(x[0], (y, _) => (y * 0.5) + Bonds.Sum(b => b.Sum(f => f.Amount * (f.Date - Dates[0]).TotalDays / 365 * Math.Exp(-y)))));
        Check(x => Enumerable.Range(0, 3).Aggregate(x[0], (y, _) => (y * 0.5) + Bonds.Sum(b => b.Sum(f => f.Name == "b" || f.Name.StartsWith("ab", StringComparison.Ordinal) ? Math.Exp(-y) * f.Date.AddDays(3).Month : f.Name.Length))));
    }

#pragma warning disable CS0183 // the compiler knows it, too, but leaves the test in the tree
    [Fact]
    public void Types_of_values()
    {
        double two = 2;
        Check(x => two is double ? x[0] * 3 : 1);
        Check(x => ((object)two) is double ? x[0] * 3 : 1);
        Check(x => x[0] is IComparable && x.Length is int && (float)x[0] is float && x[0] > 0 is bool ? x[0] * 3 : 1);
        Check(x => Absent is double ? x[0] * 3 : x[1]);
        Check(x => Present is double ? x[0] * 3 : x[1]);
        Check(x => Optional.Sum(v => v is double ? x[0] * 3 : x[1]));
    }
#pragma warning restore CS0183

    [Fact]
    public void Every_source()
    {
        Check(x => Numbers.Sum(v => v * x[0]) + Numbers.Select(v => Math.Sin(v * x[1])).Sum() + Numbers.Where(v => v > 0).Sum(v => Math.Log(v * x[1])));
        Check(x => Places.Sum(i => x[i]) + Places.Select(i => x[i] * x[i]).Max() + Places.Average(i => x[i]));
        Check(x => Ragged.Sum(r => r.Sum(v => v * x[0])) + Ragged.Sum(r => r.Select((v, i) => v * x[i]).Sum()));
        Check(x => Enumerable.Range(0, Ragged.Length).Sum(i => Enumerable.Range(0, Ragged[i].Length).Sum(j => Ragged[i][j] * x[j])));
        Check(x => Enumerable.Range(0, Matrix.GetLength(0)).Sum(i => Enumerable.Range(0, Matrix.GetLength(1)).Sum(j => Matrix[i, j] * x[j])) * Matrix.Length);
        Check(x => Enumerable.Range(0, 2).Sum(i => Math.Pow(Enumerable.Range(0, 3).Sum(j => Matrix[i, j] * x[j]), 2)));
        Check(x => Matrix.Cast<double>().Sum(v => v * x[0]));
        Check(x => List.Sum(v => v * x[0]) + List.Count * x[1] + List[1] * x[2] + List.Select((v, i) => v * x[i]).Sum());
        Check(x => ReadOnly.Sum(v => v * x[0]) + ReadOnly.Count * x[1] + ReadOnly[1] * x[2]);
        Check(x => Interface.Sum(v => v * x[0]) + Interface.Count * x[1] + Interface[1] * x[2]);
        Check(x => Immutable.Sum(v => v * x[0]) + Immutable.Length * x[1] + Immutable[1] * x[2] + Immutable.Select(v => v * x[0]).Sum());
        Check(x => ImmutableNodes.Sum(v => v * x[0]) + ImmutableNodes.Count * x[1] + ImmutableNodes[1] * x[2]);
        Check(x => Wrapped.Sum(v => v * x[0]) + Wrapped.Count * x[1] + Wrapped[1] * x[2]);
        Check(x => Lazy.Sum(v => v * x[0]) + Lazy.Count() * x[1]);
        Check(x => Collection.Sum(v => v * x[0]) + ReadOnlyCollection.Sum(v => v * x[1]) + Collection.Count * x[2]);
        Check(x => Set.Sum(v => v * x[0]) + Sorted.Sum(v => v * x[1]) + Queue.Sum(v => v * x[0]) + Stack.Select((v, i) => v * x[i]).Sum() + Linked.Sum(v => v * x[0]));
        Check(x => Named.Values.Sum(v => v * x[0]) + Named.Sum(p => p.Value * x[1]) + Named["a"] * x[2] + Named.Keys.Count() * x[0] + Named.Select(p => p.Value * p.Key.Length * x[0]).Sum());
        Check(x => Named.OrderBy(p => p.Key).Select((p, i) => p.Value * x[i]).Sum() + Named.Values.OrderByDescending(v => v).First() * x[0]);
        Check(x => Rows.GroupBy(r => r.K).Sum(g => g.Key * g.Sum(r => r.Y * x[0])));
        Check(x => Rows.GroupBy(r => r.K).Select(g => Math.Exp(g.Average(r => r.Y * x[1])) * g.Count()).Sum());
        Check(x => Rows.ToLookup(r => r.K)[1].Sum(r => r.Y * x[0]));
        Check(x => Numbers.OrderBy(v => v).Select((v, i) => v * x[i % 3]).Sum() + Rows.OrderBy(r => r.Y).ThenBy(r => r.K).Sum(r => r.Y * x[0]));
        Check(x => Numbers.Distinct().Sum(v => v * x[0]) + Places.Distinct().Sum(i => x[i]) + Places.Union(Places).Sum(i => x[i]) + Numbers.Except(List).Sum(v => v * x[0]) + Numbers.Intersect(List).Sum(v => v * x[0]));
        Check(x => Floats.Sum(v => v * x[0]) + Floats.Sum(v => v * (float)x[0]) + Floats.Average(v => v * (float)x[1]) + Longs.Sum(v => v * x[0]) + Floats.Max() * x[0]);
        Check(x => Word.Sum(c => (c - 'a') * x[0]) + Word.Length * x[0] + Word.Count(c => c == 'l') * x[1]);
        Check(x => Tuples.Sum(t => t.A * x[t.B]) + Tuples.Where(t => t.B > 0).Select(t => t.A * x[t.B]).Max());
        Check(x => Rows.Sum(r => r.Y * r.X.Select((v, i) => v * x[i]).Sum()) + Records.Sum(r => r.Y * x[r.K] * r.X.Zip(x, (a, b) => a * b).Sum()));
        Check(x => Rows.Sum(r => r.W * r.Y * x[r.K]));
        Check(x => Dates.Sum(d => d.Month * x[0]) + Dates.Select(d => (d - Dates[0]).TotalDays * x[1]).Sum());
        Check(x => Grouped.Sum(p => p.Value.Sum(v => v * x[p.Key])) + Grouped[1].Sum(v => v * x[0]));
        Check(x => Optional.Where(v => v.HasValue).Sum(v => v!.Value * x[0]) + Optional.Sum(v => (v ?? 0) * x[1]) + Optional.Sum(v => v.GetValueOrDefault() * x[2]));
        Check(x => new[] { x[0], x[1], 2.0 }.Sum(v => v * v) + new[] { 1.0, 2 }.Sum(v => v * x[0]) + new List<double> { 1, 2 }.Sum(v => v * x[0]));
        Check(x => Enumerable.Range(1, x.Length - 1).Sum(i => x[i] * x[i - 1]) + Enumerable.Range(Two, 0).Sum(i => x[i]) + Enumerable.Repeat(x[0], Two).Sum() + Enumerable.Repeat(2.0, 3).Sum(v => v * x[0]));
        Check(x => x.Sum() + x.Average() + x.Max() + x.Min() + x.First() + x.Last() + x.Length + x.Count() + x.ElementAt(1));
        Check(x => Enumerable.Empty<double>().Sum(v => v * x[0]) + Array.Empty<double>().Sum(v => v * x[0]) + x[1]);
        Check(x => (x[0] > 0 ? Numbers : List.ToArray()).Sum(v => v * x[0]) + (x.Length > 2 ? x : x.Take(1)).Sum(), [0.5, 1.5, 2.5], [-1, 2], [1, 2]);
        Check(x => Enumerable.Sequence(0, 2, 1).Sum(i => x[i] * i));
        Check(x => x.Index().Sum(t => t.Index * t.Item));
    }

    [Fact]
    public void Every_operator()
    {
        Check(x => x.Select(v => v * v).Where(v => v > 1).Select(v => Math.Sqrt(v)).Sum());
        Check(x => x.Select(v => (float)v).Sum() + x.Select(v => (int)v).Sum() * x[0] + x.Sum(v => (float)v));
        Check(x => x.Average(v => v * v) + x.Select(v => (int)v).Average() * x[0] + x.Select(v => v * 2).Where(v => v > 0).Average());
        Check(x => x.Min(v => Math.Abs(v - 1)) + x.Select(v => v * v).Max() + x.Select(v => (int)(v * 3)).Min() * x[0]);
        Check(x => x.Aggregate(1.0, (a, v) => a * v + x[0], a => Math.Log(Math.Abs(a))));
        Check(x => x.Count(v => v > 1) * x[0] + x.Where(v => v > 1).Count() * x[1] + x.LongCount(v => v > 1) * x[1]);
        Check(x => (x.Any() ? x[0] : 0) + (x.Any(v => v > 2) ? x[1] : 0) + (x.All(v => v > 0) ? x[2] : 0) + (x.Contains(1.5) ? x[0] * 3 : 0) + (x.Where(v => v > 9).Any() ? 0 : x[0]));
        Check(x => x.Zip(Numbers).Sum(t => t.First * t.Second) + x.Zip(Numbers, List).Sum(t => t.First * t.Second * t.Third) + x.Zip(x.Skip(1), (a, b) => (b - a) * (b - a)).Sum());
        Check(x => Ragged.SelectMany(r => r).Sum(v => v * x[0]) + Ragged.SelectMany((r, i) => r.Select(v => v * x[i % 3])).Sum() + Ragged.SelectMany(r => r, (r, v) => r.Length * v * x[1]).Sum() + x.SelectMany(v => new[] { v, v * v }).Sum());
        Check(x => x.Skip(1).Sum() + x.Take(2).Sum(v => v * v) + x.Reverse().First() + x.SkipLast(1).Sum() + x.TakeLast(2).Sum(v => v * v) + x.TakeWhile(v => v < 2).Sum() + x.SkipWhile(v => v < 1).Sum(v => v * v));
        Check(x => x.Concat(Numbers).Sum(v => v * v) + x.Append(x[0]).Prepend(2.0).Sum(v => v * v) + x.Concat(x.Where(v => v > 1)).Sum(v => v * v));
        Check(x => x.First(v => v > 1) + x.Last(v => v < 2) + x.FirstOrDefault(v => v > 9) + x.LastOrDefault() + x.Single(v => v > 2) + x.SingleOrDefault(v => v > 9) + x.ElementAtOrDefault(7) + x.ElementAt(1) + x.FirstOrDefault(v => v > 9, x[1]));
        Check(x => x.Chunk(2).Sum(c => c.Sum() * c.Length * c[0]));
        Check(x => x.Select(v => v * v).ToArray()[1] * x.Select(v => v).ToList()[0] + x.ToList().Count * x[0] + x.ToArray().Length * x[1]);
        Check(x => Places.Cast<int>().Sum(i => x[i]) + Numbers.OfType<double>().Sum(v => v * x[0]));
        Check(x => Numbers.ToHashSet().Sum(v => v * x[0]) + Rows.ToDictionary(r => r.Y, r => r.K).Values.Sum(k => k * x[0]));
        Check(x => Numbers.Order().ElementAt(1) * x[0]);
        Check(x => x.Where(v => v > 9).DefaultIfEmpty(x[0]).Sum() + x.DefaultIfEmpty().Average());
        Check(x => x.AsEnumerable().Sum() + x.AsEnumerable().Where(v => v > 1).Sum());
        Check(x => x.Select(Math.Sin).Sum() + x.Sum(Math.Abs) + x.Select(GradMath.Sigmoid).Sum() + x.Aggregate(Math.Max) + x.Zip(Numbers, Math.Min).Sum());
        Check(x => MemoryExtensions.Contains(x, 1.5) ? x[0] : x[1]);
        Check(x => Numbers.Reverse().Select((v, i) => v * x[i % 3]).Sum() + Places.Reverse().Sum(i => x[i]) + Places.Contains(2) .CompareTo(false) * x[0]);
        Check(x => Rows.Join(Records, r => r.K, s => s.K, (r, s) => r.Y * s.Y).Sum(v => v * x[0]));
        Check(x => Rows.CountBy(r => r.K).Sum(p => p.Value * x[0]));
        Check(x => x.FirstOrDefault(v => v > 9, x[1] * 2) + x.LastOrDefault(v => v > 1, 7) + x.SingleOrDefault(v => v > 9, 3) + Nothing.FirstOrDefault(4) * x[0] + Nothing.Select(v => v * x[0]).LastOrDefault(x[1]) + x.Where(v => v > 9).FirstOrDefault(x[2]) + x.Take(1).SingleOrDefault(5));
        Check(x => Rows.FirstOrDefault(r => r.K > 5, Rows[1]).Y * x[0] + Rows.Select(r => new { r.Y, Z = r.Y * x[0] }).FirstOrDefault(r => r.Y > 5, new { Y = 1.0, Z = x[1] }).Z);
        Check(x => x.Where(v => v > 1).Index().Sum(t => t.Index * t.Item) + Ragged.Index().Sum(t => t.Item.Sum(v => v * x[t.Index % 3])));
    }

    [Fact]
    public void Query_syntax()
    {
        Check(x => (from a in x from b in Numbers from c in Places where b > 0 let d = a * b * c where d > 0.1 select Math.Log(d) * x[c]).Sum());
        Check(x => (from r in Rows let p = r.X.Zip(x, (a, b) => a * b).Sum() let e = Math.Exp(-p * r.Y) where r.K > 0 select Math.Log(1 + e)).Sum());
        Check(x => (from i in Enumerable.Range(0, x.Length) from j in Enumerable.Range(0, i) let d = x[i] - x[j] select d * d).Sum());
        Check(x => (from r in Rows orderby r.Y select r.Y * x[r.K]).Sum());
        Check(x => (from r in Rows group r by r.K into g select g.Key * g.Sum(r => r.Y * x[0])).Sum());
        Check(x => (from a in x let s = new { a, b = a * a } where s.b > 1 from t in Tuples select new { s.a, t.A, s.b } into z select z.a * z.A + z.b).Max());
    }

    [Fact]
    public void Exceptions_are_those_of_the_plain_lambda()
    {
        Throws(x => Nothing.Max() * x[0]);
        Throws(x => Nothing.Select(v => v * x[0]).Min());
        Throws(x => Nothing.Average(v => v * x[0]));
        Throws(x => Nothing.Where(v => v > 0).Average(v => v * x[0]));
        Throws(x => Nothing.First() * x[0]);
        Throws(x => x.First(v => v > 9));
        Throws(x => x.Where(v => v > 9).Last());
        Throws(x => x.Single());
        Throws(x => x.Single(v => v > 0));
        Throws(x => x.Single(v => v > 9));
        Throws(x => x.SingleOrDefault(v => v > 0));
        Throws(x => x.ElementAt(5));
        Throws(x => x.ElementAt(Minus));
        Throws(x => List.ElementAt(5) * x[0]);
        Throws(x => x.Where(v => v > 0).ElementAt(5));
        Throws(x => Numbers[7] * x[0]);
        Throws(x => List[7] * x[0]);
        Throws(x => x.ToArray()[7]);
        Throws(x => x.ToList()[7]);
        Throws(x => x[Minus]);
        Throws(x => Immutable[9] * x[0]);
        Throws(x => Missing!.Sum(v => v * x[0]));
        Throws(x => MissingList!.Sum(v => v * x[0]));
        Throws(x => Holes.Sum(r => r.Sum(v => v * x[0])));
        Throws(x => Missing!.Length * x[0]);
        Throws(x => Missing![0] * x[0]);
        Throws(x => x.Zip(Missing!, (a, b) => a * b).Sum());
        Throws(x => x.Concat(Missing!).Sum());
        Throws(x => Missing!.Any() ? x[0] : x[1]);
        Throws(x => Missing!.Skip(1).ToArray().Length * x[0]);
        Throws(x => x.SelectMany(v => Missing!, (v, w) => v * w).Sum());
        Throws(x => Missing!.Count() * x[0]);
        Throws(x => Missing!.First() * x[0]);
        Throws(x => Missing!.Max() * x[0]);
        Check(x => Nothing.SelectMany(v => Missing!, (v, w) => v * w * x[0]).Sum());
        Throws(x => Enumerable.Range(0, Minus).Sum(i => x[0]));
        Throws(x => Enumerable.Range(int.MaxValue, Two).Sum(i => x[0]));
        Throws(x => Enumerable.Repeat(x[0], Minus).Sum());
        Throws(x => x.Chunk(Zero).Sum(c => c.Sum()));
        Throws(x => Enumerable.Range(0, 3).Sum(i => x[0] * (1 / i)));
        Throws(x => Nothing.Aggregate((a, b) => a * b * x[0]));
        Throws(x => Named["zz"] * x[0]);
        Throws(x => Places.Sum(i => int.MaxValue) * x[0]);
        Throws(x => Matrix[5, 0] * x[0]);
        Throws(x => Enumerable.Range(0, 5).Sum(i => Matrix[i, 0] * x[0]));
        Throws(x => Optional.Sum(v => v!.Value * x[0]));
    }

    [Fact]
    public void A_member_of_an_object_that_a_condition_chooses_is_that_of_the_chosen_one()
    {
        Check(x => (Two > 5 ? Rows[0] : Rows[1]).Y * x[0] + (Zero > 0 ? Rows[0] : Rows[1]).W * x[1] + (Zero > 0 ? List : Grouped[2].ToList())[0] * x[2]);
        Check(x => (x[0] > 5 ? Tuples[0] : Tuples[1]).A * x[0] + (Zero > 0 ? Word : Word + Word).Length * x[1]);
        Check(x => Enumerable.Range(0, 3).Sum(i => (i > Zero ? Rows[0] : Rows[1]).Y * x[i]) + Rows.OrderBy(r => (r.Y > 0.7 ? Rows[2] : Rows[1]).Y).First().Y * x[0]);
    }

    [Fact]
    public void A_new_list_is_its_elements()
    {
        Expect.Gradient(x => new List<double> { x[0], x[1] }.Sum(v => v * v), [3, 5], 6, 10);
        Expect.Gradient(x => Places.Aggregate(new List<double> { x[0], 1 }, (s, k) => new List<double> { s[1] * 2, s[0] }).Sum(v => v * v), [3], 96);
    }

    [Fact]
    public void What_spans_compare_is_a_step_also_where_it_is_the_input()
    {
        Expect.Gradient(x => x.SequenceEqual(Numbers) ? x[0] : x[1], [3, 5], 0, 1);
        Expect.Gradient(x => x.SequenceEqual(new[] { 3.0, 5 }) ? x[0] : x[1], [3, 5], 1, 0);
        Expect.Gradient(x => MemoryExtensions.IndexOf(x.Select(v => 2 * v).ToArray(), 10) * x[1], [3, 5], 0, 1);
    }

    private static void Check(Expression<Func<double[], double>> f, params double[][] points) => Expect.Oracle(f, points.Length == 0 ? [Point] : points);

    private static void Throws(Expression<Func<double[], double>> f)
    {
        var thrown = Record.Exception(() => f.Compile()(Point));
        Assert.NotNull(thrown);
        var compiled = Grad.Compile(f);
        Assert.True(thrown.GetType() == Record.Exception(() => compiled(Point))?.GetType(), $"{f} throws {Record.Exception(() => compiled(Point))?.GetType().Name ?? "nothing"} instead of {thrown.GetType().Name}");
    }
}
