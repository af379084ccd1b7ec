using System.Linq.Expressions;
using System.Reflection;

namespace ExprGrad.Tests.Oracle;

/// <summary>Every function of <see cref="Math"/>, <see cref="double"/> and <see cref="GradMath"/> from reals to a real that has a derivative almost everywhere, found by reflection.</summary>
internal static class KnownFunctions
{
    /// <summary>By signature.</summary>
    public static IReadOnlyDictionary<string, MethodInfo> All { get; } = (
        from type in new[] { typeof(Math), typeof(double), typeof(GradMath) }
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Static)
        where method.ReturnType == typeof(double) && !method.IsGenericMethod && !method.IsSpecialName
        where method.GetParameters()[0].ParameterType == typeof(double) && !TextbookPartials.Refused.Contains(method.Name)
        let signature = $"{type.Name}.{method.Name}({string.Join(", ", method.GetParameters().Select(parameter => parameter.ParameterType.Name))})"
        orderby signature
        select (signature, method)).ToDictionary();

    /// <summary>Points of which each function has at least one in its domain.</summary>
    public static IReadOnlyList<double[]> Points { get; } =
    [
        [0.3, 0.7, 1.8], [-0.4, 0.2, 0.9], [1.7, 2.5, 0.4], [2.25, 0.75, 3], [0.6, -0.8, 0.1], [3.7, 1.2, 2.9], [-2.6, -1.1, 0.5], [12.5, 3, 20], [0.001, 1000, 1e6],
    ];

    /// <summary>The function of the components of x; what is not a real parameter is 3, or the first of its kind.</summary>
    public static Expression<Func<double[], double>> Lambda(MethodInfo method)
    {
        var x = Expression.Parameter(typeof(double[]), "x");
        var arguments = method.GetParameters().Select((parameter, i) =>
            parameter.ParameterType == typeof(double) ? (Expression)Expression.ArrayIndex(x, Expression.Constant(i))
            : parameter.ParameterType == typeof(int) ? Expression.Constant(3)
            : Expression.Constant(Activator.CreateInstance(parameter.ParameterType), parameter.ParameterType));
        return Expression.Lambda<Func<double[], double>>(Expression.Call(method, arguments), x);
    }
}
