using System.Diagnostics.CodeAnalysis;

namespace ExprGrad.Tests.Fuzz;

/// <summary>What random lambdas capture.</summary>
[SuppressMessage("Design", "CA1051", Justification = "captured variables are public fields of a closure")]
[SuppressMessage("Performance", "CA1814", Justification = "two-dimensional arrays are a case of their own")]
public sealed class Surroundings
{
    public const int TableLength = 5, GridRows = 2, GridColumns = 3;

    public double Factor = 1.75;
    public int Count = 3;
    public bool Flag = true;
    public double? Missing;
    public double? Given = -0.4;
    public double[] Table = [0.5, -1.25, 2, 0, 3.5];
    public int[] Order = [3, 0, 4, 1, 2];
    public double[,] Grid = { { 1, -2, 0.5 }, { 0.25, 3, -1 } };
    public double[][] Rows = [[1.5, 2], [-0.5], [0.1, 0.2, 0.3]];
    public List<double> List = [2, -3, 0.125, 1, 1.5];
    public IReadOnlyList<double> View = [0.7, 0.8, -0.9, 4, 5];

    public double Offset { get; set; } = -0.6;
}

/// <summary>A captured variable.</summary>
[SuppressMessage("Design", "CA1051", Justification = "this is what the C# compiler makes of a captured variable")]
public sealed class Captured<T>(T value)
{
    public T Value = value;
}

/// <summary>A record that lambdas build and take apart.</summary>
public sealed record Sample(double Level, int Rank, double Slope);

/// <summary>A struct that lambdas build with an initialiser.</summary>
[SuppressMessage("Design", "CA1051", Justification = "fields and properties are two cases")]
[SuppressMessage("Performance", "CA1815", Justification = "never compared")]
public struct Cell
{
    public double Mass;

    public double Charge { get; set; }
}
