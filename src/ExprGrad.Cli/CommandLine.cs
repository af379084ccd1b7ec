using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Linq.Expressions;

namespace ExprGrad.Cli;

/// <summary>The command <c>exprgrad</c>: what it takes, and what happens in which order.</summary>
internal sealed class CommandLine
{
    /// <summary>The function could not be used: it does not compile, is refused, or throws at the point.</summary>
    public const int FunctionFailed = 1;

    /// <summary>The command was not used as <c>--help</c> says.</summary>
    public const int WrongUsage = 2;

    private readonly Argument<string?> expression = new("expression")
    {
        Description = "A C# expression over the array x, or the path of a file with one. Math, LINQ and GradMath need no using.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string[]> at = new("--at")
    {
        Description = "The point: a number for each element of x, separated by commas or spaces.",
        HelpName = "numbers",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<bool> code = new("--code") { Description = "Print the generated C#. Needs no point." };

    private readonly Option<string?> graph = new("--graph")
    {
        Description = "Print the graph for Mermaid, or with --graph dot for Graphviz. Needs no point.",
        HelpName = "mermaid|dot",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Command root;
    private readonly TextWriter output;
    private readonly TextWriter error;

    private CommandLine(TextWriter output, TextWriter error)
    {
        (this.output, this.error) = (output, error);
        this.graph.AcceptOnlyFromAmong("mermaid", "dot");
        // A root command would be called what the file of the program is called.
        this.root = new Command("exprgrad", """
            Value and exact gradient of a C# expression, compared with numerical derivatives, and the time that a call takes.

            Example:
              exprgrad "Math.Log(x[0]*x[1])*Math.Sin(x[1])" --at 0.5,0.75

            Exit code: 0; 1 if the expression does not compile, cannot be differentiated, or throws at the point; 2 if the command or the point is wrong.
            """)
        { this.expression, this.at, this.code, this.graph, new HelpOption(), new VersionOption() };
        this.root.SetAction(this.Run);
    }

    /// <summary>Runs the command.</summary>
    /// <param name="args">The arguments, without the name of the command.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="error">Where everything that is wrong goes.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        var command = new CommandLine(output, error);
        // An expression may begin with @.
        ParseResult parsed = command.root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is not ParseErrorAction)
            return parsed.Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        foreach (ParseError wrong in parsed.Errors)
            error.WriteLine(wrong.Message);
        error.WriteLine("See exprgrad --help.");
        return WrongUsage;
    }

    private int Run(ParseResult parsed)
    {
        try
        {
            (string? text, string[]? numbers) = this.ExpressionAndPoint(parsed);
            double[]? point = numbers is null ? null : Point.Parse(numbers);
            FunctionSource source = FunctionSource.Find(text ?? throw new UsageException("The expression is missing: write C# over the array x, such as \"Math.Sin(x[0]) * x[1]\", or the path of a file with it."));
            return this.Run(source, point, parsed);
        }
        catch (UsageException wrong)
        {
            this.error.WriteLine(wrong.Message);
            return WrongUsage;
        }
        catch (CompilationException wrong)
        {
            this.error.WriteLine(wrong.Message);
            return FunctionFailed;
        }
        catch (UnsupportedExpressionException refused)
        {
            foreach (Refusal refusal in refused.Refusals)
                this.error.WriteLine(refusal);
            return FunctionFailed;
        }
    }

    private int Run(FunctionSource source, double[]? point, ParseResult parsed)
    {
        Expression<Func<double[], double>> f = source.Compile();
        Explanation explanation = Grad.Explain(f);
        bool showsCode = parsed.GetValue(this.code), showsGraph = parsed.GetResult(this.graph) is not null;
        if (point is not null || !(showsCode || showsGraph))
        {
            Point.Require(point, explanation.RequiredLength);
            if (Evaluation.Of(f, point, out Exception? thrown) is not { } evaluation)
            {
                this.error.WriteLine($"The function throws at this point: {thrown!.GetType().Name}: {thrown.Message}");
                return FunctionFailed;
            }
            Report.Write(evaluation, explanation, this.output);
        }
        if (showsCode)
            Report.Section(point is not null, explanation.Code, this.output);
        if (showsGraph)
            Report.Section(point is not null || showsCode, parsed.GetValue(this.graph) == "dot" ? explanation.Dot : explanation.Mermaid, this.output);
        return 0;
    }

    // --at takes every word up to the next option: an expression after the point is its last word.
    private (string? Expression, string[]? Numbers) ExpressionAndPoint(ParseResult parsed)
    {
        string? text = parsed.GetValue(this.expression);
        string[]? numbers = parsed.GetResult(this.at) is null ? null : parsed.GetValue(this.at);
        return text is null && numbers is [.. var before, var last] && before.Length > 0 && !Point.IsPoint(last) ? (last, before) : (text, numbers);
    }
}
