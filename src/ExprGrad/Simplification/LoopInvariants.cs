using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Simplification;

/// <summary>States that stay what they were: their next value is the state itself or the constant that they began as, or they are true and stay true as long as all of them are.</summary>
internal static class LoopInvariants
{
    public static HashSet<State> Of(Graph graph, int[] uses)
    {
        State[] states = [.. graph.Nodes.OfType<State>().Where(state => uses[state.Id] > 0)];
        var same = new HashSet<State>(states.Where(state => ReferenceEquals(state.Fold.NextOf(state), state) || (state.Initial is Constant && ReferenceEquals(state.Fold.NextOf(state), state.Initial))));
        var @true = new HashSet<State>(states.Where(state => state.Initial is Constant { Value: true }));
        while (@true.RemoveWhere(state => IsTrue(state.Fold.NextOf(state), @true) != true) > 0)
        {
        }
        same.UnionWith(@true);
        return same;
    }

    // Tests of adjoints nest as deep as the branches of the body.
    private static bool? IsTrue(Node node, HashSet<State> @true) => node switch
    {
        Constant { Value: bool known } => known,
        State state when @true.Contains(state) => true,
        Apply { Operation: Operator { Kind: ExpressionType.Or } } => IsTrue(node.Operands[0], @true) == true || IsTrue(node.Operands[1], @true) == true ? true : null,
        Choice choice when choice.Selector.Type == typeof(bool) => IsTrue(choice.Selector, @true) switch
        {
            true => IsTrue(choice.Arm(1), @true),
            false => IsTrue(choice.Arm(0), @true),
            null => IsTrue(choice.Arm(0), @true) == true && IsTrue(choice.Arm(1), @true) == true ? true : null,
        },
        _ => null,
    };
}
