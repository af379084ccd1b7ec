using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Reading;

/// <summary>Operators and conversions.</summary>
internal sealed partial class LambdaReader
{
    // Lifted && and ||, coalescing with a conversion and compound assignments have no operator of their own.
    private static bool IsOperator(BinaryExpression binary) => binary.NodeType is
        ExpressionType.Add or ExpressionType.AddChecked or ExpressionType.Subtract or ExpressionType.SubtractChecked or ExpressionType.Multiply or ExpressionType.MultiplyChecked
        or ExpressionType.Divide or ExpressionType.Modulo or ExpressionType.Power
        or ExpressionType.LessThan or ExpressionType.LessThanOrEqual or ExpressionType.GreaterThan or ExpressionType.GreaterThanOrEqual or ExpressionType.Equal or ExpressionType.NotEqual
        or ExpressionType.And or ExpressionType.Or or ExpressionType.ExclusiveOr or ExpressionType.LeftShift or ExpressionType.RightShift;

    private static bool IsOperator(UnaryExpression unary) => unary.NodeType is
        ExpressionType.Negate or ExpressionType.NegateChecked or ExpressionType.UnaryPlus or ExpressionType.Not or ExpressionType.OnesComplement
        or ExpressionType.Convert or ExpressionType.ConvertChecked or ExpressionType.Unbox or ExpressionType.TypeAs or ExpressionType.ArrayLength
        or ExpressionType.Increment or ExpressionType.Decrement or ExpressionType.IsTrue or ExpressionType.IsFalse;

    private async Step<Value> ReadBinary(BinaryExpression binary)
    {
        Value first = await this.Read(binary.Left), second = await this.Read(binary.Right);
        if ((IsOptional(first) || IsOptional(second)) && NumberOf(binary.Left.Type) is not null && NumberOf(binary.Right.Type) is not null)
            return await this.ReadLifted(binary, first, second);
        Node left = this.MaterializeFor(binary, first), right = this.MaterializeFor(binary, second);
        if (binary.Method is { } method && Catalogue.Find(method) is { } named)
            return new Scalar(this.Apply(named, left, right));
        if (binary.Method is null && IsReal(binary.Type) && left.Type == binary.Type && right.Type == binary.Type && ArithmeticOf(binary.NodeType, binary.Type) is { } arithmetic)
            return new Scalar(this.Apply(arithmetic, left, right));
        if (ResultOfLiterals(binary, left, right) is { } known)
            return new Scalar(this.builder.Constant(known, typeof(int)));
        bool isTotal = binary is { NodeType: ExpressionType.Divide or ExpressionType.Modulo, Method: null } && right is Constant { Value: int divisor } && divisor is not (0 or -1);
        return this.Discrete(binary, isTotal ? Operator.TotalDivision(binary) : Operator.Of(binary, OfMethod(binary.Method)), left, right);
    }

    // An index that is made of literals is one: which element is read there is known before anything runs.
    private static int? ResultOfLiterals(BinaryExpression binary, Node left, Node right) =>
        binary.Type == typeof(int) && (left, right) is (Constant { Value: int a }, Constant { Value: int b })
            ? binary.NodeType switch
            {
                ExpressionType.Add => unchecked(a + b),
                ExpressionType.Subtract => unchecked(a - b),
                ExpressionType.Multiply => unchecked(a * b),
                _ => null,
            }
            : null;

    private async Step<Value> ReadUnary(UnaryExpression unary)
    {
        // A conversion of a lambda to its own delegate type, or a quotation, is the lambda.
        Value value = await this.Read(unary.Operand);
        if (value is Closure && unary.NodeType == ExpressionType.Convert)
            return value;
        if (value is VectorLiteral vector && unary.NodeType == ExpressionType.ArrayLength)
            return new Scalar(this.builder.Constant(vector.Elements.Count, typeof(int)));
        if (value is Sequence { IsInMemory: true } sequence && unary.NodeType == ExpressionType.ArrayLength)
            return new Scalar((await this.ElementsOf(sequence)).Count);
        if (unary.NodeType == ExpressionType.Convert && unary.Type.IsInterface && (value is Sequence ? ElementTypeOf(unary.Type) is not null : IsSameSequence(unary.Operand.Type, unary.Type)))
            return this.SequenceOf(unary.Operand, value).As(unary, () => this.Materialize(this.Discrete(unary, Operator.Of(unary, Behaviour.Total), this.Materialize(value))));
        if (unary.NodeType is ExpressionType.Convert && unary.Type == unary.Operand.Type && unary.Method is null)
            return value;
        if (this.ConvertOptional(unary, value) is { } converted)
            return converted;
        if (IsOptional(value) && unary.NodeType is ExpressionType.Negate or ExpressionType.UnaryPlus)
            return await this.ReadLifted(unary, value);
        Node operand = this.MaterializeFor(unary, value);
        bool isReal = unary.Method is null && IsReal(unary.Type) && IsReal(operand.Type);
        if (isReal && unary.NodeType == ExpressionType.UnaryPlus)
            return new Scalar(operand);
        if (isReal && unary.NodeType is ExpressionType.Convert or ExpressionType.ConvertChecked && IsReal(operand.Type) && IsReal(unary.Type))
            return new Scalar(this.Apply(new Rounding(unary.Type), operand));
        if (isReal && unary.NodeType is ExpressionType.Negate or ExpressionType.NegateChecked && IsReal(unary.Type))
            return new Scalar(this.Apply(unary.Type == typeof(double) ? Arithmetic.Negate : new Negate(unary.Type), operand));
        if (isReal && unary.NodeType is ExpressionType.Increment or ExpressionType.Decrement && IsReal(unary.Type))
        {
            ExpressionType kind = unary.NodeType == ExpressionType.Increment ? ExpressionType.Add : ExpressionType.Subtract;
            Constant one = this.builder.Constant(unary.Type == typeof(double) ? 1.0 : 1f, unary.Type);
            return new Scalar(this.Apply(ArithmeticOf(kind, unary.Type)!, operand, one));
        }
        // The length of the input is no use of its elements.
        if (unary.NodeType == ExpressionType.ArrayLength && ReferenceEquals(operand, this.input))
            return new Scalar(this.builder.Apply(Operator.InputLength, operand));
        return this.Discrete(unary, Operator.Of(unary, OfMethod(unary.Method)), operand);
    }

    /// <summary>An operator without a derivative: on inactive operands, or with a result that changes in steps.</summary>
    private Value Discrete(Expression expression, Operation operation, params Node[] operands)
    {
        if (!IsDiscrete(expression.Type) && operands.Any(this.CarriesDerivative))
        {
            if (operands.Contains(this.input))
                return this.Refuse(expression, RefusalCode.WholeInput, "The input array is used as a whole here, so that it cannot be seen which elements the value depends on.");
            return this.Refuse(expression, RefusalCode.NoDerivative, NoDerivativeThrough(expression.Type));
        }
        return new Scalar(this.Apply(operation, operands));
    }

    private static Behaviour OfMethod(MethodInfo? method)
    {
        if (method is null)
            return Behaviour.Total;
        // The operators of the base library compute from their operands alone.
        bool isBaseLibrary = method.DeclaringType!.Assembly == typeof(object).Assembly || method.DeclaringType.Assembly == typeof(System.Numerics.BigInteger).Assembly;
        return isBaseLibrary && method.IsSpecialName ? Behaviour.MayThrow : Purity.Of(method);
    }

    private static bool IsReal(Type type) => type == typeof(double) || type == typeof(float);

    private static Primitive? ArithmeticOf(ExpressionType kind, Type type) => (kind, type == typeof(double)) switch
    {
        (ExpressionType.Add or ExpressionType.AddChecked, true) => Arithmetic.Add,
        (ExpressionType.Subtract or ExpressionType.SubtractChecked, true) => Arithmetic.Subtract,
        (ExpressionType.Multiply or ExpressionType.MultiplyChecked, true) => Arithmetic.Multiply,
        (ExpressionType.Divide, true) => Arithmetic.Divide,
        (ExpressionType.Add or ExpressionType.AddChecked, false) => new Add(type),
        (ExpressionType.Subtract or ExpressionType.SubtractChecked, false) => new Subtract(type),
        (ExpressionType.Multiply or ExpressionType.MultiplyChecked, false) => new Multiply(type),
        (ExpressionType.Divide, false) => new Divide(type),
        (ExpressionType.Modulo, _) => new Modulo(type),
        _ => null,
    };
}
