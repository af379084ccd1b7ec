using System.Reflection;
using ExprGrad.Reading;

namespace ExprGrad.Tests.Documents;

/// <summary>What README.md and docs say is true. Alone, because examples write to the console of the process.</summary>
[CollectionDefinition(nameof(DocumentTests), DisableParallelization = true)]
[Collection(nameof(DocumentTests))]
public class DocumentTests
{
    public static TheoryData<string, int> Examples => [.. Document.All.SelectMany(document => document.Examples.Select(example => (document.Name, example.Line)))];

    public static TheoryData<string> Documents => [.. Document.All.Select(document => document.Name)];

    [Theory, MemberData(nameof(Examples))]
    public void Example_prints_what_the_page_says(string document, int line)
    {
        Example example = Document.Named(document).Examples.Single(example => example.Line == line);
        Assert.Equal(Lines(example.Output), Lines(Run(document, example)));
    }

    [Theory, MemberData(nameof(Documents))]
    public void Links_lead_somewhere(string document)
    {
        Document from = Document.Named(document);
        foreach (string link in from.Links)
        {
            string[] parts = link.Split('#');
            string target = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(from.Path)!, parts[0]));
            Assert.True(Path.Exists(target), $"{document} links to {link}, which does not exist.");
            if (parts.Length > 1)
                Assert.Contains(parts[1], new Document(target).Anchors);
        }
    }

    [Fact]
    public void Errors_has_one_section_for_each_code_with_an_example_that_is_refused_with_it()
    {
        Document errors = Document.Named("docs/errors.md");
        string[] codes = [.. typeof(RefusalCode).GetProperties(BindingFlags.Public | BindingFlags.Static).Select(property => ((RefusalCode)property.GetValue(null)!).Code)];
        (string Text, int Line)[] sections = [.. errors.Sections.Where(section => section.Text.StartsWith("EG", StringComparison.Ordinal))];
        Assert.Equal(codes.Order(), sections.Select(section => section.Text[..6]));
        foreach ((string text, int line) in sections)
        {
            Example example = errors.Examples.First(example => example.Line > line);
            Assert.StartsWith(text[..6] + ": ", Run(errors.Name, example), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Conventions_list_each_function_of_GradMath()
    {
        Document conventions = Document.Named("docs/conventions.md");
        IEnumerable<string> methods = typeof(GradMath).GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Select(method => $"`{method.Name}({string.Join(", ", method.GetParameters().Select(parameter => parameter.Name))})`");
        Assert.Equal(methods.Order(), conventions.Rows("The functions of `GradMath`").Select(row => row[0]).Order());
    }

    // The tour of README.md is pasted into new projects as it is.
    private static string Run(string document, Example example) =>
        document == "README.md" ? ConsoleProgram.Run(example.Code) : ConsoleProgram.Run(example.Code, "ExprGrad", "System.Linq.Expressions");

    private static string[] Lines(string text) => [.. text.TrimEnd().Split('\n').Select(line => line.TrimEnd())];
}
