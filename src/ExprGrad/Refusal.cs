namespace ExprGrad;

/// <summary>One reason why a lambda cannot be differentiated.</summary>
/// <param name="Code">The code, <c>EG1xxx</c>, under which <c>docs/errors.md</c> explains it.</param>
/// <param name="Reason">What was found and why it cannot be differentiated.</param>
/// <param name="Advice">What to write instead.</param>
/// <param name="Source">The whole body of the lambda as C# text.</param>
/// <param name="Start">Where the offending sub-expression starts in <paramref name="Source"/>.</param>
/// <param name="Length">How many characters the offending sub-expression has.</param>
public sealed record Refusal(string Code, string Reason, string Advice, string Source, int Start, int Length)
{
    /// <summary>The offending sub-expression as C# text.</summary>
    public string Expression => Source.Substring(Start, Length);

    /// <summary>The refusal as it is shown to a person: code, reason, advice, and the source with the place marked.</summary>
    public override string ToString()
    {
        // A long body is shown around the place only.
        const int Before = 60, After = 60;
        int from = Math.Max(0, Start - Before), to = Math.Min(Source.Length, Start + Length + After);
        string prefix = from > 0 ? "… " : "", suffix = to < Source.Length ? " …" : "";
        string caret = new string(' ', prefix.Length + Start - from) + new string('^', Math.Max(1, Length));
        return $"""
            {Code}: {Reason}
                    {Advice}
                      in  {prefix}{Source[from..to]}{suffix}
                          {caret}
            """;
    }
}
