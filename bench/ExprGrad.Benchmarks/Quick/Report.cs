using ExprGrad.Benchmarks.Workloads;

namespace ExprGrad.Benchmarks.Quick;

/// <summary>The measurements as tables, with what is needed to read them.</summary>
internal sealed class Report(IReadOnlyList<Comparison> comparisons, IReadOnlyList<string> summary, string command)
{
    private static readonly string[] Columns =
        ["workload", "computes", "implementation", "ns/call", "half of the rounds", "÷ by hand", "÷ plain", "ns/operation", "bytes/call", "first result, ms", "repaid after, calls"];

    private static readonly string[] OverviewColumns =
        ["workload", "Grad.Compile, ns", "÷ by hand", "÷ plain", "÷ chunked methods", "object tape ÷ Grad.Compile", "central differences ÷ Grad.Compile", "ns/operation", "first result, ms", "repaid after, calls"];

    private readonly string where = $"{Machine.Description}; `{command}`";

    /// <summary>All rows, for a terminal.</summary>
    public string Aligned() => string.Join('\n', [this.where, "", Table.Aligned(Columns, 3, this.Rows()), .. summary, ""]);

    /// <summary>All rows, for a page.</summary>
    public string Markdown() => this.Page(Table.Markdown(Columns, 3, this.Rows()));

    /// <summary>A row for each workload, for a page.</summary>
    public string Overview() => this.Page(Table.Markdown(OverviewColumns, 1, [.. comparisons.Select(OverviewRow)]));

    private static string[] OverviewRow(Comparison comparison)
    {
        Measurement ours = comparison.Fastest(Role.ExprGrad)!;
        string Over(Role role) => comparison.Fastest(role) is { } other ? $"{ours.RatioTo(other):F2}" : "";
        string Under(Role role) => comparison.Fastest(role) is { } other ? $"{other.RatioTo(ours):F1}" : "";
        return
        [
            comparison.Workload.Name, Nanoseconds(ours.Nanoseconds), Over(Role.HandGradient), Over(Role.Plain), Over(Role.ChunkedMethods), Under(Role.ObjectTape), Under(Role.CentralDifferences),
            PerOperation(comparison, ours), $"{ours.FirstResult:F2}", Calls(comparison),
        ];
    }

    private static string Nanoseconds(double nanoseconds) => nanoseconds switch { < 100 => $"{nanoseconds:F1}", < 1e4 => $"{nanoseconds:F0}", _ => $"{nanoseconds:N0}" };

    // What is in a loop is one operation in the code, but many in time.
    private static string PerOperation(Comparison comparison, Measurement measurement) => comparison.Workload is ObjectiveWorkload ? ""
        : $"{measurement.Nanoseconds / (measurement.Implementation.HasGradient ? comparison.Operations.Gradient : comparison.Operations.Value):F2}";

    private static string Calls(Comparison comparison) => $"{Math.Ceiling(comparison.CallsToRepay):N0}";

    private static IEnumerable<string[]> RowsOf(Comparison comparison)
    {
        foreach (Measurement measurement in comparison.Measurements)
        {
            bool hasGradient = measurement.Implementation.HasGradient, isCallOnly = measurement.Implementation.Role == Role.CallOnly;
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
                isCallOnly ? "" : PerOperation(comparison, measurement),
                $"{measurement.BytesPerCall:0.#}",
                double.IsNaN(measurement.FirstResult) ? "" : $"{measurement.FirstResult:F2}",
                measurement.Implementation.Role == Role.ExprGrad ? Calls(comparison) : "",
            ];
        }
    }

    private string[][] Rows() => [.. comparisons.SelectMany(RowsOf)];

    private string Page(string table) => string.Join('\n', [this.where, "", table, .. summary.Select(line => "- " + line), ""]);
}
