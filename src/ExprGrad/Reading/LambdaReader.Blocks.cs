using System.Linq.Expressions;
using ExprGrad.IR;

namespace ExprGrad.Reading;

/// <summary>Blocks of hand-built trees: variables, assigned in a straight line.</summary>
internal sealed partial class LambdaReader
{
    private async Step<Value> ReadBlock(BlockExpression block)
    {
        Scope outer = this.scope;
        this.scope = new Scope(outer, outer.Source, this.builder.Region);
        foreach (ParameterExpression variable in block.Variables)
            this.scope.Declare(variable, new Scalar(this.Default(variable.Type)));
        this.chain.Assign();
        Value value = new Scalar(this.Default(typeof(int)));
        foreach (Expression expression in block.Expressions)
        {
            if (expression is not DefaultExpression { Type: var type } || type != typeof(void))
                value = await this.Read(expression);
        }
        this.scope = outer;
        return value;
    }

    private async Step<Value> ReadAssignment(BinaryExpression assignment, ParameterExpression variable)
    {
        Value value = await this.Read(assignment.Right);
        if (this.scope.Declaring(variable) is not { } declaring)
            return this.Refuse(assignment, RefusalCode.Statement, $"The variable {variable.Name} is not declared in the lambda.");
        if (!ReferenceEquals(declaring.Region, this.builder.Region))
            return this.Refuse(assignment, RefusalCode.Statement, $"{variable.Name} is assigned where it was not declared: in a branch, or it is a parameter.");
        declaring.Declare(variable, value);
        this.chain.Assign();
        return value;
    }
}
