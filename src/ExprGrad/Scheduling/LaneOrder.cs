using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>A step of a loop that runs in lanes: either the lanes of a state are made of what it becomes, or a statement runs.</summary>
internal readonly record struct LaneStep(State? Carried, Statement? Statement);

/// <summary>
/// Orders the body of a loop so that what a state becomes is made in all lanes before the state is used in any: a lane gets what the lane before it made. That is possible where what the next iteration gets does not depend on
/// what this one got.
/// </summary>
internal sealed class LaneOrder
{
    private readonly Repeat repeat;
    private readonly LaneAnalysis lanes;
    private readonly Dictionary<Node, int> makers = [];
    private readonly Dictionary<State, Node> nexts = [];
    private readonly Dictionary<State, bool> isMade = [];
    private readonly bool?[] isDone;
    private readonly List<LaneStep> steps = [];

    private LaneOrder(Repeat repeat, LaneAnalysis lanes)
    {
        (this.repeat, this.lanes, this.isDone) = (repeat, lanes, new bool?[repeat.Body.Count]);
        for (int k = 0; k < repeat.Body.Count; k++)
            this.FindMakers(repeat.Body[k], k);
        foreach (Fold fold in repeat.Body.OfType<Advance>().Select(advance => advance.Fold))
        {
            for (int k = 0; k < fold.Count; k++)
            {
                if (lanes.IsInside(fold.State(k)))
                    this.nexts[fold.State(k)] = fold.Next(k);
            }
        }
    }

    /// <summary>The steps, or null if the states of the loop depend on one another.</summary>
    public static IReadOnlyList<LaneStep>? Of(Repeat repeat, LaneAnalysis lanes)
    {
        var order = new LaneOrder(repeat, lanes);
        if (order.nexts.Any(entry => entry.Key.Type != typeof(double) || lanes.KindOf(entry.Value) is not (LaneKind.Vector or LaneKind.Uniform)))
            return null;
        for (int k = 0; k < repeat.Body.Count; k++)
        {
            if (!order.Do(k, isEarly: false))
                return null;
        }
        return order.steps;
    }

    private void FindMakers(Statement statement, int number)
    {
        if (statement.Target is { } target)
            this.makers[target] = number;
        foreach (Statement inner in statement.Blocks.SelectMany(block => block))
            this.FindMakers(inner, number);
    }

    // A statement that is being done already waits for itself.
    private bool Do(int number, bool isEarly)
    {
        if (this.isDone[number] is { } known)
            return known;
        this.isDone[number] = false;
        var nodes = new HashSet<Node>();
        this.Collect(this.repeat.Body[number], nodes);
        if (!this.Make(nodes, isEarly ? null : number))
            return false;
        this.steps.Add(new LaneStep(null, this.repeat.Body[number]));
        this.isDone[number] = true;
        return true;
    }

    // What is needed of other statements and of states comes before, in the order in which it was found to be complete. What loops inside collect is complete only where it was.
    private bool Make(HashSet<Node> nodes, int? inPlace)
    {
        foreach (Node node in nodes.OrderBy(node => node.Id))
        {
            bool isCollected = node is Sum or Vector or Scatter or Final || (node is State inner && !this.nexts.ContainsKey(inner));
            if (inPlace is null && isCollected && this.lanes.IsInside(node))
                return false;
            if (this.makers.TryGetValue(node, out int maker) && maker != inPlace && this.isDone[maker] is not true && !this.Do(maker, isEarly: true))
                return false;
            if (node is not State state || !this.nexts.TryGetValue(state, out Node? next))
                continue;
            if (!this.isMade.TryGetValue(state, out bool isMade))
            {
                this.isMade[state] = false;
                var needed = new HashSet<Node>();
                this.Collect(next, needed);
                if (!this.Make(needed, inPlace: null))
                    return false;
                this.steps.Add(new LaneStep(state, null));
                this.isMade[state] = true;
            }
            else if (!isMade)
            {
                // One that is being made already waits for itself, through whatever statements.
                return false;
            }
        }
        return true;
    }

    private void Collect(Statement statement, HashSet<Node> nodes)
    {
        // Of the states themselves nothing is needed to advance.
        foreach (Node node in statement is Advance { Fold: var fold } ? Enumerable.Range(0, fold.Count).Where(k => this.lanes.IsInside(fold.State(k))).Select(fold.Next) : statement.References)
            this.Collect(node, nodes);
        foreach (Statement inner in statement.Blocks.SelectMany(block => block))
            this.Collect(inner, nodes);
        // A statement needs nothing of what it makes itself.
        if (statement.Target is { } target)
            nodes.Remove(target);
    }

    // Nesting is bounded, and so is the recursion.
    private void Collect(Node node, HashSet<Node> nodes)
    {
        if (!this.lanes.IsInside(node) || !nodes.Add(node) || this.lanes.BeginsInside(node))
            return;
        foreach (Node operand in node.Reads)
            this.Collect(operand, nodes);
    }
}
