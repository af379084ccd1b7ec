using System.Collections.Frozen;
using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Differentiation;

/// <summary>
/// The adjoint of a graph: walks it backwards once, seed 1 at the value, and adds <c>bar · partial</c> to the adjoint of each operand. Knows no function: each primitive gives its partials.
/// </summary>
/// <remarks>
/// Each adjoint lives in the region where its node matters: the node's own (in its <see cref="AdjointImages">image</see>) if one of its uses is unconditional, else only where a test selected it.
/// What flows on from it is computed there, so that nothing of a value that was not selected, not even 0 · ∞, reaches the gradient. Through a <see cref="Passage"/>, a function of one number, adjoints go in one step.
/// <para>
/// The rules of structured nodes: the term of a sum gets the adjoint of the sum; the adjoint of a vector is an array to which the uses of its elements add; a recurrence is followed by one that runs backwards,
/// whose states are the adjoints of its states.
/// </para>
/// </remarks>
internal sealed class ReverseMode
{
    private const int MaxDepthOfChoices = 8;

    private readonly GraphBuilder builder;
    private readonly Activity activity;
    private readonly Graph primal;
    private readonly AdjointSums sums;
    private readonly AdjointImages images;
    private readonly LocalDerivatives local;
    private readonly Dictionary<int, List<Contribution>> components = [];
    private readonly List<Effect> effects = [];
    private readonly List<Contribution>?[] contributions;
    private readonly Dictionary<Node, ArrayAdjoint> arrays = [];
    private readonly Dictionary<Fold, List<AdjointState>> backward = [];
    private readonly Dictionary<(Fold, int), Final> finals = [];
    private readonly int[] uses;

    private ReverseMode(Graph primal, IReadOnlySet<Node> residuals, bool sharing)
    {
        this.primal = primal;
        this.builder = new GraphBuilder(primal, sharing);
        this.activity = Activity.Of(primal);
        this.uses = Liveness.CountUses(primal);
        this.sums = new AdjointSums(this.builder);
        this.images = new AdjointImages(this.builder, [.. primal.Nodes.OfType<Fold>().Where(this.IsActive)], residuals, primal.Anchors.Any(Order.IsImpure));
        this.local = new LocalDerivatives(primal, this.builder, this.activity, this.sums);
        this.contributions = new List<Contribution>?[primal.Nodes.Count];
        foreach (Final final in primal.Nodes.OfType<Final>())
            this.finals[(final.Fold, final.Number)] = final;
    }

    /// <summary>The graph of the value and the gradient of <paramref name="primal"/>; the nodes of the primal are shared.</summary>
    public static Graph Differentiate(Graph primal, bool sharing = true)
    {
        var mode = new ReverseMode(primal, FrozenSet<Node>.Empty, sharing);
        Graph graph = mode.Walk();
        // What is worth keeping is known when it is known what is needed.
        HashSet<Node> residuals = Residuals.Of(graph, mode.images.CopiesInSteps.ToDictionary());
        return residuals.Count == 0 ? graph : new ReverseMode(primal, residuals, sharing).Walk();
    }

    private Graph Walk()
    {
        this.Contribute(this.primal.Value, new Contribution(this.primal.Root, this.builder.Constant(1.0)));
        // Every use has a greater id: where the walk arrives, the sum is complete.
        for (int id = this.primal.Nodes.Count - 1; id >= 0; id--)
            this.Visit(this.primal.Nodes[id]);
        this.MoveDeepContributionsToEffects();
        return this.primal with
        {
            Nodes = this.builder.Nodes,
            Gradient = [.. this.components.OrderBy(entry => entry.Key).Select(entry => new Component(entry.Key, this.sums.Everywhere(this.primal.Root, entry.Value)))],
            Effects = new CarriedEffects(this.builder).Of(this.JoinedEffects()),
            Recomputed = [.. this.images.Copies.Distinct()],
        };
    }

    // A contribution leaves each branch around it in a choice; from deep inside it is cheaper to add it where it is made.
    private void MoveDeepContributionsToEffects()
    {
        foreach ((int index, List<Contribution> contributions) in this.components.ToArray())
        {
            foreach (IGrouping<Region, Contribution> deep in contributions.Where(contribution => IsDeep(contribution.Region)).GroupBy(contribution => contribution.Region))
                this.effects.Add(new Effect(deep.Key, this.builder.Constant(index, typeof(int)), this.sums.Of(deep.Key, [.. deep]).Value));
            if (contributions.RemoveAll(contribution => IsDeep(contribution.Region)) > 0 && contributions.Count == 0)
                this.components.Remove(index);
        }
    }

    // Loops are left by sums, which cost no choice.
    private static bool IsDeep(Region region)
    {
        int choices = 0;
        for (Region? around = region; around is not null && region.Depth > MaxDepthOfChoices; around = around.Parent)
            choices += around is Branch { IsLoopGuard: false } ? 1 : 0;
        return choices > MaxDepthOfChoices;
    }

    // What is added to one element in one place is added at once.
    private IReadOnlyList<Effect> JoinedEffects() =>
    [
        .. this.effects.GroupBy(effect => (effect.Region, effect.Index))
            .Select(same => new Effect(same.Key.Region, same.Key.Index, this.sums.Of(same.Key.Region, [.. same.Select(effect => new Contribution(effect.Region, effect.Term))]).Value)),
    ];

    private bool IsActive(Fold fold) => Enumerable.Range(0, fold.Count).Any(k => this.activity[fold.State(k)]);

    private void Contribute(Node node, Contribution contribution)
    {
        if (!this.activity[node])
            return;
        if (node is not Load { Index: Constant { Value: int index } } load || !ReferenceEquals(load.Array, this.primal.Input))
            (this.contributions[node.Id] ??= []).Add(contribution);
        else if (index >= 0)
            this.ContributeToComponent(index, contribution);
    }

    // What nothing flows on from is added up in the end, or where it is made: joined at the load, contributions from n branches inside one another would make n choices for each component.
    private void ContributeToComponent(int index, Contribution contribution)
    {
        if (!this.components.TryGetValue(index, out List<Contribution>? uses))
            this.components[index] = uses = [];
        uses.Add(contribution);
    }

    private ArrayAdjoint AdjointOf(Node array)
    {
        if (!this.arrays.TryGetValue(array, out ArrayAdjoint? adjoint))
            this.arrays[array] = adjoint = new ArrayAdjoint([], []);
        return adjoint;
    }

    private void Visit(Node node)
    {
        switch (node)
        {
            case Fold fold when this.IsActive(fold) && this.uses[fold.Id] > 0:
                this.EnterBackwards(fold);
                break;
            case Final:
                // Its recurrence collects what it got.
                break;
            case State { Fold: { } fold } when this.backward.TryGetValue(fold, out List<AdjointState>? bars):
                // The first of its states that was made is reached last.
                if (fold.Operands.Take(fold.Count).All(other => other.Id >= node.Id))
                    this.CloseBackwards(fold, bars);
                break;
            case Parameter or Vector or Choice when this.arrays.Remove(node, out ArrayAdjoint? adjoint):
                this.Propagate(node, adjoint);
                break;
            default:
                if (this.contributions[node.Id] is { } uses)
                    this.PropagateThrough(node, this.sums.Of(this.images.Of(node.Region), uses));
                this.contributions[node.Id] = null;
                break;
        }
        this.builder.Region = this.builder.Root;
    }

    // Derivatives that were carried forward are known where the primal is.
    private void PropagateThrough(Node node, Contribution bar)
    {
        if (this.local.Of(node) is var (entry, derivative) && ReferenceEquals(this.images.Of(node.Region), node.Region))
            this.Contribute(entry, this.sums.Product(bar, derivative, node.Region));
        else
            this.Propagate(node, bar);
    }

    private void Propagate(Node node, Contribution bar)
    {
        switch (node)
        {
            case Load load when !ReferenceEquals(load.Array, this.primal.Input):
                this.AdjointOf(load.Array).Additions.Add(new Addition(bar.Region, this.images.Of(load.Index), bar.Value));
                break;
            case Load load:
                this.effects.Add(new Effect(bar.Region, this.images.Of(load.Index), bar.Value));
                break;
            case Choice choice:
                this.PropagateToArms(choice, bar);
                break;
            case Sum sum:
                (Node everywhere, Node? guard) = this.Everywhere(sum.Region, bar);
                this.Contribute(sum.Term, new Contribution(this.Inside(this.images.Of(sum.Site), guard), everywhere));
                break;
            case Apply { Operation: Primitive } apply:
                this.PropagateToOperands(apply, bar);
                break;
        }
    }

    private void Propagate(Node array, ArrayAdjoint adjoint)
    {
        switch (array)
        {
            case Vector vector:
                this.PropagateToElements(vector, adjoint);
                break;
            case Choice choice:
                this.PropagateToArms(choice, adjoint);
                break;
            case Parameter when ReferenceEquals(array, this.primal.Input):
                this.PropagateToInput(adjoint);
                break;
        }
    }

    private void PropagateToOperands(Apply node, Contribution bar)
    {
        for (int k = 0; k < node.Operands.Count; k++)
        {
            if (this.activity.Flows(node, k))
                this.Contribute(node.Operands[k], this.sums.TimesPartial(bar, node, k, this.images.Of));
        }
    }

    private void PropagateToArms(Choice choice, Contribution bar)
    {
        // An arm matters in its own case and where the choice matters.
        (Node everywhere, Node? guard) = this.Everywhere(choice.Region, bar);
        Region region = this.images.Of(choice.Region);
        for (int k = 0; k < choice.CaseCount; k++)
        {
            if (this.activity[choice.Arm(k)])
                this.Contribute(choice.Arm(k), new Contribution(this.Inside(this.builder.Regions.Branch(region, this.images.Of(choice.Selector), k), guard), everywhere));
        }
    }

    // An adjoint in all of its node's region, and the test under which it matters; null if it always does.
    private (Node Value, Node? Guard) Everywhere(Region home, Contribution bar)
    {
        Region region = this.images.Of(home);
        return (this.sums.Lift(bar, region), ReferenceEquals(bar.Region, region) ? null : this.sums.Guard(bar.Region, region));
    }

    private Region Inside(Region region, Node? guard) => guard is null ? region : this.builder.Regions.Branch(region, guard, 1);

    private void PropagateToElements(Vector vector, ArrayAdjoint adjoint)
    {
        if (!this.activity[vector.Value])
            return;
        Region site = this.images.Of(vector.Site);
        Node position = this.images.Of(vector.Position);
        // Arrays of the same shape are read where the element was made; what is not known there, or is one of many that a loop made, comes by way of additions.
        Region home = this.images.Of(vector.Region);
        Node[] known = [.. adjoint.Arrays.Where(array => array.Region.Encloses(site) && array.Region.OutermostLoopIn(home) is null)];
        Addition[] additions = [.. adjoint.Additions, .. adjoint.Arrays.Except(known).Select(this.AsAddition)];
        var bars = known.Select(source => (Source: source, ReachesAll: false)).ToList();
        if (additions.Length > 0)
            bars.Add((this.Scatter(home, this.images.Of(vector.Length), additions), additions.Any(addition => ReachesAll(addition, this.images.Of(vector.Length), site))));
        foreach ((Node source, bool reachesAll) in bars)
        {
            Node bar = this.builder.In(site, () => this.builder.Load(source, position, []));
            // What no use of an element reached is 0, and is multiplied by nothing.
            Region where = reachesAll ? site
                : this.builder.Regions.Branch(site, this.builder.In(site, () => this.builder.Apply(Operator.Compare(ExpressionType.NotEqual, typeof(double)), bar, this.builder.Constant(0.0))), 1);
            this.Contribute(vector.Value, new Contribution(where, bar));
        }
    }

    // Whether something is added to every element wherever one is made: in a loop over all of them that runs whenever the site does, if there is an element at all.
    private static bool ReachesAll(Addition addition, Node length, Region site)
    {
        if (addition.Site is not Loop loop || !ReferenceEquals(loop.Count, length) || addition.Index is not LoopIndex { Loop: var own } || !ReferenceEquals(own, loop))
            return false;
        Region around = loop.Parent;
        while (around is Branch { IsLoopGuard: true } guard && ReferenceEquals(guard.Selector.Operands[0], length))
            around = guard.Parent;
        return around.Encloses(site);
    }

    // The uses of an array that is chosen are around the test under which it is made.
    private Node Scatter(Region home, Node length, IReadOnlyList<Addition> additions) =>
        this.builder.Scatter(additions.Aggregate(home, (around, addition) => Region.CommonAncestor(around, addition.Site)), length, additions);

    // Each element of one array is added to the element of another.
    private Addition AsAddition(Node array)
    {
        Loop elements = this.builder.In(array.Region, () => this.builder.EnterLoop(Lengths.Of(this.builder, array)));
        Node index = this.builder.Index(elements);
        return new Addition(elements, index, this.builder.In(elements, () => this.builder.Load(array, index, [])));
    }

    // An array that is chosen from several passes its adjoint to the one that was.
    private void PropagateToArms(Choice choice, ArrayAdjoint adjoint)
    {
        Node selector = this.images.Of(choice.Selector);
        // Who has used an element has one: where the other cases are no arrays, it was this one's.
        Node[] arrays = [.. Enumerable.Range(0, choice.CaseCount).Select(choice.Arm).Where(arm => arm is not Constant { Value: null })];
        if (arrays is [var only])
        {
            this.AdjointOf(only).Additions.AddRange(adjoint.Additions);
            adjoint.Additions.Clear();
        }
        foreach (Addition addition in adjoint.Additions.Concat(adjoint.Arrays.Select(this.AsAddition)))
        {
            for (int k = 0; k < choice.CaseCount; k++)
                this.AdjointOf(choice.Arm(k)).Additions.Add(addition with { Site = this.builder.Regions.Branch(addition.Site, selector, k) });
        }
    }

    // The input as the initial state of a recurrence.
    private void PropagateToInput(ArrayAdjoint adjoint) =>
        this.effects.AddRange(adjoint.Additions.Concat(adjoint.Arrays.Select(this.AsAddition)).Select(addition => new Effect(addition.Site, addition.Index, addition.Term)));

    // Also without a use of the final states: sums and vectors of the body use the others. The body is walked next: its values are known where the backward loop runs, and its contributions arrive there.
    private void EnterBackwards(Fold fold)
    {
        var loop = (Loop)this.images.Of(fold.Loop);
        var bars = new List<AdjointState>();
        for (int k = 0; k < fold.Count; k++)
        {
            State state = fold.State(k);
            if (!this.activity[state])
                continue;
            Collected initial = this.Collect(loop.Parent, this.finals.GetValueOrDefault((fold, k)), state);
            var bar = new AdjointState(k, this.builder.State(loop, initial.Value), this.builder.State(loop, initial.Matters));
            bars.Add(bar);
            if (state.Type.IsArray)
                this.AdjointOf(fold.Next(k)).Arrays.Add(bar.Value);
            else
                this.Contribute(fold.Next(k), new Contribution(this.builder.Regions.Branch(loop, bar.Matters, 1), bar.Value));
        }
        this.backward[fold] = bars;
    }

    private void CloseBackwards(Fold fold, List<AdjointState> bars)
    {
        var loop = (Loop)this.images.Of(fold.Loop);
        Collected[] nexts = [.. bars.Select(bar => this.Collect(loop, fold.State(bar.Number), fold.State(bar.Number)))];
        Fold reversed = this.builder.Fold(loop, [.. bars.Select(bar => bar.Value), .. bars.Select(bar => bar.Matters)], [.. nexts.Select(next => next.Value), .. nexts.Select(next => next.Matters)]);
        for (int k = 0; k < bars.Count; k++)
        {
            Node initial = fold.State(bars[k].Number).Initial;
            Node value = this.builder.Final(reversed, k);
            if (initial.Type.IsArray)
                this.AdjointOf(initial).Arrays.Add(value);
            else
                this.Contribute(initial, new Contribution(this.builder.Regions.Branch(loop.Parent, this.builder.Final(reversed, bars.Count + k), 1), value));
        }
        this.backward.Remove(fold);
    }

    // What the uses of a state, or of what it is in the end, contributed in all of a region, and where it matters. Without a node there is no use.
    private Collected Collect(Region home, Node? node, State shape)
    {
        if (shape.Type.IsArray)
            return new Collected(this.CollectArray(home, node, shape), this.builder.Constant(true, typeof(bool)));
        List<Contribution>? uses = node is null ? null : this.contributions[node.Id];
        if (node is null || uses is null)
            return new Collected(this.builder.Constant(0.0), this.builder.Constant(false, typeof(bool)));
        this.contributions[node.Id] = null;
        Contribution sum = this.sums.Of(home, uses);
        return new Collected(this.sums.Lift(sum, home), ReferenceEquals(sum.Region, home) ? this.builder.Constant(true, typeof(bool)) : this.sums.Guard(sum.Region, home));
    }

    private Node CollectArray(Region home, Node? node, State shape)
    {
        if (node is null || !this.arrays.Remove(node, out ArrayAdjoint? adjoint))
            adjoint = new ArrayAdjoint([], []);
        return adjoint is { Arrays: [var only], Additions: [] } && only.Region.Encloses(home) ? only
            : this.Scatter(home, this.images.Of(Lengths.Of(this.builder, shape)), [.. adjoint.Additions, .. adjoint.Arrays.Select(this.AsAddition)]);
    }

    private readonly record struct Collected(Node Value, Node Matters);

    /// <summary>The adjoint of state <paramref name="Number"/> of a recurrence; it is multiplied by nothing where it does not matter.</summary>
    private sealed record AdjointState(int Number, State Value, State Matters);

    /// <summary>What the uses of an array contribute: to single elements, and by arrays of the same shape.</summary>
    private sealed record ArrayAdjoint(List<Addition> Additions, List<Node> Arrays);
}
