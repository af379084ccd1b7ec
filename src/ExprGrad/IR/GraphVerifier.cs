using System.Linq.Expressions;

namespace ExprGrad.IR;

/// <summary>Says what a well-formed graph is, and throws for any other. Run after each stage in tests.</summary>
/// <remarks>
/// <list type="bullet">
/// <item>A node's id is its position; its operands and predecessors and the selectors of its region have smaller ids.</item>
/// <item>
/// Constants and parameters stand in the root. Every region is in the table of the graph; its condition is visible from its parent: the selector of a branch is a test or has as many cases as
/// the region says, the count of a loop is an int.
/// </item>
/// <item>An operand is visible from its user: it stands in the user's region or around it. An arm of a choice is visible from its case; a term, position or stored value from its site.</item>
/// <item>Sums and stored vectors stand around the outermost loop of their sites, recurrences around their loop, states and indices in it. Each state belongs to one recurrence.</item>
/// <item>
/// Types fit: the code of an operation on its operands has its type; a load has the type of the elements of a vector; the arms of a choice have its type, unless it is void: that is no value;
/// a state has one type before, in and after the loop; positions and lengths are ints.
/// </item>
/// <item>Value, adjoints and terms are doubles, adjoints of neighbours may be a vector; value and adjoints are visible from the root, an effect's index and term from its region. Components are in order of their index, each once.</item>
/// <item>Anchors are the nodes that may throw or are impure, each once; an anchored load may have got an index that is checked at entry.</item>
/// <item>Of equal nodes, none is visible from another that was made later: it would have been found. Impure nodes are never equal.</item>
/// <item>
/// Impure nodes form one chain: each follows the last one that is visible from it, a choice of type void that joins the cases of a conditional, or the recurrence of a loop with impure nodes in it;
/// so does what reads memory.
/// An impure node follows all that ran since that one.
/// </item>
/// </list>
/// </remarks>
internal sealed class GraphVerifier
{
    private readonly Graph graph;
    private readonly bool sharing;
    private readonly HashSet<Region> regions = [];
    private readonly Dictionary<Shape, List<Node>> equals = [];
    private readonly Dictionary<Region, Node> links = [];
    private readonly HashSet<Loop> impureLoops = [];

    private GraphVerifier(Graph graph, bool sharing) => (this.graph, this.sharing) = (graph, sharing);

    /// <summary>Does nothing for a well-formed graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="sharing">Whether equal operations have to be one node.</param>
    /// <exception cref="InvalidOperationException">The graph is not well-formed: says where and why.</exception>
    public static void Verify(Graph graph, bool sharing = true)
    {
        var verifier = new GraphVerifier(graph, sharing);
        for (int position = 0; position < graph.Nodes.Count; position++)
            verifier.VerifyNode(graph.Nodes[position], position);
        verifier.VerifyResults();
        verifier.VerifyAnchors();
    }

    private void VerifyNode(Node node, int position)
    {
        Require(node.Id == position, node, $"stands at position {position}");
        this.VerifyRegion(node.Region, node);
        foreach (Node operand in node.Operands)
            Require(this.Owns(operand) && operand.Id < node.Id, node, $"uses {Describe(operand)}, which is not before it in this graph");
        foreach (Node predecessor in node.Predecessors)
        {
            Require(this.Owns(predecessor) && predecessor.Id < node.Id, node, $"follows {Describe(predecessor)}, which is not before it in this graph");
        }
        switch (node)
        {
            case Constant or Parameter:
                Require(node.Region.IsRoot, node, "does not stand in the root");
                break;
            case Choice choice:
                this.VerifyChoice(choice);
                break;
            case LoopIndex index:
                Require(ReferenceEquals(index.Region, index.Loop) && index.Type == typeof(int), node, "is the index of another loop");
                break;
            case State state:
                Require(ReferenceEquals(state.Region, state.Loop) && state.Initial.Region.Encloses(state.Loop.Parent) && state.Initial.Type == state.Type, node, $"does not begin with {Describe(state.Initial)}");
                break;
            case Fold fold:
                VerifyFold(fold);
                break;
            case Final final:
                Require(ReferenceEquals(final.Region, final.Fold.Region) && final.Number < final.Fold.Count && final.Type == final.Fold.State(final.Number).Type, node, $"is no final state of {Describe(final.Fold)}");
                break;
            case Sum or Vector or Scatter:
                this.VerifyCollection(node);
                break;
            default:
                foreach (Node operand in node.Operands)
                {
                    Require(operand.Region.Encloses(node.Region), node, $"uses {Describe(operand)}, which is not visible from {node.Region}");
                    Require(operand.Type != typeof(void), node, $"uses {Describe(operand)}, which has no value");
                }
                VerifyType(node);
                break;
        }
        this.VerifyUnique(node);
        this.VerifyChain(node);
    }

    private void VerifyRegion(Region region, Node inside)
    {
        for (; region.Parent is not null && this.regions.Add(region); region = region.Parent)
        {
            if (region is not Branch branch)
            {
                this.VerifyLoop((Loop)region, inside);
                continue;
            }
            Node selector = branch.Selector;
            Require(this.Owns(selector), inside, $"stands in {branch}, whose selector is no node of this graph");
            Require(selector.Region.Encloses(branch.Parent), selector, $"selects in {branch.Parent}, from which it is not visible");
            Require(selector.Type == typeof(bool) || selector is Apply, selector, "selects cases, but is neither a test nor an operation with cases");
            Require(branch.Case >= 0 && branch.Case < branch.CaseCount, selector, $"has {branch.CaseCount} cases and none of number {branch.Case}");
            Require(ReferenceEquals(this.graph.Regions.Branch(branch.Parent, selector, branch.Case), branch), inside, $"stands in {branch}, which is not the region of that path in the table");
        }
        Require(!region.IsRoot || ReferenceEquals(region, this.graph.Root), inside, "stands in another graph");
        Require(inside.Region.Condition is not { } condition || condition.Id < inside.Id, inside, "stands in a region of a later condition");
    }

    private void VerifyLoop(Loop loop, Node inside)
    {
        Require(this.Owns(loop.Count), inside, $"stands in {loop}, whose count is no node of this graph");
        Require(loop.Count.Region.Encloses(loop.Parent) && loop.Count.Type == typeof(int), loop.Count, $"counts in {loop.Parent}, but is no int that is visible there");
        Require(ReferenceEquals(this.graph.Regions.Loop(loop.Parent, loop.Count, loop.Number, loop.IsBackward), loop), inside, $"stands in {loop}, which is not the loop of that number in the table");
    }

    private static void VerifyFold(Fold fold)
    {
        Require(ReferenceEquals(fold.Region, fold.Loop.Parent) && fold.Type == typeof(void), fold, "does not stand around its loop");
        for (int k = 0; k < fold.Count; k++)
        {
            (State state, Node next) = (fold.State(k), fold.Next(k));
            Require(ReferenceEquals(state.Loop, fold.Loop) && ReferenceEquals(state.Fold, fold), fold, $"has the state {Describe(state)} of another recurrence");
            Require(next.Region.Encloses(fold.Loop) && next.Type == state.Type, fold, $"makes {Describe(next)} of {Describe(state)}");
        }
        Require(fold.Test is null || (fold.Loop.IsOpen && fold.Test.Region.Encloses(fold.Loop) && fold.Test.Type == typeof(bool)), fold, $"ends its loop by {Describe(fold.Test)}");
    }

    // What runs in its sites is visible there.
    private void VerifyCollection(Node node)
    {
        foreach (Region site in node.Sites)
        {
            this.VerifyRegion(site, node);
            // Elements may be stored behind tests, or added to outside of loops as well.
            Require(node.Region.Encloses(site) && (node is Scatter || (site.OutermostLoopIn(node.Region) is { } loop && (node is Vector || ReferenceEquals(loop.Parent, node.Region)))), node, $"does not stand around the loops of {site}");
        }
        void RequireAt(Region site, Node operand, Type type) => Require(operand.Region.Encloses(site) && operand.Type == type, node, $"uses {Describe(operand)}, which is no {type.Name} that is visible from {site}");
        switch (node)
        {
            case Sum sum:
                RequireAt(sum.Site, sum.Term, sum.Type);
                Require(sum.Type == typeof(double) || sum.Type == typeof(float) || sum.Type == typeof(int) || sum.Type == typeof(long), node, "adds up what is no number");
                break;
            case Vector vector:
                RequireAt(node.Region, vector.Length, typeof(int));
                RequireAt(vector.Site, vector.Position, typeof(int));
                RequireAt(vector.Site, vector.Value, node.Type.GetElementType()!);
                break;
            case Scatter scatter:
                RequireAt(node.Region, scatter.Length, typeof(int));
                foreach (Addition addition in scatter.Additions)
                {
                    RequireAt(addition.Site, addition.Index, typeof(int));
                    RequireAt(addition.Site, addition.Term, typeof(double));
                }
                break;
        }
    }

    private void VerifyChoice(Choice choice)
    {
        Node selector = choice.Selector;
        Require(selector.Region.Encloses(choice.Region), choice, $"chooses by {Describe(selector)}, which is not visible from {choice.Region}");
        int cases = selector.Type == typeof(bool) ? 2 : selector is Apply apply ? apply.Operation.CaseCount : 0;
        Require(choice.CaseCount == cases, choice, $"has {choice.CaseCount} arms, but {Describe(selector)} has {cases} cases");
        for (int k = 0; k < cases; k++)
        {
            Node arm = choice.Arm(k);
            Branch branch = this.graph.Regions.Branch(choice.Region, selector, k);
            Require(arm.Region.Encloses(branch), choice, $"has the arm {Describe(arm)}, which is not visible from {branch}");
            Require(arm.Type == choice.Type || choice.Type == typeof(void), choice, $"has the arm {Describe(arm)}, which is no {choice.Type.Name}");
        }
    }

    private static void VerifyType(Node node)
    {
        if (node is Load load)
        {
            Require(load.Array.Type.IsSZArray && load.Array.Type.GetElementType() == load.Type && load.Index.Type == typeof(int), node, $"does not load an element of {Describe(load.Array)} at {Describe(load.Index)}");
            return;
        }
        Operation operation = ((Apply)node).Operation;
        Type emitted;
        try
        {
            emitted = operation.Emit([.. node.Operands.Select(operand => Expression.Parameter(operand.Type))]).Type;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            throw new InvalidOperationException($"{Describe(node)}: its operands do not fit: {exception.Message}", exception);
        }
        Require(emitted == node.Type, node, $"has code of type {emitted.Name}");
    }

    private void VerifyUnique(Node node)
    {
        Require(node is not Parameter || ReferenceEquals(node, this.graph.Input) || ReferenceEquals(node, this.graph.Data), node, "is no parameter of the function");
        // States and recurrences are as many as there are; what is added to the elements of an array is not merged.
        if (node is Parameter or State or Fold or Scatter || Order.IsImpure(node) || (node is not Constant && !this.sharing))
            return;
        var shape = new Shape(node);
        if (!this.equals.TryGetValue(shape, out List<Node>? known))
            this.equals[shape] = known = [];
        if (known.Find(other => other.Region.Encloses(node.Region)) is { } equal)
            throw new InvalidOperationException($"{Describe(node)} is made again: {Describe(equal)} is equal and visible from it.");
        known.Add(node);
    }

    private void VerifyChain(Node node)
    {
        if (node is Choice { Type: var type } join && type == typeof(void))
        {
            for (int k = 0; k < join.CaseCount; k++)
            {
                Node? last = this.LastLink(this.graph.Regions.Branch(join.Region, join.Selector, k));
                Require(last is null ? join.Arm(k) is Constant : ReferenceEquals(join.Arm(k), last), node, $"joins {Describe(join.Arm(k))} in case {k}, where {Describe(last)} is the last of the chain");
            }
            this.links[node.Region] = node;
        }
        else if (Order.IsOrdered(node) && this.LastLink(node.Region) is { } link)
        {
            Require(node.Predecessors.Contains(link), node, $"does not follow {Describe(link)}");
        }
        if (node is Fold fold && this.impureLoops.Contains(fold.Loop))
            this.links[node.Region] = node;
        if (!Order.IsImpure(node))
            return;
        this.links[node.Region] = node;
        for (Region? region = node.Region; region is not null; region = region.Parent)
        {
            if (region is Loop loop)
                this.impureLoops.Add(loop);
        }
    }

    // A later link around a region comes after all that is in it already.
    private Node? LastLink(Region region)
    {
        Node? last = null;
        for (Region? around = region; around is not null; around = around.Parent)
        {
            if (this.links.TryGetValue(around, out Node? link) && (last is null || link.Id > last.Id))
                last = link;
        }
        return last;
    }

    private void VerifyResults()
    {
        Graph graph = this.graph;
        Require(this.Owns(graph.Input) && graph.Input.Type == typeof(double[]), graph.Input, "is not the point");
        Require(graph.Data is null || this.Owns(graph.Data), graph.Input, "goes with data of another graph");
        Require(this.Owns(graph.Value) && graph.Value.Region.IsRoot && graph.Value.Type == typeof(double), graph.Value, "is the value of the function, but no double in the root");
        Require(graph.RequiredLength >= 0, graph.Input, "has a negative length");
        int previous = -1;
        foreach (Component component in graph.Gradient)
        {
            (int index, Node adjoint) = component;
            Require(index > previous, adjoint, $"is component {index} after component {previous}");
            Require(this.Owns(adjoint) && adjoint.Region.IsRoot && (adjoint.Type == typeof(double) || component.Count > 1), adjoint, $"is component {index}, but no double or vector in the root");
            previous = index + component.Count - 1;
        }
        foreach (Effect effect in graph.Effects)
        {
            this.VerifyRegion(effect.Region, effect.Term);
            Require(this.Owns(effect.Index) && effect.Index.Region.Encloses(effect.Region) && effect.Index.Type == typeof(int), effect.Index, $"is the index of an effect in {effect.Region}, but no int that is visible there");
            Require(this.Owns(effect.Term) && effect.Term.Region.Encloses(effect.Region) && effect.Term.Type == typeof(double), effect.Term, $"is the term of an effect in {effect.Region}, but no double that is visible there");
        }
    }

    private void VerifyAnchors()
    {
        var anchors = new HashSet<Node>();
        foreach (Node anchor in this.graph.Anchors)
        {
            Require(this.Owns(anchor) && anchor is Load or Apply, anchor, "is an anchor, but no operation");
            Require(anchors.Add(anchor), anchor, "is an anchor twice");
        }
        // What the adjoint computes again did not throw the first time.
        bool[] isPrimal = Liveness.OfPrimal(this.graph with { Recomputed = [] });
        foreach (Node node in this.graph.Nodes)
            Require(!this.graph.IsAnchored(node) || anchors.Contains(node) || (!isPrimal[node.Id] && !Order.IsImpure(node)), node, "may throw or is impure, but is no anchor");
        this.VerifyOrder(anchors);
    }

    // An impure node reaches all that has an order and ran before it: what is not behind one of its predecessors ran after all of them.
    private void VerifyOrder(HashSet<Node> anchors)
    {
        Node[] ordered = [.. this.graph.Nodes.Where(node => anchors.Contains(node) && Order.IsOrdered(node))];
        foreach (Node impure in ordered.Where(Order.IsImpure))
        {
            HashSet<Node> before = Before(impure, ordered);
            foreach (Node node in ordered.TakeWhile(node => node.Id < impure.Id))
                Require(before.Contains(node) || node.Region.Excludes(impure.Region), impure, $"does not follow {Describe(node)}");
        }
    }

    private static HashSet<Node> Before(Node node, Node[] ordered)
    {
        var before = new HashSet<Node>();
        var pending = new Stack<Node>([node]);
        while (pending.TryPop(out Node? later))
        {
            IEnumerable<Node> inLoop = later is Fold fold ? ordered.Where(other => fold.Loop.Encloses(other.Region)) : [];
            foreach (Node earlier in later.Operands.Concat(later.Predecessors).Concat(inLoop))
            {
                if (before.Add(earlier))
                    pending.Push(earlier);
            }
        }
        return before;
    }

    private bool Owns(Node node) => node.Id >= 0 && node.Id < this.graph.Nodes.Count && ReferenceEquals(this.graph.Nodes[node.Id], node);

    private static void Require(bool holds, Node node, string problem)
    {
        if (!holds)
            throw new InvalidOperationException($"{Describe(node)} {problem}.");
    }

    private static string Describe(Node? node) => node switch
    {
        null => "nothing",
        Constant constant => $"{node} = constant {constant.Value ?? "null"}",
        Parameter parameter => $"{node} = {parameter.Name}",
        Apply apply => $"{node} = {apply.Operation.Name}({string.Join(", ", node.Operands)}) in {node.Region}",
        _ => $"{node} = {node.GetType().Name.ToLowerInvariant()}({string.Join(", ", node.Operands)}) in {node.Region}",
    };

    /// <summary>What makes two nodes equal, apart from their region.</summary>
    private readonly struct Shape(Node node) : IEquatable<Shape>
    {
        private readonly Node node = node;

        public bool Equals(Shape other) =>
            this.node.GetType() == other.node.GetType() && this.node.Type == other.node.Type && Equals(Content(this.node), Content(other.node))
            && this.node.Operands.SequenceEqual(other.node.Operands) && this.node.Predecessors.SequenceEqual(other.node.Predecessors);

        public override bool Equals(object? obj) => obj is Shape other && this.Equals(other);

        public override int GetHashCode() => this.node.Operands.Aggregate(HashCode.Combine(this.node.Type, Content(this.node)), (hash, operand) => HashCode.Combine(hash, operand.Id));

        private static object? Content(Node node) => node switch
        {
            Apply apply => apply.Operation,
            LoopIndex index => index.Loop,
            Final final => final.Number,
            // The same site has another sum in each region around it.
            Sum sum => (sum.Region, sum.Site, sum.KeepsSign),
            Vector vector => (vector.Region, vector.Site),
            Constant { Value: double number } => BitConverter.DoubleToInt64Bits(number),
            Constant { Value: float number } => BitConverter.SingleToInt32Bits(number),
            Constant { Value: null or string or Enum } constant => constant.Value,
            Constant { Value: { } value } when value.GetType().IsPrimitive => value,
            Constant { Value: { } value } => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(value),
            _ => null,
        };
    }
}
