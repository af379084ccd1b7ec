using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;

namespace ExprGrad.Reading;

/// <summary>Functions of sequences as LINQ that is inlined where they are called: with the bits of the functions themselves.</summary>
internal static class Definitions
{
    private static readonly Dictionary<MethodInfo, LambdaExpression> OfMethods = new()
    {
        [((Func<IEnumerable<double>, double>)GradMath.LogSumExp).Method] = LogSumExp(),
        [((Func<IEnumerable<double>, IEnumerable<double>, double>)GradMath.Dot).Method] = Define((a, b) => a.Zip(b, (p, q) => p * q).Sum()),
        [((Func<IEnumerable<double>, double>)GradMath.SumOfSquares).Method] = Define(values => values.Sum(value => value * value)),
        [((Func<IEnumerable<double>, double>)GradMath.Norm).Method] = Norm(),
        [((Func<IEnumerable<double>, double, double>)GradMath.Polynomial).Method] = Polynomial(),
    };

    /// <summary>What a method is, or null.</summary>
    public static LambdaExpression? Find(MethodInfo method) => OfMethods.GetValueOrDefault(method);

    private static LambdaExpression LogSumExp()
    {
        Expression<Func<IEnumerable<double>, double, double>> stable = (values, largest) => double.IsFinite(largest) ? largest + Math.Log(values.Sum(value => Math.Exp(value - largest))) : largest;
        return Define(values => stable.Compile()(values, FixedValue.Of(values.Aggregate(double.NegativeInfinity, (largest, value) => Math.Max(largest, value)))));
    }

    private static LambdaExpression Norm()
    {
        Expression<Func<IEnumerable<double>, double, double, double>> scaled = (values, unit, largest) => largest > 0 && largest < double.PositiveInfinity ? unit * Math.Sqrt(values.Sum(value => value / unit * (value / unit))) : largest;
        Expression<Func<IEnumerable<double>, double, double>> root = (values, squares) => squares > GradMath.SmallestSafeSquare && squares < GradMath.LargestSafeSquare ? Math.Sqrt(squares)
            : scaled.Compile()(values, FixedValue.Of(squares < 1 ? GradMath.SmallUnit : GradMath.LargeUnit), FixedValue.Of(values.Aggregate(0.0, (largest, value) => Math.Max(largest, Math.Abs(value)))));
        return Define(values => root.Compile()(values, values.Sum(value => value * value)));
    }

    private static LambdaExpression Polynomial()
    {
        Expression<Func<IEnumerable<double>, double, double>> horner = (coefficients, t) => coefficients.Any() ? coefficients.Reverse().Aggregate((value, coefficient) => value * t + coefficient) : 0;
        return horner;
    }

    private static Expression<Func<IEnumerable<double>, double>> Define(Expression<Func<IEnumerable<double>, double>> definition) => definition;

    private static Expression<Func<IEnumerable<double>, IEnumerable<double>, double>> Define(Expression<Func<IEnumerable<double>, IEnumerable<double>, double>> definition) => definition;
}
