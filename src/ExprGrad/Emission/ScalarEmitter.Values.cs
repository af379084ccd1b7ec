using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.Intrinsics;
using ExprGrad.IR;
using ExprGrad.Primitives;
using ExprGrad.Runtime;
using ExprGrad.Scheduling;

namespace ExprGrad.Emission;

/// <summary>The expressions of nodes.</summary>
internal sealed partial class ScalarEmitter
{
    private static readonly MethodInfo NotGradient = typeof(Arguments).GetMethod(nameof(Arguments.NotGradient))!;

    /// <summary>The value of a node: its local, or its expression where it is nested.</summary>
    internal Expression ValueOf(Node node) => node switch
    {
        Constant constant => this.Literal(constant),
        Parameter parameter => ReferenceEquals(parameter, this.schedule.Graph.Input) ? this.x : this.data!,
        _ => this.schedule.Locals.TryGetValue(node, out Local? local) ? this.Variable(local) : this.Compute(node, this.ValueOf),
    };

    private Expression Literal(Constant constant)
    {
        // The JIT makes a vector of literals one literal; an object would be read from the closure.
        if (LaneShape.Of(constant.Type) is { } shape)
        {
            double[] lanes = LaneShape.LanesOf(constant.Value!);
            bool isSpread = lanes.All(lane => BitConverter.DoubleToInt64Bits(lane) == BitConverter.DoubleToInt64Bits(lanes[0]));
            return Expression.Call(shape.Operations, nameof(Vector256.Create), [], [.. lanes[..(isSpread ? 1 : lanes.Length)].Select(lane => Expression.Constant(lane))]);
        }
        ConstantExpression literal = Expression.Constant(constant.Value, constant.Type);
        this.exceedsLimits |= CompilerLimits.ExceededBy(literal);
        return literal;
    }

    /// <summary>The expression of a node on the values of its operands.</summary>
    internal Expression Compute(Node node, Func<Node, Expression> valueOf)
    {
        Expression computed = node switch
        {
            // The guards of adjoints, which mostly are true at the first test.
            Apply { Operation: Operator { Kind: ExpressionType.Or }, Operands: [var first, var second] } when node.Type == typeof(bool) && this.IsTotal(second) => Expression.OrElse(valueOf(first), valueOf(second)),
            Apply apply => apply.Operation.Emit([.. apply.Operands.Select(valueOf)]),
            Final final => valueOf(final.Fold.State(final.Number)),
            Load load => this.ComputeLoad(load, valueOf),
            Choice choice => ComputeChoice(choice, valueOf),
            _ => throw new InvalidOperationException($"{node} has no code."),
        };
        this.exceedsLimits |= node switch
        {
            Apply { Operation: Primitive } => false,
            Apply { Operation: Reading.Opaque opaque } => CompilerLimits.ExceededIn(opaque.Body),
            _ => CompilerLimits.ExceededBy(computed),
        };
        return MayBeGradient(node.Type) && node is Apply or Load ? this.Checked(computed) : computed;
    }

    // An element of an array. Of vectors that share memory the element is among those of the others.
    private Expression ComputeLoad(Load load, Func<Node, Expression> valueOf)
    {
        (Expression start, int offset) = this.PlaceIn(load.Array, load.Index, valueOf);
        return IndexRange.IsCertain(load.Array, load.Index)
            ? Expression.Call(typeof(Elements), nameof(Elements.Get), [load.Type], valueOf(load.Array), start, Expression.Constant(offset))
            : Expression.ArrayIndex(valueOf(load.Array), Behind(start, offset));
    }

    private Expression StoreTo(Vector vector)
    {
        (Expression start, int offset) = this.PlaceIn(vector, vector.Position, this.ValueOf);
        return IndexRange.IsCertain(vector, vector.Position)
            ? Expression.Call(typeof(Elements), nameof(Elements.Set), [vector.Value.Type], this.ValueOf(vector), start, Expression.Constant(offset), this.ValueOf(vector.Value))
            : Expression.Assign(Expression.ArrayAccess(this.ValueOf(vector), Behind(start, offset)), this.ValueOf(vector.Value));
    }

    private (Expression Start, int Offset) PlaceIn(Node array, Node index, Func<Node, Expression> valueOf) =>
        array is not Vector vector || !this.schedule.Strands.TryGetValue(vector, out Strand? strand) ? (valueOf(index), 0)
        : (this.starts.TryGetValue((index, strand.Count), out ParameterExpression? start) ? start : Expression.Multiply(valueOf(index), Expression.Constant(strand.Count)), strand.Offset);

    private static Expression Behind(Expression start, int offset) => offset == 0 ? start : Expression.Add(start, Expression.Constant(offset));

    // Of an index that was assigned: where what it numbers starts in memory that vectors share.
    private void EmitStarts(Node index, List<Expression> target)
    {
        foreach (int count in this.strandCounts[index])
        {
            ParameterExpression start = this.starts[(index, count)] = this.Temporary(typeof(int));
            target.Add(Expression.Assign(start, Expression.Multiply(this.ValueOf(index), Expression.Constant(count))));
        }
    }

    private MethodCallExpression AddTo(Expression array, Node index, Node term) => Expression.Call(typeof(Elements), nameof(Elements.Add), null, array, this.ValueOf(index), this.ValueOf(term));

    // Whether nothing happens if the expression of a node does not run.
    private bool IsTotal(Node node) => node is Constant || this.HasLocal(node)
        || (node is Apply { Operation.Behaviour: Behaviour.Total } or Load && (node is not Load load || IndexRange.IsCertain(load.Array, load.Index)) && node.Operands.All(this.IsTotal));

    private static Expression ComputeChoice(Choice choice, Func<Node, Expression> valueOf)
    {
        Expression selector = valueOf(choice.Selector);
        if (selector.Type != typeof(bool))
            return Expression.Switch(choice.Type, selector, valueOf(choice.Arm(0)), null, Enumerable.Range(1, choice.CaseCount - 1).Select(k => Expression.SwitchCase(valueOf(choice.Arm(k)), Expression.Constant(k))));
        if (choice.Arm(0) is Constant { Value: false })
            return Expression.AndAlso(selector, valueOf(choice.Arm(1)));
        if (choice.Arm(1) is Constant { Value: true })
            return Expression.OrElse(selector, valueOf(choice.Arm(0)));
        return Expression.Condition(selector, valueOf(choice.Arm(1)), valueOf(choice.Arm(0)), choice.Type);
    }

    // Only an array of doubles, or what it can hide behind, can be the buffer.
    private static bool MayBeGradient(Type type) => !type.IsValueType && type.IsAssignableFrom(typeof(double[])) && type != typeof(object);

    private MethodCallExpression Checked(Expression array) => Expression.Call(NotGradient.MakeGenericMethod(array.Type), array, this.gradient);
}
