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
        return this.Intern(operation, operation.Type, operands, predecessors, unique: impure || !this.sharing,
            (id, region) => new Apply(id, region, operation, operands, predecessors));
    }

    public Node Load(Node array, Node index, Node[] predecessors) =>
        this.Intern(typeof(Load), array.Type, [array, index], predecessors, unique: !this.sharing,
            (id, region) => new Load(id, region, array, index, predecessors));

    public Node Choice(Node selector, params Node[] arms) => this.Choice(arms[0].Type, selector, arms);

    /// <summary>A choice of a given type; void where only the order of its arms matters.</summary>
    public Node Choice(Type type, Node selector, Node[] arms)
    {
        Node[] operands = [selector, .. arms];
        return this.Intern(typeof(Choice), type, operands, [], unique: !this.sharing, (id, region) => new Choice(id, region, type, operands));
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

    private Node Intern(object operation, Type type, Node[] operands, Node[] predecessors, bool unique, Func<int, Region, Node> make)
    {
        var key = new NodeKey(this.Region, operation, type, operands, predecessors);
        if (unique)
        {
            Node made = make(this.nodes.Count, this.Region);
            this.nodes.Add(made);
            return made;
        }
        // No equal node can stand above the innermost region of the operands; the arms of a choice stand one below it.
        int outermost = 0;
        foreach (Node operand in operands)
            outermost = Math.Max(outermost, operand.Region.Depth);
        outermost = Math.Min(outermost, this.Region.Depth);
        for (Region? region = this.Region; region is not null && region.Depth >= outermost; region = region.Parent)
        {
            if (this.interned.TryGetValue(key with { Region = region }, out Node? known))
                return known;
        }
        return this.Add(key, make(this.nodes.Count, this.Region));
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
