using System.Linq.Expressions;
using System.Runtime.CompilerServices;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>Σ 100·(xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)² as a sum over a range.</summary>
public sealed class RolledRosenbrock(int n) : LoopWorkload
{
    public override string Name => $"Rosenbrock {n}, a loop";

    public override int Dimension => n;

    public override int PointCount => n < 10_000 ? 8 : 1;

    public override Expression<Func<double[], double>> Function =>
        x => Enumerable.Range(0, x.Length - 1).Sum(i => 100 * (x[i + 1] - x[i] * x[i]) * (x[i + 1] - x[i] * x[i]) + (1 - x[i]) * (1 - x[i]));

    public override double? RatioInCpp => n == 1000 ? 1.03 : null;

    protected override IEnumerable<(string Name, Func<double[], double> Value)> HandValues => [("by hand", this.Value)];

    protected override IEnumerable<(string Name, ValueAndGradient Gradient)> HandGradients => [("by hand", this.Gradient)];

    protected override double[] Sample(Random random) => [.. Enumerable.Range(0, n).Select(_ => Uniform(random, -2, 2))];

#pragma warning disable CA1822 // instance methods: a delegate to a static one shuffles its arguments at each call
    [MethodImpl(HandWritten)]
    private double Value(double[] x)
    {
        double sum = 0, a = x[0];
        for (int i = 1; i < x.Length; i++)
        {
            double b = x[i], t = b - a * a, u = 1 - a;
            sum += 100 * t * t + u * u;
            a = b;
        }
        return sum;
    }

    [MethodImpl(HandWritten)]
    private (double Value, double[] Gradient) Gradient(double[] x, double[]? gradient)
    {
        gradient = Buffer(x, gradient);
        double sum = 0, a = x[0], carried = 0;
        for (int i = 1; i < x.Length; i++)
        {
            double b = x[i], t = b - a * a, u = 1 - a, scaled = 100 * t, half = Fma(scaled + scaled, a, u);
            sum += Fma(scaled, t, u * u);
            gradient[i - 1] = carried - (half + half);
            carried = scaled + scaled;
            a = b;
        }
        gradient[^1] = carried;
        return (sum, gradient);
    }
#pragma warning restore CA1822
}
