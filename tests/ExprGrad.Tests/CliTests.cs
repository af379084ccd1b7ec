using System.Globalization;
using System.Text.RegularExpressions;
using ExprGrad.Cli;

namespace ExprGrad.Tests;

public class CliTests
{
    private const string Example = "Math.Log(x[0]*x[1])*Math.Sin(x[1])";

    [Fact]
    public void An_expression_and_a_point_give_value_gradient_check_and_times()
    {
        (int exit, string output, string error) = Run(Example, "--at", "0.5,0.75");
        Assert.Equal("", error);
        Assert.Equal(0, exit);
        Assert.Contains($"value  {(Math.Log(0.5 * 0.75) * Math.Sin(0.75)).ToString("R", CultureInfo.InvariantCulture)}", output);
        string[] first = Row(output, "x[0]"), second = Row(output, "x[1]");
        Assert.Equal("0.5", first[1]);
        Assert.Equal(1.3632775200466682, double.Parse(first[2]), 1e-15);
        Assert.Equal(1.3632775200466682, double.Parse(first[3]), 1e-9);
        Assert.InRange(double.Parse(first[4]), 0, 1e-9);
        Assert.Equal(0.19118983333660755, double.Parse(second[2]), 1e-15);
        Assert.Matches(@"value and gradient +[\d.]+ +ns per call, [\d.]+ times the plain function: .*1 log, 1 sincos", output);
        Assert.Matches(@"plain function +[\d.]+ +ns per call: 2 multiplications, 1 log, 1 sin", output);
        Assert.DoesNotContain('\u001b', output);
    }

    [Theory]
    [InlineData("--at", "-1,2")]
    [InlineData("--at=-1,2")]
    [InlineData("--at", "-1", "2")]
    [InlineData("--at", "-1e0 2.0")]
    [InlineData("--at", " -1 , 2 ")]
    [InlineData("--at", "-1,", "+2")]
    public void A_point_is_read_however_it_is_written(params string[] at)
    {
        Assert.Equal([-1.0, 2.0], Numbers(Run(["x[0]*x[1]", .. at]).Output));
        Assert.Equal([-1.0, 2.0], Numbers(Run([.. at, "x[0]*x[1]"]).Output));

        static double[] Numbers(string output) => [double.Parse(Row(output, "x[0]")[1]), double.Parse(Row(output, "x[1]")[1])];
    }

    [Fact]
    public void An_expression_may_begin_with_a_sign_or_be_a_lambda()
    {
        Assert.Contains("value  -2", Run("-x[0]", "--at", "2").Output);
        Assert.Contains("value  4", Run("p => p[0] * p[0]", "--at", "2").Output);
        Assert.Contains("value  3", Run("1 + new[] { 1, 2 }.Sum() - 1", "--at", "0").Output);
        Assert.Contains("value  0.5", Run("GradMath.Sigmoid(x[0])", "--at", "0").Output);
    }

    [Fact]
    public void A_file_holds_an_expression_of_several_lines()
    {
        string path = TemporaryFile("// a comment\nMath.Exp(x[0])\n\t* x[1]; \n");
        (int exit, string output, string error) = Run(path, "--at", "0,3");
        Assert.Equal(("", 0), (error, exit));
        Assert.Contains("value  3", output);
        Assert.Equal(1, Run(TemporaryFile("Math.Exp(x[0])\n\t* y[1]"), "--at", "0,3").Exit);
    }

    [Fact]
    public void An_error_in_a_file_names_file_line_and_column()
    {
        string path = TemporaryFile("Math.Exp(x[0])\n\t* y[1]");
        Assert.Equal($"{path}(2,4): CS0103: The name 'y' does not exist in the current context\n  in  \t* y[1]\n      \t  ^\n", Run(path, "--at", "0,3").Error, ignoreLineEndingDifferences: true);
    }

    [Theory]
    [InlineData("Math.Sin(x[0] * 2", "CS1026: ) expected", "                 ^")]
    [InlineData("x[0] + / x[1]", "CS1525: Invalid expression term '/'", "       ^")]
    [InlineData("x[0] * Foo(x[1])", "CS0103: The name 'Foo' does not exist in the current context", "       ^^^")]
    [InlineData("x[0] > 1", "CS0029: Cannot implicitly convert type 'bool' to 'double'", "^^^^^^^^")]
    [InlineData("x[0]) + (x[1]", "CS1073: Unexpected token ')'", "    ^")]
    public void A_syntax_error_is_shown_with_a_caret_under_the_place(string expression, string message, string caret)
    {
        (int exit, string output, string error) = Run(expression, "--at", "1,2");
        Assert.Equal(1, exit);
        Assert.Equal("", output);
        Assert.StartsWith($"{message}\n  in  {expression}\n      {caret}\n", error.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void A_refusal_is_shown_with_a_caret_under_the_place()
    {
        (int exit, string output, string error) = Run("Math.BitIncrement(x[0]) * x[1] + x.OrderBy(v => v).First()", "--at", "1,2");
        Assert.Equal(1, exit);
        Assert.Equal("", output);
        Assert.Matches(@"EG1006: .*\n.*\n +in  Math\.BitIncrement\(x\[0\]\) \* x\[1\] \+ x\.OrderBy\(v => v\)\.First\(\)\n +\^{23}\n", error.ReplaceLineEndings("\n"));
        Assert.Contains("EG1004", error);
    }

    [Theory]
    [InlineData("'abc' is not a number: --at takes numbers separated by commas or spaces, such as --at 0.5,-1e-3.", "x[0]", "--at", "1,abc")]
    [InlineData("'' is not a number: --at takes numbers separated by commas or spaces, such as --at 0.5,-1e-3.", "x[0]", "--at", "1,,2")]
    [InlineData("The point is too short, it has 1 element: the expression needs x[0] to x[2], so that --at must be followed by 3 numbers, such as --at 0.5,0.5,0.5.", "x[2]*x[0]", "--at", "1")]
    [InlineData("The point is missing: the expression needs x[0], so that --at must be followed by a number, such as --at 0.5.", "x[0]")]
    [InlineData("The point is missing: the expression needs no element of x, so that --at 0 will do.", "1.5")]
    [InlineData("There is no file nowhere.cs.", "nowhere.cs", "--at", "1")]
    public void Wrong_usage_says_what_was_expected(string message, params string[] args)
    {
        (int exit, string output, string error) = Run(args);
        Assert.Equal(message, error.TrimEnd());
        Assert.Equal("", output);
        Assert.Equal(2, exit);
    }

    [Theory]
    [InlineData("x[0]", "--at")]
    [InlineData("x[0]", "--nonsense")]
    [InlineData("x[0]", "--graph", "png")]
    [InlineData("--at", "1")]
    [InlineData]
    public void A_wrong_command_refers_to_the_help_or_says_what_is_missing(params string[] args)
    {
        (int exit, string output, string error) = Run(args);
        Assert.Equal(2, exit);
        Assert.Equal("", output);
        Assert.Matches(@"See exprgrad --help\.|The expression is missing", error);
    }

    [Fact]
    public void What_the_function_throws_at_the_point_is_reported()
    {
        (int exit, _, string error) = Run("x[0] * new[] { 1, 2 }.ElementAt((int)x[0])", "--at", "7");
        Assert.Equal(1, exit);
        Assert.StartsWith("The function throws at this point: ArgumentOutOfRangeException: ", error);
        Assert.StartsWith("The function throws at this point: IndexOutOfRangeException: ", Run("x[0] > 0 ? x[5] : x[0]", "--at", "7").Error);
    }

    [Fact]
    public void Code_and_graphs_are_printed_as_they_are_and_need_no_point()
    {
        string longSum = string.Join(" + ", Enumerable.Range(0, 40).Select(k => $"Math.FusedMultiplyAdd(Math.Sin(x[{k}]), Math.Cos(x[{k}]), Math.Tan(x[{k}]))"));
        System.Linq.Expressions.Expression<Func<double[], double>> same = x => Math.Log(x[0] * x[1]) * Math.Sin(x[1]);
        Explanation explanation = Grad.Explain(same);
        Assert.Equal(explanation.Code, Run(Example, "--code").Output);
        Assert.Equal(explanation.Mermaid, Run(Example, "--graph").Output);
        Assert.Equal(explanation.Mermaid, Run(Example, "--graph", "mermaid").Output);
        Assert.Equal(explanation.Dot, Run("--graph", "dot", Example).Output);
        Assert.Contains(Run(longSum, "--code").Output.Split('\n'), line => line.Length > 150);
        string all = Run(Example, "--at", "0.5,0.75", "--code", "--graph").Output;
        Assert.StartsWith("value  ", all);
        Assert.EndsWith($"\n{explanation.Code}{Environment.NewLine}{explanation.Mermaid}", all);
    }

    [Fact]
    public void The_help_names_every_option_and_exit_code()
    {
        (int exit, string output, string error) = Run("--help");
        Assert.Equal(("", 0), (error, exit));
        foreach (string part in new[] { "exprgrad [<expression>] [options]", "--at <numbers>", "--code", "--graph", "mermaid|dot", "Exit code: 0; 1 ", "exprgrad \"Math.Log" })
            Assert.Contains(part, output);
    }

    [Fact]
    public void The_version_is_that_of_the_tool()
    {
        (int exit, string output, _) = Run("--version");
        Assert.Equal(0, exit);
        Assert.Matches(@"^\d+\.\d+\.\d+", output);
    }

    private static string[] Row(string output, string name) => Regex.Split(output.Split('\n').First(line => line.TrimStart().StartsWith(name, StringComparison.Ordinal)).Trim(), @"\s+");

    private static (int Exit, string Output, string Error) Run(params string[] args)
    {
        using StringWriter output = new(), error = new();
        int exit = CommandLine.Run(args, output, error);
        return (exit, output.ToString(), error.ToString());
    }

    private static string TemporaryFile(string text)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.cs");
        File.WriteAllText(path, text);
        return path;
    }
}
