using System.Linq.Expressions;

namespace ExprGrad.IR;

/// <summary>Whether a loop has an iteration: its count is positive.</summary>
internal sealed class TripCheck : Operation
{
    private TripCheck()
    {
    }

    public static TripCheck Instance { get; } = new();

    public override string Name => "has iterations";

    public override Type Type => typeof(bool);

    public override Expression Emit(IReadOnlyList<Expression> operands) => Expression.GreaterThan(operands[0], Expression.Constant(0));
}
