using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;

namespace ExprGrad.Tests.Oracle;

/// <summary>C#'s operators on boxed values, by the platform itself: one compiled delegate for each operator and operand types.</summary>
internal static class ClrArithmetic
{
    private static readonly ConcurrentDictionary<(ExpressionType, Type, Type, MethodInfo?, bool), Func<object?, object?, object?>> Binaries = new();
    private static readonly ConcurrentDictionary<(ExpressionType, Type, Type, MethodInfo?), Func<object?, object?>> Unaries = new();

    public static object? Binary(BinaryExpression node, object? left, object? right) =>
        Binaries.GetOrAdd((node.NodeType, node.Left.Type, node.Right.Type, node.Method, node.IsLiftedToNull), key =>
        {
            ParameterExpression a = Expression.Parameter(typeof(object)), b = Expression.Parameter(typeof(object));
            var body = Expression.MakeBinary(key.Item1, Expression.Convert(a, key.Item2), Expression.Convert(b, key.Item3), key.Item5, key.Item4);
            return Expression.Lambda<Func<object?, object?, object?>>(Expression.Convert(body, typeof(object)), a, b).Compile();
        })(left, right);

    public static object? Unary(UnaryExpression node, object? operand) =>
        Unaries.GetOrAdd((node.NodeType, node.Operand.Type, node.Type, node.Method), key =>
        {
            var a = Expression.Parameter(typeof(object));
            var body = Expression.MakeUnary(key.Item1, Expression.Convert(a, key.Item2), key.Item3, key.Item4);
            return Expression.Lambda<Func<object?, object?>>(Expression.Convert(body, typeof(object)), a).Compile();
        })(operand);

    public static bool Equal(SwitchExpression node, object? value, Expression test, object? testValue)
    {
        if (node.Comparison is { } comparison) return (bool)comparison.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [value, testValue], null)!;
        var equal = Expression.Equal(Expression.Parameter(node.SwitchValue.Type), Expression.Parameter(test.Type));
        return (bool)Binary(equal, value, testValue)!;
    }
}
