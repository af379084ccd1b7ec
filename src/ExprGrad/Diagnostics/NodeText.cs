using ExprGrad.IR;

namespace ExprGrad.Diagnostics;

/// <summary>How printed graphs spell what has no node of its own there.</summary>
internal static class NodeText
{
    /// <summary>A constant as a literal, a parameter by its name, another node by its number.</summary>
    public static string Operand(Node node) => node switch
    {
        Constant { Value: { } vector } when LaneShape.Of(node.Type) is not null => Lanes([.. LaneShape.LanesOf(vector).Select(lane => Literal.Exact(lane)!)]),
        Constant constant => Literal.Exact(constant.Value) ?? Literal.Readable(constant.Value),
        Parameter parameter => parameter.Name,
        _ => node.ToString(),
    };

    // A number that is in all lanes is written once.
    private static string Lanes(string[] literals) => $"<{string.Join(", ", literals.Distinct().Count() == 1 ? literals[..1] : literals)}>";

    /// <summary>What an operation does, without its operands.</summary>
    public static string Operation(Node node) => node switch
    {
        Apply apply => apply.Operation.Name,
        Load => "load",
        Choice => "choose",
        LoopIndex => "index",
        State => "state",
        Fold => "repeat",
        Final final => $"state {final.Number} of",
        Sum => "sum",
        Vector => "vector",
        Scatter => "scatter",
        _ => throw new InvalidOperationException($"{node} does nothing."),
    };

    /// <summary>A case of a conditional: that of a test is <c>true</c> or <c>false</c>.</summary>
    public static string Case(Node selector, int @case) => selector.Type != typeof(bool) ? $"{@case}" : @case == 1 ? "true" : "false";

    /// <summary>Under which conditions a region runs, outermost first.</summary>
    public static string Region(Region region) => region.IsRoot ? "always" : $"{(region.Parent!.IsRoot ? "" : Region(region.Parent) + ", ")}{Title(region, Operand)}";

    /// <summary>The innermost condition of a region.</summary>
    public static string Title(Region region, Func<Node, string> operand) => region switch
    {
        Branch branch => $"{operand(branch.Selector)} is {Case(branch.Selector, branch.Case)}",
        Loop loop => $"each of {operand(loop.Count)}{(loop.Number == 0 ? "" : $" #{loop.Number}")}{(loop.IsBackward ? ", backwards" : "")}",
        _ => "",
    };
}
