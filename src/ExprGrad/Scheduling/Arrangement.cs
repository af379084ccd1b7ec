using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>
/// Puts everything into blocks. The position of a node is the earliest step after what it needs; conditionals on one test at one step are one conditional, so that
/// the branches of primal and adjoint become one <c>if</c> where no value has to leave it in between.
/// </summary>
internal sealed partial class Arrangement
{
    private readonly Graph graph;
    private readonly Placement placement;
    private readonly Position?[] positions;
    private readonly Dictionary<Region, Position> entries = [];
    private readonly Dictionary<Region, int> lastSelectors = [];
    private readonly Block root;

    private Arrangement(Graph graph, Placement placement)
    {
        this.graph = graph;
        this.placement = placement;
        this.positions = new Position?[graph.Nodes.Count];
        this.root = new Block(graph.Root, null);
        this.entries[graph.Root] = new Position(this.root, 0);
    }

    /// <summary>The statements of <paramref name="graph"/>, one for each node that runs.</summary>
    public static IReadOnlyList<Statement> Of(Graph graph, Placement placement, int[] uses)
    {
        var arrangement = new Arrangement(graph, placement);
        if (graph.HasLoops(uses))
        {
            arrangement.ArrangeLoops(uses);
            return arrangement.root.Flatten();
        }
        foreach (Node node in graph.Nodes.Where(node => uses[node.Id] > 0 && node is not (Constant or Parameter)).OrderBy(arrangement.Readiness))
            arrangement.Arrange(node);
        arrangement.ArrangeGradient();
        return arrangement.root.Flatten();
    }

    // A node that moved into a branch waits for the tests around it, which may have been written after it. The order of ids decides the rest: OrderBy is stable.
    private (int Id, bool IsMoved) Readiness(Node node)
    {
        int last = Math.Max(node.Id, this.LastSelector(this.placement[node]));
        return (last, last != node.Id);
    }

    // The greatest id of the selectors around a region; −1 if there is none.
    private int LastSelector(Region region)
    {
        var way = new Stack<Branch>();
        int last = -1;
        for (; region is Branch branch && !this.lastSelectors.TryGetValue(branch, out last); region = branch.Parent)
            way.Push(branch);
        while (way.TryPop(out Branch? inner))
            this.lastSelectors[inner] = last = Math.Max(last, inner.Selector.Id);
        return last;
    }

    private void Arrange(Node node)
    {
        if (node is Choice choice)
        {
            this.ArrangeChoice(choice);
            return;
        }
        Region region = this.placement[node];
        Position position = this.Entry(region);
        foreach (Node operand in node.Operands)
            position = this.After(operand, region, position);
        foreach (Node predecessor in node.Predecessors)
            position = this.After(predecessor, region, position);
        this.positions[node.Id] = position;
        position.Block.Add(position.Level, node.Id, new Assign(node));
    }

    private void ArrangeChoice(Choice choice)
    {
        Position conditional = this.Entry(choice.Region);
        var arms = new Position[choice.CaseCount];
        for (int k = 0; k < arms.Length; k++)
        {
            Branch branch = this.graph.Regions.Branch(choice.Region, choice.Selector, k);
            arms[k] = this.After(choice.Arm(k), branch, this.Entry(branch));
            conditional = Position.Later(conditional, arms[k].Block.Outer!.Value);
        }
        for (int k = 0; k < arms.Length; k++)
        {
            Block block = conditional.Block.Inside(conditional.Level, this.graph.Regions.Branch(choice.Region, choice.Selector, k));
            if (choice.Type != typeof(void))
                block.Add(ReferenceEquals(block, arms[k].Block) ? arms[k].Level : 0, choice.Id, new Move(choice, choice.Arm(k)));
        }
        this.positions[choice.Id] = conditional with { Level = conditional.Level + 1 };
    }

    // If the function reads more than the point, nothing is written before the value is known: until then the buffer may be found to be an array that it reads.
    private void ArrangeGradient()
    {
        if (this.graph.ReadsPointOnly && this.graph.Effects.Count == 0)
        {
            this.root.Add(0, -1, this.Clear());
            foreach (Component component in this.graph.Gradient)
            {
                Position known = this.After(component.Adjoint, this.graph.Root, this.Entry(this.graph.Root));
                known.Block.Add(known.Level, component.Adjoint.Id + 0.5, new Store(component));
            }
            return;
        }
        Position valueKnown = this.After(this.graph.Value, this.graph.Root, this.Entry(this.graph.Root));
        foreach (Node anchor in this.graph.Anchors)
            valueKnown = this.After(anchor, this.graph.Root, valueKnown);
        double lastOfPrimal = this.graph.Anchors.Append(this.graph.Value).Max(node => node.Id);
        valueKnown.Block.Add(valueKnown.Level, lastOfPrimal + 0.25, this.Clear());
        Position accumulated = valueKnown;
        if (this.graph.Effects.Count > 0)
        {
            double order = this.graph.Nodes.Count;
            var entered = new Dictionary<Region, Position> { [this.graph.Root] = valueKnown };
            foreach (Effect effect in this.graph.Effects)
            {
                Position position = Position.Later(this.Entry(effect.Region), Enter(effect.Region, entered, static (_, known) => known));
                position = this.After(effect.Index, effect.Region, position);
                position = this.After(effect.Term, effect.Region, position);
                position.Block.Add(position.Level, order++, new Accumulate(effect));
                accumulated = Position.Later(accumulated, position.Leave(this.graph.Root));
            }
        }
        foreach (Component component in this.graph.Gradient)
        {
            Position position = this.After(component.Adjoint, this.graph.Root, accumulated);
            double order = Math.Max(component.Adjoint.Id, lastOfPrimal) + 0.5;
            position.Block.Add(position.Level, this.graph.Effects.Count > 0 ? this.graph.Nodes.Count + this.graph.Effects.Count : order, new Store(component));
        }
    }

    // A few components without an adjoint between those that have one are set to 0 one by one.
    private ClearGradient Clear()
    {
        const int MaxGaps = 8;
        int[] gaps = this.graph.Effects.Count > 0 ? [] : [.. Enumerable.Range(0, this.graph.RequiredLength).Except(this.graph.Gradient.Select(component => component.Index)).Take(MaxGaps + 1)];
        return gaps.Length is > 0 and <= MaxGaps ? new ClearGradient(this.graph.RequiredLength) { Gaps = gaps } : new ClearGradient(this.CountStored());
    }

    // How many components from the first on are stored whatever happens, so that they need not be cleared.
    private int CountStored()
    {
        int stored = 0;
        foreach (Component component in this.graph.Effects.Count > 0 ? [] : this.graph.Gradient)
        {
            if (component.Index == stored && stored < this.graph.RequiredLength)
                stored += component.Count;
        }
        return stored;
    }

    private Position Entry(Region region) => Enter(region, this.entries, (inner, known) => this.After(inner.Condition!, inner.Parent!, known));

    // The first step in a region, from that of the innermost region around it that was entered already; no earlier in each region around it than `ready` says.
    private static Position Enter(Region region, Dictionary<Region, Position> entered, Func<Region, Position, Position> ready)
    {
        if (entered.TryGetValue(region, out Position known))
            return known;
        var way = new Stack<Region>();
        for (; !entered.TryGetValue(region, out known); region = region.Parent!)
            way.Push(region);
        while (way.TryPop(out Region? inner))
            entered[inner] = known = ready(inner, known).Enter(inner);
        return known;
    }

    /// <summary>The later of <paramref name="position"/> and the first step in <paramref name="region"/> where <paramref name="needed"/> is known.</summary>
    private Position After(Node needed, Region region, Position position) => this.positions[needed.Id] is { } known ? After(known, region, position) : position;

    private static Position After(Position known, Region region, Position position)
    {
        if (known.Block.Region.Encloses(region))
        {
            // Mostly what is needed from outside is known before the conditional.
            Position outside = position.Around(known.Block.Region);
            return ReferenceEquals(outside.Block, known.Block) && outside.Level >= known.Level ? position : Position.Later(position, known.Enter(region));
        }
        return known.Block.Region.Excludes(region) ? position : Position.Later(position, known.Leave(Region.CommonAncestor(known.Block.Region, region)).Enter(region));
    }
}
