using System.Linq.Expressions;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests.Documents;

/// <summary>The compiler's own output in the documents is what the compiler prints. With EXPRGRAD_UPDATE_DOCS=1 in the environment the documents are rewritten instead.</summary>
[Collection(nameof(DocumentTests))]
public class PrintTests
{
    private static readonly Dictionary<string, (Walk Walk, double[] Point)> Walks = new()
    {
        ["example"] = (new Walk(x => Math.Log(x[0] * x[1]) * Math.Sin(x[1])), [0.5, 0.75]),
        ["branch"] = (new Walk(x => x[0] > 0 ? Math.Log(x[0]) : 0.0), [0]),
        ["selection"] = (new Walk(x => Math.Max(Math.Sqrt(x[0]), 1)), [0]),
    };

    public static TheoryData<string> Documents => [.. Document.All.Where(document => document.Blocks.Any(block => block.Print is not null)).Select(document => document.Name)];

    public static TheoryData<string> Names => [.. Walks.Keys];

    [Theory, MemberData(nameof(Documents))]
    public void Print_in_a_page_is_what_the_compiler_prints(string name)
    {
        Document document = Document.Named(name);
        string expected = document.WithPrints(Print), actual = File.ReadAllText(document.Path).ReplaceLineEndings("\n");
        if (Environment.GetEnvironmentVariable("EXPRGRAD_UPDATE_DOCS") == "1")
            File.WriteAllText(document.Path, expected);
        else
            Assert.Equal(expected, actual);
    }

    [Theory, MemberData(nameof(Names))]
    public void Printed_code_compiles_and_gives_value_and_gradient(string name)
    {
        (Walk walk, double[] point) = Walks[name];
        string program = $$"""
            #nullable disable
            var (value, gradient) = Generated.ValueAndGradient([{{string.Join(", ", point.Select(v => v.ToString("R")))}}], new double[{{point.Length}}]);
            Console.WriteLine(string.Join(" ", gradient.Prepend(value).Select(v => v.ToString("R"))));

            static class Generated
            {
            {{walk.After("emission")}}
            }
            """;
        var (value, gradient) = Grad.Compile(walk.Function)(point);
        double[] printed = [.. ConsoleProgram.Run(program).Split(' ').Select(double.Parse)];
        // Compiled with fused multiply-add where the processor has it: a rounding apart.
        Assert.Equal(value, printed[0]);
        Assert.All(gradient.Zip(printed[1..]), pair => Assert.Equal(pair.First, pair.Second, 1e-15));
    }

    // "example reading": the function, and the stage after which it is printed.
    private static string Print(string name) => Walks[name.Split(' ')[0]].Walk.After(name.Split(' ')[1]);
}
