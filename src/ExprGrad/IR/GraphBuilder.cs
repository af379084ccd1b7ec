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

    /// <param name="sharing">False switches interning of numbers off (tests compare both): regions stay unique, and so does what they are made of: counts, tests, memory, results of recurrences.</param>
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
        bool isImpure = operation.Behaviour.HasFlag(Behaviour.Impure);
        bool isFixed = isImpure || (predecessors.Length > 0 && !operation.Behaviour.HasFlag(Behaviour.ReadsState));
        Region home = isFixed ? this.Region : this.OutOfLoops(predecessors.Length == 0 ? operands : [.. operands, .. predecessors], mayThrow: operation.Behaviour.HasFlag(Behaviour.MayThrow));
        if (!this.IsShared(operation.Type) || isImpure)
            return this.Add(new Apply(this.nodes.Count, home, operation, operands, predecessors), hash: null);
        int hash = NodeTable.HashOf(operation, operands, predecessors);
        return this.Find(home, hash, operation, operation.Type, operands, predecessors) ?? this.Add(new Apply(this.nodes.Count, home, operation, operands, predecessors), hash);
    }

    /// <summary>An element of an array. What a vector over the same loop holds there is known already.</summary>
    public Node Load(Node array, Node index, Node[] predecessors)
    {
        if (array is Vector vector && ReferenceEquals(vector.Position, index) && vector.Value.Region.Encloses(this.Region))
            return vector.Value;
        Node[] operands = [array, index];
        // A position in rented memory is in range where it was written: behind the test that there is an element.
        Region home = this.OutOfLoops(predecessors.Length == 0 ? operands : [.. operands, .. predecessors], mayThrow: IndexRange.IsRented(array) || !IndexRange.IsWithin(array, index));
        int hash = NodeTable.HashOf(NodeTable.LoadKind, operands, predecessors);
        return this.Find(home, hash, NodeTable.LoadKind, array.Type.GetElementType()!, operands, predecessors) ?? this.Add(new Load(this.nodes.Count, home, array, index, predecessors), this.IsShared(array.Type.GetElementType()!) ? hash : null);
    }

    /// <summary>The value of <paramref name="stored"/> from an array that holds it.</summary>
    public Node LoadStored(Node stored, Node array, Node index)
    {
        Node load = this.Load(array, index, []);
        return stored is Apply { Operation.CaseCount: > 0 and var cases } && load is Load ? this.Apply(new StoredCase(cases), load) : load;
    }

    public Node Choice(Node selector, params Node[] arms) => this.Choice(arms[0].Type, selector, arms);

    /// <summary>A choice of a given type; void where only the order of its arms matters.</summary>
    public Node Choice(Type type, Node selector, Node[] arms)
    {
        Node[] operands = [selector, .. arms];
        Region home = type == typeof(void) ? this.Region : this.OutOfLoops(operands, mayThrow: false);
        int hash = NodeTable.HashOf(NodeTable.ChoiceKind, operands, []);
        return this.Find(home, hash, NodeTable.ChoiceKind, type, operands, []) ?? this.Add(new Choice(this.nodes.Count, home, type, operands), this.IsShared(type) ? hash : null);
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
            if (this.Regions.KnownCase(parent, test) != 1)
                parent = this.Regions.Branch(parent, test, 1);
        }
        return isShared ? this.Regions.Loop(parent, count, 0, isBackward) : this.Regions.NewLoop(parent, count, isBackward);
    }

    /// <summary>The body of a loop that ends when the test of its recurrence is false: nobody knows before how often it runs.</summary>
    public Loop EnterOpenLoop() => this.Regions.NewLoop(this.Region, this.Constant(IR.Loop.Open, typeof(int)));

    public Node Index(Loop loop) => this.InternIn(loop, loop, typeof(int), [], id => new LoopIndex(id, loop));

    /// <summary>A new state of a loop; its <see cref="Fold"/> comes when the body is made.</summary>
    public State State(Loop loop, Node initial)
    {
        var state = new State(this.nodes.Count, loop, initial);
        this.nodes.Add(state);
        return state;
    }

    /// <summary>The recurrence of <paramref name="states"/>: in each iteration they become <paramref name="nexts"/>, and it goes on if <paramref name="test"/> is true.</summary>
    public Fold Fold(Loop loop, IReadOnlyList<Node> states, IReadOnlyList<Node> nexts, Node? test = null)
    {
        var fold = new Fold(this.nodes.Count, loop, test is null ? [.. states, .. nexts] : [.. states, .. nexts, test]);
        this.nodes.Add(fold);
        return fold;
    }

    /// <summary>State <paramref name="number"/> of a recurrence after the last iteration, in the region around the loop.</summary>
    public Node Final(Fold fold, int number) => this.InternIn(fold.Region, (typeof(Final), number), fold.State(number).Type, [fold], id => new Final(id, fold, number));

    /// <summary>The sum over the runs of <paramref name="site"/>, in <paramref name="home"/>, the parent of the outermost loop that it sums over.</summary>
    public Node Sum(Region home, Region site, Node term, bool keepsSign = false) =>
        this.InternIn(home, (typeof(Sum), site, keepsSign), term.Type, [term], id => new Sum(id, home, site, term, keepsSign));

    /// <summary>The values of the runs of <paramref name="site"/> as an array, in <paramref name="home"/>, the parent of the outermost loop around them.</summary>
    public Node Vector(Region home, Region site, Node length, Node position, Node value) =>
        this.InternIn(home, (typeof(Vector), site), value.Type.MakeArrayType(), [length, position, value], id => new Vector(id, home, site, length, position, value));

    /// <summary>An array of sums in <paramref name="home"/>.</summary>
    public Node Scatter(Region home, Node length, IReadOnlyList<Addition> additions)
    {
        var scatter = new Scatter(this.nodes.Count, home, length, additions);
        this.nodes.Add(scatter);
        return scatter;
    }

    // Of what belongs to one region: it is looked up there alone.
    private Node InternIn(Region home, object kind, Type type, Node[] operands, Func<int, Node> make)
    {
        int hash = NodeTable.HashOf(kind, operands, []);
        bool isShared = this.IsShared(type) || operands is [] or [IR.Fold];
        return (isShared ? this.interned.Find(hash, home, kind, type, operands, []) : null) ?? this.Add(make(this.nodes.Count), isShared ? hash : null);
    }

    // What every iteration computes from what the loop does not change stands around the loop; what may throw stays behind the test that there is an iteration.
    private Region OutOfLoops(Node[] operands, bool mayThrow)
    {
        Region region = this.Region;
        while (region is Loop or Branch { IsLoopGuard: true } && !(mayThrow && region is Branch) && AreVisible(operands, region.Parent!))
            region = region.Parent!;
        return region;
    }

    private bool IsShared(Type type) => this.sharing || (type != typeof(double) && type != typeof(float));

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

    /// <summary>An equal node that is visible from here, or null.</summary>
    private Node? Find(Region home, int hash, object operation, Type type, Node[] operands, Node[] predecessors)
    {
        if (!this.IsShared(type))
            return null;
        // No equal node can stand above the innermost region of the operands; the arms of a choice stand one below it.
        int outermost = 0;
        foreach (Node operand in operands)
            outermost = Math.Max(outermost, operand.Region.Depth);
        outermost = Math.Max(Math.Min(outermost, home.Depth), home.Depth - MaxDistance);
        for (Region? region = home; region is not null && region.Depth >= outermost; region = region.Parent)
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
