using System.Collections.Immutable;
using System.Linq.Expressions;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests.Reading;

/// <summary>What a refusal says to write instead can be written, and has the value of what was refused.</summary>
public class AdviceTests
{
    // An accepted rewriting is differentiated exactly; what is left is the error of the numerical derivative, larger where float rounds.
    private const double Tolerance = 1e-6, ToleranceOfFloat = 0.02;

    private static readonly double[] Keys = [3, 1, 2];
    private static readonly double[] Point = [1.5, 0.75, 2.25];
    private static readonly Dictionary<string, int> Numbers = new() { ["a"] = 1 };
    private static readonly Dictionary<double, double> Rates = new() { [2] = 5 };
    private static readonly Dictionary<int, double> Steps = new() { [2] = 5 };
    private static readonly Func<Pair, double> Width = pair => pair.A;
    private static readonly Expression<Func<Pair, double>> Length = pair => double.Hypot(pair.A, pair.B);
    private static readonly Expression<Func<Pair, Pair, Pair>> Add = (p, q) => new Pair(p.A + q.A, p.B + q.B);
    private static readonly Expression<Func<Pair, double, double>> Scaled = (pair, factor) => pair.A * factor;
    private static readonly Expression<Func<double[], double>> Sum = values => values.Sum();
    private static readonly Expression<Func<Pair, double>> WidthOf = pair => pair.A;

    private sealed record Pair(double A, double B)
    {
        public double Larger => Math.Max(this.A, this.B);

        public static Pair operator +(Pair p, Pair q) => new(p.A + q.A, p.B + q.B);

        public double Length() => double.Hypot(this.A, this.B);

        public double Scaled(double factor) => this.A * factor;
    }

    private static double Total(params double[] values) => values.Sum();

    // An expression tree has no out variables.
#pragma warning disable CA1854

    // What is refused, with which code, what the message says, and what it comes to.
    private static readonly Dictionary<string, (string Code, string Says, Function Refused, Function Instead)> Table = new()
    {
        ["OrderBy of results"] = ("EG1004", "Enumerable.Range(0, n).OrderBy(i => keys[i]).Select(i => x[i])", x => Keys.Zip(x).OrderBy(p => p.First).Last().Second, x => Enumerable.Range(0, 3).OrderBy(i => Keys[i]).Select(i => x[i]).Last()),
        ["Order, ends"] = ("EG1004", "Min and Max", x => x.Order().Last(), x => x.Max()),
        ["OrderBy, inside"] = ("EG1004", "x.First(v => x.Count(w => w < v) == k)", x => x.OrderBy(v => v).ElementAt(1), x => x.First(v => x.Count(w => w < v) == 1)),
        ["GroupBy of elements"] = ("EG1004", ".GroupBy(i => keys[i]).Sum(group => group.Sum(i => x[i]))", x => Enumerable.Range(0, 3).GroupBy(i => Keys[i] > 1, i => x[i]).Sum(g => g.Sum() * g.Sum()), x => Enumerable.Range(0, 3).GroupBy(i => Keys[i] > 1).Sum(g => g.Sum(i => x[i]) * g.Sum(i => x[i]))),
        ["GroupBy of keys"] = ("EG1004", "Where for each key", x => x.GroupBy(v => (int)v).Sum(g => g.Sum() * g.Key), x => Enumerable.Range(0, 3).Sum(k => x.Where(v => (int)v == k).Sum() * k)),
        ["Join"] = ("EG1004", "SelectMany and Where", x => x.Join(Keys, v => (int)v, k => (int)k, (v, k) => v * k).Sum(), x => x.SelectMany(v => Keys.Where(k => (int)k == (int)v), (v, k) => v * k).Sum()),
        ["LeftJoin"] = ("EG1004", "DefaultIfEmpty", x => x.LeftJoin(Keys, v => (int)v, k => (int)k, (v, k) => v * k).Sum(), x => x.SelectMany(v => Keys.Where(k => (int)k == (int)v).DefaultIfEmpty(), (v, k) => v * k).Sum()),
        ["Distinct"] = ("EG1004", "x.Where((v, i) => !x.Take(i).Contains(v))", x => x.Distinct().Sum(), x => x.Where((v, i) => !x.Take(i).Contains(v)).Sum()),
        ["DistinctBy"] = ("EG1004", "Enumerable.Range(0, n).DistinctBy(i => keys[i])", x => Keys.Zip(x).DistinctBy(p => p.First > 1).Sum(p => p.Second), x => Enumerable.Range(0, 3).DistinctBy(i => Keys[i] > 1).Sum(i => x[i])),
        ["Except"] = ("EG1004", "a.Where(v => !b.Contains(v))", x => x.Except(Keys).Sum(), x => x.Where(v => !Keys.Contains(v)).Sum()),
        ["Union"] = ("EG1004", "Concat", x => x.Union(Keys).Sum(), x => x.Concat(Keys).Sum()),
        ["MaxBy"] = ("EG1004", "Aggregate((a, b) => Key(b) > Key(a) ? b : a)", x => x.MaxBy(v => v * v), x => x.Aggregate((a, b) => b * b > a * a ? b : a)),
        ["MinBy of captured elements"] = ("EG1004", "Aggregate((a, b) => Key(b) < Key(a) ? b : a)", x => Keys.MinBy(k => Math.Abs(k - x[2])) * x[1], x => Keys.Aggregate((a, b) => Math.Abs(b - x[2]) < Math.Abs(a - x[2]) ? b : a) * x[1]),
        ["MinBy of objects"] = ("EG1004", "if the key itself is meant, Min", x => Keys.Select(k => new { k, Far = k * x[0] }).MinBy(p => p.Far)!.Far, x => Keys.Min(k => k * x[0])),
        ["ToDictionary"] = ("EG1004", "v[numbers[key]]", x => Numbers.ToDictionary(p => p.Key, p => x[p.Value])["a"], x => x.Select(v => 1 * v).ToArray()[Numbers["a"]]),
        ["Cast"] = ("EG1004", "Select with a cast", x => x.Cast<double>().Sum(), x => x.Select(v => (double)v).Sum()),
        ["Take of a range"] = ("EG1004", "SkipLast", x => x.Take(new Range(Index.FromStart(1), Index.FromEnd(1))).Sum(), x => x.Skip(1).SkipLast(1).Sum()),
        ["comparer"] = ("EG1004", "without a comparer", x => x.Max(Comparer<double>.Default), x => x.Max()),
        ["decimals"] = ("EG1004", "of double", x => (double)x.Sum(v => (decimal)v), x => x.Sum()),
        ["list as a whole"] = ("EG1004", "elements by number", x => x.ToList().AsReadOnly()[1], x => x.ToList()[1]),
        ["array of arrays"] = ("EG1008", "m[n * i + j]", x => Keys.Aggregate(new[] { new[] { x[0] }, new double[1] }, (s, k) => new[] { new[] { s[0][0] * k }, s[1] })[0][0], x => Keys.Aggregate(new[] { x[0], 0 }, (s, k) => new[] { s[0] * k, s[1] })[0]),

        ["text"] = ("EG1007", "Use the numbers themselves", x => double.Parse(x[0].ToString("R", null), null), x => x[0]),
        ["dictionary"] = ("EG1007", "Dictionary<double, double>.this(double)", x => Rates[x[2] - x[2] + 2] * x[1], x => Steps[(int)x[2]] * x[1]),
        ["value or default"] = ("EG1007", "table.ContainsKey(key) ? table[key] : otherwise", x => Steps.GetValueOrDefault(7, x[0]), x => Steps.ContainsKey(7) ? Steps[7] : x[0]),
        ["conversion"] = ("EG1007", "Use a cast", x => Convert.ToDouble(x[0]), x => (double)x[0]),
        ["single precision"] = ("EG1007", "method of Math,", x => MathF.Sqrt((float)x[0]), x => (float)Math.Sqrt((float)x[0])),
        ["interpolation in single precision"] = ("EG1007", "method of double,", x => float.Lerp((float)x[0], (float)x[1], 0.5f), x => (float)double.Lerp((float)x[0], (float)x[1], 0.5f)),
        ["date"] = ("EG1007", "numbers of days", x => (DateTime.UnixEpoch.AddDays(1).AddDays(x[0]) - DateTime.UnixEpoch).TotalDays, x => (DateTime.UnixEpoch.AddDays(1) - DateTime.UnixEpoch).TotalDays + x[0]),
        ["method of an array"] = ("EG1007", "Use LINQ", x => Array.ConvertAll(x, v => v * v)[1], x => x.Select(v => v * v).ToArray()[1]),
        ["method of a list"] = ("EG1007", "Use LINQ", x => x.ToList().ConvertAll(v => v * v)[1], x => x.ToList().Select(v => v * v).ElementAt(1)),
        ["method of the base library"] = ("EG1007", "operators and the methods of Math and GradMath", x => Task.FromResult(x[0]).Result, x => x[0]),

        ["method of an object"] = ("EG1008", "Expression<Func<AdviceTests.Pair, double>>", x => new Pair(x[0], x[1]).Length(), x => Length.Compile()(new Pair(x[0], x[1]))),
        ["method of an object with an argument"] = ("EG1008", "Expression<Func<AdviceTests.Pair, double, double>>", x => new Pair(x[0], 1).Scaled(2), x => Scaled.Compile()(new Pair(x[0], 1), 2)),
        ["method of an element"] = ("EG1008", "AdviceTests.Pair.Length() gets an object", x => x.Select(v => new Pair(v, 1)).Sum(pair => pair.Length()), x => x.Select(v => new Pair(v, 1)).Sum(pair => Length.Compile()(pair))),
        ["property of an object"] = ("EG1008", "AdviceTests.Pair.Larger gets an object", x => new Pair(x[0], x[1]).Larger, x => Math.Max(x[0], x[1])),
        ["operator of objects"] = ("EG1008", "Expression<Func<AdviceTests.Pair, AdviceTests.Pair, AdviceTests.Pair>>", x => x.Select(v => new Pair(v, 1)).Aggregate((p, q) => p + q).A, x => x.Select(v => new Pair(v, 1)).Aggregate((p, q) => Add.Compile()(p, q)).A),
        ["comparison of objects"] = ("EG1008", "Compare the parts", x => new Pair(x[0], 1) == new Pair(2, 1) ? x[1] : x[2], x => x[0] == 2 ? x[1] : x[2]),
        ["new array as an argument"] = ("EG1008", "Expression<Func<double[], double>>", x => Total(x[0], x[1]), x => Sum.Compile()(new[] { x[0], x[1] })),
        ["new list"] = ("EG1008", "new[] { a, b }.ToList()", x => new List<double> { x[0], x[1] }[1], x => new[] { x[0], x[1] }.ToList()[1]),
        ["new array for the base library"] = ("EG1008", "LINQ on it", x => ImmutableList.Create(new[] { x[0], x[1] }).Sum(), x => new[] { x[0], x[1] }.Sum()),
        ["delegate that gets an object"] = ("EG1003", "it is inlined", x => Width(new Pair(x[0], 1)), x => WidthOf.Compile()(new Pair(x[0], 1))),

        ["x as a whole"] = ("EG1002", "Expression<Func<double[], double>>", x => Total(x), x => Sum.Compile()(x)),
        ["x behind a span"] = ("EG1002", "LINQ on it", x => x.ToImmutableArray().Sum(), x => x.Sum()),
    };

    public static TheoryData<string> Names => [.. Table.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Advice_can_be_followed(string name)
    {
        (string code, string says, Function refused, Function instead) = Table[name];
        var thrown = Assert.Throws<UnsupportedExpressionException>(() => Grad.Compile(refused));
        Assert.Equal(code, thrown.Refusals[0].Code);
        Assert.Contains(says, thrown.Refusals[0].Reason + "\n" + thrown.Refusals[0].Advice, StringComparison.Ordinal);
        Assert.Equal(refused.Compile()(Point), Grad.Compile(instead)(Point).Value);
        Assert.InRange(Grad.Check(instead, Point).MaxError, 0, name.Contains("single precision", StringComparison.Ordinal) ? ToleranceOfFloat : Tolerance);
    }

    [Fact]
    public void The_place_of_a_refused_object_is_what_gets_it()
    {
        var thrown = Assert.Throws<UnsupportedExpressionException>(() => Grad.Compile(x => x.Select(v => new Pair(v, 1)).Sum(pair => pair.Length() + pair.Larger)));
        Assert.Equal(["pair.Length()", "pair.Larger"], thrown.Refusals.Select(refusal => refusal.Expression));
    }

    [Fact]
    public void An_expression_of_double_is_not_refused_for_its_type()
    {
        ParameterExpression x = Expression.Parameter(typeof(double[]), "x"), v = Expression.Parameter(typeof(double), "v");
        Expression first = Expression.ArrayIndex(x, Expression.Constant(0));
        Function f = Expression.Lambda<Func<double[], double>>(Expression.Coalesce(Expression.Convert(first, typeof(double?)), first, Expression.Lambda(Expression.Negate(v), v)), x);
        Refusal refusal = Assert.Single(Assert.Throws<UnsupportedExpressionException>(() => Grad.Compile(f)).Refusals);
        Assert.Equal("EG1001", refusal.Code);
        Assert.StartsWith("An expression of this kind", refusal.Reason, StringComparison.Ordinal);
    }
}
