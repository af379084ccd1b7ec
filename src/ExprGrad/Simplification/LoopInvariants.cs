using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Simplification;

/// <summary>States that stay what they were: their next value is the state itself, or the constant that they began as, as long as all others of them do.</summary>
internal sealed class LoopInvariants
{
    private readonly Dictionary<State, Constant> assumed;
    private readonly Dictionary<Node, Constant?> known = [];

    private LoopInvariants(IEnumerable<State> states) => this.assumed = states.Where(state => state.Initial is Constant).ToDictionary(state => state, state => (Constant)state.Initial);

    public static HashSet<State> Of(Graph graph, int[] uses)
    {
        State[] states = [.. graph.Nodes.OfType<State>().Where(state => uses[state.Id] > 0)];
        if (states.Length == 0)
            return [];
        var invariants = new LoopInvariants(states);
        invariants.RemoveChanging();
        return [.. states.Where(state => ReferenceEquals(state.Fold.NextOf(state), state)), .. invariants.assumed.Keys];
    }

    // What one assumption rests on may be another: all that hold together stay.
    private void RemoveChanging()
    {
        while (true)
        {
            State[] changing = [.. this.assumed.Where(entry => !ReferenceEquals(this.ConstantOf(entry.Key.Fold.NextOf(entry.Key)), entry.Value)).Select(entry => entry.Key)];
            if (changing.Length == 0)
                return;
            foreach (State state in changing)
                this.assumed.Remove(state);
            this.known.Clear();
        }
    }

    // Tests of adjoints nest as deep as the branches of the body.
    private Constant? ConstantOf(Node node)
    {
        if (node is Constant constant)
            return constant;
        if (node is State state)
            return this.assumed.GetValueOrDefault(state);
        if (node is not (Choice or Apply { Operation: Operator { Kind: ExpressionType.Or } }))
            return null;
        if (!this.known.TryGetValue(node, out Constant? value))
            this.known[node] = value = node is Choice choice ? this.ConstantOf(choice) : this.ConstantOfOr(node);
        return value;
    }

    private Constant? ConstantOf(Choice choice)
    {
        if (choice.Selector.Type == typeof(bool) && this.ConstantOf(choice.Selector) is { Value: bool test })
            return this.ConstantOf(choice.Arm(test ? 1 : 0));
        Constant? first = this.ConstantOf(choice.Arm(0));
        for (int k = 1; k < choice.CaseCount && first is not null; k++)
            first = ReferenceEquals(this.ConstantOf(choice.Arm(k)), first) ? first : null;
        return first;
    }

    private Constant? ConstantOfOr(Node or)
    {
        Constant? left = this.ConstantOf(or.Operands[0]), right = this.ConstantOf(or.Operands[1]);
        return left is { Value: true } ? left : right is { Value: true } || left is { Value: false } ? right : right is { Value: false } ? left : null;
    }
}
