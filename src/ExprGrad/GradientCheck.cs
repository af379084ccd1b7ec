using System.Globalization;
using System.Text;

namespace ExprGrad;

/// <summary>A gradient beside numerical derivatives: what <c>Grad.Check</c> returns.</summary>
/// <param name="Value">The value of the function at the point.</param>
/// <param name="Components">One entry for each element of the point, in order.</param>
public sealed record GradientCheck(double Value, IReadOnlyList<ComponentCheck> Components)
{
    /// <summary>The largest <see cref="ComponentCheck.Error"/> among the components that have an estimate; NaN if none has one, 0 if there are no components. A correct gradient of a smooth function gives 1e-6 or less, usually 1e-11.</summary>
    public double MaxError => this.Components.Count == 0 ? 0 : this.Components.Select(component => component.Error).Where(error => !double.IsNaN(error)).DefaultIfEmpty(double.NaN).Max();

    /// <summary>A table with one line for each component. Numbers are invariant; value, gradient and estimate round-trip.</summary>
    public override string ToString()
    {
        string[][] rows =
        [
            ["component", "gradient", "estimate", "uncertainty", "error"],
            .. this.Components.Select(component => new[]
            {
                $"x[{component.Index.ToString(CultureInfo.InvariantCulture)}]", Exact(component.Gradient), Exact(component.Estimate), Rough(component.Uncertainty), Rough(component.Error),
            }),
        ];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        var text = new StringBuilder($"value {Exact(this.Value)}").AppendLine();
        foreach (string[] row in rows)
            text.AppendLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        return text.Append(CultureInfo.InvariantCulture, $"largest error {Rough(this.MaxError)}").ToString();
    }

    private static string Exact(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private static string Rough(double number) => number.ToString(number == 0 ? "0" : "0.#E+0", CultureInfo.InvariantCulture);
}
