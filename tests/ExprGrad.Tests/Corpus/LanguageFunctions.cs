using System.Linq.Expressions;

namespace ExprGrad.Tests.Corpus;

/// <summary>Small functions that use one thing of C# each.</summary>
internal static class LanguageFunctions
{
    private sealed record Pair(double First, double Second);

    private static int[] Order { get; } = [2, 0, 1];

    public static IEnumerable<CorpusEntry> Entries()
    {
        yield return new("The worked example", x => Math.Log(x[0] * x[1]) * Math.Sin(x[1]), [0.5, 0.75], [2, 3]) { Edges = [[0, 0.75], [0.5, 0]] };
        yield return new("Guarded logarithm", x => x[0] > 0 ? Math.Log(x[0]) : 0.0, [2], [-1]) { Edges = [[0], [double.NaN]] };
        yield return new("Guarded load", x => x.Length > 2 ? x[2] : 0.0, [1, 2], [1, 2, 3]);
        yield return new("The same guarded load in two branches", x => x[0] > 0 ? (x.Length > 2 ? x[2] * x[0] : x[1]) : (x.Length > 2 ? x[2] - x[0] : x[1] * 2), [1, 2], [1, 2, 3], [-1, 2], [-1, 2, 3]);
        yield return new("Selection of a root", x => Math.Max(Math.Sqrt(x[0]), 1), [4], [0.3]) { Edges = [[0], [1]] };
        yield return new("Selection of a logarithm", x => Math.Clamp(Math.Log(x[0]), -1, 1), [1.5], [0.1], [9]) { Edges = [[0], [Math.E]] };
        yield return new("Root times root", x => Math.Sqrt(x[0]) * Math.Sqrt(x[0]), [4]) { Edges = [[0]] };
        yield return new("x^y", x => Math.Pow(x[0], x[1]), [2, 3], [0.3, -1.5], [2, 0.3]) { Edges = [[0, 2], [0, 1], [0, 0], [0, 0.5], [2, 0], [2, 1], [-2, 2], [-2, 3]] };
        yield return new("(2x)^x", x => Math.Pow(2 * x[0], x[0]), [1.5]) { Edges = [[0], [0.5]] };
        yield return new("|x|^y", x => Math.Pow(Math.Abs(x[0]), x[1]), [-2, 3], [2, 1.5]) { Edges = [[0, 2]] };
        yield return new("Literal powers", x => Math.Pow(x[0], 0) + Math.Pow(x[0], 1) + Math.Pow(x[0], 2) + Math.Pow(x[0], 3) + Math.Pow(x[0], -1) + Math.Pow(x[0], 0.5), [2], [0.3]) { Edges = [[0]] };
        yield return new("sin 2x", x => Math.Sin(2 * x[0]) * Math.Cos(x[0] / 3), [1.1]);
        yield return new("Saturated tanh", x => Math.Tanh(x[0]), [0.3], [5]) { Edges = [[0], [18], [400], [-400]] };
        yield return new("Unused arccosine", x => x[0] + (x[0] > 5 ? Math.Acos(x[0]) : 0) * 0, [2]) { Edges = [[6]] };
        yield return new("Computed indices", x => x[Order[0]] * x[Order[1]] + x[(int)x[0]], [1.2, 5, 7], [2.5, 5, 7]);
        yield return new("Float in the middle", x => (float)(x[0] * x[1]) * (float)x[0] + (double)((float)x[1] / 3f)) { Edges = [[1.1, 2.3], [-0.7, 1e3]] };
        yield return new("Integers of inputs", x => (int)x[0] * x[1] + (long)x[1] / 2 + (int)x[0] % 3 + ((int)x[0] & 5), [3.4, 7.7]) { Edges = [[-3.4, 1e10]] };
        yield return new("Tuple taken apart", x => ValueTuple.Create(x[0] * x[1], Math.Sin(x[0])).Item2 * new ValueTuple<double, int>(x[1], 3).Item1, [1.5, 2]);
        yield return new("Record and anonymous type", x => new Pair(x[0] * 2, x[1]).First * new { a = x[1], b = 2 }.a, [1.5, 2]);
        yield return new("Array literal", x => new[] { x[0], x[0] * x[1], x[1] }[(int)x[2]], [1.5, 2, 1.5], [1.5, 2, 0.5]);

        double? missing = null, present = 2.5;
        yield return new("Null coalescing", x => x[0] * (missing ?? 3) + (present ?? 7), [1.5]);

        Expression<Func<double, double>> square = v => v * v;
        Expression<Func<double, double, double>> select = (u, v) => u > 1 ? u * v : v;
        yield return new("Inlined lambda in itself", x => square.Compile()(square.Compile()(x[0] + x[1])), [0.5, 0.7]);
        yield return new("Argument selected by a test", x => select.Compile()(x[0], Math.Sqrt(x[1])) + select.Compile()(x[1], x[0]), [2, 3], [0.5, 4]) { Edges = [[0.5, 0]] };
        yield return new("And, or, not", x => (x[0] > 0 && x[1] > 0) || !(x[0] < 1) ? x[0] * x[1] : x[0] - x[1], [1, 2], [-1, 2], [2, -1], [0.5, -1]) { Edges = [[0, 0]] };
        yield return new("Nested choice", x => x[0] > 0 ? x[1] > 0 ? x[0] * x[1] : x[0] / x[1] : x[1] > 0 ? Math.Exp(x[0]) : Math.Cos(x[1]), [1, 2], [1, -2], [-1, 2], [-1, -2]) { Edges = [[0, 0]] };
        yield return new("Ties", x => Math.Max(x[0], x[1]) * Math.Min(x[0], x[1]) + Math.MaxMagnitude(x[0], x[1]) + Math.MinMagnitude(x[0], x[1]), [1, 2], [-3, 2]) { Edges = [[2, 2], [2, -2], [0, -0.0], [1, double.NaN]] };
        yield return new("Infinity in Max", x => Math.Max(double.NegativeInfinity, x[0]) + Math.Min(double.PositiveInfinity, x[0]), [1]);
        yield return new("Steps", x => Math.Floor(x[0]) * x[1] + Math.Sign(x[1]) * x[0] + Math.Round(x[0], 1) + Math.Truncate(x[1]) + Math.Ceiling(x[0]), [1.37, -2.5]) { Edges = [[1, 0]] };
        yield return new("Structural zero next to infinity", x => Math.Floor(Math.Sqrt(x[0])) + x[1], [2.5, 1]) { Edges = [[0, 1]] };
        yield return new("Used in k places", x => x[0] * x[0] * x[0] + x[0] * (x[0] + Math.Sin(x[0] * x[0])) - x[0] / (1 + x[0] * x[0]), [0.7], [-2]) { Edges = [[0]] };
        yield return new("A constant", x => Math.Sqrt(2) + 1, [], [1, 2]);
        yield return new("Cancellation", x => (x[0] + 1e8) - 1e8 + (x[0] - x[0]) * x[1]) { Edges = [[1, 3], [1e-9, 2]] };
    }
}
