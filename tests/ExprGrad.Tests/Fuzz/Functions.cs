using System.Reflection;

namespace ExprGrad.Tests.Fuzz;

/// <summary>Where the argument of a function should lie so that values stay finite.</summary>
public enum Domain
{
    Any,
    Small,
    Unit,
    Positive,
    AboveOne,
}

/// <summary>Functions that random lambdas call.</summary>
internal static class Functions
{
    private static readonly Dictionary<Domain, string[]> Names = new()
    {
        [Domain.Any] =
        [
            "Math.Sin", "Math.Cos", "Math.Atan", "Math.Tanh", "Math.Asinh", "Math.Cbrt", "Math.Abs", "Math.Floor", "Math.Ceiling", "Math.Truncate", "Math.Round",
            "double.SinPi", "double.CosPi", "double.AtanPi", "double.DegreesToRadians", "GradMath.Sigmoid", "GradMath.Softplus", "double.Sin", "double.Abs",
        ],
        [Domain.Small] =
        [
            "Math.Exp", "Math.Sinh", "Math.Cosh", "Math.Tan", "double.Exp2", "double.Exp10", "double.ExpM1", "double.Exp2M1", "double.Exp10M1", "double.TanPi",
            "double.RadiansToDegrees", "GradMath.Expm1", "GradMath.Erf", "GradMath.Erfc", "GradMath.NormalPdf", "GradMath.NormalCdf",
        ],
        [Domain.Unit] = ["Math.Asin", "Math.Acos", "Math.Atanh", "double.AsinPi", "double.AcosPi"],
        [Domain.Positive] =
        [
            "Math.Log", "Math.Log2", "Math.Log10", "Math.Sqrt", "double.LogP1", "double.Log2P1", "double.Log10P1", "double.Sqrt", "double.Log",
            "GradMath.Log1p", "GradMath.LogGamma", "GradMath.Digamma",
        ],
        [Domain.AboveOne] = ["Math.Acosh"],
    };

    /// <summary>Those that exist: GradMath counts from the day it is written.</summary>
    public static IReadOnlyList<(MethodInfo Method, Domain Domain)> OfOne { get; } =
    [
        .. from pair in Names from name in pair.Value let method = Find(name, 1) where method is not null select (method, pair.Key),
    ];

    public static MethodInfo? LogAddExp { get; } = Find("GradMath.LogAddExp", 2);

    private static MethodInfo? Find(string name, int arity)
    {
        string[] parts = name.Split('.');
        var type = parts[0] switch { "Math" => typeof(Math), "double" => typeof(double), _ => typeof(Grad).Assembly.GetType("ExprGrad.GradMath") };
        return type?.GetMethod(parts[1], [.. Enumerable.Repeat(typeof(double), arity)]);
    }
}
