using System.Linq.Expressions;
using ExprGrad.IR;

namespace ExprGrad.Primitives;

/// <summary>An operator of C# on doubles or floats; a float operator rounds to float, its partials are double.</summary>
internal abstract class Arithmetic(ExpressionType kind, Type type) : Primitive(method: null)
{
    private readonly int hash = HashCode.Combine(kind, type);

    public static Primitive Add { get; } = new Add(typeof(double));

    public static Primitive Subtract { get; } = new Subtract(typeof(double));

    public static Primitive Multiply { get; } = new Multiply(typeof(double));

    public static Primitive Divide { get; } = new Divide(typeof(double));

    public static Primitive Negate { get; } = new Negate(typeof(double));

    public ExpressionType Kind { get; } = kind;

    public override string Name => this.Kind.ToString().ToLowerInvariant();

    public override Type Type { get; } = type;

    public override IReadOnlyList<Domain> Samples => [Domain.Reals, Domain.Reals];

    public override Expression Emit(IReadOnlyList<Expression> operands) =>
        operands.Count == 1 ? Expression.MakeUnary(this.Kind, operands[0], this.Type) : Expression.MakeBinary(this.Kind, operands[0], operands[1]);

    // Vectors have the operators of numbers, but for the remainder; lanes of float would need a rounding between.
    public override bool HasLanes => this.Type == typeof(double) && this.Kind != ExpressionType.Modulo;

    public override bool IsSymmetric => this.Kind is ExpressionType.Add or ExpressionType.Multiply;

    public override Expression EmitLanes(LaneShape shape, IReadOnlyList<Expression> operands) => this.Emit(operands);

    public override bool Equals(object? obj) => obj is Arithmetic other && this.Kind == other.Kind && this.Type == other.Type;

    public override int GetHashCode() => this.hash;
}

internal sealed class Add(Type type) : Arithmetic(ExpressionType.Add, type)
{
    public override bool HasUnitPartials => true;

    public override Real Partial(int operand, Operands x, Real f) => 1;
}

internal sealed class Subtract(Type type) : Arithmetic(ExpressionType.Subtract, type)
{
    public override bool HasUnitPartials => true;

    public override Real Partial(int operand, Operands x, Real f) => operand == 0 ? 1 : -1;
}

internal sealed class Multiply(Type type) : Arithmetic(ExpressionType.Multiply, type)
{
    public override Real Partial(int operand, Operands x, Real f) => x[1 - operand];
}

internal sealed class Divide(Type type) : Arithmetic(ExpressionType.Divide, type)
{
    // −f·(1/y) and not −x/y²: y² overflows and underflows where the partial does not. The reciprocal is the other partial; where it overflows, so does that. A float quotient is too coarse for a double partial.
    public override Real Partial(int operand, Operands x, Real f)
    {
        Real reciprocal = 1 / x[1];
        return operand == 0 ? reciprocal : -((this.Type == typeof(double) ? f : x[0] / x[1]) * reciprocal);
    }
}

/// <summary>The remainder of C#, truncated. ∂y is −trunc(x/y), taken from the primal result: a truncated quotient of rounded numbers is wrong near integers.</summary>
internal sealed class Modulo(Type type) : Arithmetic(ExpressionType.Modulo, type)
{
    public override Real Partial(int operand, Operands x, Real f) => operand == 0 ? 1 : -Formula.Round((x[0] - f) / x[1]);
}

internal sealed class Negate(Type type) : Arithmetic(ExpressionType.Negate, type)
{
    public override IReadOnlyList<Domain> Samples => [Domain.Reals];

    public override bool HasUnitPartials => true;

    public override Real Partial(int operand, Operands x, Real f) => -1;
}

/// <summary>A conversion between double and float. Its derivative is 1: rounding is not differentiated.</summary>
internal sealed class Rounding(Type type) : Primitive(method: null)
{
    public override string Name => "to " + this.Type.Name;

    public override Type Type { get; } = type;

    public override IReadOnlyList<Domain> Samples => [Domain.Reals];

    public override Expression Emit(IReadOnlyList<Expression> operands) => Expression.Convert(operands[0], this.Type);

    public override bool HasUnitPartials => true;

    public override Real Partial(int operand, Operands x, Real f) => 1;

    public override bool Equals(object? obj) => obj is Rounding other && this.Type == other.Type;

    public override int GetHashCode() => this.Type.GetHashCode();
}
