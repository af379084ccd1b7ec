namespace ExprGrad;

/// <summary>What ExprGrad makes of a function: what <c>Grad.Explain</c> returns.</summary>
public sealed record Explanation
{
    internal Explanation()
    {
    }

    /// <summary>
    /// The generated code as C#: <c>public static (double, double[]) ValueAndGradient(double[] x, …, double[] gradient)</c>, where <c>gradient</c> may be null. It compiles as a member of any class that references
    /// ExprGrad, needs no <c>using</c>, and gives the bits of the compiled function.
    /// </summary>
    /// <remarks>
    /// What exists only in the user's program is a parameter between <c>x</c> (and the data, if the code reads the data themselves) and <c>gradient</c>: each captured value, and the result of each piece of C# that was kept
    /// as written. It is named after what it comes from; where the name does not say it all, a comment does. A parameter that is used in a branch only matters if the branch is taken.
    /// </remarks>
    public required string Code { get; init; }

    /// <summary>The graph as a Mermaid flowchart: the primal blue, the adjoint red, a subgraph for each branch.</summary>
    public required string Mermaid { get; init; }

    /// <summary>The graph for Graphviz: the primal blue, the adjoint red, a cluster for each branch.</summary>
    public required string Dot { get; init; }

    /// <summary>How many elements of the point the function reads whatever path it takes: 1 + the highest such constant index. A shorter point is an <see cref="ArgumentException"/>.</summary>
    public required int RequiredLength { get; init; }

    /// <summary>What the value alone takes.</summary>
    public required OperationCounts Primal { get; init; }

    /// <summary>What value and gradient take together.</summary>
    public required OperationCounts Gradient { get; init; }

    /// <summary>A summary in a few lines: operation counts.</summary>
    public override string ToString() => $"""
        value: {this.Primal}
        value and gradient: {this.Gradient}
        """;
}
