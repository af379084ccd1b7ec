using System.Linq.Expressions;
using System.Runtime.Intrinsics;
using ExprGrad.IR;
using ExprGrad.Primitives;
using ExprGrad.Runtime;
using ExprGrad.Scheduling;

namespace ExprGrad.Emission;

/// <summary>Values in lanes.</summary>
internal sealed partial class LaneEmitter
{
    private Type Doubles => this.plan.Width.Doubles;

    private Type Ints => this.plan.Width.Ints;

    private int Width => this.plan.Width.Count;

    private MemberExpression Zero => Expression.Property(null, this.Doubles, nameof(Vector256<double>.Zero));

    // Methods and not operators: FastExpressionCompiler takes the complement of a vector for that of an int.
    private MethodCallExpression CallVectors(string method, params Expression[] operands) =>
        Expression.Call(this.plan.Width.OfDoubles, method, method == nameof(Vector256.FusedMultiplyAdd) ? null : [typeof(double)], operands);

    private MethodCallExpression CallLanes(string method, params Expression[] operands) => Expression.Call(this.plan.Width.Runtime, method, null, operands);

    private MethodCallExpression Spread(Expression number) => Expression.Call(this.plan.Width.OfDoubles, nameof(Vector256.Create), null, number);

    private MethodCallExpression Select(Expression test, Expression then, Expression otherwise) =>
        then.Type == this.Ints ? this.CallLanes(nameof(EightLanes.Select), test, then, otherwise) : this.CallVectors(nameof(Vector256.ConditionalSelect), test, then, otherwise);

    private ParameterExpression Variable(Node node)
    {
        if (!this.variables.TryGetValue(node, out ParameterExpression? variable))
            this.variables[node] = variable = this.scalar.Temporary(this.plan.KindOf(node) == LaneKind.Affine ? typeof(int) : node.Type == typeof(int) ? this.Ints : Doubles);
        return variable;
    }

    // ---- the same in all lanes, or known from the first

    private Expression ScalarOf(Node node) => this.ScalarOf(node, isRoot: false);

    private Expression ScalarOf(Node node, bool isRoot)
    {
        if (node is Apply { Operation: Operator { Kind: ExpressionType.ArrayLength } } && this.plan.RowOf(node.Operands[0]) is { } row && (isRoot || !this.scalar.HasLocal(node)))
            return this.RowLength(row);
        return node is Constant or Parameter || (!isRoot && this.scalar.HasLocal(node)) ? this.scalar.ValueOf(node) : this.scalar.Compute(node, this.ScalarOf);
    }

    private Expression FirstLane(Node node, bool isRoot = false) =>
        this.plan.IsUniform(node) ? this.ScalarOf(node)
        : node is LoopIndex ? this.index
        : !isRoot && this.scalar.HasLocal(node) ? this.Variable(node)
        : this.scalar.Compute(node, operand => this.FirstLane(operand));

    private Expression InLane(Node node, int lane)
    {
        switch (this.plan.KindOf(node))
        {
            case LaneKind.Uniform:
                return this.ScalarOf(node);
            case LaneKind.Affine:
                return lane == 0 ? this.FirstLane(node) : Expression.Add(this.FirstLane(node), Expression.Constant(lane * this.plan.StrideOf(node)));
            case LaneKind.Vector when node.Type == typeof(int):
                return Expression.Call(this.plan.Width.OfInts, nameof(Vector256.GetElement), [typeof(int)], this.IntsOf(node), Expression.Constant(lane));
            case LaneKind.Vector:
                return Expression.Call(this.plan.Width.OfDoubles, nameof(Vector256.GetElement), [typeof(double)], this.VectorOf(node), Expression.Constant(lane));
            default:
                return this.scalar.Compute(node, operand => this.InLane(operand, lane));
        }
    }

    // ---- vectors

    /// <summary>What a variable of <paramref name="like"/> holds.</summary>
    private Expression LanesOf(Node node, Node like) => like.Type == typeof(int) ? this.IntsOf(node) : this.VectorOf(node);

    /// <summary>Doubles or tests.</summary>
    private Expression VectorOf(Node node, bool isRoot = false)
    {
        if (this.plan.IsUniform(node))
            return node.Type == typeof(bool) ? this.CallLanes(nameof(EightLanes.Test), this.ScalarOf(node)) : this.Spread(this.ScalarOf(node));
        if (!isRoot && this.scalar.HasLocal(node))
            return this.Variable(node);
        return node switch
        {
            Final final => this.VectorOf(final.Fold.State(final.Number)),
            Load load => this.LoadOf(load),
            Choice choice => this.ChoiceOf(choice, operand => this.VectorOf(operand)),
            Apply apply when LaneForms.IsPart(apply) => this.PartOf(apply),
            Apply apply when !IsLaneByLane(apply) => this.ApplyOf(apply),
            Apply apply => this.Apart(apply),
            _ => throw new InvalidOperationException($"{node} has no lanes."),
        };
    }

    private Expression IntsOf(Node node)
    {
        if (this.plan.IsUniform(node))
            return Expression.Call(this.plan.Width.OfInts, nameof(Vector256.Create), null, this.ScalarOf(node));
        if (this.plan.KindOf(node) == LaneKind.Affine)
            return this.CallLanes(nameof(EightLanes.Steps), this.FirstLane(node), Expression.Constant(this.plan.StrideOf(node)));
        if (this.scalar.HasLocal(node))
            return this.Variable(node);
        return this.ComputeInts(node);
    }

    private Expression ComputeInts(Node node) => node switch
    {
        Final final => this.IntsOf(final.Fold.State(final.Number)),
        Load load => this.LoadOf(load),
        Choice choice => this.ChoiceOf(choice, this.IntsOf),
        Apply { Operation: Operator { Kind: var kind } } apply when !IsLaneByLane(apply) => Expression.MakeBinary(kind, this.IntsOf(apply.Operands[0]), this.IntsOf(apply.Operands[1])),
        Apply apply => this.Apart(apply),
        _ => throw new InvalidOperationException($"{node} has no lanes."),
    };

    private Expression LoadOf(Load load)
    {
        if (this.plan.RowOf(load.Array) is { } row && this.plan.KindOf(load.Array) == LaneKind.Rows)
            return this.CallLanes(nameof(EightLanes.Column), this.columns[row], this.ScalarOf(load.Index), this.RowLength(row));
        if (this.plan.Blocks.Of(load) is { } block)
        {
            bool isFirst = !this.blocks.ContainsKey(block);
            ParameterExpression columns = this.ColumnsOf(block);
            if (isFirst)
                this.current.Add(this.CallLanes(nameof(EightLanes.LoadBlocks), this.ScalarOf(load.Array), this.FirstsOf(block), Expression.Constant(block.Count), columns));
            return this.CallLanes(nameof(EightLanes.Load), columns, Expression.Constant(block.ColumnOf(load.Index) * this.Width));
        }
        bool isOwn = this.plan.KindOf(load.Array) == LaneKind.Memory;
        Expression array = isOwn ? this.scalar.ValueOf(load.Array) : this.ScalarOf(load.Array);
        return this.PlaceOf(load.Index, isOwn) is { } place
            ? this.CallLanes(nameof(EightLanes.Load), array, place)
            : this.CallLanes(nameof(EightLanes.Gather), array, this.PlacesOf(load.Index, isOwn));
    }

    private Expression ChoiceOf(Choice choice, Func<Node, Expression> lanesOf)
    {
        if (!this.plan.IsUniform(choice.Selector))
            return this.Select(this.VectorOf(choice.Selector), lanesOf(choice.Arm(1)), lanesOf(choice.Arm(0)));
        ParameterExpression chosen = this.scalar.Temporary(choice.Type == typeof(int) ? this.Ints : Doubles);
        Expression[] cases = [.. Enumerable.Range(0, choice.CaseCount).Select(k =>
        {
            var statements = new List<Expression>();
            (List<Expression> outer, this.current) = (this.current, statements);
            Expression arm = lanesOf(choice.Arm(k));
            this.current = outer;
            return Expression.Block(typeof(void), [.. statements, Expression.Assign(chosen, arm), Expression.Empty()]);
        })];
        Expression selector = this.ScalarOf(choice.Selector);
        this.current.Add(selector.Type == typeof(bool) ? Expression.IfThenElse(selector, cases[1], cases[0])
            : Expression.Switch(typeof(void), selector, cases[0], null, Enumerable.Range(1, cases.Length - 1).Select(k => Expression.SwitchCase(cases[k], Expression.Constant(k)))));
        return chosen;
    }

    private Expression ApplyOf(Apply apply) => apply.Operation switch
    {
        Arithmetic { Kind: ExpressionType.Negate } => this.CallVectors(nameof(Vector256.Negate), this.VectorOf(apply.Operands[0])),
        Arithmetic { Kind: var kind } => Expression.MakeBinary(kind, this.VectorOf(apply.Operands[0]), this.VectorOf(apply.Operands[1])),
        Primitive { Method.Name: var method } => this.CallVectors(method, [.. apply.Operands.Select(operand => this.VectorOf(operand))]),
        Operator { Kind: ExpressionType.Not } => this.CallVectors(nameof(Vector256.OnesComplement), this.VectorOf(apply.Operands[0])),
        Operator { Kind: ExpressionType.And } => this.CallVectors(nameof(Vector256.BitwiseAnd), this.VectorOf(apply.Operands[0]), this.VectorOf(apply.Operands[1])),
        Operator { Kind: ExpressionType.Or } => this.CallVectors(nameof(Vector256.BitwiseOr), this.VectorOf(apply.Operands[0]), this.VectorOf(apply.Operands[1])),
        Operator { Kind: ExpressionType.Convert } => this.CallLanes(nameof(EightLanes.ToDouble), this.IntsOf(apply.Operands[0])),
        Operator { Kind: var comparison } => this.Compare(comparison, apply.Operands[0], apply.Operands[1]),
        _ => throw new InvalidOperationException($"{apply} has no lanes."),
    };

    private Expression Compare(ExpressionType comparison, Node left, Node right)
    {
        string method = comparison is ExpressionType.Equal or ExpressionType.NotEqual ? nameof(Vector256.Equals) : comparison.ToString();
        Expression test = left.Type == typeof(int)
            ? this.CallLanes(nameof(EightLanes.Test), Expression.Call(this.plan.Width.OfInts, method, [typeof(int)], this.IntsOf(left), this.IntsOf(right)))
            : this.CallVectors(method, this.VectorOf(left), this.VectorOf(right));
        return comparison == ExpressionType.NotEqual ? this.CallVectors(nameof(Vector256.OnesComplement), test) : test;
    }

    // ---- lane by lane

    private static bool IsLaneByLane(Node node) => node is Apply apply && !LaneForms.IsPart(apply) && apply.Operation switch
    {
        Primitive primitive => !LaneForms.Has(primitive),
        Operator operation => !LaneForms.Has(operation, apply),
        _ => true,
    };

    private ParameterExpression Apart(Apply apply)
    {
        ParameterExpression result = this.scalar.Temporary(apply.Type == typeof(int) ? this.Ints : Doubles);
        this.current.AddRange(this.LaneByLane(apply, result, null));
        return result;
    }

    // Which of the two results of a function it is, its own expression says.
    private ParameterExpression PartOf(Apply part)
    {
        Node pair = part.Operands[0];
        if (!this.seconds.ContainsKey(pair))
        {
            this.seconds[pair] = this.scalar.Temporary(this.Doubles);
            this.current.AddRange(this.LaneByLane((Apply)pair, this.Variable(pair), this.seconds[pair]));
        }
        var member = (MemberExpression)part.Operation.Emit([Expression.Parameter(pair.Type)]);
        return member.Member.Name == "Item1" ? this.Variable(pair) : this.seconds[pair];
    }

    private ParameterExpression Buffer => this.buffer ??= this.scalar.Temporary(typeof(double[]), "lanes");

    // The operands go through memory: while functions run, no vector is in use.
    private List<Expression> LaneByLane(Apply apply, ParameterExpression result, ParameterExpression? second)
    {
        var statements = new List<Expression>();
        ParameterExpression buffer = this.Buffer;
        IndexExpression Element(int slot, int lane) => Expression.ArrayAccess(buffer, Expression.Constant(slot * this.Width + lane));
        // FastExpressionCompiler passes the address of an element that is written as one that can be assigned.
        BinaryExpression ValueIn(int slot, int lane) => Expression.ArrayIndex(buffer, Expression.Constant(slot * this.Width + lane));
        var slots = new Dictionary<Node, int>();
        foreach (Node operand in apply.Operands.Where(operand => this.plan.KindOf(operand) == LaneKind.Vector && operand.Type == typeof(double)).Distinct())
        {
            Expression lanes = this.VectorOf(operand);
            statements.Add(this.CallLanes(nameof(EightLanes.Store), buffer, Expression.Constant(slots.Count * this.Width), lanes));
            slots[operand] = slots.Count;
        }
        if (apply.Operation is Primitive || second is not null)
            statements.Add(this.CallLanes(nameof(EightLanes.Leave)));
        var ints = new List<Expression>();
        for (int lane = 0; lane < this.Width; lane++)
        {
            int which = lane;
            Expression value = this.scalar.Compute(apply, operand => slots.TryGetValue(operand, out int slot) ? ValueIn(slot, which) : this.InLane(operand, which));
            if (apply.Type == typeof(int))
            {
                ParameterExpression number = this.scalar.Temporary(typeof(int));
                statements.Add(Expression.Assign(number, value));
                ints.Add(number);
            }
            else if (second is not null)
            {
                ParameterExpression both = this.scalar.Temporary(apply.Type);
                statements.AddRange([Expression.Assign(both, value), Expression.Assign(Element(0, lane), Expression.Field(both, "Item1")), Expression.Assign(Element(1, lane), Expression.Field(both, "Item2"))]);
            }
            else
            {
                statements.Add(Expression.Assign(Element(0, lane), value));
            }
        }
        if (apply.Type == typeof(int))
        {
            statements.Add(Expression.Assign(result, Expression.Call(this.plan.Width.OfInts, nameof(Vector256.Create), null, [.. ints])));
            return statements;
        }
        statements.Add(Expression.Assign(result, this.CallLanes(nameof(EightLanes.Load), buffer, Expression.Constant(0))));
        if (second is not null)
            statements.Add(Expression.Assign(second, this.CallLanes(nameof(EightLanes.Load), buffer, Expression.Constant(this.Width))));
        return statements;
    }
}
