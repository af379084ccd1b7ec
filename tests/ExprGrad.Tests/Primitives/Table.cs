using System.Globalization;

namespace ExprGrad.Tests.Primitives;

/// <summary>A comma-separated file of <c>Data/</c>: a function, numbers separated by semicolons in the other columns.</summary>
internal static class Table
{
    public static IReadOnlyList<(string Function, double[][] Columns)> Read(string file) =>
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Data", file)).Skip(1).Select(line => line.Split(',')).Select(cells => (cells[0], cells.Skip(1).Select(Numbers).ToArray()))];

    private static double[] Numbers(string cell) => [.. cell.Split(';').Select(Number)];

    private static double Number(string text) => text switch
    {
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };
}
