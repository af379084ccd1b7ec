namespace ExprGrad.Tests;

/// <summary>A row of Data/gradmath.csv: a function of <see cref="GradMath"/> at a point, its value and its partial derivatives, correctly rounded (±∞ where they overflow).</summary>
internal sealed record GradMathReference(string Function, double[] Arguments, double Value, double[] Partials)
{
    public static IReadOnlyList<GradMathReference> Rows { get; } = Read();

    public override string ToString() => $"{Function}({string.Join(", ", Arguments)}) = {Value}";

    private static List<GradMathReference> Read()
    {
        using var reader = new StreamReader(typeof(GradMathReference).Assembly.GetManifestResourceStream("gradmath.csv")!);
        var rows = new List<GradMathReference>();
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            string[] cells = line.Split(',');
            rows.Add(new(cells[0], Numbers(cells[1]), double.Parse(cells[2]), Numbers(cells[3])));
        }
        return rows;
    }

    private static double[] Numbers(string cell) => [.. cell.Split(';').Select(double.Parse)];
}
