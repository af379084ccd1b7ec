using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;
using ExprGrad.Simplification;

namespace ExprGrad.Scheduling;

/// <summary>
/// Conditionals whose cases compute next to nothing become selections: both arms are computed, and one is taken without a branch. A branch that the processor guesses is free, one that it cannot guess costs
/// 15 to 20 cycles; a selection takes three or four. So it pays if one guess in five is wrong, as long as the arms cost less than that themselves.
/// </summary>
/// <remarks>
/// What is not selected is dropped with all its bits, NaN included; only total operations are computed where they were not before. Functions with loops keep their branches: a selection would stand in the chain from one iteration to the next,
/// which a guess cuts.
/// </remarks>
internal sealed class Selection
{
    // Operations in one case, selections inside it included.
    private const int MaxWork = 2;
    private const int TooMuch = 1_000_000;

    private readonly Graph graph;
    private readonly Dictionary<Region, int> work = [];
    private readonly HashSet<Region> dissolved = [];

    private Selection(Graph graph, int[] uses, Placement placement)
    {
        this.graph = graph;
        var choices = new Dictionary<(Region, Node), List<Choice>>();
        foreach (Node node in graph.Nodes)
        {
            if (uses[node.Id] == 0 || node is Constant or Parameter)
                continue;
            this.Add(placement[node], node is Choice ? 0 : WorkOf(graph, node));
            if (node is Choice choice)
            {
                if (!choices.TryGetValue((choice.Region, choice.Selector), out List<Choice>? results))
                    choices[(choice.Region, choice.Selector)] = results = [];
                results.Add(choice);
            }
        }
        foreach (Effect effect in graph.Effects)
            this.Add(effect.Region, TooMuch);
        foreach (var ((region, selector), results) in choices.OrderByDescending(entry => entry.Key.Item1.Depth))
            this.Decide(region, selector, results);
    }

    /// <summary>The graph with selections in place of such conditionals.</summary>
    public static Graph Apply(Graph graph, int[] uses, Placement placement)
    {
        if (!graph.Nodes.Any(node => node is Choice))
            return graph;
        HashSet<Region> dissolved = new Selection(graph, uses, placement).dissolved;
        if (dissolved.Count == 0)
            return graph;
        var builder = new GraphBuilder();
        return GraphCopy.Of(graph, uses, builder, (node, copy) => node is Choice choice && dissolved.Contains(graph.Regions.Branch(choice.Region, choice.Selector, 1)) && copy is Choice made ? Select(made, builder) : copy, dissolved: dissolved);
    }

    private void Decide(Region region, Node selector, List<Choice> results)
    {
        int Work(int @case) => this.work.GetValueOrDefault(this.graph.Regions.Branch(region, selector, @case));
        bool isSmall = selector.Type == typeof(bool) && results.All(result => result.Type == typeof(double)) && Work(0) <= MaxWork && Work(1) <= MaxWork;
        if (isSmall)
            this.dissolved.UnionWith([this.graph.Regions.Branch(region, selector, 0), this.graph.Regions.Branch(region, selector, 1)]);
        this.Add(region, isSmall ? Work(0) + Work(1) + results.Count : TooMuch);
    }

    // What is too much for a region is too much for those around it, whether it has a result there or not.
    private void Add(Region region, int amount)
    {
        for (Region? around = region; around is not null && this.work.GetValueOrDefault(around) < TooMuch; around = around.Parent)
        {
            this.work[around] = Math.Min(TooMuch, this.work.GetValueOrDefault(around) + amount);
            if (amount < TooMuch)
                return;
        }
    }

    private static int WorkOf(Graph graph, Node node) => node switch
    {
        Load { Predecessors.Count: 0 } when !graph.MayThrow(node) => 1,
        Apply { Operation: Operator { Behaviour: Behaviour.Total }, Predecessors.Count: 0 } => 1,
        Apply { Operation: Arithmetic { Kind: not (ExpressionType.Divide or ExpressionType.Modulo) } } => 1,
        Apply { Operation: Primitive { Method.Name: nameof(Math.Abs) or nameof(Math.CopySign) or nameof(Math.FusedMultiplyAdd) } } => 1,
        _ => TooMuch,
    };

    // A comparison of doubles is the mask that selects; another test is made one.
    private static Node Select(Choice choice, GraphBuilder builder)
    {
        (Node test, Node whenTrue, Node whenFalse) = (choice.Selector, choice.Arm(1), choice.Arm(0));
        return test is Apply { Operation: Operator { Kind: var kind }, Operands: [{ Type: var type } x, var y] } && type == typeof(double)
            ? kind switch
            {
                ExpressionType.LessThan => builder.Apply(SelectOperation.IfLess, x, y, whenTrue, whenFalse),
                ExpressionType.LessThanOrEqual => builder.Apply(SelectOperation.IfLessOrEqual, x, y, whenTrue, whenFalse),
                ExpressionType.GreaterThan => builder.Apply(SelectOperation.IfLess, y, x, whenTrue, whenFalse),
                ExpressionType.GreaterThanOrEqual => builder.Apply(SelectOperation.IfLessOrEqual, y, x, whenTrue, whenFalse),
                ExpressionType.Equal => builder.Apply(SelectOperation.IfEqual, x, y, whenTrue, whenFalse),
                ExpressionType.NotEqual => builder.Apply(SelectOperation.IfEqual, x, y, whenFalse, whenTrue),
                _ => builder.Apply(SelectOperation.If, test, whenTrue, whenFalse),
            }
            : builder.Apply(SelectOperation.If, test, whenTrue, whenFalse);
    }
}
