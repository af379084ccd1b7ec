using System.Text;
using System.Text.RegularExpressions;

namespace ExprGrad.Benchmarks.Quick;

/// <summary>Where tables are kept: <c>bench/results/</c> has all of it, <c>docs/performance.md</c> the overview.</summary>
internal static partial class SavedResults
{
    private const string Begin = "<!-- quick: begin -->", End = "<!-- quick: end -->";

    public static void Write(Report report)
    {
        string root = Root(), name = $"{DateTime.UtcNow:yyyy-MM-dd}-{NotInNames().Replace(Machine.Processor.ToLowerInvariant(), "-").Trim('-')}.md";
        string results = Path.Combine(root, "bench", "results"), page = Path.Combine(root, "docs", "performance.md");
        Directory.CreateDirectory(results);
        File.WriteAllText(Path.Combine(results, name), $"# Results\n\n{report.Markdown()}");

        string text = File.ReadAllText(page);
        int begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, end = text.IndexOf(End, StringComparison.Ordinal);
        if (begin < Begin.Length || end < begin)
            throw new InvalidOperationException($"{page} has no place for the table: {Begin} … {End}.");
        string overview = $"\n\n{report.Overview()}\nAll rows: [bench/results/{name}](../bench/results/{name}).\n\n";
        File.WriteAllText(page, new StringBuilder().Append(text, 0, begin).Append(overview).Append(text, end, text.Length - end).ToString());
    }

    private static string Root()
    {
        for (DirectoryInfo? folder = new(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ExprGrad.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException("--save writes to the repository: run it there.");
    }

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotInNames();
}
