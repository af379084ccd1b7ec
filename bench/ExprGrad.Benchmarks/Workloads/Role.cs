namespace ExprGrad.Benchmarks.Workloads;

/// <summary>What an implementation stands for in a comparison.</summary>
public enum Role
{
    /// <summary>Nothing: what calling a delegate over the points costs.</summary>
    CallOnly,

    /// <summary>The value, by hand in C#.</summary>
    HandValue,

    /// <summary>The value, by <c>f.Compile()</c>.</summary>
    Plain,

    /// <summary>The value, by ExprGrad without differentiation: shown, not offered.</summary>
    ExprGradValue,

    /// <summary>Value and gradient, by hand in C#, one number at a time: what <c>Grad.Compile</c> is measured against.</summary>
    HandGradient,

    /// <summary>The same work as ours, by hand in C#, where a person would do less of it: shown, not scored.</summary>
    HandSameWork,

    /// <summary>Value and gradient, by hand in C# with vector instructions: shown, not scored.</summary>
    HandLanes,

    /// <summary>Value and gradient, by <c>Grad.Compile(f)</c>.</summary>
    ExprGrad,

    /// <summary>The same with <see cref="FloatingPoint.Fast"/>: the value need not keep its bits.</summary>
    ExprGradFast,

    /// <summary>Value and gradient, by a tape of objects as in most libraries.</summary>
    ObjectTape,

    /// <summary>The value, by <see cref="Workloads.ChunkedMethods"/>.</summary>
    ChunkedValue,

    /// <summary>Value and gradient, by <see cref="Workloads.ChunkedMethods"/>: the reference for functions of any size.</summary>
    ChunkedMethods,

    /// <summary>Value and gradient, by two more values for each component.</summary>
    CentralDifferences,
}
