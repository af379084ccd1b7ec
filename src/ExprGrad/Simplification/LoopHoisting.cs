using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Simplification;

/// <summary>
/// Moves work out of loops that it does not vary with. What varies with no loop around it any more is computed once; what still varies with inner ones, and is dear, is computed in loops of its own over just those, stored, and read where it was.
/// </summary>
/// <remarks>
/// The builder moves single operations out of the innermost loops; this is for what it cannot see while a body is made: whole loops, and loops in between. Only what every iteration computes moves, and only behind the tests that there are iterations.
/// Runs before differentiation: the adjoint of what was moved then stands outside, too.
/// </remarks>
internal sealed class LoopHoisting
{
    // Sets of loops are the bits of a number.
    private const int MaxLoops = 64;

    private readonly Graph graph;
    private readonly int[] uses;
    private readonly Dictionary<Loop, ulong> bits = [];
    private readonly ulong[] variesWith;
    private readonly ulong[] leaves;
    private readonly GraphBuilder builder;
    private readonly Dictionary<(Node, ulong), Node> copies = [];
    private readonly Dictionary<(Region, ulong), Region> regions = [];

    private LoopHoisting(Graph graph, int[] uses, bool sharing)
    {
        (this.graph, this.uses) = (graph, uses);
        (this.variesWith, this.leaves) = (new ulong[graph.Nodes.Count], new ulong[graph.Nodes.Count]);
        this.builder = new GraphBuilder(sharing);
    }

    /// <summary>The same function with less work in its loops.</summary>
    public static Graph Apply(Graph graph, bool sharing)
    {
        int[] uses = Liveness.CountUses(graph);
        if (!graph.HasLoops(uses))
            return graph;
        var hoisting = new LoopHoisting(graph, uses, sharing);
        if (!hoisting.NumberLoops())
            return graph;
        hoisting.FindWhatVaries();
        foreach (Node node in graph.Nodes)
            hoisting.leaves[node.Id] = uses[node.Id] > 0 ? hoisting.LoopsToLeave(node) : 0;
        return hoisting.leaves.All(loops => loops == 0) ? graph : hoisting.Copy();
    }

    private bool NumberLoops()
    {
        foreach (Node node in this.graph.Nodes)
        {
            foreach (Region region in node.Sites.Append(node.Region))
            {
                for (Loop? loop = region.InnermostLoop; loop is not null; loop = loop.Parent.InnermostLoop)
                    this.bits.TryAdd(loop, 1UL << this.bits.Count);
            }
        }
        return this.bits.Count <= MaxLoops;
    }

    // ---- what varies with what

    private ulong LoopsAround(Region region)
    {
        ulong loops = 0;
        for (Loop? loop = region.InnermostLoop; loop is not null; loop = loop.Parent.InnermostLoop)
            loops |= this.bits[loop];
        return loops;
    }

    private void FindWhatVaries()
    {
        bool changed;
        do
        {
            changed = false;
            foreach (Node node in this.graph.Nodes)
            {
                ulong varies = this.variesWith[node.Id] | this.VariesWith(node);
                changed |= varies != this.variesWith[node.Id] && node is State or Fold;
                this.variesWith[node.Id] = varies;
            }
        }
        while (changed);
    }

    private ulong VariesWith(Node node)
    {
        ulong varies = 0;
        foreach (Node operand in node.Operands)
            varies |= this.variesWith[operand.Id];
        if (node is LoopIndex or State)
            varies |= this.bits[(Loop)node.Region];
        if (node is State { Fold: { } fold })
            varies |= this.variesWith[fold.Id];
        foreach (Region site in node.Sites)
            varies = (varies | this.VariesWith(site, node.Region)) & ~(this.LoopsAround(site) & ~this.LoopsAround(node.Region));
        bool isFixed = node.Predecessors.Count > 0 || node.Type == typeof(void) && node is not Fold || (node is Apply apply && apply.Operation.Behaviour.HasFlag(Behaviour.Impure));
        if (isFixed)
            varies |= this.LoopsAround(node.Region);
        // How often a loop around runs may vary with another.
        for (Loop? loop = node.Region.InnermostLoop; loop is not null; loop = loop.Parent.InnermostLoop)
            varies |= (varies & this.bits[loop]) != 0 ? this.variesWith[loop.Count.Id] : 0;
        return varies;
    }

    // What decides whether and how often the regions between two run.
    private ulong VariesWith(Region inner, Region outer)
    {
        ulong varies = 0;
        for (Region region = inner; !ReferenceEquals(region, outer); region = region.Parent!)
            varies |= this.variesWith[region.Condition!.Id];
        return varies;
    }

    // The loops that a node moves out of.
    private ulong LoopsToLeave(Node node)
    {
        if (node is Constant or Parameter or LoopIndex or State || node.Type == typeof(void))
            return 0;
        ulong leave = 0, needed = this.variesWith[node.Id];
        for (Region region = node.Region; region is Loop or Branch { IsLoopGuard: true }; region = region.Parent!)
        {
            if (region is not Loop loop)
            {
                // The test that there is an iteration goes along.
                needed |= this.variesWith[region.Condition!.Id];
                continue;
            }
            if ((needed & this.bits[loop]) == 0)
                leave |= this.bits[loop];
        }
        if (leave == 0)
            return 0;
        bool isLoop = node.Sites.Count > 0 || node is Final or Choice { Selector: Apply { Operation: TripCheck } };
        // Memory is only worth while for what is dear; vectors have their own.
        bool isDear = !node.Type.IsArray && (node is Sum or Final or Apply { Operation: Primitive { Method: not null } }) && !this.IsInOpenLoop(node.Region, leave);
        return (this.IsInside(node, leave) ? isDear : isLoop) ? leave : 0;
    }

    // Whether a loop that is left is around one that is not: then there is a value for each iteration of that one to be stored.
    private bool IsInside(Node node, ulong leave)
    {
        bool isKept = false;
        for (Region region = node.Region; region is Loop or Branch { IsLoopGuard: true }; region = region.Parent!)
        {
            if (region is not Loop loop)
                continue;
            bool isLeft = (leave & this.bits[loop]) != 0;
            if (isLeft && isKept)
                return true;
            isKept |= !isLeft;
        }
        return false;
    }

    // There is no memory for as many values as nobody knows.
    private bool IsInOpenLoop(Region region, ulong leave)
    {
        for (Loop? loop = region.InnermostLoop; loop is not null; loop = loop.Parent.InnermostLoop)
        {
            if (loop.IsOpen && (leave & this.bits[loop]) == 0)
                return true;
        }
        return false;
    }

    // ---- the copy: a node in the region that is left when loops are taken away from its own

    private Graph Copy()
    {
        foreach (Parameter parameter in this.graph.Nodes.OfType<Parameter>())
            this.copies[(parameter, 0)] = this.builder.Parameter(parameter.Name, parameter.Type);
        Node value = this.Value(this.graph.Value, 0);
        // What may throw runs where it is used, or where it was.
        for (int known = -1; known < this.regions.Count;)
        {
            known = this.regions.Count;
            foreach ((Region region, ulong left) in this.regions.Keys.ToArray())
            {
                if (region is Loop { End: { } end } && this.uses[end.Id] > 0 && (left & this.bits[(Loop)region]) == 0)
                    this.Made(end, left);
            }
        }
        ILookup<Node, Node> made = this.copies.ToLookup(entry => entry.Key.Item1, entry => entry.Value);
        Node[] anchors = [.. this.graph.Anchors.SelectMany(anchor => made.Contains(anchor) ? made[anchor] : [this.Made(anchor, 0)])];
        Graph copied = this.graph with
        {
            Nodes = this.builder.Nodes,
            Regions = this.builder.Regions,
            Input = (Parameter)this.copies[(this.graph.Input, 0)],
            Data = this.graph.Data is null ? null : (Parameter)this.copies[(this.graph.Data, 0)],
            Value = value,
            Anchors = [],
        };
        return copied with { Anchors = [.. anchors.Where(copied.IsAnchored).Distinct()] };
    }

    /// <summary>The value of a node where the loops of <paramref name="left"/> are taken away.</summary>
    private Node Value(Node node, ulong left)
    {
        left &= this.LoopsAround(node.Region);
        ulong all = left | this.leaves[node.Id];
        if (all == left)
            return this.Made(node, left);
        Loop[] kept = [.. this.LoopsKept(node.Region, left, all)];
        Region outside = this.RegionOf(this.OutermostLeft(node.Region, all & ~left), all);
        // The positions are those of a box.
        if (kept.Any(loop => (this.variesWith[loop.Count.Id] & kept.Aggregate(0UL, (set, other) => set | this.bits[other])) != 0 || !this.Value(loop.Count, all).Region.Encloses(outside)))
            return this.Made(node, left);
        Region here = this.RegionOf(node.Region, left);
        if (kept.Length == 0)
            return this.Made(node, this.RegionOf(node.Region, all).Encloses(here) ? all : left);
        Node made = this.Made(node, all);
        // A loop over the same range around this one is another iteration.
        if (made.Region.Encloses(here) && kept.All(loop => this.RegionOf(loop, all) is var copy && (ReferenceEquals(copy, this.RegionOf(loop, left)) || !copy.Encloses(made.Region))))
            return made;
        Node PositionIn(ulong loops) => this.builder.In(this.RegionOf(node.Region, loops), () =>
        {
            Node position = this.builder.Index((Loop)this.RegionOf(kept[0], loops));
            foreach (Loop loop in kept.Skip(1))
                position = this.Integer(ExpressionType.Add, this.Integer(ExpressionType.Multiply, position, this.Value(loop.Count, all)), this.builder.Index((Loop)this.RegionOf(loop, loops)));
            return position;
        });
        Node length = this.builder.In(outside, () => kept.Select(loop => this.Value(loop.Count, all)).Aggregate((a, b) => this.Integer(ExpressionType.Multiply, a, b)));
        Node vector = this.builder.Vector(outside, this.RegionOf(node.Region, all), length, PositionIn(all), made);
        return this.builder.In(here, () => this.builder.LoadStored(node, vector, PositionIn(left)));
    }

    private Node Integer(ExpressionType kind, Node a, Node b) => this.builder.Apply(Operator.Integer(kind), a, b);

    // From the outermost of the loops that are left now inwards, those that stay.
    private List<Loop> LoopsKept(Region region, ulong before, ulong left)
    {
        var kept = new List<Loop>();
        var pending = new List<Loop>();
        for (Loop? loop = region.InnermostLoop; loop is not null; loop = loop.Parent.InnermostLoop)
        {
            if ((left & ~before & this.bits[loop]) != 0)
            {
                kept.AddRange(pending);
                pending.Clear();
            }
            else if ((left & this.bits[loop]) == 0)
            {
                pending.Add(loop);
            }
        }
        kept.Reverse();
        return kept;
    }

    private Region OutermostLeft(Region region, ulong left)
    {
        Region outermost = region;
        for (Loop? loop = region.InnermostLoop; loop is not null; loop = loop.Parent.InnermostLoop)
            outermost = (left & this.bits[loop]) != 0 ? loop.Parent : outermost;
        return outermost;
    }

    private Region RegionOf(Region region, ulong left)
    {
        left &= this.LoopsAround(region);
        if (this.regions.TryGetValue((region, left), out Region? known))
            return known;
        Region copy = region switch
        {
            Loop loop when (left & this.bits[loop]) != 0 => this.RegionOf(loop.Parent, left),
            Loop loop => this.builder.Regions.Loop(this.RegionOf(loop.Parent, left), this.Value(loop.Count, left), loop.Number, loop.IsBackward),
            Branch branch => this.CopyBranch(branch, left),
            _ => this.builder.Root,
        };
        return this.regions[(region, left)] = copy;
    }

    private Region CopyBranch(Branch branch, ulong left)
    {
        Region parent = this.RegionOf(branch.Parent, left);
        Node selector = this.Value(branch.Selector, left);
        return branch.IsLoopGuard && this.builder.Regions.KnownCase(parent, selector) == 1 ? parent : this.builder.Regions.Branch(parent, selector, branch.Case);
    }

    private Node Made(Node node, ulong left)
    {
        left &= this.LoopsAround(node.Region);
        if (this.copies.TryGetValue((node, left), out Node? known))
            return known;
        Region region = this.RegionOf(node.Region, left);
        Node[] operands = node is Fold or State or Constant ? [] : [.. node.Operands.Select(operand => this.Value(operand, left))];
        Node[] predecessors = [.. node.Predecessors.Select(predecessor => this.Value(predecessor, left))];
        // A state leads to what its recurrence makes of it, and so may have led to this.
        if (this.copies.TryGetValue((node, left), out known))
            return known;
        this.builder.Region = region;
        Node copy = node switch
        {
            Constant constant => this.builder.Constant(constant.Value, constant.Type),
            Apply apply => this.builder.Apply(apply.Operation, operands, predecessors),
            Load => this.builder.Load(operands[0], operands[1], predecessors),
            Choice choice => this.builder.Choice(choice.Type, operands[0], operands[1..]),
            LoopIndex => this.builder.Index((Loop)region),
            State state => this.MadeState(state, left),
            Fold fold => this.MadeFold(fold, left),
            Final final => this.builder.Final((Fold)operands[0], final.Number),
            Sum sum => this.builder.Sum(region, this.RegionOf(sum.Site, left), operands[0], sum.KeepsSign),
            Vector vector => this.builder.Vector(region, this.RegionOf(vector.Site, left), operands[0], operands[1], operands[2]),
            _ => throw new InvalidOperationException($"A node of a kind that a primal does not have: {node.GetType().Name}."),
        };
        return this.copies[(node, left)] = copy;
    }

    private Node MadeState(State state, ulong left)
    {
        Fold fold = state.Fold;
        Node[] initial = [.. Enumerable.Range(0, fold.Count).Select(k => this.Value(fold.State(k).Initial, left))];
        // The initial values of inner states are outer ones, whose recurrence contains this one.
        if (this.copies.TryGetValue((state, left), out Node? known))
            return known;
        var loop = (Loop)this.RegionOf(fold.Loop, left);
        for (int k = 0; k < fold.Count; k++)
            this.copies[(fold.State(k), left)] = this.builder.State(loop, initial[k]);
        this.Made(fold, left);
        return this.copies[(state, left)];
    }

    // What one of its states becomes may lead through a recurrence around it back to it.
    private Fold MadeFold(Fold fold, ulong left)
    {
        Node[] states = [.. Enumerable.Range(0, fold.Count).Select(k => this.Made(fold.State(k), left))];
        Node[] nexts = [.. Enumerable.Range(0, fold.Count).Select(k => this.Value(fold.Next(k), left))];
        Node? test = fold.Test is { } tested ? this.Value(tested, left) : null;
        return this.copies.TryGetValue((fold, left & this.LoopsAround(fold.Region)), out Node? known) ? (Fold)known : this.builder.Fold((Loop)this.RegionOf(fold.Loop, left), states, nexts, test);
    }
}
