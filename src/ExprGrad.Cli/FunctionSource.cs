using System.Linq.Expressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.CodeAnalysis.Text;

namespace ExprGrad.Cli;

/// <summary>The user's C# and where it comes from.</summary>
/// <param name="Text">An expression over <c>x</c>, or a lambda with one parameter.</param>
/// <param name="Path">The file; null if it was typed.</param>
internal sealed record FunctionSource(string Text, string? Path)
{
    private const string Type = "(System.Linq.Expressions.Expression<System.Func<double[], double>>)";

    private static readonly ScriptOptions Options = ScriptOptions.Default
        .WithReferences(typeof(object).Assembly, typeof(Enumerable).Assembly, typeof(Expression).Assembly, typeof(Grad).Assembly)
        .WithImports("System", "System.Linq", "ExprGrad");

    /// <summary>A file if there is one of this name, else the text itself.</summary>
    /// <exception cref="UsageException">It names a file that cannot be read.</exception>
    public static FunctionSource Find(string expressionOrPath)
    {
        try
        {
            if (File.Exists(expressionOrPath))
                return new FunctionSource(File.ReadAllText(expressionOrPath), expressionOrPath);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The file {expressionOrPath} cannot be read: {failure.Message}");
        }
        bool looksLikeFile = System.IO.Path.GetExtension(expressionOrPath) is ".cs" or ".csx" or ".txt";
        return looksLikeFile ? throw new UsageException($"There is no file {expressionOrPath}.") : new FunctionSource(expressionOrPath, null);
    }

    /// <summary>The lambda.</summary>
    /// <exception cref="CompilationException">The text does not compile.</exception>
    public Expression<Func<double[], double>> Compile()
    {
        string expression = this.Text.TrimEnd().TrimEnd(';');
        ExpressionSyntax syntax = SyntaxFactory.ParseExpression(expression);
        this.ThrowIfWrong(syntax.GetDiagnostics(), offset: 0);

        // A last line may end in a comment.
        string before = Type + (syntax is LambdaExpressionSyntax ? "(" : "(x => ");
        Script<Expression<Func<double[], double>>> script = CSharpScript.Create<Expression<Func<double[], double>>>($"{before}{expression}\n)", Options);
        this.ThrowIfWrong(script.Compile(), before.Length);
        return script.RunAsync().GetAwaiter().GetResult().ReturnValue;
    }

    private void ThrowIfWrong(IEnumerable<Diagnostic> diagnostics, int offset)
    {
        Diagnostic[] errors = [.. diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)];
        // "Cannot convert lambda expression" comes with the error that is the reason.
        Diagnostic[] reasons = [.. errors.Where(error => error.Id != "CS1662")];
        if (errors.Length > 0)
            throw new CompilationException(string.Join(Environment.NewLine, (reasons.Length > 0 ? reasons : errors).Select(error => this.Show(error, offset))));
    }

    private string Show(Diagnostic error, int offset)
    {
        SourceText text = SourceText.From(this.Text);
        TextSpan span = error.Location.SourceSpan;
        // "Unexpected token" points at what stands before it.
        if (error.Id == "CS1073")
            span = new TextSpan(span.End + this.Text[span.End..].TakeWhile(char.IsWhiteSpace).Count(), 1);
        int start = Math.Clamp(span.Start - offset, 0, this.Text.Length);
        TextLine line = text.Lines.GetLineFromPosition(start);
        int length = Math.Clamp(span.Length, 1, Math.Max(1, line.End - start));
        string place = this.Path is null ? "" : $"{this.Path}({line.LineNumber + 1},{start - line.Start + 1}): ";
        string indentation = string.Concat(text.ToString(TextSpan.FromBounds(line.Start, start)).Select(c => c == '\t' ? '\t' : ' '));
        return $"""
            {place}{error.Id}: {error.GetMessage(System.Globalization.CultureInfo.InvariantCulture)}
              in  {line}
                  {indentation}{new string('^', length)}
            """;
    }
}
