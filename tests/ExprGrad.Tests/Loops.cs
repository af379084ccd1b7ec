namespace ExprGrad.Tests;

/// <summary>Tests that compile lambdas with loops and queries.</summary>
internal static class Loops
{
    /// <summary>Why some are not run yet.</summary>
    public const string Statements = "loops of statements in hand-built trees are not read yet";
}
