namespace ExprGrad.IR;

/// <summary>Makes the nodes of one graph. Equal nodes that are visible from the current region are one: common sub-expressions are found here, not by a pass.</summary>
/// <remarks>An equal node is looked up in the current region and those around it, never in a sibling: a value computed in one branch does not exist in another.</remarks>
internal sealed class GraphBuilder
{
    private readonly List<Node> nodes = [];
    private readonly Dictionary<NodeKey, Node> interned = [];
    private readonly bool sharing;

    /// <param name="sharing">False switches interning of operations off (tests compare both): constants, parameters and regions stay unique.</param>
    public GraphBuilder(bool sharing = true)
    {
        this.sharing = sharing;
        this.Regions = new RegionTable();
        this.Region = this.Root;
    }

    /// <summary>A builder that continues a graph: its nodes keep their identity.</summary>
    public GraphBuilder(Graph graph, bool sharing = true)
    {
        this.sharing = sharing;
        this.Regions = graph.Regions;
        this.Region = this.Root;
        foreach (Node node in graph.Nodes)
        {
            this.nodes.Add(node);
            this.interned.TryAdd(KeyOf(node), node);
        }
    }

    public RegionTable Regions { get; }

    public Region Root => this.Regions.Root;

    /// <summary>The region that new nodes belong to.</summary>
    public Region Region { get; set; }

    public IReadOnlyList<Node> Nodes => this.nodes;

    /// <summary>A constant of type <paramref name="type"/>. Constants live in the root: they cost nothing.</summary>
    public Constant Constant(object? value, Type type)
    {
        var key = new NodeKey(this.Root, Bits(value), type, [], []);
        return this.interned.TryGetValue(key, out Node? known) ? (Constant)known : this.Add(key, new Constant(this.nodes.Count, this.Root, type, value));
    }

    public Constant Constant(double value) => this.Constant(value, typeof(double));

    public Parameter Parameter(string name, Type type)
    {
        var node = new Parameter(this.nodes.Count, this.Root, type, name);
        this.nodes.Add(node);
        return node;
    }

    public Node Apply(Operation operation, params Node[] operands) => this.Apply(operation, operands, []);

    public Node Apply(Operation operation, Node[] operands, Node[] predecessors)
    {
        bool impure = operation.Behaviour.HasFlag(Behaviour.Impure);
        Region home = impure || predecessors.Length > 0 ? this.Region : this.OutOfLoops(operands, mayThrow: operation.Behaviour.HasFlag(Behaviour.MayThrow));
        return this.Intern(home, operation, operation.Type, operands, predecessors, unique: impure || !this.sharing,
            (id, region) => new Apply(id, region, operation, operands, predecessors));
    }

    /// <summary>An element of an array. What a vector over the same loop holds there is known already.</summary>
    public Node Load(Node array, Node index, Node[] predecessors)
    {
        if (array is Vector vector && ReferenceEquals(vector.Position, index) && vector.Value.Region.Encloses(this.Region))
            return vector.Value;
        Node[] operands = [array, index];
        Region home = predecessors.Length > 0 ? this.Region : this.OutOfLoops(operands, mayThrow: !IndexRange.IsWithin(array, index));
        return this.Intern(home, typeof(Load), array.Type, operands, predecessors, unique: !this.sharing,
            (id, region) => new Load(id, region, array, index, predecessors));
    }

    public Node Choice(Node selector, params Node[] arms) => this.Choice(arms[0].Type, selector, arms);

    /// <summary>A choice of a given type; void where only the order of its arms matters.</summary>
    public Node Choice(Type type, Node selector, Node[] arms)
    {
        Node[] operands = [selector, .. arms];
        Region home = type == typeof(void) ? this.Region : this.OutOfLoops(operands, mayThrow: false);
        return this.Intern(home, typeof(Choice), type, operands, [], unique: !this.sharing, (id, region) => new Choice(id, region, type, operands));
    }

    /// <summary>The body of a loop in the current region; around it, unless it is known, the test that there is an iteration.</summary>
    /// <param name="count">How many iterations: an int, not positive for none.</param>
    /// <param name="isShared">Whether it may be one loop with others over the same range.</param>
    /// <param name="isBackward">Whether the index runs down.</param>
    public Loop EnterLoop(Node count, bool isShared = true, bool isBackward = false)
    {
        Region parent = this.Region;
        if (count is not Constant { Value: > 0 })
        {
            Node test = this.Apply(TripCheck.Instance, count);
            if (parent.KnownCase(test) != 1)
                parent = this.Regions.Branch(parent, test, 1);
        }
        return isShared ? this.Regions.Loop(parent, count, 0, isBackward) : this.Regions.NewLoop(parent, count, isBackward);
    }

    public Node Index(Loop loop) => this.InternIn(loop, typeof(LoopIndex), typeof(int), [], (id, _) => new LoopIndex(id, loop));

    /// <summary>A new state of a loop; its <see cref="Fold"/> comes when the body is made.</summary>
    public State State(Loop loop, Node initial)
    {
        var state = new State(this.nodes.Count, loop, initial);
        this.nodes.Add(state);
        return state;
    }

    /// <summary>The recurrence of <paramref name="states"/>: in each iteration they become <paramref name="nexts"/>.</summary>
    public Fold Fold(Loop loop, IReadOnlyList<Node> states, IReadOnlyList<Node> nexts)
    {
        var fold = new Fold(this.nodes.Count, loop, [.. states, .. nexts]);
        this.nodes.Add(fold);
        return fold;
    }

    /// <summary>State <paramref name="number"/> of a recurrence after the last iteration, in the region around the loop.</summary>
    public Node Final(Fold fold, int number) => this.InternIn(fold.Region, (typeof(Final), number), fold.State(number).Type, [fold], (id, _) => new Final(id, fold, number));

    /// <summary>The sum over the runs of <paramref name="site"/>, in <paramref name="home"/>, the parent of the outermost loop that it sums over.</summary>
    public Node Sum(Region home, Region site, Node term, bool keepsSign = false) =>
        this.InternIn(home, (typeof(Sum), site, keepsSign), term.Type, [term], (id, region) => new Sum(id, region, site, term, keepsSign));

    /// <summary>The values of the runs of <paramref name="site"/> as an array, in <paramref name="home"/>, the parent of the outermost loop around them.</summary>
    public Node Vector(Region home, Region site, Node length, Node position, Node value) =>
        this.InternIn(home, (typeof(Vector), site), value.Type, [length, position, value], (id, region) => new Vector(id, region, site, length, position, value));

    /// <summary>An array of sums in <paramref name="home"/>.</summary>
    public Node Scatter(Region home, Node length, IReadOnlyList<Addition> additions)
    {
        var scatter = new Scatter(this.nodes.Count, home, length, additions);
        this.nodes.Add(scatter);
        return scatter;
    }

    private Node InternIn(Region home, object operation, Type type, Node[] operands, Func<int, Region, Node> make)
    {
        Region current = this.Region;
        this.Region = home;
        Node node = this.Intern(home, operation, type, operands, [], unique: operands.Length > 0 && !this.sharing, make);
        this.Region = current;
        return node;
    }

    // What every iteration computes from what the loop does not change stands around the loop; what may throw stays behind the test that there is an iteration.
    private Region OutOfLoops(Node[] operands, bool mayThrow)
    {
        Region region = this.Region;
        while (region is Loop or Branch { IsLoopGuard: true } && !(mayThrow && region is Branch) && AreVisible(operands, region.Parent!))
            region = region.Parent!;
        return region;
    }

    private static bool AreVisible(Node[] operands, Region region)
    {
        foreach (Node operand in operands)
        {
            if (!operand.Region.Encloses(region))
                return false;
        }
        return true;
    }

    /// <summary>Makes nodes in <paramref name="region"/> and returns to the current one.</summary>
    public T In<T>(Region region, Func<T> make)
    {
        Region outer = this.Region;
        this.Region = region;
        T made = make();
        this.Region = outer;
        return made;
    }

    private Node Intern(Region home, object operation, Type type, Node[] operands, Node[] predecessors, bool unique, Func<int, Region, Node> make)
    {
        var key = new NodeKey(home, operation, type, operands, predecessors);
        if (unique)
        {
            Node made = make(this.nodes.Count, home);
            this.nodes.Add(made);
            return made;
        }
        // No equal node can stand above the innermost region of the operands; the arms of a choice stand one below it.
        int outermost = 0;
        foreach (Node operand in operands)
            outermost = Math.Max(outermost, operand.Region.Depth);
        outermost = Math.Min(outermost, home.Depth);
        for (Region? region = home; region is not null && region.Depth >= outermost; region = region.Parent)
        {
            if (this.interned.TryGetValue(key with { Region = region }, out Node? known))
                return known;
        }
        return this.Add(key, make(this.nodes.Count, home));
    }

    private T Add<T>(NodeKey key, T node)
        where T : Node
    {
        this.nodes.Add(node);
        this.interned[key] = node;
        return node;
    }

    private static NodeKey KeyOf(Node node) => node switch
    {
        Constant constant => new NodeKey(node.Region, Bits(constant.Value), node.Type, [], []),
        Apply apply => new NodeKey(node.Region, apply.Operation, node.Type, node.Operands, node.Predecessors),
        Load load => new NodeKey(node.Region, typeof(Load), load.Array.Type, node.Operands, node.Predecessors),
        Choice choice => new NodeKey(choice.Region, typeof(Choice), node.Type, node.Operands, []),
        LoopIndex => new NodeKey(node.Region, typeof(LoopIndex), node.Type, [], []),
        Final final => new NodeKey(node.Region, (typeof(Final), final.Number), node.Type, node.Operands, []),
        Sum sum => new NodeKey(node.Region, (typeof(Sum), sum.Site, sum.KeepsSign), node.Type, node.Operands, []),
        Vector vector => new NodeKey(node.Region, (typeof(Vector), vector.Site), vector.Value.Type, node.Operands, []),
        _ => new NodeKey(node.Region, node, node.Type, [], []),
    };

    // Bits, not numbers: 0 and −0 differ, NaN equals itself.
    private static object? Bits(object? value) => value switch
    {
        double d => BitConverter.DoubleToInt64Bits(d),
        float f => BitConverter.SingleToInt32Bits(f),
        null or string or Enum => value,
        _ when value.GetType().IsPrimitive => value,
        _ => new Reference(value),
    };

    private readonly struct Reference(object value) : IEquatable<Reference>
    {
        private readonly object value = value;

        public bool Equals(Reference other) => ReferenceEquals(this.value, other.value);

        public override bool Equals(object? obj) => obj is Reference other && this.Equals(other);

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this.value);
    }

    /// <summary>What makes two nodes equal.</summary>
    private readonly record struct NodeKey(Region Region, object? Operation, Type Type, IReadOnlyList<Node> Operands, IReadOnlyList<Node> Predecessors)
    {
        public bool Equals(NodeKey other) =>
            ReferenceEquals(this.Region, other.Region) && this.Type == other.Type && Equals(this.Operation, other.Operation)
            && Same(this.Operands, other.Operands) && Same(this.Predecessors, other.Predecessors);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.Add(this.Region.Id);
            hash.Add(this.Operation);
            hash.Add(this.Type);
            foreach (Node operand in this.Operands)
                hash.Add(operand.Id);
            // A member read again and again between impure calls differs in its predecessors only.
            foreach (Node predecessor in this.Predecessors)
                hash.Add(predecessor.Id);
            return hash.ToHashCode();
        }

        private static bool Same(IReadOnlyList<Node> a, IReadOnlyList<Node> b)
        {
            if (a.Count != b.Count)
                return false;
            for (int k = 0; k < a.Count; k++)
            {
                if (!ReferenceEquals(a[k], b[k]))
                    return false;
            }
            return true;
        }
    }
}
