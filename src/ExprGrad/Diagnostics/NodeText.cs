using ExprGrad.IR;

namespace ExprGrad.Diagnostics;

/// <summary>How printed graphs spell what has no node of its own there.</summary>
internal static class NodeText
{
    /// <summary>A constant as a literal, a parameter by its name, another node by its number.</summary>
    public static string Operand(Node node) => node switch
    {
        Constant constant => Literal.Exact(constant.Value) ?? Literal.Readable(constant.Value),
        Parameter parameter => parameter.Name,
        _ => node.ToString(),
    };

    /// <summary>What an operation does, without its operands.</summary>
    public static string Operation(Node node) => node switch
    {
        Apply apply => apply.Operation.Name,
        Load => "load",
        Choice => "choose",
        _ => throw new InvalidOperationException($"{node} does nothing."),
    };

    /// <summary>A case of a conditional: that of a test is <c>true</c> or <c>false</c>.</summary>
    public static string Case(Node selector, int @case) => selector.Type != typeof(bool) ? $"{@case}" : @case == 1 ? "true" : "false";

    /// <summary>The path condition of a region.</summary>
    public static string Region(Region region) =>
        region is Branch branch ? $"{(branch.Parent.IsRoot ? "" : Region(branch.Parent) + ", ")}{Operand(branch.Selector)} is {Case(branch.Selector, branch.Case)}" : "always";
}
