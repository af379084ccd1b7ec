using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;

namespace ExprGrad.Cli;

/// <summary>What is measured of a function at a point.</summary>
/// <param name="Point">The point.</param>
/// <param name="Check">Value, gradient and numerical derivatives.</param>
/// <param name="Time">What a call takes.</param>
internal sealed record Evaluation(double[] Point, GradientCheck Check, Timing Time)
{
    /// <summary>Null if the function throws at the point.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever the user's function throws is reported.")]
    public static Evaluation? Of(Expression<Func<double[], double>> f, double[] point, out Exception? thrown)
    {
        thrown = null;
        ValueAndGradient compiled = Grad.Compile(f);
        Func<double[], double> plain = f.Compile();
        try
        {
            return new Evaluation(point, Grad.Check(f, point), Timing.Measure(compiled, plain, point));
        }
        catch (Exception failure)
        {
            thrown = failure;
            return null;
        }
    }
}
