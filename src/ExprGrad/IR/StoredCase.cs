using System.Linq.Expressions;

namespace ExprGrad.IR;

/// <summary>The number of a case that was stored when it was selected: a selector again.</summary>
internal sealed class StoredCase(int count) : Operation
{
    public override string Name => $"case of {count}";

    public override Type Type => typeof(int);

    public override int CaseCount => count;

    public override Expression Emit(IReadOnlyList<Expression> operands) => operands[0];

    public override bool Equals(object? obj) => obj is StoredCase other && other.CaseCount == count;

    public override int GetHashCode() => count;
}
