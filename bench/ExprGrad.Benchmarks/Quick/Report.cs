using System.Text;
using ExprGrad.Benchmarks.Workloads;

namespace ExprGrad.Benchmarks.Quick;

/// <summary>The table, with what is needed to read it.</summary>
internal static class Report
{
    private static readonly string[] Columns = ["workload", "computes", "implementation", "ns/call", "half of the rounds", "÷ by hand", "÷ plain", "bytes/call", "first result, ms"];

    // The first columns are text.
    private const int TextColumns = 3;

    public static string Of(IReadOnlyList<Comparison> comparisons, double coldStart, bool markdown)
    {
        List<string[]> rows = [.. comparisons.SelectMany(RowsOf)];
        var text = new StringBuilder();
        text.AppendLine(Machine.Description);
        text.AppendLine();
        text.AppendLine(markdown ? Markdown(rows) : Aligned(rows));
        foreach (Comparison comparison in comparisons)
            text.AppendLine(Bullet(markdown) + Verdict(comparison));
        text.AppendLine(Bullet(markdown) + $"The first Grad.Compile of the process took {coldStart:F0} ms to its first result; 'first result' is the fastest of several later ones.");
        return text.ToString();
    }

    private static IEnumerable<string[]> RowsOf(Comparison comparison)
    {
        Measurement plain = comparison.Fastest(Role.Plain), handValue = comparison.Fastest(Role.HandValue), handGradient = comparison.Fastest(Role.HandGradient);
        foreach (Measurement measurement in comparison.Measurements)
        {
            bool hasGradient = measurement.Implementation.HasGradient, isCallOnly = measurement.Implementation.Role == Role.CallOnly;
            yield return
            [
                comparison.Workload.Name,
                hasGradient ? "value, gradient" : isCallOnly ? "nothing" : "value",
                measurement.Implementation.Name,
                Number(measurement.Nanoseconds),
                $"{Number(measurement.Quartiles.Low)} – {Number(measurement.Quartiles.High)}",
                isCallOnly ? "" : $"{measurement.RatioTo(hasGradient ? handGradient : handValue):F2}",
                isCallOnly ? "" : $"{measurement.RatioTo(plain):F2}",
                $"{measurement.BytesPerCall:0.#}",
                double.IsNaN(measurement.FirstResult) ? "" : $"{measurement.FirstResult:F2}",
            ];
        }
    }

    private static string Verdict(Comparison comparison)
    {
        double handRatio = comparison.Fastest(Role.HandGradient).RatioTo(comparison.Fastest(Role.HandValue));
        string signed = comparison.Workload.RatioInCpp is not { } cpp ? "not measured in C++"
            : $"in C++ {cpp:F2}; up to {cpp * Workload.SignedSlack:F2} counts as an expert's: {(handRatio <= cpp * Workload.SignedSlack ? "it does" : "it DOES NOT, so the ratio to it may flatter")}";
        Measurement ours = comparison.Fastest(Role.ExprGrad);
        return $"{comparison.Workload.Name}: Grad.Compile ÷ by hand {ours.RatioTo(comparison.Fastest(Role.HandGradient)):F2}, ÷ plain {ours.RatioTo(comparison.Fastest(Role.Plain)):F2}; "
            + $"by hand, gradient ÷ value {handRatio:F2} ({signed}); {comparison.Measurements[0].Rounds.Count} rounds of {Workload.PointCount} points.";
    }

    private static string Number(double nanoseconds) => nanoseconds switch { < 100 => $"{nanoseconds:F1}", < 1e4 => $"{nanoseconds:F0}", _ => $"{nanoseconds:N0}" };

    private static string Bullet(bool markdown) => markdown ? "- " : "";

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
