using ExprGrad.IR;
using ExprGrad.Primitives;
using ExprGrad.Simplification;

namespace ExprGrad.Scheduling;

/// <summary>A graph with some of its nodes in packs: what runs of it, and in which order.</summary>
internal sealed class PackedGraph
{
    private readonly Graph graph;
    private readonly Func<Node, (Pack Pack, int Lane)?> homeOf;
    private readonly IReadOnlyDictionary<int, Pack> stores;
    // Nodes that are needed as numbers, and packs: each after what it needs.
    private readonly List<object> order = [];

    /// <param name="graph">The graph.</param>
    /// <param name="homeOf">The pack and lane of a node, if it is in one.</param>
    /// <param name="stores">The packs that are stored, by the place of their first component.</param>
    public PackedGraph(Graph graph, Func<Node, (Pack Pack, int Lane)?> homeOf, IReadOnlyDictionary<int, Pack> stores)
    {
        (this.graph, this.homeOf, this.stores) = (graph, homeOf, stores);
        HashSet<object> live = this.FindLive();
        this.Cost = live.Sum(this.CostOfLive) + this.Components().Count();
        this.Arrange(live);
    }

    /// <summary>How many operations, loads and stores it takes.</summary>
    public int Cost { get; }

    /// <summary>How many operations, loads and stores a graph without packs takes.</summary>
    public static int CostOf(Graph graph, int[] uses) => graph.Nodes.Count(node => uses[node.Id] > 0 && node is not (Constant or Parameter)) + graph.Gradient.Count;

    /// <summary>The graph with vectors for the packs.</summary>
    public Graph Make(LaneShape shape, int[] uses, bool sharing)
    {
        var builder = new GraphBuilder(sharing);
        var numbers = new Node[this.graph.Nodes.Count];
        var vectors = new Dictionary<Pack, Node>(ReferenceEqualityComparer.Instance);

        Node MakePack(Pack pack) => pack.Source switch
        {
            PackSource.Operation => builder.Apply(new OnLanes(shape, (Primitive)((Apply)pack.Lanes[0]).Operation), [.. pack.Operands.Select(operand => vectors[operand])]),
            PackSource.Point => builder.Apply(new LoadLanes(shape), numbers[this.graph.Input.Id], builder.Constant(((Constant)((Load)pack.Lanes[0]).Index).Value, typeof(int))),
            PackSource.Join => builder.Apply(new JoinLanes(shape, this.homeOf(pack.Lanes[0])!.Value.Lane), [.. pack.Operands.Select(operand => vectors[operand])]),
            PackSource.Constant => builder.Constant(shape.Pack([.. pack.Lanes.Select(lane => (double)((Constant)lane).Value!)]), shape.Type),
            PackSource.Spread => builder.Apply(new Spread(shape), numbers[pack.Lanes[0].Id]),
            _ => builder.Apply(new Gather(shape), [.. pack.Lanes.Select(lane => numbers[lane.Id])]),
        };

        IEnumerable<Node> Numbers()
        {
            foreach (object next in this.order)
            {
                if (next is Node node)
                {
                    yield return node;
                    continue;
                }
                builder.Region = builder.Root;
                vectors[(Pack)next] = MakePack((Pack)next);
            }
        }

        Node? TakeOut(Node node) => this.homeOf(node) is { } home ? builder.In(builder.Root, () => builder.Apply(new Lane(shape, home.Lane), vectors[home.Pack])) : null;

        Graph copy = GraphCopy.Of(this.graph, uses, builder, (node, copy) => numbers[node.Id] = copy, Numbers(), node => TakeOut(node) is { } taken ? numbers[node.Id] = taken : null);
        return copy with { Gradient = [.. this.Components().Select(component => new Component(component.Index, component.Pack is null ? numbers[component.Adjoint.Id] : vectors[component.Pack]))] };
    }

    private IEnumerable<(int Index, Node Adjoint, Pack? Pack)> Components()
    {
        for (int k = 0; k < this.graph.Gradient.Count;)
        {
            (int index, Node adjoint) = this.graph.Gradient[k];
            Pack? pack = this.stores.GetValueOrDefault(k);
            yield return (index, adjoint, pack);
            k += pack?.Lanes.Length ?? 1;
        }
    }

    private int CostOfLive(object live) => live switch
    {
        Pack pack => pack.Cost,
        // The first lane is a number already.
        Node node when this.homeOf(node) is { } home => home.Lane == 0 ? 0 : 1,
        Constant or Parameter => 0,
        _ => 1,
    };

    private HashSet<object> FindLive()
    {
        var live = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var pending = new Stack<object>([this.graph.Input, this.graph.Value, .. this.graph.Anchors]);
        if (this.graph.Data is { } data)
            pending.Push(data);
        foreach ((int _, Node adjoint, Pack? pack) in this.Components())
            pending.Push(pack ?? (object)adjoint);
        foreach (Effect effect in this.graph.Effects)
        {
            pending.Push(effect.Index);
            pending.Push(effect.Term);
            PushAll(ConditionsOf(effect.Region));
        }
        while (pending.TryPop(out object? next))
        {
            if (live.Add(next))
                PushAll(this.Needs(next));
        }
        return live;

        void PushAll(IEnumerable<object> needed)
        {
            foreach (object need in needed)
                pending.Push(need);
        }
    }

    // The order of the graph, but that a pack stands where its first node would.
    private void Arrange(HashSet<object> live)
    {
        var done = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var pending = new Stack<object>();
        foreach (Node node in this.graph.Nodes)
        {
            if (this.homeOf(node) is { } home && live.Contains(home.Pack))
                pending.Push(home.Pack);
            else if (live.Contains(node))
                pending.Push(node);
            while (pending.TryPeek(out object? next))
            {
                int before = pending.Count;
                foreach (object need in done.Contains(next) ? [] : this.Needs(next))
                {
                    if (!done.Contains(need))
                        pending.Push(need);
                }
                if (pending.Count > before)
                    continue;
                if (done.Add(next))
                    this.order.Add(next);
                pending.Pop();
            }
        }
        // What is taken out of a vector of which another node is the first.
        this.order.AddRange(this.graph.Nodes.Where(node => live.Contains(node) && done.Add(node)));
    }

    private IEnumerable<object> Needs(object next) => next switch
    {
        Pack { Source: PackSource.Operation or PackSource.Join } pack => pack.Operands,
        Pack { Source: PackSource.Constant } => [],
        Pack { Source: PackSource.Spread } pack => [pack.Lanes[0]],
        Pack { Source: PackSource.Point } => [this.graph.Input],
        Pack pack => pack.Lanes,
        Node node when this.homeOf(node) is { } home => [home.Pack],
        Node node => [.. node.Operands, .. node.Predecessors, .. ConditionsOf(node.Region)],
        _ => [],
    };

    private static IEnumerable<Node> ConditionsOf(Region region)
    {
        for (Region? around = region; around is not null; around = around.Parent)
        {
            if (around.Condition is { } condition)
                yield return condition;
        }
    }
}
