using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Reading;

/// <summary>
/// Jumps to the end of something: <c>break</c>, <c>continue</c>, <c>return</c>. A jump sets a flag, and what stands between it and its label is read where no flag is set. Flags are variables like others:
/// joined after branches, carried through loops, and most of the time known while reading.
/// </summary>
internal sealed partial class LambdaReader
{
    // From the outermost to the innermost label that can be jumped to.
    private readonly List<Jump> jumps = [];

    // How many of them an expression whose value is used cannot jump to, as the rest of the statement that it is in would have to be skipped.
    private int hidden;

    private Jump NewJump(LabelTarget target)
    {
        var scope = new Scope(null, this.scope.Source, this.builder.Region, this.flow);
        var jump = new Jump(target, new Variable(scope, Expression.Variable(typeof(bool))), new Variable(scope, Expression.Variable(target.Type == typeof(void) ? typeof(int) : target.Type)));
        scope.Declare(jump.Flag.Name, new Scalar(this.Boolean(false)));
        scope.Declare(jump.Value.Name, this.Nothing(target.Type));
        return jump;
    }

    private Constant Boolean(bool value) => this.builder.Constant(value, typeof(bool));

    /// <summary>Reads what stands where a jump can leave it.</summary>
    private Step<Value> ReadFlow(Expression expression) =>
        expression is BlockExpression or ConditionalExpression or SwitchExpression or LoopExpression or GotoExpression or LabelExpression ? this.Read(expression) : this.ReadOperand(expression);

    private async Step<Value> ReadOperand(Expression expression)
    {
        int outer = this.hidden;
        this.hidden = this.jumps.Count;
        Value value = await this.Read(expression);
        this.hidden = outer;
        return value;
    }

    private async Step<Value> ReadGoto(GotoExpression expression)
    {
        int number = this.jumps.FindLastIndex(known => known.Target == expression.Target);
        if (number < 0)
            return this.Refuse(expression, RefusalCode.Statement, "A jump to a label that is not further on in a block around it.");
        if (number < this.hidden)
            return this.Refuse(expression, RefusalCode.Statement, "A jump out of an expression whose value is used.");
        Jump jump = this.jumps[number];
        if (expression.Value is { } value)
            this.Assign(jump.Value, await this.ReadOperand(value));
        this.Assign(jump.Flag, new Scalar(this.Boolean(true)));
        return this.Nothing(expression.Type);
    }

    private async Step<Value> ReadLabel(LabelExpression label)
    {
        int number = this.jumps.FindLastIndex(known => known.Target == label.Target);
        bool isOfBlock = number >= 0;
        if (!isOfBlock)
            this.jumps.Add(this.NewJump(label.Target));
        Jump jump = isOfBlock ? this.jumps[number] : this.jumps[^1];
        async Step<Value> WithoutJump() => label.DefaultValue is { } value ? await this.ReadFlow(value) : this.Nothing(label.Type);
        Value value;
        if (isOfBlock)
        {
            Node isSet = this.FlagOf(jump);
            this.jumps.RemoveAt(number);
            value = await this.UnlessJumped(label, label.Type, () => this.ReadCases(label, isSet, [WithoutJump, () => Step<Value>.From(jump.Value.Value)]));
        }
        else
        {
            // What stands in the label itself may jump to its end.
            value = await WithoutJump();
            this.jumps.Remove(jump);
            Value without = value;
            value = await this.ReadCases(label, this.FlagOf(jump), [() => Step<Value>.From(without), () => Step<Value>.From(jump.Value.Value)]);
        }
        return value;
    }

    private Node FlagOf(Jump jump) => this.Materialize(jump.Flag.Value);

    /// <summary>Whether a jump is on its way to its label; null if none is.</summary>
    private Node? Jumped()
    {
        Node? jumped = null;
        foreach (Node flag in this.jumps.Select(this.FlagOf).Where(flag => flag is not Constant { Value: false }))
        {
            if (flag is Constant)
                return flag;
            jumped = jumped is null ? flag : this.builder.Apply(Operator.Or, jumped, flag);
        }
        return jumped;
    }

    /// <summary>Reads what a jump on its way to its label skips.</summary>
    private async Step<Value> UnlessJumped(Expression expression, Type type, Func<Step<Value>> rest)
    {
        if (this.Jumped() is not { } jumped)
            return await rest();
        if (jumped is Constant)
            return this.Nothing(type);
        Jump[] set = [.. this.jumps.Where(jump => this.FlagOf(jump) is not Constant)];
        return await this.ReadCases(expression, jumped,
        [
            () =>
            {
                foreach (Jump jump in set)
                    this.Assign(jump.Flag, new Scalar(this.Boolean(false)));
                return rest();
            },
            () =>
            {
                if (set.Length == 1)
                    this.Assign(set[0].Flag, new Scalar(this.Boolean(true)));
                return Step<Value>.From(this.Nothing(type));
            },
        ]);
    }

    /// <summary>A label that can be jumped to.</summary>
    /// <param name="Target">The label.</param>
    /// <param name="Flag">Whether a jump to it is on its way.</param>
    /// <param name="Value">The value that it takes along.</param>
    private sealed record Jump(LabelTarget Target, Variable Flag, Variable Value);
}
