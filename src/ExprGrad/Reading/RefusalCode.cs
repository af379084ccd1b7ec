namespace ExprGrad.Reading;

/// <summary>Why a lambda is refused. <c>docs/errors.md</c> explains each.</summary>
internal sealed record RefusalCode(string Code, string Advice)
{
    public static RefusalCode NoDerivative { get; } = new("EG1001", "Keep the computation in double or float; cast to an integer where a step is meant.");

    public static RefusalCode WholeInput { get; } = new("EG1002", "Use its elements x[i] and x.Length.");

    public static RefusalCode CapturedDelegate { get; } = new("EG1003", "Capture an Expression<Func<...>> instead of the delegate, and call it as f.Compile()(...): it is inlined.");

    public static RefusalCode Sequence { get; } = new("EG1004", "Use Select, Where, Sum, Min, Max, Aggregate and the like over arrays, lists and ranges; sort and group by what does not depend on the input.");

    public static RefusalCode Statement { get; } = new("EG1005", "Use variables that hold numbers, assignments, conditionals, switches, and loops whose bodies only compute; make arrays with Select and ToArray.");

    public static RefusalCode Estimate { get; } = new("EG1006", "Use the exact operation, such as 1 / v or 1 / Math.Sqrt(v); a step to the next number has no meaning for a derivative.");

    public static RefusalCode UnknownMethod { get; } = new("EG1007", "Write the formula in the lambda, or capture it as an Expression<Func<...>> and call it as f.Compile()(...).");

    public static RefusalCode UnknownObject { get; } = new("EG1008", "Build an array, a tuple, an anonymous type, or a type whose constructor only stores its arguments, and use its parts in the lambda, not the whole.");

    public static RefusalCode Recursion { get; } = new("EG1009", "Unroll the recursion to a fixed depth.");

    public static RefusalCode UnreadableLambda { get; } = new("EG1010", "Capture the lambda itself in a variable that is set before Grad.Compile; to choose between lambdas, choose between their values.");
}
