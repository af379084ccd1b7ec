using System.Linq.Expressions;
using ExprGrad.IR;

namespace ExprGrad.Reading;

/// <summary>Blocks of hand-built trees: variables and assignments. What is assigned in a branch is joined after it, what is assigned in a loop is a state of a recurrence.</summary>
internal sealed partial class LambdaReader
{
    private async Step<Value> ReadBlock(BlockExpression block)
    {
        Scope outer = this.scope;
        this.scope = this.NewScope();
        foreach (ParameterExpression variable in block.Variables)
            this.scope.Declare(variable, this.flow.IsInLoop ? new Lost("is declared in a loop and read before it is assigned there: what it holds then is left to the compiler of expressions.") : new Scalar(this.Default(variable.Type)));
        this.chain.Assign();
        int known = this.jumps.Count;
        foreach (LabelExpression label in block.Expressions.OfType<LabelExpression>())
            this.jumps.Add(this.NewJump(label.Target));
        Value value = await this.ReadStatements(block);
        this.jumps.RemoveRange(known, this.jumps.Count - known);
        this.scope = outer;
        return value;
    }

    private Scope NewScope() => new(this.scope, this.scope.Source, this.builder.Region, this.flow);

    // From one label to the next: jumps to a label skip what stands before it.
    private async Step<Value> ReadStatements(BlockExpression block)
    {
        Value value = this.Nothing(block.Type);
        for (int start = 0, end; start < block.Expressions.Count; start = end)
        {
            end = start;
            while (end < block.Expressions.Count && block.Expressions[end] is not LabelExpression)
                end++;
            (int from, int to) = (start, end);
            value = start == end ? await this.ReadLabel((LabelExpression)block.Expressions[end++])
                : await this.UnlessJumped(block, to == block.Expressions.Count ? block.Type : typeof(void), () => this.ReadStatements(block, from, to));
        }
        return value;
    }

    private async Step<Value> ReadStatements(BlockExpression block, int start, int end)
    {
        Type type = end == block.Expressions.Count ? block.Type : typeof(void);
        for (int k = start; k < end - 1; k++)
        {
            await this.ReadFlow(block.Expressions[k]);
            int next = k + 1;
            if (this.Jumped() is not null)
                return await this.UnlessJumped(block, type, () => this.ReadStatements(block, next, end));
        }
        return type == typeof(void) ? await this.ReadStatement(block.Expressions[end - 1]) : await this.ReadFlow(block.Expressions[end - 1]);
    }

    private async Step<Value> ReadStatement(Expression statement)
    {
        await this.ReadFlow(statement);
        return this.Nothing(typeof(void));
    }

    /// <summary>The value of a statement that has none, or of an expression that was left by a jump.</summary>
    private Scalar Nothing(Type type) => new(this.Default(type == typeof(void) ? typeof(int) : type));

    private async Step<Value> ReadAssignment(BinaryExpression assignment, ParameterExpression variable)
    {
        Value value = await this.Read(assignment.Right);
        return this.Assign(assignment, variable, value);
    }

    private async Step<Value> ReadIncrement(UnaryExpression step, ParameterExpression variable)
    {
        Value before = await this.Read(variable);
        bool isUp = step.NodeType is ExpressionType.PreIncrementAssign or ExpressionType.PostIncrementAssign;
        Expression next = step.Method is not null || !(variable.Type.IsPrimitive && IsNumberWithArithmetic(variable.Type)) ? Expression.MakeUnary(isUp ? ExpressionType.Increment : ExpressionType.Decrement, variable, variable.Type, step.Method)
            : Expression.MakeBinary(isUp ? ExpressionType.Add : ExpressionType.Subtract, variable, Expression.Constant(System.Convert.ChangeType(1, variable.Type, System.Globalization.CultureInfo.InvariantCulture)));
        Value after = this.Assign(step, variable, await this.Read(next));
        return step.NodeType is ExpressionType.PreIncrementAssign or ExpressionType.PreDecrementAssign ? after : before;
    }

    private static bool IsNumberWithArithmetic(Type type) => Type.GetTypeCode(type) is >= TypeCode.Int16 and <= TypeCode.Double;

    private Value Assign(Expression assignment, ParameterExpression name, Value value)
    {
        if (this.scope.Declaring(name) is not { } declaring)
            return this.Refuse(assignment, RefusalCode.Statement, $"The variable {name.Name} is not declared in the lambda.");
        if (declaring.Region is null)
            return this.Refuse(assignment, RefusalCode.Statement, $"{name.Name} is a parameter.");
        var variable = new Variable(declaring, name);
        if (!this.flow.CanAssign(variable, this.builder.Region))
            return this.Refuse(assignment, RefusalCode.Statement, $"{name.Name} is assigned in a lambda that a query runs, or in one that is called in a loop and was made outside of it.");
        this.Assign(variable, value);
        return value;
    }

    private void Assign(Variable variable, Value value)
    {
        this.flow.Assign(variable, value);
        this.chain.Assign();
    }
}
