using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>
/// The order of a function with loops. A loop opens when all that is used in it is known, and is one step of the block around it: so steps are put in order with the loops of a block as wholes,
/// then inside each of them.
/// </summary>
internal sealed partial class Arrangement
{
    // What steps give and need besides the values of nodes.
    private enum Mark
    {
        Begun,
        Collected,
        Cleared,
        Accumulated,
    }

    private readonly Dictionary<object, Position> marks = [];

    // States and sums of loops begin right before these: whatever is called until then, they are in registers where the loop begins, and the JIT keeps them there.
    private readonly Dictionary<Loop, List<Node>> openings = [];

    private void ArrangeLoops(int[] uses)
    {
        var steps = new List<Step>();
        foreach (Node node in this.graph.Nodes.Where(node => uses[node.Id] > 0 && node is not (Constant or Parameter)))
            steps.AddRange(this.StepsOf(node, uses));
        steps.AddRange(this.StepsOfGradient(uses));
        this.Run(this.graph.Root, steps);
    }

    private IEnumerable<Step> StepsOf(Node node, int[] uses)
    {
        Region home = this.placement[node];
        Step BeginStep(Region where, params Node[] needs) => new(where, node.Id, needs, (node, Mark.Begun), position => AddStatement(position, node.Id, new Begin(node)));
        Step OpeningStep(Loop loop, params Node[] needs) => new(loop.Parent, node.Id, needs, (node, Mark.Begun), _ => this.Openings(loop).Add(node));
        Step SiteStep(Region site, int number, Statement statement, params Node[] needs) =>
            new(site, node.Id, [.. needs, (node, Mark.Begun)], (node, Mark.Collected, number), position => AddStatement(position, node.Id, statement));
        Step ResultStep(params object[] needs) => new(home, node.Id, needs, node, position => this.positions[node.Id] = position);

        switch (node)
        {
            case LoopIndex index:
                return [new Step(home, node.Id, [], node, position =>
                {
                    this.positions[node.Id] = position;
                    position.Block.Index = index;
                })];
            case State state:
                return
                [
                    OpeningStep(state.Loop, state.Initial),
                    new Step(home, node.Id, [(node, Mark.Begun)], node, position => this.positions[node.Id] = position),
                ];
            case Fold fold:
                Node[] nexts = [.. Enumerable.Range(0, fold.Count).Where(k => uses[fold.State(k).Id] > 0).Select(fold.Next)];
                return
                [
                    new Step(fold.Loop, node.Id, [.. nexts, .. fold.Operands.Take(fold.Count), .. fold.Test is { } test ? [test] : Array.Empty<Node>()], (node, Mark.Collected, 0), position => AddStatement(position with { Level = int.MaxValue }, node.Id, new Advance(fold))),
                    ResultStep((node, Mark.Collected, 0)),
                ];
            case Sum sum:
                Loop outermost = sum.Site.OutermostLoopIn(home)!;
                return [ReferenceEquals(outermost.Parent, home) ? OpeningStep(outermost) : BeginStep(home), SiteStep(sum.Site, 0, new AddTerm(sum), sum.Term), ResultStep((node, Mark.Collected, 0))];
            case Vector vector:
                return [BeginStep(home, vector.Length), SiteStep(vector.Site, 0, new StoreElement(vector), vector.Position, vector.Value), ResultStep((node, Mark.Collected, 0))];
            case Scatter scatter:
                Addition[] additions = [.. scatter.Additions];
                return
                [
                    BeginStep(home, scatter.Length),
                    .. additions.Select((addition, k) => SiteStep(addition.Site, k, new AddElement(scatter, addition), addition.Index, addition.Term)),
                    ResultStep([(node, Mark.Begun), .. additions.Select((_, k) => (object)(node, Mark.Collected, k))]),
                ];
            case Choice choice:
                return [new Step(choice.Region, node.Id, [.. choice.Operands, .. this.ConditionsOfCases(choice)], node, _ => this.ArrangeChoice(choice))];
            default:
                return [new Step(home, node.Id, [.. node.Operands, .. node.Predecessors], node, _ => this.Arrange(node))];
        }
    }

    private IEnumerable<Node> ConditionsOfCases(Choice choice) =>
        Enumerable.Range(0, choice.CaseCount).Select(k => choice.Arm(k)).Where(arm => arm is not (Constant or Parameter)).SelectMany(arm => Conditions(this.placement[arm]));

    // The gradient is cleared when the arrays that the function reads are known (one of them may be the buffer), as far as that is known before its loops.
    private IEnumerable<Step> StepsOfGradient(int[] uses)
    {
        Region root = this.graph.Root;
        bool isAccumulated = this.graph.Effects.Count > 0;
        Node[] first = isAccumulated
            ? [.. this.graph.Nodes.Where(node => uses[node.Id] > 0 && node.Type.IsArray && node is Apply or Load && this.placement[node].InnermostLoop is null && !this.DependsOnLoops(node))]
            : [this.graph.Value, .. this.graph.Anchors];
        yield return new Step(root, this.graph.Nodes.Count, [.. first], Mark.Cleared, position => AddStatement(position, first.Select(node => node.Id).Append(0).Max() + 0.25, new ClearGradient(this.CountStored())));
        foreach (Effect effect in this.graph.Effects)
            yield return new Step(effect.Region, this.graph.Nodes.Count, [effect.Index, effect.Term, Mark.Cleared], (effect, Mark.Accumulated), position => AddStatement(position, this.graph.Nodes.Count, new Accumulate(effect)));
        object[] last = [Mark.Cleared, this.graph.Value, .. this.graph.Anchors, .. this.graph.Effects.Select(effect => (object)(effect, Mark.Accumulated))];
        foreach (Component component in this.graph.Gradient)
            yield return new Step(root, this.graph.Nodes.Count + 1, [component.Adjoint, .. last], component, position => AddStatement(position, this.graph.Nodes.Count + 1, new Store(component)));
    }

    private List<Node> Openings(Loop loop) => this.openings.TryGetValue(loop, out List<Node>? known) ? known : this.openings[loop] = [];

    private bool DependsOnLoops(Node node)
    {
        var seen = new HashSet<Node>();
        var pending = new Stack<Node>([node]);
        while (pending.TryPop(out Node? next))
        {
            if (!seen.Add(next))
                continue;
            if (next.Sites.Count > 0 || next.Region.InnermostLoop is not null)
                return true;
            foreach (Node operand in next.Operands.Concat(next.Predecessors).Concat(Conditions(this.placement[next])))
                pending.Push(operand);
        }
        return false;
    }

    private static void AddStatement(Position position, double order, Statement statement) => position.Block.Add(position.Level, order, statement);

    /// <summary>Puts steps of <paramref name="context"/> in order: those that need nothing that is missing first, earlier ones of the graph before later ones.</summary>
    private void Run(Region context, IReadOnlyList<Step> steps)
    {
        var units = new List<Unit>();
        var ofLoops = new Dictionary<Loop, Unit>();
        var providers = new Dictionary<object, Unit>();
        foreach (Step step in steps)
        {
            Loop? loop = step.Region.OutermostLoopIn(context);
            Unit? unit = null;
            if (loop is null || !ofLoops.TryGetValue(loop, out unit))
            {
                units.Add(unit = new Unit(loop));
                if (loop is not null)
                    ofLoops[loop] = unit;
            }
            unit.Steps.Add(step);
            providers[step.Gives] = unit;
        }
        foreach (Unit unit in units)
        {
            foreach (object need in unit.Steps.SelectMany(step => step.Needs.Concat(ConditionsInside(step.Region, context))))
            {
                if (providers.TryGetValue(need, out Unit? provider) && !ReferenceEquals(provider, unit))
                {
                    provider.Followers.Add(unit);
                    unit.Missing++;
                }
            }
        }
        var ready = new PriorityQueue<Unit, (double, int)>();
        for (int k = 0; k < units.Count; k++)
            units[k].Number = k;
        foreach (Unit unit in units.Where(unit => unit.Missing == 0))
            ready.Enqueue(unit, (unit.Order, unit.Number));
        int done = 0;
        while (ready.TryDequeue(out Unit? unit, out _))
        {
            done++;
            this.Run(unit, context);
            foreach (Unit follower in unit.Followers)
            {
                if (--follower.Missing == 0)
                    ready.Enqueue(follower, (follower.Order, follower.Number));
            }
        }
        if (done < units.Count)
            throw new InvalidOperationException($"{units.Count - done} steps wait for each other in {context}.");
    }

    private void Run(Unit unit, Region context)
    {
        if (unit.Loop is { } loop)
        {
            Position position = this.Entry(loop.Parent);
            foreach (Step step in unit.Steps)
            {
                foreach (object need in step.Needs.Concat(ConditionsInside(step.Region, context)))
                    position = this.AfterKey(need, loop.Parent, position);
            }
            this.entries[loop] = new Position(position.Block.Open(position.Level, loop, [.. this.openings.GetValueOrDefault(loop, []).Select(begun => new Begin(begun))]), 0);
            this.Run(loop, unit.Steps);
            return;
        }
        Step single = unit.Steps[0];
        Position place = this.Entry(single.Region);
        foreach (object need in single.Needs)
            place = this.AfterKey(need, single.Region, place);
        this.marks[single.Gives] = place;
        single.Place(place);
    }

    private Position AfterKey(object key, Region region, Position position) =>
        key is Node node && this.positions[node.Id] is { } placed ? After(placed, region, position)
        : this.marks.TryGetValue(key, out Position known) ? After(known, region, position)
        : position;

    private static IEnumerable<Node> Conditions(Region region)
    {
        for (Region? around = region; around is not null; around = around.Parent)
        {
            if (around.Condition is { } condition)
                yield return condition;
        }
    }

    private static IEnumerable<Node> ConditionsInside(Region region, Region context)
    {
        for (Region around = region; !ReferenceEquals(around, context); around = around.Parent!)
            yield return around.Condition!;
    }

    /// <summary>Something that happens once in each run of a region.</summary>
    /// <param name="Region">Where.</param>
    /// <param name="Order">What comes first of what could.</param>
    /// <param name="Needs">Nodes and marks that come before.</param>
    /// <param name="Gives">The node or mark that it is.</param>
    /// <param name="Place">Puts its statement, if it has one, at the position that its needs allow.</param>
    private sealed record Step(Region Region, double Order, object[] Needs, object Gives, Action<Position> Place);

    /// <summary>A step, or a loop with all the steps in it.</summary>
    private sealed class Unit(Loop? loop)
    {
        public Loop? Loop { get; } = loop;

        public List<Step> Steps { get; } = [];

        public List<Unit> Followers { get; } = [];

        public int Missing { get; set; }

        public int Number { get; set; }

        public double Order => this.Steps[0].Order;
    }
}
