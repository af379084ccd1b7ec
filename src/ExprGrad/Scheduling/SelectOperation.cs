using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;
using ExprGrad.Runtime;

namespace ExprGrad.Scheduling;

/// <summary>One of two values by a test, without a branch.</summary>
internal sealed class SelectOperation : Operation
{
    private readonly MethodInfo method;

    private SelectOperation(Delegate method) => this.method = method.Method;

    public static SelectOperation If { get; } = new(Select.If);

    public static SelectOperation IfLess { get; } = new(Select.IfLess);

    public static SelectOperation IfLessOrEqual { get; } = new(Select.IfLessOrEqual);

    public static SelectOperation IfEqual { get; } = new(Select.IfEqual);

    public override string Name => "select " + this.method.Name;

    public override Type Type => typeof(double);

    public override Expression Emit(IReadOnlyList<Expression> operands) => Expression.Call(this.method, operands);
}
