namespace ExprGrad.Tests;

/// <summary>Tests that compile lambdas with loops and queries.</summary>
internal static class Loops
{
    /// <summary>Why they are not run. The line that switches them on: set it to null.</summary>
    public const string? Skip = null;
}
