using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;
using ExprGrad.Reading;

namespace ExprGrad.Scheduling;

/// <summary>
/// Decides which loops run eight iterations at once, one in each lane of a vector: those whose iterations wait for nothing of each other but sums and the value of a neighbour, and gain by it.
/// The value keeps its bits: a lane computes what an iteration computes, and the terms of the value are added in order. What is added up in the adjoint is added up lane by lane first.
/// </summary>
internal sealed class LanePlanner
{
    private const int CostOfSum = 7, CostOfLanes = 12, CostOfFunction = 20, InnerIterations = 8, MaxNodes = 400;

    // For each lane.
    private const double CostOfGather = 1.25, CostOfScatter = 1.5;

    // What lanes have to save, of what iterations cost one by one.
    private const double MostOfScalar = 0.85;

    private readonly Graph graph;
    private readonly Repeat repeat;
    private readonly LaneAnalysis lanes;
    private readonly Surroundings around;
    private readonly LaneWidth width;
    private readonly HashSet<Sum> ordered = [];
    private double scalarCost, laneCost;

    private LanePlanner(Graph graph, Repeat repeat, LaneAnalysis lanes, Surroundings around, LaneWidth width) => (this.graph, this.repeat, this.lanes, this.around, this.width) = (graph, repeat, lanes, around, width);

    /// <summary>The same statements, with plans for loops that run in lanes.</summary>
    /// <param name="graph">The function.</param>
    /// <param name="body">Its statements.</param>
    /// <param name="widths">How many iterations may run at once.</param>
    /// <param name="isEager">Whether lanes are used wherever it is possible, not only where it pays.</param>
    public static IReadOnlyList<Statement> Apply(Graph graph, IReadOnlyList<Statement> body, IReadOnlyList<LaneWidth> widths, bool isEager = false)
    {
        if (widths.Count == 0)
            return body;
        var assigned = new HashSet<Node>();
        FindAssigned(body, assigned);
        return Apply(graph, body, new Surroundings(assigned, Liveness.OfPrimal(graph), widths, isEager, IsInLoop: false));
    }

    // Of nested loops the outermost that can, and gains by it, runs in lanes.
    private static IReadOnlyList<Statement> Apply(Graph graph, IReadOnlyList<Statement> statements, Surroundings around) =>
    [
        .. statements.Select(statement => statement switch
        {
            Repeat repeat when Plan(graph, repeat, around) is { } plan => repeat with { Lanes = plan },
            Repeat repeat => repeat with { Body = Apply(graph, repeat.Body, around.InLoop()) },
            Conditional conditional => conditional with { Cases = [.. conditional.Cases.Select(block => Apply(graph, block, around))] },
            _ => statement,
        }),
    ];

    private static void FindAssigned(IReadOnlyList<Statement> statements, HashSet<Node> assigned)
    {
        foreach (Statement statement in statements)
        {
            if (statement.Target is { } target)
                assigned.Add(target);
            foreach (IReadOnlyList<Statement> block in statement.Blocks)
                FindAssigned(block, assigned);
        }
    }

    private static LanePlan? Plan(Graph graph, Repeat repeat, Surroundings around)
    {
        if (repeat.Loop.IsBackward || repeat.Loop.IsOpen || repeat.Loop.End is not null || repeat.Index is null)
            return null;
        LaneAnalysis lanes = LaneAnalysis.Of(repeat, around.Assigned);
        if (lanes.Nodes.Count() > MaxNodes || LaneOrder.Of(repeat, lanes) is not { } steps)
            return null;
        // Cheapest for each iteration.
        return around.Widths.Select(width => new LanePlanner(graph, repeat, lanes, around, width))
            .Where(planner => planner.Supports(repeat.Body, isChosen: false, weight: 1) && (around.IsEager || planner.laneCost < MostOfScalar * planner.scalarCost))
            .MinBy(planner => planner.laneCost / planner.width.Count) is { } best
            ? new LanePlan(best.width, lanes.Kinds, lanes.Strides, lanes.Rows, best.ordered, steps, LaneBlocks.Of(repeat.Body, lanes, around.Assigned), lanes.Nodes.Any(CallsFunction), graph.Nodes.Any(node => CallsFunction(node) && !lanes.IsInside(node))) : null;
    }

    private static bool CallsFunction(Node node) => node is Apply { Operation: Primitive { Method: not null, HasLanes: false } or Opaque } apply && (apply.Operation is Primitive || Order.IsImpure(node)) || node.Type == typeof((double, double));

    // ---- what runs in lanes

    private bool Supports(IReadOnlyList<Statement> statements, bool isChosen, double weight) => statements.All(statement => this.Supports(statement, isChosen, weight));

    /// <param name="statement">A statement of the loop.</param>
    /// <param name="isChosen">Whether it runs in some lanes only: all of them compute it, and those take it.</param>
    /// <param name="weight">How often it runs.</param>
    private bool Supports(Statement statement, bool isChosen, double weight)
    {
        switch (statement)
        {
            case Assign { Node: var node }:
                return this.SupportsNode(node, isChosen, weight, isRoot: true);
            case Move move:
                return this.SupportsValue(move.Arm, isChosen, weight) && (this.lanes.Varies(move.Choice) ? this.lanes.KindOf(move.Choice) is LaneKind.Vector or LaneKind.Affine || (this.lanes.KindOf(move.Choice) == LaneKind.Memory && !isChosen && this.IsOwnMemory(move.Arm)) : !isChosen);
            case Conditional conditional when !this.lanes.Varies(conditional.Selector):
                return this.SupportsValue(conditional.Selector, isChosen, weight) && conditional.Cases.All(block => this.Supports(block, isChosen, weight));
            case Conditional { Selector: { } selector } conditional:
                return selector.Type == typeof(bool) && this.SupportsValue(selector, isChosen, weight) && conditional.Cases.All(block => this.Supports(block, isChosen: true, weight));
            case Repeat inner:
                return !isChosen && !inner.Loop.IsOpen && inner.Loop.End is null && !this.lanes.Varies(inner.Loop.Count) && this.SupportsValue(inner.Loop.Count, isChosen, weight) && this.Supports(inner.Body, isChosen, InnerIterations * weight);
            case Begin { Node: var node }:
                return !isChosen && this.SupportsBegin(node, weight);
            case AddTerm { Sum: var sum }:
                return this.SupportsSum(sum, isChosen, weight);
            case StoreElement { Vector: var vector }:
                return !isChosen && vector.Value.Type is var type && (type == typeof(double) || type == typeof(int)) && this.SupportsValue(vector.Value, isChosen, weight) && this.SupportsElement(vector, vector.Position, weight, isAddition: false)
                    && (type == typeof(double) || this.lanes.KindOf(vector.Position) != LaneKind.Vector);
            case AddElement { Scatter: var scatter, Addition: var addition }:
                return this.SupportsValue(addition.Term, isChosen, weight) && this.SupportsElement(scatter, addition.Index, weight, isAddition: true) && (!isChosen || this.IsThere(scatter, addition.Index));
            case Accumulate { Effect: var effect }:
                return this.SupportsValue(effect.Term, isChosen, weight) && this.SupportsElement(null, effect.Index, weight, isAddition: true) && (!isChosen || this.IsThere(null, effect.Index));
            case Advance { Fold: var fold }:
                return !isChosen && fold.Test is null && Enumerable.Range(0, fold.Count).All(k => !fold.State(k).Type.IsArray && this.SupportsValue(fold.Next(k), isChosen, weight));
            default:
                return false;
        }
    }

    private bool SupportsBegin(Node node, double weight) => node switch
    {
        _ when !this.lanes.Varies(node) => true,
        Sum => node.Type == typeof(double),
        State state => this.lanes.KindOf(state) is LaneKind.Vector or LaneKind.Affine && this.SupportsValue(state.Initial, isChosen: false, weight),
        Vector vector => (vector.Value.Type == typeof(double) || vector.Value.Type == typeof(int)) && !this.lanes.Varies(vector.Length),
        Scatter scatter => !this.lanes.Varies(scatter.Length),
        _ => false,
    };

    private bool SupportsSum(Sum sum, bool isChosen, double weight)
    {
        if (!this.SupportsValue(sum.Term, isChosen, weight))
            return false;
        if (this.lanes.BeginsInside(sum))
        {
            this.Count(weight, 1, 1);
            return this.lanes.Varies(sum) ? sum.Type == typeof(double) : !isChosen;
        }
        if (sum.Type != typeof(double))
            return false;
        // In order, or lane by lane. What a loop computes again for the way back may decide there what it decided before: it has the same bits.
        if (!this.around.IsInLoop && !this.around.IsPrimal[sum.Id])
        {
            this.Count(weight, 1, 1);
            return true;
        }
        this.ordered.Add(sum);
        this.Count(weight, 1, this.width.CostOfOrderedSum);
        return !isChosen && ReferenceEquals(sum.Site.InnermostLoop, this.repeat.Loop);
    }

    // Where an element is written: of memory around the loop, in the gradient, or of an iteration's own.
    private bool SupportsElement(Node? collected, Node index, double weight, bool isAddition)
    {
        if (!this.SupportsValue(index, isChosen: false, weight))
            return false;
        bool isOwn = collected is not null && this.lanes.BeginsInside(collected);
        LaneKind kind = this.lanes.KindOf(index);
        bool isNeighbour = kind == LaneKind.Affine && this.lanes.Strides[index] == 1;
        this.Count(weight, 2, kind == LaneKind.Uniform ? (isOwn ? 2 : isAddition ? 2 + CostOfSum : 3) : isNeighbour && !isOwn ? 2 : this.width.Count * CostOfScatter);
        // Each iteration overwrites one element of memory around the loop: the last one counts.
        return isOwn || isAddition || kind != LaneKind.Uniform;
    }

    // Lanes that are not chosen add 0: there must be an element for them, too. To one element nothing is added where no lane is chosen.
    private bool IsThere(Scatter? scatter, Node index) => this.lanes.KindOf(index) switch
    {
        LaneKind.Uniform when scatter is null || !this.lanes.BeginsInside(scatter) => true,
        LaneKind.Uniform or LaneKind.Affine => scatter is null ? IndexRange.IsWithin(this.graph.Input, index) : IndexRange.IsBelow(index, scatter.Length),
        _ => false,
    };

    private bool SupportsValue(Node node, bool isChosen, double weight) =>
        !this.lanes.IsInside(node) || this.lanes.BeginsInside(node) || this.SupportsNode(node, isChosen, weight, isRoot: false);

    private bool SupportsNode(Node node, bool isChosen, double weight, bool isRoot)
    {
        if (node is Constant or Parameter || (!isRoot && (!this.lanes.IsInside(node) || this.lanes.BeginsInside(node))))
            return true;
        // What runs in some lanes only is computed in all: it must not throw.
        if (isChosen && (this.graph.IsAnchored(node) || (node is Load load && IndexRange.IsRented(load.Array))))
            return false;
        if (node is Apply { Operation.Behaviour: var behaviour } && behaviour.HasFlag(Behaviour.Impure))
            return false;
        bool isChoice = node is Choice choosing && this.lanes.Varies(choosing.Selector);
        if (!node.Reads.All(operand => this.SupportsNode(operand, isChosen || isChoice, weight, isRoot: false)))
            return false;
        if (!this.lanes.Varies(node))
            return !(isRoot && this.lanes.Rows.ContainsKey(node));
        return node switch
        {
            Load element => this.SupportsLoad(element, weight),
            Apply apply => this.SupportsApply(apply, weight),
            Choice choice => this.SupportsChoice(choice, weight),
            Final final => this.lanes.KindOf(final) is LaneKind.Vector or LaneKind.Affine,
            LoopIndex => true,
            _ => false,
        };
    }

    private bool SupportsLoad(Load load, double weight)
    {
        LaneKind array = this.lanes.KindOf(load.Array), index = this.lanes.KindOf(load.Index);
        if (this.lanes.KindOf(load) == LaneKind.Rows)
            return true;
        // An array that is another one in each lane has no vector of elements.
        if (this.lanes.KindOf(load) == LaneKind.Each)
            return array is LaneKind.Each or LaneKind.Uniform && index is not LaneKind.Each;
        if (load.Type != typeof(double) && load.Type != typeof(int))
            return false;
        bool isVector = index == LaneKind.Uniform || (array == LaneKind.Uniform && index == LaneKind.Affine && this.lanes.Strides[load.Index] == 1);
        this.Count(weight, 1, isVector ? 1 : this.width.Count * CostOfGather);
        return array is LaneKind.Uniform or LaneKind.Memory || (array == LaneKind.Rows && index == LaneKind.Uniform);
    }

    private bool SupportsApply(Apply apply, double weight)
    {
        if (this.lanes.KindOf(apply) == LaneKind.Rows)
            return true;
        if (this.lanes.KindOf(apply) == LaneKind.Affine)
        {
            this.Count(weight, 1, 0.2);
            return true;
        }
        if (apply.Operation is Primitive primitive && LaneForms.Has(primitive))
        {
            this.Count(weight, 1, 1);
            return true;
        }
        if (apply.Operation is Operator operation && LaneForms.Has(operation, apply))
        {
            this.Count(weight, 1, 1);
            return true;
        }
        if (apply.Operands.Any(operand => (operand.Type == typeof(bool) && this.lanes.Varies(operand)) || this.lanes.KindOf(operand) is LaneKind.Rows or LaneKind.Memory || (this.lanes.KindOf(operand) == LaneKind.Pair && !LaneForms.IsPart(apply))))
            return false;
        if (LaneForms.IsPart(apply))
            return true;
        // Lane by lane.
        double cost = apply.Operation is Primitive ? CostOfFunction : 2;
        this.Count(weight, cost, (this.width.Count * cost) + CostOfLanes);
        return apply.Type == typeof(double) || apply.Type == typeof(int) || apply.Type == typeof((double, double)) || this.lanes.KindOf(apply) == LaneKind.Each;
    }

    private bool SupportsChoice(Choice choice, double weight)
    {
        this.Count(weight, 1, 1);
        LaneKind kind = this.lanes.KindOf(choice);
        if (kind == LaneKind.Memory)
            return !this.lanes.Varies(choice.Selector) && Enumerable.Range(0, choice.CaseCount).All(k => this.IsOwnMemory(choice.Arm(k)));
        return kind is LaneKind.Vector or LaneKind.Affine && (choice.Selector.Type == typeof(bool) || !this.lanes.Varies(choice.Selector));
    }

    // An array with a place for each lane, or none: what all lanes share lies otherwise.
    private bool IsOwnMemory(Node array) => array is Constant { Value: null } || this.lanes.KindOf(array) == LaneKind.Memory;

    /// <summary>What is the same for all loops of a block.</summary>
    /// <param name="Assigned">What has a local anywhere in the function.</param>
    /// <param name="IsPrimal">Whether the value depends on a node.</param>
    /// <param name="Widths">How many iterations may run at once.</param>
    /// <param name="IsEager">Whether lanes are used wherever it is possible.</param>
    /// <param name="IsInLoop">Whether the loops are inside one that runs iteration by iteration.</param>
    private sealed record Surroundings(IReadOnlySet<Node> Assigned, bool[] IsPrimal, IReadOnlyList<LaneWidth> Widths, bool IsEager, bool IsInLoop)
    {
        // Loops inside are short: fewer iterations are left over by fewer lanes.
        public Surroundings InLoop() => this.IsInLoop ? this : this with { IsInLoop = true, Widths = [this.Widths[^1]] };
    }

    // What all iterations cost one by one, and at once.
    private void Count(double weight, double ofIteration, double ofLanes) =>
        (this.scalarCost, this.laneCost) = (this.scalarCost + weight * this.width.Count * ofIteration, this.laneCost + weight * ofLanes);
}
