using System.Linq.Expressions;
using System.Reflection;

namespace ExprGrad.IR;

/// <summary>The smaller or the larger of two ints: how many elements are left of several sequences.</summary>
internal sealed class Extreme : Operation
{
    private readonly MethodInfo method;

    private Extreme(Func<int, int, int> method) => this.method = method.Method;

    public static Extreme Smaller { get; } = new(Math.Min);

    public static Extreme Larger { get; } = new(Math.Max);

    public override string Name => this.method.Name.ToLowerInvariant();

    public override Type Type => typeof(int);

    public override Expression Emit(IReadOnlyList<Expression> operands) => Expression.Call(this.method, operands);
}
