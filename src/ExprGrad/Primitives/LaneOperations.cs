using System.Globalization;
using System.Linq.Expressions;
using System.Runtime.Intrinsics;
using ExprGrad.IR;

namespace ExprGrad.Primitives;

/// <summary>What makes vectors of numbers, computes with them lane by lane, and takes numbers from them. Made by scheduling, which differentiates nothing any more.</summary>
/// <param name="shape">The vector.</param>
/// <param name="content">What tells operations of one class apart.</param>
internal abstract class LaneOperation(LaneShape shape, object? content = null) : Operation
{
    public LaneShape Shape => shape;

    public override Type Type => shape.Type;

    private object? Content => content;

    public override bool Equals(object? obj) => obj is LaneOperation other && other.GetType() == this.GetType() && other.Shape == shape && Equals(other.Content, content);

    public override int GetHashCode() => HashCode.Combine(this.GetType(), shape.Count, content);
}

/// <summary>Neighbours in an array, from a constant index on.</summary>
internal sealed class LoadLanes(LaneShape shape) : LaneOperation(shape)
{
    public override string Name => "load lanes";

    public override Expression Emit(IReadOnlyList<Expression> operands) => Expression.Call(this.Shape.Load, operands);
}

/// <summary>A primitive on each lane.</summary>
internal sealed class OnLanes(LaneShape shape, Primitive primitive) : LaneOperation(shape, primitive)
{
    public override string Name => primitive.Name;

    public override Expression Emit(IReadOnlyList<Expression> operands) => primitive.EmitLanes(this.Shape, operands);
}

/// <summary>One number in all lanes.</summary>
internal sealed class Spread(LaneShape shape) : LaneOperation(shape)
{
    public override string Name => "spread";

    public override Expression Emit(IReadOnlyList<Expression> operands) => Expression.Call(this.Shape.Operations, nameof(Vector256.Create), [], [.. operands]);
}

/// <summary>A number for each lane.</summary>
internal sealed class Gather(LaneShape shape) : LaneOperation(shape)
{
    public override string Name => "gather";

    public override Expression Emit(IReadOnlyList<Expression> operands) => Expression.Call(this.Shape.Operations, nameof(Vector256.Create), [], [.. operands]);
}

/// <summary>As many lanes of two vectors that follow one another, from one of the first on.</summary>
internal sealed class JoinLanes(LaneShape shape, int start) : LaneOperation(shape, start)
{
    public override string Name => "join from " + start.ToString(CultureInfo.InvariantCulture);

    public override Expression Emit(IReadOnlyList<Expression> operands) => Expression.Call(this.Shape.Join, [.. operands, Expression.Constant(start)]);
}

/// <summary>The number in one lane.</summary>
internal sealed class Lane(LaneShape shape, int number) : LaneOperation(shape, number)
{
    public override string Name => "lane " + number.ToString(CultureInfo.InvariantCulture);

    public override Type Type => typeof(double);

    public override Expression Emit(IReadOnlyList<Expression> operands) =>
        Expression.Call(this.Shape.Operations, nameof(Vector256.GetElement), [typeof(double)], operands[0], Expression.Constant(number));
}
