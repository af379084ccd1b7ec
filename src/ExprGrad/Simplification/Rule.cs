using ExprGrad.IR;

namespace ExprGrad.Simplification;

/// <summary>What a rule may change.</summary>
internal enum Licence
{
    /// <summary>Nothing: the bits of every double stay, any NaN counting as one.</summary>
    Strict,

    /// <summary>Rounding, within 4 ulp and finite wherever the original is (but for its last ulp below overflow): for nodes that the primal value does not depend on.</summary>
    Adjoint,
}

/// <summary>A rewrite of one node.</summary>
/// <param name="Picture">The name: what becomes what.</param>
/// <param name="Licence">What it may change.</param>
/// <param name="Root">The operation that it rewrites.</param>
/// <param name="Rewrite">The equal node, or null if the rule does not match.</param>
internal sealed record Rule(string Picture, Licence Licence, Operation Root, Func<Apply, Rewriter, Node?> Rewrite);

/// <summary>What rules build with.</summary>
/// <param name="builder">Makes the new nodes.</param>
/// <param name="uses">How many uses a node of the old graph has, for a node of the new one.</param>
internal sealed class Rewriter(GraphBuilder builder, Func<Node, int> uses)
{
    public GraphBuilder Builder => builder;

    /// <summary>Whether nothing but the node being rewritten uses <paramref name="node"/>, so that absorbing it saves it. What a rule has just made has no uses yet.</summary>
    public bool IsUsedOnce(Node node) => uses(node) <= 1;

    public Node Apply(Operation operation, params Node[] operands) => builder.Apply(operation, operands);

    public Node Constant(double value) => builder.Constant(value);
}
