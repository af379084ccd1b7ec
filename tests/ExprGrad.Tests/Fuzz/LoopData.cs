using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace ExprGrad.Tests.Fuzz;

/// <summary>What random programs with loops read besides the point: captured, or passed as data.</summary>
[SuppressMessage("Design", "CA1051", Justification = "captured variables are public fields of a closure")]
[SuppressMessage("Performance", "CA1814", Justification = "two-dimensional arrays are a case of their own")]
public sealed class LoopData
{
    public int Count = 3;
    public bool Flag = true;
    public double Factor = 0.75;
    public double[] Table = [0.5, -1.25, 2, 0, 1.5];
    public double[] Empty = [];

    /// <summary>Longer than any loop.</summary>
    public double[] Long = [.. Enumerable.Range(0, 48).Select(i => Math.Round(1.2 * Math.Sin(1 + 2.3 * i), 3))];

    /// <summary>As long, with numbers in it that are none, or hardly any.</summary>
    public double[] Odd = [.. Enumerable.Range(0, 48).Select(i => i % 16 == 11 ? new[] { double.NaN, double.PositiveInfinity, 3e-320 }[i / 16] : i % 5 == 3 ? -0.0 : 1.5 - i % 4)];
    public double[]? Missing;

    /// <summary>Positions in <see cref="Table"/>.</summary>
    public int[] Order = [3, 0, 4, 1, 2];

    /// <summary>Positions that every point has, some of them twice.</summary>
    public int[] Picks = [1, 0, 1, 1];
    public double[][] Rows = [[1.5, 2], [], [-0.5], [0.1, 0.2, 0.3]];
    public double[,] Grid = { { 1, -2, 0.5 }, { 0.25, 3, -1 } };
    public List<double> List = [2, -3, 0.125, 1];
    public IReadOnlyList<double> View = [0.7, 0.8, -0.9];
    public ImmutableArray<double> Frozen = [-0.25, 1.75];

    /// <summary>Read in the order in which it was filled, but not by index.</summary>
    public HashSet<double> Bag = [1.25, -0.5];
    public Sample[] Samples = [new(0.5, 1, -1), new(-0.75, 0, 2), new(1.25, 3, 0.5)];
}
