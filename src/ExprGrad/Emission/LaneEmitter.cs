using System.Linq.Expressions;
using System.Runtime.Intrinsics;
using ExprGrad.IR;
using ExprGrad.Primitives;
using ExprGrad.Runtime;
using ExprGrad.Scheduling;

namespace ExprGrad.Emission;

/// <summary>The body of a loop for several iterations at once. What is the same in all of them is left to the scalar emitter.</summary>
internal sealed partial class LaneEmitter
{
    // Of as many operands as a function has, at most.
    private const int BufferLength = 8 * EightLanes.Width;

    private readonly ScalarEmitter scalar;
    private readonly Repeat repeat;
    private readonly LanePlan plan;
    private readonly ParameterExpression index;
    private readonly Dictionary<Node, ParameterExpression> variables = [];
    private readonly Dictionary<Node, ParameterExpression> seconds = [];
    private readonly Dictionary<Sum, ParameterExpression> totals = [];
    private readonly Dictionary<Node, (ParameterExpression Totals, Expression Array, Expression Length)> elementTotals = [];
    private readonly HashSet<Node> begun = [];
    private readonly Stack<Expression> tests = [];
    private readonly HashSet<Node> moved = [];
    private readonly Dictionary<State, ParameterExpression> nexts = [];
    private readonly Dictionary<Row, ParameterExpression> columns = [];
    private readonly Dictionary<LaneBlock, ParameterExpression> blocks = new(ReferenceEqualityComparer.Instance);
    // How many additions of a block are still to come.
    private readonly Dictionary<LaneBlock, int> missing = new(ReferenceEqualityComparer.Instance);
    // Where statements go that must come before the one that is being emitted.
    private List<Expression> current = [];
    private ParameterExpression? buffer;

    private LaneEmitter(ScalarEmitter scalar, Repeat repeat, LanePlan plan, ParameterExpression index)
    {
        (this.scalar, this.repeat, this.plan, this.index) = (scalar, repeat, plan, index);
        this.FindBegun(repeat.Body);
    }

    /// <summary>The body, what comes before the loop and after it, and what must hold for the body to run.</summary>
    /// <param name="scalar">The emitter of the method.</param>
    /// <param name="repeat">The loop.</param>
    /// <param name="plan">How it runs.</param>
    /// <param name="index">The variable of its index.</param>
    /// <param name="count">The variable with the number of iterations.</param>
    public static (IReadOnlyList<Expression> Before, Expression? Guard, IReadOnlyList<Expression> Body, IReadOnlyList<Expression> After) Emit(ScalarEmitter scalar, Repeat repeat, LanePlan plan, ParameterExpression index, ParameterExpression count)
    {
        var emitter = new LaneEmitter(scalar, repeat, plan, index);
        var body = new List<Expression>();
        emitter.EmitRows(body);
        emitter.EmitSteps(body);
        var before = new List<Expression>();
        var after = new List<Expression>();
        if (emitter.buffer is not null)
            before.Add(Expression.Assign(emitter.buffer, Expression.Call(typeof(Scratch), nameof(Scratch.Fit), [typeof(double)], scalar.Held, Expression.Constant(scalar.NewPlace(typeof(double))), Expression.Constant(BufferLength))));
        foreach ((LaneBlock block, ParameterExpression columns) in emitter.blocks)
            before.Add(Expression.Assign(columns, Expression.Call(typeof(Scratch), nameof(Scratch.Fit), [typeof(double)], scalar.Held, Expression.Constant(scalar.NewPlace(typeof(double))), emitter.CallLanes(nameof(EightLanes.LengthOfBlocks), Expression.Constant(block.Count)))));
        foreach ((ParameterExpression totals, Expression array, Expression length) in emitter.elementTotals.Values)
        {
            before.Add(Expression.Assign(totals, emitter.CallLanes(nameof(EightLanes.Totals), scalar.Held, Expression.Constant(scalar.NewPlace(typeof(double))), array, length, count)));
            after.Add(emitter.CallLanes(nameof(EightLanes.AddTotals), array, totals, length));
        }
        foreach ((Sum sum, ParameterExpression total) in emitter.totals)
        {
            before.Add(Expression.Assign(total, emitter.Zero));
            Expression local = scalar.ValueOf(sum);
            after.Add(Expression.Assign(local, Expression.Add(local, emitter.CallVectors(nameof(Vector256.Sum), total))));
        }
        Expression? guard = plan.Rows.Select(emitter.AreRows).Aggregate((Expression?)null, (all, one) => all is null ? one : Expression.AndAlso(all, one));
        return (before, guard, body, after);
    }

    private void FindBegun(IReadOnlyList<Statement> statements)
    {
        foreach (Statement statement in statements)
        {
            if (statement is Begin begin)
                this.begun.Add(begin.Node);
            foreach (IReadOnlyList<Statement> block in statement.Blocks)
                this.FindBegun(block);
        }
    }

    // ---- rows

    private Expression AreRows(Row row) => this.CallLanes(nameof(EightLanes.AreRows), this.scalar.ValueOf(row.Array), this.Start(row), this.scalar.Gradient);

    private Expression Start(Row row) => row.Offset == 0 ? this.index : Expression.Add(this.index, Expression.Constant(row.Offset));

    // Column by column, before anything reads them.
    private void EmitRows(List<Expression> target)
    {
        foreach (Row row in this.plan.Rows)
        {
            ParameterExpression variable = this.columns[row] = this.scalar.Temporary(typeof(double[]), "columns" + this.columns.Count);
            target.Add(Expression.Assign(variable, this.CallLanes(nameof(EightLanes.Columns), this.scalar.Held, Expression.Constant(this.scalar.NewPlace(typeof(double))), this.scalar.ValueOf(row.Array), this.Start(row))));
        }
    }

    private MemberExpression RowLength(Row row) => Expression.Property(Expression.ArrayIndex(this.scalar.ValueOf(row.Array), this.Start(row)), nameof(Array.Length));

    // ---- statements

    // A lane gets what the lane before it made.
    private void EmitSteps(List<Expression> target)
    {
        this.current = target;
        foreach ((State? carried, Statement? statement) in this.plan.Steps)
        {
            if (carried is not null)
            {
                ParameterExpression next = this.nexts[carried] = this.scalar.Temporary(this.Doubles);
                target.Add(Expression.Assign(next, this.VectorOf(carried.Fold.NextOf(carried))));
                target.Add(Expression.Assign(this.Variable(carried), this.CallLanes(nameof(EightLanes.After), this.scalar.Variable(carried), next)));
            }
            if (statement is not null)
                this.Emit(statement, target);
        }
    }

    private void EmitAll(IReadOnlyList<Statement> statements, List<Expression> target)
    {
        List<Expression> outer = this.current;
        this.current = target;
        foreach (Statement statement in statements)
            this.Emit(statement, target);
        this.current = outer;
    }

    private void Emit(Statement statement, List<Expression> target)
    {
        switch (statement)
        {
            case Assign { Node: var node } when this.plan.IsUniform(node):
                target.Add(Expression.Assign(this.scalar.Variable(node), this.ScalarOf(node, isRoot: true)));
                break;
            case Assign { Node: var node }:
                this.EmitAssign(node, target);
                break;
            case Move move:
                this.EmitMove(move, target);
                break;
            case Conditional conditional when this.plan.IsUniform(conditional.Selector):
                target.Add(ScalarEmitter.EmitConditional(conditional, this.ScalarOf(conditional.Selector), this.EmitAll));
                break;
            case Conditional conditional:
                this.EmitChosen(conditional, target);
                break;
            case Repeat inner:
                this.scalar.EmitLoop(inner, this.ScalarOf(inner.Loop.Count), (body, into) => this.EmitAll(body, into), target);
                break;
            case Begin { Node: var node }:
                this.EmitBegin(node, target);
                break;
            case AddTerm { Sum: var sum }:
                this.EmitTerm(sum, target);
                break;
            case StoreElement { Vector: var vector }:
                target.Add(this.StoreTo(vector, vector.Position, vector.Value));
                break;
            case AddElement { Scatter: var scatter, Addition: var addition } when this.begun.Contains(scatter) && this.plan.IsUniform(scatter):
                target.Add(Expression.AddAssign(Expression.ArrayAccess(this.scalar.ValueOf(scatter), this.ScalarOf(addition.Index)), this.ScalarOf(addition.Term)));
                break;
            case AddElement { Scatter: var scatter, Addition: var addition } when this.plan.Blocks.Of(statement) is { } block:
                this.AddTo(block, this.scalar.ValueOf(scatter), addition.Index, addition.Term, target);
                break;
            case AddElement { Scatter: var scatter, Addition: var addition }:
                target.Add(this.AddTo(this.scalar.ValueOf(scatter), scatter, this.IsOwn(scatter), addition.Index, addition.Term));
                break;
            case Accumulate { Effect: var effect } when this.plan.Blocks.Of(statement) is { } block:
                this.AddTo(block, this.scalar.Gradient, effect.Index, effect.Term, target);
                break;
            case Accumulate { Effect: var effect }:
                target.Add(this.AddTo(this.scalar.Gradient, null, isOwn: false, effect.Index, effect.Term));
                break;
            case Advance { Fold: var fold }:
                this.EmitAdvance(fold, target);
                break;
            default:
                throw new InvalidOperationException($"{statement} does not run in lanes.");
        }
    }

    private void EmitAssign(Node node, List<Expression> target)
    {
        switch (this.plan.KindOf(node))
        {
            case LaneKind.Rows:
                break;
            case LaneKind.Affine:
                target.Add(Expression.Assign(this.Variable(node), this.FirstLane(node, isRoot: true)));
                break;
            case LaneKind.Vector when IsLaneByLane(node):
                target.AddRange(this.LaneByLane((Apply)node, this.Variable(node), null));
                break;
            case LaneKind.Vector:
                target.Add(Expression.Assign(this.Variable(node), node.Type == typeof(int) ? this.ComputeInts(node) : this.VectorOf(node, isRoot: true)));
                break;
            case LaneKind.Pair:
                this.seconds[node] = this.scalar.Temporary(this.Doubles);
                target.AddRange(this.LaneByLane((Apply)node, this.Variable(node), this.seconds[node]));
                break;
            case LaneKind.Memory:
                target.Add(Expression.Assign(this.scalar.Variable(node), this.scalar.Compute(node, this.ScalarOf)));
                break;
            case LaneKind.Each:
                // It may throw.
                for (int lane = 0; lane < this.Width; lane++)
                    target.Add(Expression.Assign(this.scalar.Temporary(node.Type), this.InLane(node, lane)));
                break;
        }
    }

    private void EmitMove(Move move, List<Expression> target)
    {
        LaneKind kind = this.plan.KindOf(move.Choice);
        if (kind is LaneKind.Uniform)
        {
            target.Add(Expression.Assign(this.scalar.Variable(move.Choice), this.ScalarOf(move.Arm)));
        }
        else if (kind == LaneKind.Memory)
        {
            target.Add(Expression.Assign(this.scalar.Variable(move.Choice), this.scalar.ValueOf(move.Arm)));
        }
        else
        {
            ParameterExpression variable = this.Variable(move.Choice);
            Expression arm = this.LanesOf(move.Arm, move.Choice);
            // The first case leaves what is wrong in some lanes; the second mends it.
            target.Add(Expression.Assign(variable, this.tests.TryPeek(out Expression? test) && this.moved.Contains(move.Choice) ? this.Select(test, arm, variable) : arm));
            this.moved.Add(move.Choice);
        }
    }

    // Both cases, each for its lanes.
    private void EmitChosen(Conditional conditional, List<Expression> target)
    {
        ParameterExpression test = this.scalar.Temporary(this.Doubles);
        Expression selector = this.VectorOf(conditional.Selector);
        this.tests.TryPeek(out Expression? outer);
        target.Add(Expression.Assign(test, outer is null ? selector : this.CallVectors(nameof(Vector256.BitwiseAnd), outer, selector)));
        this.tests.Push(test);
        this.EmitAll(conditional.Cases[1], target);
        this.tests.Pop();
        if (conditional.Cases[0].Count == 0)
            return;
        ParameterExpression otherwise = this.scalar.Temporary(this.Doubles);
        target.Add(Expression.Assign(otherwise, outer is null ? this.CallVectors(nameof(Vector256.OnesComplement), test) : this.CallVectors(nameof(Vector256.AndNot), outer, test)));
        this.tests.Push(otherwise);
        this.EmitAll(conditional.Cases[0], target);
        this.tests.Pop();
    }

    private void EmitBegin(Node node, List<Expression> target)
    {
        switch (node)
        {
            case var _ when this.plan.IsUniform(node):
                target.Add(this.scalar.EmitBegin(node, this.ScalarOf));
                break;
            case Sum sum:
                target.Add(Expression.Assign(this.Variable(sum), sum.KeepsSign ? this.Spread(Expression.Constant(-0.0)) : this.Zero));
                break;
            case State state:
                target.Add(Expression.Assign(this.Variable(state), this.LanesOf(state.Initial, state)));
                break;
            case Vector vector:
                target.Add(Expression.Assign(this.scalar.Variable(vector), this.OwnMemory(nameof(EightLanes.Fit), vector, vector.Length)));
                break;
            case Scatter scatter:
                target.Add(Expression.Assign(this.scalar.Variable(scatter), this.OwnMemory(nameof(EightLanes.FitZeros), scatter, scatter.Length)));
                break;
        }
    }

    private MethodCallExpression OwnMemory(string method, Node collected, Node length) =>
        Expression.Call(this.plan.Width.Runtime, method, method == nameof(EightLanes.Fit) ? [collected.Type.GetElementType()!] : null, this.scalar.Held, Expression.Constant(this.scalar.PlaceOf(collected)), this.ScalarOf(length));

    private void EmitTerm(Sum sum, List<Expression> target)
    {
        if (this.begun.Contains(sum) && this.plan.IsUniform(sum))
        {
            Expression local = this.scalar.Variable(sum);
            target.Add(Expression.Assign(local, sum.Type == typeof(double) ? Expression.Add(local, this.ScalarOf(sum.Term)) : Expression.AddChecked(local, this.ScalarOf(sum.Term))));
        }
        else if (this.begun.Contains(sum))
        {
            ParameterExpression variable = this.Variable(sum);
            // What is added in some lanes only leaves the others as they are.
            target.Add(Expression.Assign(variable, this.tests.TryPeek(out Expression? test) ? this.Select(test, Expression.Add(variable, this.VectorOf(sum.Term)), variable) : Expression.Add(variable, this.VectorOf(sum.Term))));
        }
        else if (this.plan.IsOrdered(sum))
        {
            Expression local = this.scalar.Variable(sum);
            target.Add(Expression.Assign(local, this.CallLanes(nameof(EightLanes.AddInOrder), local, this.VectorOf(sum.Term))));
        }
        else
        {
            if (!this.totals.TryGetValue(sum, out ParameterExpression? total))
                this.totals[sum] = total = this.scalar.Temporary(this.Doubles);
            target.Add(Expression.Assign(total, Expression.Add(total, this.Chosen(this.VectorOf(sum.Term)))));
        }
    }

    private void EmitAdvance(Fold fold, List<Expression> target)
    {
        bool isOwn = !ReferenceEquals(fold.Loop, this.repeat.Loop);
        var assignments = new List<Expression>();
        for (int k = 0; k < fold.Count; k++)
        {
            State state = fold.State(k);
            bool isUniform = this.plan.IsUniform(state);
            if (!isOwn && !isUniform)
            {
                assignments.Add(Expression.Assign(this.scalar.Variable(state), this.CallLanes(nameof(EightLanes.Last), this.nexts.TryGetValue(state, out ParameterExpression? known) ? known : this.VectorOf(fold.Next(k)))));
                continue;
            }
            if (!this.scalar.IsLive(state))
                continue;
            Expression variable = isUniform ? this.scalar.Variable(state) : this.Variable(state);
            ParameterExpression next = this.scalar.Temporary(variable.Type);
            target.Add(Expression.Assign(next, isUniform ? this.ScalarOf(fold.Next(k)) : this.LanesOf(fold.Next(k), state)));
            assignments.Add(Expression.Assign(variable, next));
        }
        target.AddRange(assignments);
    }

    // ---- elements

    private bool IsOwn(Node collected) => this.begun.Contains(collected) && !this.plan.IsUniform(collected);

    private Expression StoreTo(Vector vector, Node position, Node value)
    {
        Expression array = this.scalar.ValueOf(vector);
        bool isOwn = this.IsOwn(vector);
        if (this.plan.IsUniform(vector) && this.begun.Contains(vector))
            return Expression.Assign(Expression.ArrayAccess(array, this.ScalarOf(position)), this.ScalarOf(value));
        Expression lanes = value.Type == typeof(double) ? this.VectorOf(value) : this.IntsOf(value);
        return this.PlaceOf(position, isOwn) is { } place
            ? this.CallLanes(nameof(EightLanes.Store), array, place, lanes)
            : this.CallLanes(nameof(EightLanes.StoreEach), array, this.PlacesOf(position, isOwn), lanes);
    }

    private Expression AddTo(Expression array, Scatter? scatter, bool isOwn, Node position, Node term)
    {
        if (this.plan.IsUniform(position) && !isOwn)
        {
            // The gradient is no node; the point has as many elements.
            Node key = scatter ?? (Node)this.scalar.Input;
            if (!this.elementTotals.TryGetValue(key, out var known))
                this.elementTotals[key] = known = (this.scalar.Temporary(typeof(double[]), "totals" + this.elementTotals.Count), array, scatter is null ? Expression.ArrayLength(array) : this.scalar.ValueOf(scatter.Length));
            Expression addition = this.CallLanes(nameof(EightLanes.AddSum), array, known.Totals, this.ScalarOf(position), this.Chosen(this.VectorOf(term)));
            // Where no lane is chosen there may be no such element.
            return this.tests.TryPeek(out Expression? test) && this.CallVectors(nameof(Vector256.ExtractMostSignificantBits), test) is var chosen
                ? Expression.IfThen(Expression.NotEqual(chosen, Expression.Default(chosen.Type)), addition) : addition;
        }
        Expression lanes = this.Chosen(this.VectorOf(term));
        return this.PlaceOf(position, isOwn) is { } place
            ? this.CallLanes(nameof(EightLanes.Add), array, place, lanes)
            : this.CallLanes(nameof(EightLanes.AddEach), array, this.PlacesOf(position, isOwn), lanes);
    }

    // Each column waits in memory until all are there.
    private void AddTo(LaneBlock block, Expression array, Node index, Node term, List<Expression> target)
    {
        ParameterExpression columns = this.ColumnsOf(block);
        target.Add(this.CallLanes(nameof(EightLanes.Store), columns, Expression.Constant(block.ColumnOf(index) * this.Width), this.Chosen(this.VectorOf(term))));
        int missing = this.missing.GetValueOrDefault(block, block.Count) - 1;
        this.missing[block] = missing;
        if (missing == 0)
            target.Add(this.CallLanes(nameof(EightLanes.AddBlocks), array, this.FirstsOf(block), Expression.Constant(block.Count), columns));
    }

    private ParameterExpression ColumnsOf(LaneBlock block)
    {
        if (!this.blocks.TryGetValue(block, out ParameterExpression? columns))
            this.blocks[block] = columns = this.scalar.Temporary(typeof(double[]), "block" + this.blocks.Count);
        return columns;
    }

    private Expression FirstsOf(LaneBlock block) => block.Offset == 0 ? this.IntsOf(block.Base) : Expression.Add(this.IntsOf(block.Base), Expression.Call(this.plan.Width.OfInts, nameof(Vector256.Create), null, Expression.Constant(block.Offset)));

    // Where neighbours begin, if they are neighbours.
    private Expression? PlaceOf(Node position, bool isOwn) =>
        isOwn ? this.plan.IsUniform(position) ? Expression.Multiply(this.ScalarOf(position), Expression.Constant(this.Width)) : null
        : this.plan.KindOf(position) == LaneKind.Affine && this.plan.StrideOf(position) == 1 ? this.FirstLane(position) : null;

    private Expression PlacesOf(Node position, bool isOwn) => isOwn ? this.CallLanes(nameof(EightLanes.Places), this.IntsOf(position)) : this.IntsOf(position);

    // 0 where it is not chosen.
    private Expression Chosen(Expression lanes) => this.tests.TryPeek(out Expression? test) ? this.CallVectors(nameof(Vector256.BitwiseAnd), lanes, test) : lanes;
}
