using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;
using ExprGrad.Simplification;

namespace ExprGrad.Scheduling;

/// <summary>
/// Decides which loops run: afterwards each region of a loop is one loop. In the graph a loop's region holds everything over its range; what depends on its own results needs a later pass over the range,
/// and what a later pass shares with an earlier one is stored, or computed again where that is cheaper.
/// </summary>
/// <remarks>
/// The level of a node is the longest chain of loops that it depends on; a pass is what has one level in one loop, so that every dependency between passes leads to a higher level and there are no circles.
/// Loops are treated from the outside in: the passes of an outer loop come first, those of the loops inside each of them next.
/// </remarks>
internal sealed class LoopPasses
{
    // From how many operations on a value is stored for a later pass.
    private const int DearCost = 8;
    private const int CostOfFunction = 20;
    private const int CostOfLoop = 50;
    private const int MaxCost = 1_000_000;

    private readonly Graph graph;
    private readonly int depth;
    private readonly LoopLevels levels;
    private readonly int[] costs;
    private readonly Dictionary<Node, SortedSet<int>> needed = [];
    private readonly HashSet<(Loop Loop, int Pass)> passes = [];
    private readonly Dictionary<Node, int> stored = [];
    private readonly GraphBuilder builder;
    private readonly Dictionary<(Node, int), Node> copies = [];
    private readonly Dictionary<(Region, int), Region> regions = [];
    private readonly Dictionary<(Loop, int), int> numbers = [];
    private int lastNumber;

    private LoopPasses(Graph graph, int depth, bool sharing)
    {
        (this.graph, this.depth, this.costs) = (graph, depth, new int[graph.Nodes.Count]);
        this.levels = LoopLevels.Of(graph, depth);
        this.builder = new GraphBuilder(sharing);
        foreach (Node node in graph.Nodes)
        {
            foreach (Region inner in node.Sites.Append(node.Region))
            {
                for (Region? region = inner; region is not null; region = region.Parent)
                    this.lastNumber = Math.Max(this.lastNumber, (region as Loop)?.Number ?? 0);
            }
        }
    }

    /// <summary>The same function, with one region for each loop that runs.</summary>
    public static Graph Separate(Graph graph, bool sharing)
    {
        for (int depth = 0; graph.Nodes.Any(node => LoopLevels.DepthOf(node.Region) > depth || node.Sites.Any(site => LoopLevels.DepthOf(site) > depth)) || graph.Effects.Any(effect => LoopLevels.DepthOf(effect.Region) > depth); depth++)
            graph = new LoopPasses(graph, depth, sharing).Separate();
        return graph;
    }

    private Graph Separate()
    {
        this.FindCosts();
        this.FindNeeds();
        this.ChooseStored();
        if (this.stored.Count > 0)
            this.FindNeeds();
        else if (this.IsSeparate())
            return this.graph with { Recomputed = [] };
        foreach (Node node in this.graph.Nodes)
        {
            if (node is Parameter)
                this.copies[(node, 0)] = this.builder.Parameter(((Parameter)node).Name, node.Type);
            else if (this.needed.TryGetValue(node, out SortedSet<int>? passes))
            {
                foreach (int pass in passes)
                    this.copies[(node, pass)] = this.StoredIn(node) is { } first && pass > first ? this.LoadStored(node, pass, first) : this.Copy(node, pass);
            }
        }
        Graph separated = this.graph with
        {
            Nodes = this.builder.Nodes,
            Regions = this.builder.Regions,
            Input = (Parameter)this.CopyOf(this.graph.Input, 0),
            Data = this.graph.Data is null ? null : (Parameter)this.CopyOf(this.graph.Data, 0),
            Value = this.CopyOf(this.graph.Value, 0),
            Gradient = [.. this.graph.Gradient.Select(component => component with { Adjoint = this.CopyOf(component.Adjoint, 0) })],
            Recomputed = [],
            Effects = [.. this.graph.Effects.Select(effect =>
            {
                int pass = this.levels.PassOf(effect.Region, effect.Index, effect.Term);
                return new Effect(this.RegionOf(effect.Region, pass), this.CopyOf(effect.Index, pass), this.CopyOf(effect.Term, pass));
            })],
        };
        return separated with { Anchors = [.. this.graph.Anchors.Select(anchor => this.copies[(anchor, this.needed[anchor].Min)]).Distinct()] };
    }

    // Whether each loop is one pass already, and carries nothing that is not needed.
    private bool IsSeparate() =>
        this.passes.DistinctBy(pass => pass.Loop).Count() == this.passes.Count
        && this.needed.Keys.OfType<Fold>().All(fold => Enumerable.Range(0, fold.Count).All(k => this.needed.ContainsKey(fold.State(k))));

    // ---- store or compute again

    private void FindCosts()
    {
        foreach (Node node in this.graph.Nodes)
        {
            int cost = node switch
            {
                Apply { Operation: Primitive { Method: not null } or JointCall } => CostOfFunction,
                Apply { Operation: Divide } => 5,
                Sum or Final => CostOfLoop,
                Constant or Parameter or LoopIndex or State => 0,
                _ => 1,
            };
            foreach (Node operand in node.Operands)
                cost += this.levels.LoopOf(operand) is not null && ReferenceEquals(this.levels.LoopOf(operand), this.levels.LoopOf(node)) ? this.costs[operand.Id] : 0;
            this.costs[node.Id] = Math.Min(cost, MaxCost);
        }
    }

    // The pass from which later ones have the value by way of memory; null if they compute it again. The state of a loop cannot be had otherwise.
    private int? StoredIn(Node node) =>
        node is State state && this.levels.IsHere(state.Loop) ? this.levels.PassOf(state.Fold)
        : this.stored.TryGetValue(node, out int first) ? first : null;

    // Of what is needed if everything is computed again: what then is dear in several passes is stored by the first of them.
    private void ChooseStored()
    {
        bool isOrderKept = this.needed.Keys.Any(Order.IsImpure);
        foreach ((Node node, SortedSet<int> passes) in this.needed)
        {
            if (passes.Count < 2 || this.levels.LoopOf(node) is not { } loop || node.Type == typeof(void))
                continue;
            bool isDirect = ReferenceEquals(node.Region.InnermostLoop, loop);
            bool isRegular = LoopsFrom(loop, node.Region).All(inner => !inner.IsOpen && inner.Count.Region.Encloses(loop.Parent));
            // In an inner loop it takes as much memory as that has iterations: only what takes a loop itself, and only for one iteration of the outermost loop at a time.
            bool isWorthMemory = node.Type.IsValueType && node is not State && !loop.IsOpen && (isDirect ? this.costs[node.Id] >= DearCost : this.depth > 0 && isRegular && this.costs[node.Id] >= CostOfLoop);
            // What is impure runs once, whatever it costs; what it may change is read once.
            if ((isRegular && isOrderKept && Order.IsOrdered(node)) || isWorthMemory)
                this.stored[node] = passes.Min;
            else if (Order.IsImpure(node))
                throw new NotSupportedException($"The value of {((Apply)node).Operation.Name}, which may have side effects, is needed again after a loop that is as long as only the loop around it knows. Compute it before, into an array.");
        }
    }

    // A loop and those inside it around a region, from the outside in.
    private static Loop[] LoopsFrom(Loop outermost, Region region)
    {
        var loops = new Stack<Loop>();
        for (Loop? loop = region.InnermostLoop; loop is not null && loop.Depth >= outermost.Depth; loop = loop.Parent.InnermostLoop)
            loops.Push(loop);
        return [.. loops];
    }

    // The pass in which a state that is an array has the element that a node loads, if a later one has to take it from memory.
    private int? PassOfElement(Node node, int pass) =>
        node is Load { Array: State array } && this.levels.IsHere(array.Loop) && this.levels.PassOf(array.Fold) is var first && pass > first ? first : null;

    private void FindNeeds()
    {
        this.needed.Clear();
        this.passes.Clear();
        var pending = new Stack<(Node Node, int Pass)>();

        void Need(Node node, int pass)
        {
            if (this.levels.LoopOf(node) is null)
                pass = 0;
            if (!this.needed.TryGetValue(node, out SortedSet<int>? passes))
                this.needed[node] = passes = [];
            if (passes.Add(pass))
                pending.Push((node, pass));
        }

        void NeedRegion(Region region, int pass)
        {
            if (this.levels.LoopAround(region) is { } here)
                this.passes.Add((here, pass));
            for (Region? around = region; around is not null; around = around.Parent)
            {
                if (around.Condition is { } condition)
                    Need(condition, pass);
                if (around is Loop { End: { } end })
                    Need(end, pass);
            }
        }

        void NeedAt(Region site, int pass, params ReadOnlySpan<Node> nodes)
        {
            NeedRegion(site, pass);
            foreach (Node node in nodes)
                Need(node, pass);
        }

        Need(this.graph.Value, 0);
        foreach (Component component in this.graph.Gradient)
            Need(component.Adjoint, 0);
        foreach (Effect effect in this.graph.Effects)
            NeedAt(effect.Region, this.levels.PassOf(effect.Region, effect.Index, effect.Term), effect.Index, effect.Term);
        while (pending.TryPop(out (Node Node, int Pass) need))
            Expand(need.Node, need.Pass);
        // What may throw runs in the first pass that uses it; if none does, in one that comes, or in one of its own.
        ILookup<Loop?, int> passes = this.needed.SelectMany(entry => entry.Value.Select(pass => (Loop: this.levels.LoopOf(entry.Key), Pass: pass))).Distinct().ToLookup(entry => entry.Loop, entry => entry.Pass);
        foreach (Node anchor in this.graph.Anchors.Where(anchor => !this.needed.ContainsKey(anchor)))
            Need(anchor, passes[this.levels.LoopOf(anchor)].Where(pass => pass >= this.levels.Of(anchor)).DefaultIfEmpty(this.levels.Of(anchor)).Min());
        while (pending.TryPop(out (Node Node, int Pass) need))
            Expand(need.Node, need.Pass);

        void Expand(Node node, int pass)
        {
            NeedRegion(node.Region, pass);
            foreach (Node predecessor in node.Predecessors)
                Need(predecessor, this.levels.LoopOf(predecessor) is null ? 0 : pass);
            if (this.StoredIn(node) is { } first && pass > first)
            {
                Need(node, first);
                return;
            }
            if (this.PassOfElement(node, pass) is { } passOfArray)
            {
                Need(((Load)node).Array, passOfArray);
                Need(((Load)node).Index, pass);
                return;
            }
            switch (node)
            {
                case Sum sum:
                    int ofSum = this.InPass(node, pass, sum.Site, sum.Term);
                    NeedAt(sum.Site, ofSum, sum.Term);
                    break;
                case Vector vector:
                    int ofVector = this.InPass(node, pass, vector.Site, vector.Position, vector.Value);
                    NeedAt(vector.Site, ofVector, vector.Position, vector.Value);
                    Need(vector.Length, pass);
                    break;
                case Scatter scatter:
                    Need(scatter.Length, pass);
                    foreach (Addition addition in scatter.Additions)
                        NeedAt(addition.Site, this.InPass(node, pass, addition.Site, addition.Index, addition.Term), addition.Index, addition.Term);
                    break;
                case Fold fold:
                    int ofFold = this.levels.LoopOf(node) is null ? this.levels.PassOf(fold) : pass;
                    NeedRegion(fold.Loop, ofFold);
                    if (fold.Test is { } test)
                        Need(test, ofFold);
                    break;
                case State state:
                    int ofState = this.levels.IsHere(state.Loop) ? this.levels.PassOf(state.Fold) : pass;
                    Need(state.Initial, pass);
                    Need(state.Fold, pass);
                    Need(state.Fold.NextOf(state), ofState);
                    break;
                case Final final:
                    Need(final.Fold, pass);
                    Need(final.Fold.State(final.Number), this.levels.LoopOf(node) is null ? this.levels.PassOf(final.Fold) : pass);
                    break;
                default:
                    foreach (Node operand in node.Operands)
                        Need(operand, pass);
                    break;
            }
        }
    }

    // A result outside of the loops that are treated collects in the pass where its parts are known; one inside belongs to a pass itself.
    private int InPass(Node result, int pass, Region site, params ReadOnlySpan<Node> nodes) => this.levels.LoopOf(result) is null ? this.levels.PassOf(site, nodes) : pass;

    // ---- the copy

    private Node CopyOf(Node node, int pass) => this.copies[(node, this.levels.LoopOf(node) is null ? 0 : pass)];

    private Region RegionOf(Region region, int pass)
    {
        if (this.levels.LoopAround(region) is null)
            pass = 0;
        if (this.regions.TryGetValue((region, pass), out Region? known))
            return known;
        Region copy = region switch
        {
            Branch branch => this.builder.Regions.Branch(this.RegionOf(branch.Parent, pass), this.CopyOf(branch.Selector, pass), branch.Case),
            Loop loop => this.builder.Regions.Loop(this.RegionOf(loop.Parent, pass), this.CopyOf(loop.Count, pass), this.levels.IsHere(loop) ? this.NumberOf(loop, pass) : loop.Number, loop.IsBackward),
            _ => this.builder.Root,
        };
        return this.regions[(region, pass)] = copy;
    }

    private int NumberOf(Loop loop, int pass)
    {
        if (!this.numbers.TryGetValue((loop, pass), out int number))
            this.numbers[(loop, pass)] = number = ++this.lastNumber;
        return number;
    }

    private Node Copy(Node node, int pass)
    {
        Region region = this.RegionOf(node.Region, pass);
        Node Of(Node operand) => this.CopyOf(operand, pass);
        if (this.PassOfElement(node, pass) is { } first)
            return this.LoadElement((Load)node, pass, first, region);
        this.builder.Region = region;
        Node[] predecessors = [.. node.Predecessors.Select(predecessor => this.CopyOf(predecessor, pass))];
        Node copy = node switch
        {
            Constant constant => this.builder.Constant(constant.Value, constant.Type),
            Load load => this.builder.Load(Of(load.Array), Of(load.Index), predecessors),
            Choice choice => this.builder.Choice(choice.Type, Of(choice.Selector), [.. choice.Operands.Skip(1).Select(Of)]),
            Apply apply => this.builder.Apply(apply.Operation, [.. apply.Operands.Select(Of)], predecessors),
            LoopIndex => this.builder.Index((Loop)region),
            State state => this.builder.State((Loop)region, Of(state.Initial)),
            Fold fold => this.CopyFold(fold, pass),
            Final final => this.builder.Final((Fold)Of(final.Fold), this.NumberOf(final, pass)),
            Sum sum => this.CopySum(sum, region, this.InPass(node, pass, sum.Site, sum.Term)),
            Vector vector => this.CopyVector(vector, region, pass, this.InPass(node, pass, vector.Site, vector.Position, vector.Value)),
            Scatter scatter => this.builder.Scatter(region, Of(scatter.Length), [.. scatter.Additions.Select(addition =>
            {
                int inner = this.InPass(node, pass, addition.Site, addition.Index, addition.Term);
                return new Addition(this.RegionOf(addition.Site, inner), this.CopyOf(addition.Index, inner), this.CopyOf(addition.Term, inner));
            })]),
            _ => throw new InvalidOperationException($"A node of an unknown kind: {node.GetType().Name}."),
        };
        return copy;
    }

    private Node CopySum(Sum sum, Region region, int pass) => this.builder.Sum(region, this.RegionOf(sum.Site, pass), this.CopyOf(sum.Term, pass), sum.KeepsSign);

    private Node CopyVector(Vector vector, Region region, int pass, int inner) =>
        this.builder.Vector(region, this.RegionOf(vector.Site, inner), this.CopyOf(vector.Length, pass), this.CopyOf(vector.Position, inner), this.CopyOf(vector.Value, inner));

    private Fold CopyFold(Fold fold, int pass)
    {
        int inner = this.levels.LoopOf(fold) is null ? this.levels.PassOf(fold) : pass;
        int[] live = this.LiveStates(fold, inner);
        return this.builder.Fold((Loop)this.RegionOf(fold.Loop, inner), [.. live.Select(k => this.CopyOf(fold.State(k), inner))], [.. live.Select(k => this.CopyOf(fold.Next(k), inner))], fold.Test is { } test ? this.CopyOf(test, inner) : null);
    }

    private int NumberOf(Final final, int pass) => Array.IndexOf(this.LiveStates(final.Fold, this.levels.LoopOf(final) is null ? this.levels.PassOf(final.Fold) : pass), final.Number);

    // Those that something needs in a pass.
    private int[] LiveStates(Fold fold, int pass) =>
        [.. Enumerable.Range(0, fold.Count).Where(k => this.needed.TryGetValue(fold.State(k), out SortedSet<int>? passes) && passes.Contains(this.levels.LoopOf(fold.State(k)) is null ? 0 : pass))];

    // The value of an earlier pass over the same ranges.
    private Node LoadStored(Node node, int pass, int first)
    {
        Region region = this.RegionOf(node.Region, pass);
        if (node.Type.IsArray && !Order.IsOrdered(node))
            throw new NotSupportedException("A recurrence chooses between arrays in a way that needs its states after it: take their elements.");
        Loop[] loops = LoopsFrom(this.levels.LoopOf(node)!, node.Region);
        Region home = this.RegionOf(loops[0].Parent, first), site = this.RegionOf(node.Region, first);
        Node CountOf(Loop loop) => this.CopyOf(loop.Count, 0);
        Node PositionIn(int where) => loops.Skip(1).Aggregate(this.builder.Index((Loop)this.RegionOf(loops[0], where)), (number, loop) =>
            this.Integer(ExpressionType.Add, this.Integer(ExpressionType.Multiply, number, CountOf(loop)), this.builder.Index((Loop)this.RegionOf(loop, where))));
        Node length = this.builder.In(home, () => loops.Select(CountOf).Aggregate((a, b) => this.Integer(ExpressionType.Multiply, a, b)));
        Node vector = this.builder.Vector(home, site, length, this.builder.In(site, () => PositionIn(first)), this.CopyOf(node, first));
        return this.builder.In(region, () => this.builder.LoadStored(node, vector, PositionIn(pass)));
    }

    private Node Integer(ExpressionType kind, Node a, Node b) => this.builder.Apply(Operator.Integer(kind), a, b);

    // An element that the state of an iteration of an earlier pass had: all of them are kept.
    private Node LoadElement(Load load, int pass, int first, Region region)
    {
        var array = (State)load.Array;
        (var from, var to) = ((Loop)this.RegionOf(array.Loop, first), (Loop)this.RegionOf(array.Loop, pass));
        Node length = Lengths.Of(this.builder, this.CopyOf(array, first));
        Node vector = this.builder.In(from, () =>
        {
            Loop elements = this.builder.EnterLoop(length);
            Node index = this.builder.Index(elements);
            return this.builder.In(elements, () => this.builder.Vector(from.Parent, elements, this.builder.In(from.Parent, () => this.Integer(ExpressionType.Multiply, from.Count, length)),
                this.Integer(ExpressionType.Add, this.Integer(ExpressionType.Multiply, this.builder.Index(from), length), index), this.builder.Load(this.CopyOf(array, first), index, [])));
        });
        return this.builder.In(region, () => this.builder.Load(vector, this.Integer(ExpressionType.Add, this.Integer(ExpressionType.Multiply, this.builder.Index(to), length), this.CopyOf(load.Index, pass)), []));
    }
}
