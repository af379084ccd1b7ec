using System.Text;

namespace ExprGrad.Benchmarks.Quick;

/// <summary>Rows and columns as text. The first columns are words, the others numbers.</summary>
internal static class Table
{
    public static string Markdown(string[] columns, int wordColumns, IReadOnlyList<string[]> rows)
    {
        var text = new StringBuilder();
        text.AppendLine($"| {string.Join(" | ", columns)} |");
        text.AppendLine($"|{string.Concat(columns.Select((_, k) => k < wordColumns ? "---|" : "---:|"))}");
        foreach (string[] row in rows)
            text.AppendLine($"| {string.Join(" | ", row)} |");
        return text.ToString();
    }

    /// <summary>In columns of equal width, with a line where the first column changes.</summary>
    public static string Aligned(string[] columns, int wordColumns, IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. columns.Select((column, k) => Math.Max(column.Length, rows.Max(row => row[k].Length)))];
        string Line(string[] cells) => string.Join("  ", cells.Select((cell, k) => k < wordColumns ? cell.PadRight(widths[k]) : cell.PadLeft(widths[k]))).TrimEnd();
        var text = new StringBuilder();
        text.AppendLine(Line(columns));
        string? group = null;
        foreach (string[] row in rows)
        {
            if (row[0] != group)
                text.AppendLine(new string('-', widths.Sum() + 2 * (widths.Length - 1)));
            group = row[0];
            text.AppendLine(Line(row));
        }
        return text.ToString();
    }
}
