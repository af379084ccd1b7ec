using System.Text.RegularExpressions;

namespace ExprGrad.Tests.Documents;

/// <summary>A fenced block of a document.</summary>
/// <param name="Language">What stands behind the opening fence.</param>
/// <param name="Text">The lines between the fences.</param>
/// <param name="Line">The line of the opening fence, from 1.</param>
/// <param name="Print">What of the compiler's own output it is, if the line above says so: <c>&lt;!-- print: name --&gt;</c>.</param>
internal sealed record CodeBlock(string Language, string Text, int Line, string? Print);

/// <summary>A C# block and what the page says that it prints: the text block that follows it, with nothing between them.</summary>
internal sealed record Example(string Code, string Output, int Line);

/// <summary>README.md or a page of docs.</summary>
internal sealed partial class Document
{
    private readonly string[] lines;
    private readonly List<CodeBlock> blocks = [];

    public Document(string path)
    {
        this.Path = path;
        this.lines = File.ReadAllLines(path);
        for (int k = 0; k < this.lines.Length; k++)
        {
            if (!this.lines[k].StartsWith("```", StringComparison.Ordinal))
                continue;
            int end = Array.FindIndex(this.lines, k + 1, line => line == "```");
            string? print = k > 0 && PrintMark().Match(this.lines[k - 1]) is { Success: true } mark ? mark.Groups[1].Value : null;
            this.blocks.Add(new CodeBlock(this.lines[k][3..], string.Join('\n', this.lines[(k + 1)..end]), k + 1, print));
            k = end;
        }
    }

    public string Path { get; }

    /// <summary>The path from the repository's root.</summary>
    public string Name => System.IO.Path.GetRelativePath(Root, this.Path).Replace('\\', '/');

    /// <summary>The repository's root.</summary>
    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<Document> All { get; } =
        [new(System.IO.Path.Combine(Root, "README.md")), .. Directory.GetFiles(System.IO.Path.Combine(Root, "docs"), "*.md").Order().Select(path => new Document(path))];

    public static Document Named(string name) => All.Single(document => document.Name == name);

    public IReadOnlyList<CodeBlock> Blocks => this.blocks;

    /// <summary>The C# blocks in order, without those that the compiler printed.</summary>
    public IEnumerable<Example> Examples
    {
        get
        {
            for (int k = 0; k < this.blocks.Count; k++)
            {
                if (this.blocks[k] is not { Language: "csharp", Print: null })
                    continue;
                bool hasOutput = k + 1 < this.blocks.Count && this.blocks[k + 1].Language == "text" && this.IsBlank(EndOf(this.blocks[k]) + 1, this.blocks[k + 1].Line);
                yield return new Example(this.blocks[k].Text, hasOutput ? this.blocks[k + 1].Text : "", this.blocks[k].Line);
            }
        }
    }

    /// <summary>The headings of the second level, each with the line it stands on.</summary>
    public IEnumerable<(string Text, int Line)> Sections =>
        this.lines.Select((text, index) => (text, index)).Where(line => line.text.StartsWith("## ", StringComparison.Ordinal)).Select(line => (line.text[3..], line.index + 1));

    /// <summary>The rows of the table in a section, without its head.</summary>
    public IEnumerable<string[]> Rows(string section) =>
        this.lines.SkipWhile(line => line != "## " + section).SkipWhile(line => !line.StartsWith('|')).TakeWhile(line => line.StartsWith('|')).Skip(2).Select(line => line.Split('|')[1..^1].Select(cell => cell.Trim()).ToArray());

    /// <summary>The targets of links to files.</summary>
    public IEnumerable<string> Links =>
        this.lines.SelectMany(line => Link().Matches(line)).Select(match => match.Groups[1].Value).Where(target => !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith('#'));

    /// <summary>The anchors that links may name: one for each heading.</summary>
    public IEnumerable<string> Anchors => this.lines.Where(line => line.StartsWith('#')).Select(line => NotInAnchors().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    /// <summary>The text of the page with other content in the blocks that the compiler prints.</summary>
    public string WithPrints(Func<string, string> print)
    {
        var text = new List<string>();
        int next = 0;
        foreach (CodeBlock block in this.blocks.Where(block => block.Print is not null))
        {
            text.AddRange(this.lines[next..block.Line]);
            text.AddRange(print(block.Print!).TrimEnd().Split('\n'));
            next = EndOf(block) - 1;
        }
        return string.Concat(text.Concat(this.lines[next..]).Select(line => line + "\n"));
    }

    // The line of the closing fence.
    private static int EndOf(CodeBlock block) => block.Line + 1 + (block.Text.Length == 0 ? 0 : block.Text.Count(c => c == '\n') + 1);

    private bool IsBlank(int from, int to) => this.lines[(from - 1)..(to - 1)].All(string.IsNullOrWhiteSpace);

    private static string FindRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(System.IO.Path.Combine(directory.FullName, "ExprGrad.sln")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new DirectoryNotFoundException($"No ExprGrad.sln above {AppContext.BaseDirectory}.");
    }

    [GeneratedRegex("^<!-- print: (.+) -->$")]
    private static partial Regex PrintMark();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchors();
}
