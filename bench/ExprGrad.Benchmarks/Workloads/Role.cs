namespace ExprGrad.Benchmarks.Workloads;

/// <summary>What an implementation stands for in a comparison.</summary>
public enum Role
{
    /// <summary>The value, by hand in C#.</summary>
    HandValue,

    /// <summary>The value, by <c>f.Compile()</c>.</summary>
    Plain,

    /// <summary>Value and gradient, by hand in C#.</summary>
    HandGradient,

    /// <summary>Value and gradient, by <c>Grad.Compile(f)</c>.</summary>
    ExprGrad,

    /// <summary>Value and gradient, by two more values for each component.</summary>
    CentralDifferences,
}
