using System.Linq.Expressions;
using ExprGrad.IR;

namespace ExprGrad.Diagnostics;

/// <summary>A value that printed code gets as a parameter, because it has no C# outside the user's program; in a loop as a function of the indices.</summary>
/// <param name="parameter">The parameter.</param>
/// <param name="type">The type of the value.</param>
/// <param name="caseCount">How many cases a conditional on the value has; 0 if it is no selector.</param>
internal sealed class Given(ParameterExpression parameter, Type type, int caseCount) : Operation
{
    public ParameterExpression Parameter => parameter;

    public override string Name => "given " + parameter.Name;

    public override Type Type => type;

    public override int CaseCount => caseCount;

    public override Expression Emit(IReadOnlyList<Expression> operands) => operands.Count == 0 ? parameter : Expression.Invoke(parameter, operands);
}
