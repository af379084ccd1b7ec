namespace ExprGrad.IR;

/// <summary>Makes the nodes of one graph. Equal nodes that are visible from the current region are one: common sub-expressions are found here, not by a pass.</summary>
/// <remarks>An equal node is looked up in the current region and those around it, never in a sibling: a value computed in one branch does not exist in another.</remarks>
internal sealed class GraphBuilder
{
    // How many regions out an equal node is looked for: without a bound, n branches inside one another would take n² steps.
    private const int MaxDistance = 128;

    private readonly List<Node> nodes = [];
    private readonly NodeTable interned;
    private readonly bool sharing;

    /// <param name="sharing">False switches interning of operations off (tests compare both): constants, parameters and regions stay unique.</param>
    public GraphBuilder(bool sharing = true)
    {
        this.sharing = sharing;
        this.interned = new NodeTable(this.nodes);
        this.Regions = new RegionTable();
        this.Region = this.Root;
    }

    /// <summary>A builder that continues a graph: its nodes keep their identity.</summary>
    public GraphBuilder(Graph graph, bool sharing = true)
    {
        this.sharing = sharing;
        this.nodes.AddRange(graph.Nodes);
        this.interned = new NodeTable(this.nodes);
        this.Regions = graph.Regions;
        this.Region = this.Root;
        foreach (Node node in graph.Nodes)
            this.interned.Add(node, NodeTable.HashOf(node));
    }

    public RegionTable Regions { get; }

    public Region Root => this.Regions.Root;

    /// <summary>The region that new nodes belong to.</summary>
    public Region Region { get; set; }

    public IReadOnlyList<Node> Nodes => this.nodes;

    /// <summary>A constant of type <paramref name="type"/>. Constants live in the root: they cost nothing.</summary>
    public Constant Constant(object? value, Type type)
    {
        object? bits = NodeTable.Bits(value);
        int hash = NodeTable.HashOfConstant(bits, type);
        return this.interned.FindConstant(hash, bits, type) ?? this.Add(new Constant(this.nodes.Count, this.Root, type, value), hash);
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
        if (!this.sharing || operation.Behaviour.HasFlag(Behaviour.Impure))
            return this.Add(new Apply(this.nodes.Count, this.Region, operation, operands, predecessors), hash: null);
        int hash = NodeTable.HashOf(operation, operands, predecessors);
        return this.Find(hash, operation, operation.Type, operands, predecessors) ?? this.Add(new Apply(this.nodes.Count, this.Region, operation, operands, predecessors), hash);
    }

    public Node Load(Node array, Node index, Node[] predecessors)
    {
        Node[] operands = [array, index];
        int hash = NodeTable.HashOf(NodeTable.LoadKind, operands, predecessors);
        return this.Find(hash, NodeTable.LoadKind, array.Type.GetElementType()!, operands, predecessors) ?? this.Add(new Load(this.nodes.Count, this.Region, array, index, predecessors), this.sharing ? hash : null);
    }

    public Node Choice(Node selector, params Node[] arms) => this.Choice(arms[0].Type, selector, arms);

    /// <summary>A choice of a given type; void where only the order of its arms matters.</summary>
    public Node Choice(Type type, Node selector, Node[] arms)
    {
        Node[] operands = [selector, .. arms];
        int hash = NodeTable.HashOf(NodeTable.ChoiceKind, operands, []);
        return this.Find(hash, NodeTable.ChoiceKind, type, operands, []) ?? this.Add(new Choice(this.nodes.Count, this.Region, type, operands), this.sharing ? hash : null);
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

    /// <summary>An equal node that is visible from here, or null.</summary>
    private Node? Find(int hash, object operation, Type type, Node[] operands, Node[] predecessors)
    {
        if (!this.sharing)
            return null;
        // No equal node can stand above the innermost region of the operands; the arms of a choice stand one below it.
        int outermost = 0;
        foreach (Node operand in operands)
            outermost = Math.Max(outermost, operand.Region.Depth);
        outermost = Math.Max(Math.Min(outermost, this.Region.Depth), this.Region.Depth - MaxDistance);
        for (Region? region = this.Region; region is not null && region.Depth >= outermost; region = region.Parent)
        {
            if (this.interned.Find(hash, region, operation, type, operands, predecessors) is { } known)
                return known;
        }
        return null;
    }

    private T Add<T>(T node, int? hash)
        where T : Node
    {
        this.nodes.Add(node);
        if (hash is { } known)
            this.interned.Add(node, known);
        return node;
    }
}
