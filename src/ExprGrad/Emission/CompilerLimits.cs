using System.Linq.Expressions;
using ExprGrad.Reading;

namespace ExprGrad.Emission;

/// <summary>What FastExpressionCompiler 6.0.0 compiles to wrong code without saying so. A function with any of it is left to <see cref="LambdaExpression.Compile()"/>.</summary>
/// <remarks>Found by comparing both on every operator: unsigned integers are divided, compared and converted as if they were signed, some checked operations do not check,
/// references are compared by Equals, decimal literals lose their scale, members of conditionals are those of the wrong object, what Add of a collection initializer returns stays on the stack, values that are passed by reference give invalid programs,
/// and where a member of an element is used that is found by another element (rows[index[i]].Rank), the address of the other is taken.</remarks>
internal static class CompilerLimits
{
    /// <summary>Whether an expression or anything below it is miscompiled.</summary>
    public static bool ExceededIn(Expression expression) => Children.AllOf(expression).Any(ExceededBy);

    /// <summary>Whether an expression itself is miscompiled; those below it are not looked at.</summary>
    public static bool ExceededBy(Expression expression) => expression switch
    {
        ConstantExpression { Value: decimal } => true,
        UnaryExpression { NodeType: ExpressionType.NegateChecked } => true,
        UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked or ExpressionType.Negate, Method: null } unary => IsUnsigned(unary.Operand.Type) || IsUnsigned(unary.Type),
        BinaryExpression { NodeType: ExpressionType.Equal or ExpressionType.NotEqual, Method: null } equality when !equality.Left.Type.IsValueType => !IsNull(equality.Left) && !IsNull(equality.Right),
        BinaryExpression { NodeType: not ExpressionType.ArrayIndex, Method: null } binary => IsUnsigned(binary.Left.Type),
        MemberExpression { Expression: { } owner } when IsConditional(owner) => true,
        IndexExpression { Object: { } list } when IsConditional(list) => true,
        MethodCallExpression { Object: { } target } when IsConditional(target) => true,
        MethodCallExpression call => call.Method.GetParameters().Any(parameter => parameter.ParameterType.IsByRef) || (call.Object is { } instance && ((instance.Type.IsValueType && IsElement(instance)) || IsElementByElement(instance))),
        MemberExpression { Expression: { } owner } => IsElementByElement(owner),
        ListInitExpression list => list.Initializers.Any(element => element.AddMethod.ReturnType != typeof(void)),
        NewExpression { Constructor: { } constructor } => constructor.GetParameters().Any(parameter => parameter.ParameterType.IsByRef),
        _ => false,
    };

    // The test of a conditional whose member is used takes the addresses of variables for their values.
    private static bool IsConditional(Expression expression) => expression switch
    {
        ConditionalExpression => true,
        UnaryExpression { NodeType: ExpressionType.Convert } conversion => IsConditional(conversion.Operand),
        _ => false,
    };

    private static bool IsUnsigned(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is var number && (number == typeof(uint) || number == typeof(ulong) || number == typeof(UIntPtr));

    private static bool IsNull(Expression expression) => expression is ConstantExpression { Value: null } or DefaultExpression;

    private static bool IsElementByElement(Expression expression) =>
        expression is IndexExpression or BinaryExpression { NodeType: ExpressionType.ArrayIndex } && Children.AllOf(expression).Any(inner => !ReferenceEquals(inner, expression) && IsElement(inner));

    private static bool IsElement(Expression expression) => expression switch
    {
        IndexExpression or BinaryExpression { NodeType: ExpressionType.ArrayIndex } => true,
        MemberExpression { Expression: { Type.IsValueType: true } owner } => IsElement(owner),
        _ => false,
    };
}
