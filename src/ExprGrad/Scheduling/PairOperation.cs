using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.Intrinsics;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Scheduling;

/// <summary>An operation on two numbers side by side.</summary>
/// <param name="name">What it does; together with the literals it is what makes two operations equal.</param>
/// <param name="type">A pair of lanes, or one number of it.</param>
/// <param name="emit">Its code.</param>
/// <param name="literals">The numbers in the lanes, if they are literals.</param>
internal sealed class PairOperation(string name, Type type, Func<IReadOnlyList<Expression>, Expression> emit, params double[] literals) : Operation
{
    private static readonly MethodInfo CreateOfOne = ((Func<double, Vector128<double>>)Vector128.Create).Method, CreateOfTwo = ((Func<double, double, Vector128<double>>)Vector128.Create).Method,
        Fused = ((Func<Vector128<double>, Vector128<double>, Vector128<double>, Vector128<double>>)Vector128.FusedMultiplyAdd).Method, Lower = ((Func<Vector128<double>, double>)Vector128.ToScalar).Method, Element = ((Func<Vector128<double>, int, double>)Vector128.GetElement).Method;

    private static PairOperation AddBoth { get; } = new("add", typeof(Vector128<double>), operands => Expression.Add(operands[0], operands[1]));

    private static PairOperation SubtractBoth { get; } = new("subtract", typeof(Vector128<double>), operands => Expression.Subtract(operands[0], operands[1]));

    private static PairOperation MultiplyBoth { get; } = new("multiply", typeof(Vector128<double>), operands => Expression.Multiply(operands[0], operands[1]));

    private static PairOperation FuseBoth { get; } = new("fusedmultiplyadd", typeof(Vector128<double>), operands => Expression.Call(Fused, operands));

    /// <summary>One number in both lanes.</summary>
    public static PairOperation Both { get; } = new("both", typeof(Vector128<double>), operands => Expression.Call(CreateOfOne, operands));

    public static PairOperation First { get; } = new("first", typeof(double), operands => Expression.Call(Lower, operands));

    public static PairOperation Second { get; } = new("second", typeof(double), operands => Expression.Call(Element, operands[0], Expression.Constant(1)));

    /// <summary>The operation that does to both lanes what a scalar operation does to one number, or null.</summary>
    public static PairOperation? Of(Node node) => node.Type != typeof(double) ? null : node switch
    {
        Apply { Operation: Add } => AddBoth,
        Apply { Operation: Subtract } => SubtractBoth,
        Apply { Operation: Multiply } => MultiplyBoth,
        Apply { Operation: Primitive { Method.Name: nameof(Math.FusedMultiplyAdd) } } => FuseBoth,
        _ => null,
    };

    public static PairOperation Literals(double first, double second) =>
        new("literals", typeof(Vector128<double>), _ => Expression.Call(CreateOfTwo, Expression.Constant(first), Expression.Constant(second)), first, second);

    public override string Name => "both " + name;

    public override Type Type => type;

    public override Expression Emit(IReadOnlyList<Expression> operands) => emit(operands);

    public override bool Equals(object? obj) => obj is PairOperation other && other.Name == this.Name && other.Bits.SequenceEqual(this.Bits);

    public override int GetHashCode() => literals.Aggregate(name.GetHashCode(StringComparison.Ordinal), HashCode.Combine);

    private IEnumerable<long> Bits => literals.Select(BitConverter.DoubleToInt64Bits);
}
