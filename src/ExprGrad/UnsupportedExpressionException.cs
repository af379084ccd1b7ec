namespace ExprGrad;

/// <summary>The lambda contains something that cannot be differentiated. Thrown while compiling; reports everything that was found.</summary>
public sealed class UnsupportedExpressionException : NotSupportedException
{
    internal UnsupportedExpressionException(IReadOnlyList<Refusal> refusals)
        : base(string.Join(Environment.NewLine, refusals)) => Refusals = refusals;

    /// <summary>Every refusal, in the order of the source.</summary>
    public IReadOnlyList<Refusal> Refusals { get; }
}
