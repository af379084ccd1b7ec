using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;
using ExprGrad.Runtime;

namespace ExprGrad.Reading;

/// <summary>An index into an array literal of a known length, checked as the array would: a selector of its elements.</summary>
internal sealed class IndexWithin(int length) : Operation
{
    private static readonly MethodInfo Check = ((Func<int, int, int>)Arguments.IndexWithin).Method;

    public override string Name => $"index within {length}";

    public override Type Type => typeof(int);

    public override Behaviour Behaviour => Behaviour.MayThrow;

    public override int CaseCount => length;

    public override Expression Emit(IReadOnlyList<Expression> operands) => Expression.Call(Check, operands[0], Expression.Constant(length));

    public override bool Equals(object? obj) => obj is IndexWithin other && other.CaseCount == length;

    public override int GetHashCode() => length;
}
