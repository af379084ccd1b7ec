using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Differentiation;

/// <summary>
/// Where adjoints live, and the primal values that they use there. Outside recurrences that is where the primal lives: an adjoint shares the region and the nodes of the primal.
/// The adjoint of a recurrence runs backwards, in a loop of its own: there its states are read from their histories, what is dear to compute is read from a vector that the primal stores, and the rest is computed again.
/// </summary>
/// <remarks>
/// A region inside n loops with recurrences has n + 1 copies: in copy d the outermost d of these loops run backwards and the others forwards. Copy 0 is the primal, copy n is where adjoints live,
/// copy d computes what the loops that run backwards in copy d + 1 need to know of their way forwards.
/// </remarks>
internal sealed class AdjointImages
{
    private readonly GraphBuilder builder;
    private readonly HashSet<Loop> recurrences;
    private readonly IReadOnlySet<Node> residuals;
    private readonly HashSet<Node> lengthsOfStates;
    private readonly bool isOrderKept;
    private readonly Dictionary<(Region, int), Region> regions = [];
    private readonly Dictionary<(Node, int), Node> nodes = [];

    /// <param name="builder">Makes the nodes.</param>
    /// <param name="recurrences">Those that are followed by one that runs backwards.</param>
    /// <param name="residuals">What is read from a vector as if it were dear.</param>
    /// <param name="isOrderKept">Whether impure code runs, so that it matters when memory is read.</param>
    public AdjointImages(GraphBuilder builder, IReadOnlyList<Fold> recurrences, IReadOnlySet<Node> residuals, bool isOrderKept)
    {
        (this.builder, this.residuals, this.isOrderKept) = (builder, residuals, isOrderKept);
        this.recurrences = [.. recurrences.Select(fold => fold.Loop)];
        this.lengthsOfStates = [.. recurrences.SelectMany(fold => Enumerable.Range(0, fold.Count).Select(fold.State)).Where(state => state.Type.IsArray).Select(state => Lengths.Of(builder, state))];
    }

    /// <summary>What is computed again.</summary>
    public IEnumerable<Node> Copies => this.nodes.Values;

    /// <summary>What is computed again in each step of a recurrence, by what it is a copy of.</summary>
    public IEnumerable<KeyValuePair<Node, Node>> CopiesInSteps => this.nodes.Where(entry => entry.Key is ({ Region: Loop loop }, var backward) && this.recurrences.Contains(loop) && backward == this.CountRecurrences(loop))
        .Select(entry => KeyValuePair.Create(entry.Key.Item1, entry.Value));

    /// <summary>Where the adjoints of nodes of <paramref name="region"/> live.</summary>
    public Region Of(Region region) => this.recurrences.Count == 0 ? region : this.Copy(region, this.CountRecurrences(region));

    /// <summary>The value of <paramref name="node"/> where its adjoint lives.</summary>
    public Node Of(Node node) => this.recurrences.Count == 0 ? node : this.Copy(node, this.CountRecurrences(node.Region));

    private int CountRecurrences(Region region)
    {
        int count = 0;
        for (Region? around = region; around is not null; around = around.Parent)
            count += around is Loop loop && this.recurrences.Contains(loop) ? 1 : 0;
        return count;
    }

    private Region Copy(Region region, int backward)
    {
        int around = this.CountRecurrences(region);
        backward = Math.Min(backward, around);
        if (backward == 0)
            return region;
        if (this.regions.TryGetValue((region, backward), out Region? known))
            return known;
        Region parent = this.Copy(region.Parent!, backward);
        Region copy = region switch
        {
            Branch branch => this.builder.Regions.Branch(parent, this.Copy(branch.Selector, backward), branch.Case),
            Loop loop when this.recurrences.Contains(loop) => this.builder.Regions.NewLoop(parent, this.Copy(loop.Count, backward), isBackward: backward == around),
            Loop loop => this.builder.Regions.Loop(parent, this.Copy(loop.Count, backward), loop.Number, loop.IsBackward),
            _ => throw new InvalidOperationException($"A region of an unknown kind: {region.GetType().Name}."),
        };
        return this.regions[(region, backward)] = copy;
    }

    private Node Copy(Node node, int backward)
    {
        int around = this.CountRecurrences(node.Region);
        backward = Math.Min(backward, around);
        if (backward == 0)
            return node;
        if (this.nodes.TryGetValue((node, backward), out Node? known))
            return known;
        Region region = this.Copy(node.Region, backward);
        Node[] CopyAll(IReadOnlyList<Node> all) => [.. all.Select(one => this.Copy(one, backward))];
        bool IsBackward(Loop loop) => this.recurrences.Contains(loop) && this.CountRecurrences(loop) <= backward;
        Node copy = node switch
        {
            LoopIndex => this.builder.Index((Loop)region),
            State state when IsBackward(state.Loop) && state.Type.IsArray => this.CopyArray(state, region),
            State state when IsBackward(state.Loop) => this.builder.In(region, () => this.builder.Load(this.History(state.Region, state, backward), this.builder.Index((Loop)region), [])),
            State state => this.CopyState(state, (Loop)region, backward),
            Load { Array: State array } load when IsBackward(array.Loop) => this.CopyElement(load, array, backward, region),
            _ when this.isOrderKept && Order.IsOrdered(node) => this.LoadKept(node, backward, region),
            _ when backward == around && (IsDear(node) || this.residuals.Contains(node)) && this.LoopOfHistory(node) is { } loop =>
                this.builder.In(region, () => this.builder.LoadStored(node, this.History(node.Region, node, backward), this.builder.Index((Loop)this.Copy(loop, backward)))),
            // In loops inside one recurrence memory is for what takes a loop itself, or is as long as a state.
            _ when backward == around && around == 1 && IsDear(node) && this.LoopsInRecurrence(node) is var loops && loops.All(this.IsOfKnownLength) && (node is Sum or Final || loops[1..].All(this.IsOverState)) =>
                this.LoadKept(node, backward, region),
            Final final => this.builder.Final((Fold)this.Copy(final.Fold, backward), final.Number),
            Fold fold => this.CopyFold(fold, backward),
            Sum sum => this.builder.Sum(region, this.Copy(sum.Site, backward), this.Copy(sum.Term, backward), sum.KeepsSign),
            Vector vector => this.builder.Vector(region, this.Copy(vector.Site, backward), this.Copy(vector.Length, backward), this.Copy(vector.Position, backward), this.Copy(vector.Value, backward)),
            Load load => this.builder.In(region, () => this.builder.Load(this.Copy(load.Array, backward), this.Copy(load.Index, backward), [])),
            Choice choice => this.builder.In(region, () => this.builder.Choice(choice.Type, this.Copy(choice.Selector, backward), CopyAll([.. choice.Operands.Skip(1)]))),
            Apply apply when apply.Operation.Behaviour.HasFlag(Behaviour.Impure) =>
                throw new NotSupportedException($"The value of an impure call in a loop inside a recurrence is needed on the way back: {apply.Operation.Name}. Compute it before, into an array."),
            Apply apply => this.builder.In(region, () => this.builder.Apply(apply.Operation, CopyAll(apply.Operands))),
            _ => throw new InvalidOperationException($"A node of an unknown kind: {node.GetType().Name}."),
        };
        // A state leads to what its recurrence makes of it, and so may have led to this.
        return this.nodes.TryGetValue((node, backward), out known) ? known : this.nodes[(node, backward)] = copy;
    }

    private Node CopyState(State state, Loop loop, int backward)
    {
        // All states of the recurrence exist before the body is copied: it refers to them.
        Fold fold = state.Fold;
        Node[] initial = [.. Enumerable.Range(0, fold.Count).Select(k => this.Copy(fold.State(k).Initial, backward))];
        // The initial values of inner states are outer ones, whose recurrence contains this one.
        if (this.nodes.TryGetValue((state, backward), out Node? known))
            return known;
        for (int k = 0; k < fold.Count; k++)
            this.nodes[(fold.State(k), backward)] = this.builder.State(loop, initial[k]);
        this.Copy(fold, backward);
        return this.nodes[(state, backward)];
    }

    // What one of its states becomes may lead through a recurrence around it back to it.
    private Fold CopyFold(Fold fold, int backward)
    {
        var loop = (Loop)this.Copy(fold.Loop, backward);
        Node[] states = [.. Enumerable.Range(0, fold.Count).Select(k => this.Copy(fold.State(k), backward))];
        Node[] nexts = [.. Enumerable.Range(0, fold.Count).Select(k => this.Copy(fold.Next(k), backward))];
        Node? test = fold.Test is { } tested ? this.Copy(tested, backward) : null;
        return this.nodes.TryGetValue((fold, backward), out Node? known) ? (Fold)known : this.builder.Fold(loop, states, nexts, test);
    }

    // The values that a node had in the iterations of the way forwards, one for each.
    private Node History(Region site, Node node, int backward)
    {
        Loop loop = this.LoopOfHistory(node)!;
        var forward = (Loop)this.Copy(loop, backward - 1);
        return this.builder.Vector(forward.Parent, this.Copy(site, backward - 1), forward.Count, this.builder.Index(forward), this.Copy(node, backward - 1));
    }

    // The outermost recurrence that a node is in, and the loops in it.
    private Loop[] LoopsInRecurrence(Node node)
    {
        var loops = new Stack<Loop>();
        for (Loop? loop = node.Region.InnermostLoop; loop is not null; loop = loop.Parent.InnermostLoop)
            loops.Push(loop);
        return [.. loops.SkipWhile(loop => !this.recurrences.Contains(loop))];
    }

    // Whether a loop in a recurrence is as long in each step.
    private bool IsOfKnownLength(Loop loop)
    {
        Loop recurrence = loop;
        for (Loop? around = loop; around is not null; around = around.Parent.InnermostLoop)
            recurrence = this.recurrences.Contains(around) ? around : recurrence;
        return !loop.IsOpen && loop.Count.Region.Encloses(recurrence.Parent);
    }

    // Whether a loop is over the elements of a state.
    private bool IsOverState(Loop loop) => this.lengthsOfStates.Contains(loop.Count);

    // What runs once, what it may change, and what is dear is stored when it runs.
    private Node LoadKept(Node node, int backward, Region region)
    {
        Loop[] inside = this.LoopsInRecurrence(node);
        Region home = inside[0].Parent;
        if (!Array.TrueForAll(inside, this.IsOfKnownLength))
            throw new NotSupportedException($"The value of {((node as Apply)?.Operation.Name ?? "an element")}, in a loop inside a recurrence (Aggregate), may be changed by a call or an enumeration with side effects and is needed again on the way back, but the loop has another length in each step. Compute such values before the recurrence, into an array.");
        Node Integer(System.Linq.Expressions.ExpressionType kind, Node a, Node b) => this.builder.Apply(Operator.Integer(kind), a, b);
        Node Times(Node a, Node b) => Integer(System.Linq.Expressions.ExpressionType.Multiply, a, b);
        Node Position(Func<Loop, Loop> image) => inside.Skip(1).Aggregate(this.builder.Index(image(inside[0])), (number, loop) =>
            Integer(System.Linq.Expressions.ExpressionType.Add, Times(number, loop.Count), this.builder.Index(image(loop))));
        Node length = this.builder.In(home, () => inside.Select(loop => loop.Count).Aggregate(Times));
        Node kept = this.builder.Vector(home, node.Region, length, this.builder.In(node.Region, () => Position(loop => loop)), node);
        return this.builder.In(region, () => this.builder.LoadStored(node, kept, Position(loop => (Loop)this.Copy(loop, backward))));
    }

    // An element that a state had: of one that is an array all are kept, iteration after iteration.
    private Node CopyElement(Load load, State array, int backward, Region region) =>
        this.builder.In(region, () => this.ElementOf(array, this.Copy(load.Index, backward)));

    // The whole array that a state was, for what begins with it.
    private Node CopyArray(State array, Region region) => this.builder.In(region, () =>
    {
        Node length = this.Copy(Lengths.Of(this.builder, array), this.CountRecurrences(array.Region));
        Loop elements = this.builder.EnterLoop(length);
        Node index = this.builder.Index(elements);
        return this.builder.Vector(elements.Parent, elements, length, index, this.builder.In(elements, () => this.ElementOf(array, index)));
    });

    private Node ElementOf(State array, Node index)
    {
        int backward = this.CountRecurrences(array.Region);
        var forward = (Loop)this.Copy(array.Loop, backward - 1);
        Node Times(Node a, Node b) => this.builder.Apply(Operator.Integer(System.Linq.Expressions.ExpressionType.Multiply), a, b);
        Node Plus(Node a, Node b) => this.builder.Apply(Operator.Integer(System.Linq.Expressions.ExpressionType.Add), a, b);
        Node length = this.Copy(Lengths.Of(this.builder, array), backward - 1);
        Node history = this.builder.In(forward, () =>
        {
            Loop elements = this.builder.EnterLoop(length);
            Node element = this.builder.Index(elements);
            return this.builder.In(elements, () => this.builder.Vector(forward.Parent, elements, this.builder.In(forward.Parent, () => Times(forward.Count, length)),
                Plus(Times(this.builder.Index(forward), length), element), this.builder.Load(this.Copy(array, backward - 1), element, [])));
        });
        Node iteration = this.builder.Index((Loop)this.Copy(array.Loop, backward));
        return this.builder.Load(history, Plus(Times(iteration, length), index), []);
    }

    // The recurrence that a node is in directly, branches apart.
    private Loop? LoopOfHistory(Node node) => node.Region.InnermostLoop is { } loop && this.recurrences.Contains(loop) ? loop : null;

    // Numbers that cost more to compute again than to store and load.
    private static bool IsDear(Node node) => !node.Type.IsArray && ((node is Apply apply && apply.Operation.Behaviour.HasFlag(Behaviour.Impure)) || node is Sum or Final || node is Apply { Operation: Primitive { Method: not null } });
}
