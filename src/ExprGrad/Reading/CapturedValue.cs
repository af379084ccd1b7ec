using System.Linq.Expressions;
using System.Reflection;

namespace ExprGrad.Reading;

/// <summary>Values that are known when compiling.</summary>
internal static class CapturedValue
{
    /// <summary>Evaluates a chain of fields and properties that starts at a constant or a static member.</summary>
    public static bool TryEvaluate(Expression expression, out object? value)
    {
        value = null;
        switch (expression)
        {
            case ConstantExpression constant:
                value = constant.Value;
                return true;
            case MemberExpression member:
                object? target = null;
                if (member.Expression is not null && (!TryEvaluate(member.Expression, out target) || target is null))
                    return false;
                value = member.Member is FieldInfo field ? field.GetValue(target) : ((PropertyInfo)member.Member).GetValue(target);
                return true;
            case UnaryExpression { NodeType: ExpressionType.Convert, Method: null } conversion when !conversion.Type.IsValueType:
                return TryEvaluate(conversion.Operand, out value);
            case BinaryExpression { NodeType: ExpressionType.ArrayIndex } element:
                if (!TryEvaluate(element.Left, out object? array) || array is not Array items || !TryEvaluate(element.Right, out object? index) || index is not int at || at < 0 || at >= items.Length)
                    return false;
                value = items.GetValue(at);
                return true;
            default:
                return false;
        }
    }
}
