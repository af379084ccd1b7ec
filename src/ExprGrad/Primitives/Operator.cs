using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;

namespace ExprGrad.Primitives;

/// <summary>A C# operator that is not differentiated: integer and boolean arithmetic, comparisons, conversions, the length of an array. Its arithmetic is that of the expression tree, <c>checked</c> and lifted forms included.</summary>
internal sealed class Operator : Operation, IEquatable<Operator>
{
    private readonly ExpressionType kind;
    private readonly MethodInfo? method;
    private readonly Type[] operandTypes;

    private Operator(ExpressionType kind, Type type, params Type[] operandTypes)
        : this(kind, type, null, BuiltInBehaviour(kind, operandTypes[0], type), operandTypes)
    {
    }

    private Operator(ExpressionType kind, Type type, MethodInfo? method, Behaviour behaviour, params Type[] operandTypes) =>
        (this.kind, this.Type, this.method, this.Behaviour, this.operandTypes) = (kind, type, method, behaviour, operandTypes);

    /// <summary>The operator of a unary expression; <paramref name="ofMethod"/> is the behaviour of the method that implements it, if there is one.</summary>
    public static Operator Of(UnaryExpression unary, Behaviour ofMethod) =>
        unary.Method is null ? new(unary.NodeType, unary.Type, unary.Operand.Type) : new(unary.NodeType, unary.Type, unary.Method, ofMethod, unary.Operand.Type);

    /// <summary>The operator of a binary expression; <paramref name="ofMethod"/> is the behaviour of the method that implements it, if there is one.</summary>
    public static Operator Of(BinaryExpression binary, Behaviour ofMethod) =>
        binary.Method is null ? new(binary.NodeType, binary.Type, binary.Left.Type, binary.Right.Type) : new(binary.NodeType, binary.Type, binary.Method, ofMethod, binary.Left.Type, binary.Right.Type);

    /// <summary>Division of ints by a number that is neither 0 nor −1: it cannot throw.</summary>
    public static Operator TotalDivision(BinaryExpression binary) => new(binary.NodeType, binary.Type, null, Behaviour.Total, binary.Left.Type, binary.Right.Type);

    public static Operator Convert(Type from, Type to) => new(ExpressionType.Convert, to, from);

    /// <summary>A comparison of two numbers of one type.</summary>
    public static Operator Compare(ExpressionType comparison, Type operand) => new(comparison, typeof(bool), operand, operand);

    /// <summary>The length of the input, which is no null when the function runs: it cannot throw.</summary>
    public static Operator InputLength { get; } = new(ExpressionType.ArrayLength, typeof(int), null, Behaviour.Total, typeof(double[]));

    /// <summary>The length of an array that is known not to be null.</summary>
    public static Operator ArrayLength(Type array) => new(ExpressionType.ArrayLength, typeof(int), array);

    /// <summary>Arithmetic of C# on two ints, unchecked.</summary>
    public static Operator Integer(ExpressionType kind) => new(kind, typeof(int), typeof(int), typeof(int));

    public static Operator Not { get; } = new(ExpressionType.Not, typeof(bool), typeof(bool));

    public static Operator And { get; } = new(ExpressionType.And, typeof(bool), typeof(bool), typeof(bool));

    public static Operator Or { get; } = new(ExpressionType.Or, typeof(bool), typeof(bool), typeof(bool));

    public ExpressionType Kind => this.kind;

    public override string Name => this.kind == ExpressionType.Convert ? "to " + this.Type.Name : this.kind.ToString();

    public override Type Type { get; }

    public override Behaviour Behaviour { get; }

    public override Expression Emit(IReadOnlyList<Expression> operands) =>
        operands.Count == 1
            ? Expression.MakeUnary(this.kind, operands[0], this.Type, this.method)
            : Expression.MakeBinary(this.kind, operands[0], operands[1], liftToNull: Nullable.GetUnderlyingType(this.Type) is not null, this.method);

    public bool Equals(Operator? other) =>
        other is not null && this.kind == other.kind && this.Type == other.Type && Equals(this.method, other.method) && this.operandTypes.AsSpan().SequenceEqual(other.operandTypes);

    public override bool Equals(object? obj) => this.Equals(obj as Operator);

    public override int GetHashCode() => HashCode.Combine(this.kind, this.Type, this.method, this.operandTypes[0]);

    private static Behaviour BuiltInBehaviour(ExpressionType kind, Type operand, Type result) => kind switch
    {
        ExpressionType.Divide or ExpressionType.Modulo => IsFloatingPoint(operand) ? Behaviour.Total : Behaviour.MayThrow,
        ExpressionType.AddChecked or ExpressionType.SubtractChecked or ExpressionType.MultiplyChecked or ExpressionType.NegateChecked
            or ExpressionType.ConvertChecked or ExpressionType.ArrayLength => Behaviour.MayThrow,
        // Each box is another object.
        ExpressionType.Convert when operand.IsValueType && !result.IsValueType => Behaviour.Impure,
        ExpressionType.Convert or ExpressionType.Unbox => IsNumber(operand) && IsNumber(result) ? Behaviour.Total : Behaviour.MayThrow,
        _ => Behaviour.Total,
    };

    private static bool IsNumber(Type type) => type.IsPrimitive || type.IsEnum;

    private static bool IsFloatingPoint(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is { } number && (number == typeof(double) || number == typeof(float));
}
