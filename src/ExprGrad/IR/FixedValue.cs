using System.Linq.Expressions;
using System.Reflection;

namespace ExprGrad.IR;

/// <summary>A number as it is, without its derivative.</summary>
internal sealed class FixedValue : Operation
{
    private FixedValue()
    {
    }

    public static FixedValue Instance { get; } = new();

    public static MethodInfo Method { get; } = ((Func<double, double>)Of).Method;

    public override string Name => "fixed";

    public override Type Type => typeof(double);

    /// <summary>A number whose derivative does not matter, as that of the rest is zero in sum. In definitions of functions only.</summary>
    public static double Of(double value) => value;

    public override Expression Emit(IReadOnlyList<Expression> operands) => operands[0];
}
