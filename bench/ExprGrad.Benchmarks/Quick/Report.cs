using System.Text;
using ExprGrad.Benchmarks.Workloads;

namespace ExprGrad.Benchmarks.Quick;

/// <summary>The table, with what is needed to read it.</summary>
internal static class Report
{
    private static readonly string[] Columns =
        ["workload", "computes", "implementation", "ns/call", "half of the rounds", "÷ by hand", "÷ plain", "ns/operation", "bytes/call", "first result, ms", "repaid after, calls"];

    // The first columns are text.
    private const int TextColumns = 3;

    public static string Of(IReadOnlyList<Comparison> comparisons, IReadOnlyList<string> summary, string command, bool markdown)
    {
        List<string[]> rows = [.. comparisons.SelectMany(RowsOf)];
        var text = new StringBuilder();
        text.AppendLine($"{Machine.Description}; `{command}`");
        text.AppendLine();
        text.AppendLine(markdown ? Markdown(rows) : Aligned(rows));
        foreach (string line in summary)
            text.AppendLine((markdown ? "- " : "") + line);
        return text.ToString();
    }

    public static string Number(double number) => number switch { < 10 => $"{number:F1}", < 1e3 => $"{number:F0}", _ => $"{number:N0}" };

    private static IEnumerable<string[]> RowsOf(Comparison comparison)
    {
        foreach (Measurement measurement in comparison.Measurements)
        {
            bool hasGradient = measurement.Implementation.HasGradient, isCallOnly = measurement.Implementation.Role == Role.CallOnly;
            int operations = hasGradient ? comparison.Operations.Gradient : comparison.Operations.Value;
            string Ratio(Measurement? other) => isCallOnly || other is null ? "" : $"{measurement.RatioTo(other):F2}";
            yield return
            [
                comparison.Workload.Name,
                hasGradient ? "value, gradient" : isCallOnly ? "nothing" : "value",
                measurement.Implementation.Name,
                Nanoseconds(measurement.Nanoseconds),
                $"{Nanoseconds(measurement.Quartiles.Low)} – {Nanoseconds(measurement.Quartiles.High)}",
                Ratio(comparison.Fastest(hasGradient ? Role.HandGradient : Role.HandValue)),
                Ratio(comparison.Fastest(Role.Plain)),
                isCallOnly ? "" : $"{measurement.Nanoseconds / operations:F2}",
                $"{measurement.BytesPerCall:0.#}",
                double.IsNaN(measurement.FirstResult) ? "" : $"{measurement.FirstResult:F2}",
                measurement.Implementation.Role == Role.ExprGrad ? Number(Math.Ceiling(comparison.CallsToRepay)) : "",
            ];
        }
    }

    private static string Nanoseconds(double nanoseconds) => nanoseconds switch { < 100 => $"{nanoseconds:F1}", < 1e4 => $"{nanoseconds:F0}", _ => $"{nanoseconds:N0}" };

    private static string Markdown(IReadOnlyList<string[]> rows)
    {
        var text = new StringBuilder();
        text.AppendLine($"| {string.Join(" | ", Columns)} |");
        text.AppendLine($"|{string.Concat(Columns.Select((_, k) => k < TextColumns ? "---|" : "---:|"))}");
        foreach (string[] row in rows)
            text.AppendLine($"| {string.Join(" | ", row)} |");
        return text.ToString();
    }

    private static string Aligned(IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. Columns.Select((column, k) => rows.Max(row => row[k].Length) is var widest && widest > column.Length ? widest : column.Length)];
        string Line(string[] cells) => string.Join("  ", cells.Select((cell, k) => k < TextColumns ? cell.PadRight(widths[k]) : cell.PadLeft(widths[k]))).TrimEnd();
        var text = new StringBuilder();
        text.AppendLine(Line(Columns));
        string? workload = null;
        foreach (string[] row in rows)
        {
            if (row[0] != workload)
                text.AppendLine(new string('-', widths.Sum() + 2 * (widths.Length - 1)));
            workload = row[0];
            text.AppendLine(Line(row));
        }
        return text.ToString();
    }
}
