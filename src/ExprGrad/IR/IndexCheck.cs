using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.Runtime;

namespace ExprGrad.IR;

/// <summary>An index, if there are so many elements; else the exception of what the plain lambda has there.</summary>
internal sealed class IndexCheck : Operation
{
    private readonly MethodInfo method;

    private IndexCheck(Func<int, int, int> check) => this.method = check.Method;

    /// <summary>Throws as an array does.</summary>
    public static IndexCheck OfArray { get; } = new(Arguments.IndexWithin);

    /// <summary>Throws as a list does.</summary>
    public static IndexCheck OfList { get; } = new(Sequences.IndexWithin);

    public override string Name => "index within";

    public override Type Type => typeof(int);

    public override Behaviour Behaviour => Behaviour.MayThrow;

    public override Expression Emit(IReadOnlyList<Expression> operands) => Expression.Call(this.method, operands);
}
