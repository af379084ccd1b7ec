using System.Collections.Immutable;
using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>Says what a well-formed schedule is, and throws for any other. Run in tests.</summary>
/// <remarks>
/// <list type="bullet">
/// <item>A node is computed in at most one place: by its statement, or nested in the one expression that uses it. A choice is chosen by one conditional, or by one expression.</item>
/// <item>It is computed only where the path condition of its region holds; where it may throw or is impure exactly there, whether or not its value is used.</item>
/// <item>A value is read from its local only where, on every path, the last assignment to the local was this value's: locals are assigned before they are used, and values that share a local do not overlap.</item>
/// <item>A local that is no scratch is read in the part that assigned it.</item>
/// <item>A node runs after its predecessors; each effect runs in its region, once (in any order: each adds to its component); each component is stored once, a vector of them where they are known to exist.</item>
/// <item>What a loop collects begins before it, and is collected at its site; a recurrence advances in its loop. All of this holds in the next iteration too, where locals are as this one left them.</item>
/// <item>The gradient is written after everything that is impure or reads memory, and after the value is known; with loops, after all arrays that are known outside of them; at any time if the function reads the point only.</item>
/// </list>
/// </remarks>
internal sealed class ScheduleVerifier
{
    private readonly Schedule schedule;
    private readonly HashSet<Node> computed = [];
    private readonly Dictionary<Local, List<Assignment>> writes = [];
    private readonly Dictionary<Choice, ImmutableDictionary<Node, int>> moves = [];
    private readonly HashSet<Effect> effects = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<int> stored = [];
    private ImmutableDictionary<Node, int> path = ImmutableDictionary<Node, int>.Empty;
    private ImmutableHashSet<Loop> loops = [];
    private bool isNextIteration;
    private int parts;
    private int part;
    private bool cleared;
    private bool isWriting;

    private ScheduleVerifier(Schedule schedule) => this.schedule = schedule;

    private Graph Graph => this.schedule.Graph;

    /// <summary>Does nothing for a well-formed schedule.</summary>
    /// <exception cref="InvalidOperationException">The schedule is not well-formed: says where and why.</exception>
    public static void Verify(Schedule schedule)
    {
        var verifier = new ScheduleVerifier(schedule);
        verifier.Run(schedule.Body);
        verifier.Read(schedule.Graph.Value);
        foreach (Node anchor in schedule.Graph.Anchors)
            Require(verifier.computed.Contains(anchor) || NeverRuns(anchor.Region), anchor, "never runs");
        Require(verifier.effects.SetEquals(schedule.Graph.Effects), schedule.Graph.Value, $"has {schedule.Graph.Effects.Count} effects, of which {verifier.effects.Count} run");
        int components = schedule.Graph.Gradient.Sum(component => component.Count);
        Require(verifier.stored.Count == components, schedule.Graph.Value, $"has {components} components, of which {verifier.stored.Count} are stored");
    }

    private void Run(IReadOnlyList<Statement> statements)
    {
        foreach (Statement statement in statements)
            this.Run(statement);
    }

    private void Run(Statement statement)
    {
        switch (statement)
        {
            case Assign { Node: var node }:
                this.Compute(node);
                this.Write(node);
                break;
            case Move { Choice: var choice, Arm: var arm }:
                this.Choose(choice, arm);
                break;
            case Conditional { Selector: var selector, Cases: var cases }:
                this.Read(selector);
                for (int k = 0; k < cases.Count; k++)
                    this.Where(selector, k, () => this.Run(cases[k]));
                break;
            case Repeat { Loop: var loop, Index: var index, Body: var body }:
                this.Read(loop.Count);
                this.RunLoop(loop, index, body);
                break;
            case Begin { Node: var node }:
                Require(this.computed.Add(node) || this.isNextIteration, node, "begins twice");
                foreach (Node needed in statement.References)
                    this.Read(needed);
                Require(node is State { Loop.Parent: var home } ? this.IsInside(home) : this.IsInside(node.Region), node, "begins where it does not run");
                this.Write(node);
                break;
            case AddTerm { Sum: var sum }:
                this.CollectAt(sum.Site, statement);
                break;
            case StoreElement { Vector: var vector }:
                this.CollectAt(vector.Site, statement);
                break;
            case AddElement { Addition: var addition }:
                this.CollectAt(addition.Site, statement);
                break;
            case Advance { Fold: var fold }:
                this.CollectAt(fold.Loop, statement);
                for (int k = 0; k < fold.Count; k++)
                    this.Write(fold.State(k));
                break;
            case Part { Body: var body }:
                int around = this.part;
                this.part = ++this.parts;
                this.Run(body);
                this.part = around;
                break;
            case ClearGradient:
                this.BeginGradient();
                Require(!this.cleared && this.path.IsEmpty && this.loops.IsEmpty, this.Graph.Value, "has a gradient that is cleared twice, or in a branch");
                this.cleared = true;
                break;
            case Accumulate { Effect: var effect }:
                this.BeginGradient();
                Require(this.cleared, effect.Term, "is added before the gradient is cleared");
                Require(this.effects.Add(effect) || this.isNextIteration, effect.Term, "is added twice");
                Require(this.IsPathOf(effect.Region), effect.Term, $"is added outside of {effect.Region}");
                this.Read(effect.Index);
                this.Read(effect.Term);
                break;
            case Store { Component: var component }:
                this.BeginGradient();
                Require(this.path.IsEmpty && this.loops.IsEmpty && Enumerable.Range(component.Index, component.Count).All(this.stored.Add), component.Adjoint, "is stored twice, or in a branch");
                Require(this.Graph.Effects.Count == 0 || this.cleared, component.Adjoint, "is stored before the gradient is cleared");
                Require(component.Count == 1 || (this.Graph.Effects.Count == 0 && component.Index + component.Count <= this.Graph.RequiredLength), component.Adjoint, "is stored where there may be no such components, or where something is added to them");
                this.Read(component.Adjoint);
                break;
            default:
                throw new InvalidOperationException($"A statement of an unknown kind: {statement}.");
        }
    }

    private void BeginGradient()
    {
        if (this.isWriting)
            return;
        this.isWriting = true;
        if (this.Graph.ReadsPointOnly || this.Graph.Effects.Any(effect => effect.Region.InnermostLoop is not null))
            return;
        foreach (Node anchor in this.Graph.Anchors)
            Require(this.computed.Contains(anchor) || !ReadsMemory(anchor) || NeverRuns(anchor.Region), anchor, "runs after the gradient is written to");
        this.Read(this.Graph.Value);
        Require(this.Graph.Value is Constant or Parameter || this.schedule.Locals.ContainsKey(this.Graph.Value), this.Graph.Value, "is the value, but has no local");
    }

    /// <summary>The value of a node is used here: it is in its local, or computed in this place.</summary>
    private void Read(Node node)
    {
        if (node is Constant or Parameter)
            return;
        if (!this.schedule.Locals.TryGetValue(node, out Local? local))
        {
            this.Compute(node);
            return;
        }
        Require(local.IsScratch || !this.writes.TryGetValue(local, out List<Assignment>? all) || all.Exists(write => ReferenceEquals(write.Node, node) && write.Part == this.part), node, $"is read from t{local.Number}, which is a variable of another part");
        Require(this.IsHeld(local, node, this.path, this.writes.GetValueOrDefault(local)?.Count ?? 0), node, $"is read from t{local.Number}, which does not hold it on every path ({Text(this.path)})");
    }

    private void Compute(Node node)
    {
        Require(node.Type != typeof(void), node, "has no value");
        Require((this.computed.Add(node) && (node is not Choice done || !this.moves.ContainsKey(done))) || this.isNextIteration, node, "is computed twice");
        this.RequirePath(node);
        foreach (Node predecessor in node.Predecessors)
            this.RequireRan(predecessor, node, this.path);
        if (node is Choice choice)
        {
            this.Read(choice.Selector);
            for (int k = 0; k < choice.CaseCount; k++)
                this.Where(choice.Selector, k, () => this.Read(choice.Arm(k)));
            return;
        }
        foreach (Node operand in node.Reads)
            this.Read(operand);
    }

    // Twice: what is read from before the loop must still be there in the next iteration.
    private void RunLoop(Loop loop, LoopIndex? index, IReadOnlyList<Statement> body)
    {
        (ImmutableHashSet<Loop> around, bool isNext) = (this.loops, this.isNextIteration);
        Require(!around.Contains(loop) && this.IsInside(loop.Parent), loop.Count, $"counts {loop}, which is opened where it does not run");
        this.loops = around.Add(loop);
        foreach (bool next in new[] { isNext, true })
        {
            this.isNextIteration = next;
            if (index is not null)
            {
                this.computed.Add(index);
                this.Write(index);
            }
            this.Run(body);
        }
        (this.loops, this.isNextIteration) = (around, isNext);
    }

    private void CollectAt(Region site, Statement statement)
    {
        Node first = statement.References[0];
        Require(this.IsPathOf(site), first, $"collects outside of {site}");
        foreach (Node needed in statement.References)
            this.Read(needed);
    }

    // A choice made by statements: each of its cases moves its own arm.
    private void Choose(Choice choice, Node arm)
    {
        Require(this.path.TryGetValue(choice.Selector, out int chosen) && ReferenceEquals(choice.Arm(chosen), arm), choice, $"gets {arm}, which is not its arm here ({Text(this.path)})");
        Require(!this.computed.Contains(choice) || this.isNextIteration, choice, "is computed twice");
        this.RequirePath(choice);
        // Every case stands in one conditional, around which the path is the same.
        ImmutableDictionary<Node, int> around = this.path.Remove(choice.Selector);
        Require(!this.moves.TryGetValue(choice, out ImmutableDictionary<Node, int>? others) || (others.Count == around.Count && others.All(around.Contains)), choice, "is chosen in two places");
        this.moves[choice] = around;
        this.Read(arm);
        this.Write(choice);
    }

    private void Write(Node node)
    {
        if (!this.schedule.Locals.TryGetValue(node, out Local? local))
            return;
        Require(local.Type == node.Type, node, $"is assigned to t{local.Number}, which is a {local.Type.Name}");
        if (!this.writes.TryGetValue(local, out List<Assignment>? all))
            this.writes[local] = all = [];
        all.Add(new Assignment(node, this.path, this.part));
    }

    /// <summary>Whether of the first <paramref name="count"/> assignments the last that is made on each path is that of <paramref name="node"/>.</summary>
    private bool IsHeld(Local local, Node node, ImmutableDictionary<Node, int> where, int count)
    {
        for (; count > 0; count--)
        {
            Assignment write = this.writes[local][count - 1];
            if (write.Path.Any(condition => where.TryGetValue(condition.Key, out int known) && known != condition.Value))
                continue;
            Node? open = write.Path.Keys.FirstOrDefault(selector => !where.ContainsKey(selector));
            if (open is null)
                return ReferenceEquals(write.Node, node);
            int cases = open.Type == typeof(bool) ? 2 : ((Apply)open).Operation.CaseCount;
            return Enumerable.Range(0, cases).All(k => this.IsHeld(local, node, where.Add(open, k), count));
        }
        return false;
    }

    private void RequirePath(Node node)
    {
        Require(this.IsInside(node.Region), node, $"is computed where {node.Region} does not run ({Text(this.path)})");
        Require(!this.Graph.IsAnchored(node) || this.IsPathOf(node.Region), node, $"may throw or is impure, and belongs into {node.Region}, not deeper ({Text(this.path)})");
    }

    private bool IsInside(Region region)
    {
        for (Region? around = region; around is not null; around = around.Parent)
        {
            if (around is Loop loop ? !this.loops.Contains(loop) : around is Branch branch && !(this.path.TryGetValue(branch.Selector, out int known) && known == branch.Case))
                return false;
        }
        return true;
    }

    private bool IsPathOf(Region region)
    {
        var conditions = new Dictionary<Node, int>();
        int depth = 0;
        for (Region? around = region; around is not null; around = around.Parent)
        {
            if (around is Branch branch)
                conditions[branch.Selector] = branch.Case;
            else if (around is Loop)
                depth++;
        }
        return this.IsInside(region) && depth == this.loops.Count && conditions.Count == this.path.Count && this.path.All(conditions.Contains);
    }

    private void RequireRan(Node node, Node before, ImmutableDictionary<Node, int> where)
    {
        if (node is Choice join && join.Type == typeof(void))
        {
            for (int k = 0; k < join.CaseCount; k++)
            {
                if (!where.TryGetValue(join.Selector, out int known) || known == k)
                    this.RequireRan(join.Arm(k), before, where.SetItem(join.Selector, k));
            }
            return;
        }
        if (NeverRuns(node.Region))
            return;
        for (Region? region = node.Region; region is not null; region = region.Parent)
        {
            if (region is Branch branch && where.TryGetValue(branch.Selector, out int known) && known != branch.Case)
                return;
        }
        Require(node is Constant or Parameter || this.computed.Contains(node), before, $"runs before {node}, which it must follow");
    }

    private void Where(Node selector, int @case, Action run)
    {
        ImmutableDictionary<Node, int> outer = this.path;
        // Inside a case of the same selector the others never run.
        if (outer.TryGetValue(selector, out int known) && known != @case)
            return;
        this.path = outer.SetItem(selector, @case);
        run();
        this.path = outer;
    }

    // A conditional inside a conditional on the same selector has cases that contradict the one around it.
    private static bool NeverRuns(Region region)
    {
        var path = new Dictionary<Node, int>();
        for (Region? around = region; around is not null; around = around.Parent)
        {
            if (around is Branch branch && !path.TryAdd(branch.Selector, branch.Case) && path[branch.Selector] != branch.Case)
                return true;
        }
        return false;
    }

    private static bool ReadsMemory(Node node) => node is Load || (node is Apply apply && (apply.Operation.Behaviour & (Behaviour.Impure | Behaviour.ReadsState)) != 0);

    private static string Text(ImmutableDictionary<Node, int> path) => path.IsEmpty ? "root" : string.Join(", ", path.Select(condition => $"{condition.Key}={condition.Value}"));

    private static void Require(bool holds, Node node, string problem)
    {
        if (!holds)
            throw new InvalidOperationException($"{node} ({(node as Apply)?.Operation.Name ?? node.GetType().Name}) {problem}.");
    }

    private readonly record struct Assignment(Node Node, ImmutableDictionary<Node, int> Path, int Part);
}
