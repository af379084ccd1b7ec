using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Simplification;

/// <summary>The call of a <see cref="Joint"/>: two numbers.</summary>
internal sealed class JointCall(Joint joint) : Operation
{
    private readonly MethodInfo method = joint.Method;

    public override string Name => this.method.Name.ToLowerInvariant();

    public override Type Type => this.method.ReturnType;

    public override Expression Emit(IReadOnlyList<Expression> operands) => Expression.Call(this.method, operands[0]);

    public override bool Equals(object? obj) => obj is JointCall other && other.method == this.method;

    public override int GetHashCode() => this.method.GetHashCode();
}
