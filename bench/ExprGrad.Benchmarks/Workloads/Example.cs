using System.Linq.Expressions;
using System.Runtime.CompilerServices;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>The worked example: log(x₀·x₁)·sin(x₁).</summary>
public sealed class Example : Workload
{
    public override string Name => "log(x0*x1)*sin(x1)";

    public override int Dimension => 2;

    public override Expression<Func<double[], double>> Function => x => Math.Log(x[0] * x[1]) * Math.Sin(x[1]);

    public override double? RatioInCpp => 1.22;

    protected override IEnumerable<(string Name, Func<double[], double> Value)> HandValues => [("by hand", this.Value)];

    protected override IEnumerable<(string Name, ValueAndGradient Gradient)> HandGradients => [("by hand", this.Gradient)];

    protected override double[] Sample(Random random) => [Uniform(random, 0.1, 3), Uniform(random, 0.1, 3)];

    // Instance methods: a delegate to a static one shuffles its arguments at each call.
#pragma warning disable CA1822
    [MethodImpl(HandWritten)]
    private double Value(double[] x) => Math.Log(x[0] * x[1]) * Math.Sin(x[1]);

    [MethodImpl(HandWritten)]
    private (double Value, double[] Gradient) Gradient(double[] x, double[]? gradient)
    {
        gradient ??= new double[2];
        // The logarithm last: both divisions are done while it is computed.
        (double sin, double cos) = Math.SinCos(x[1]);
        double x0 = x[0], x1 = x[1];
        gradient[0] = sin / x0;
        double quotient = sin / x1, log = Math.Log(x0 * x1);
        gradient[1] = Math.FusedMultiplyAdd(log, cos, quotient);
        return (log * sin, gradient);
    }
#pragma warning restore CA1822
}
