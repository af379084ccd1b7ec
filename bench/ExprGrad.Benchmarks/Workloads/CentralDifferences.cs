namespace ExprGrad.Benchmarks.Workloads;

/// <summary>The gradient that needs no derivation: (f(x + h) − f(x − h)) / 2h for each component.</summary>
internal sealed class CentralDifferences(Func<double[], double> f, int dimension)
{
    // The cube root of the machine epsilon balances truncation and cancellation.
    private const double Step = 6.055454452393343e-6;

    private readonly double[] moved = new double[dimension];

    public (double Value, double[] Gradient) Evaluate(double[] x, double[]? gradient)
    {
        gradient ??= new double[x.Length];
        double[] moved = this.moved;
        x.CopyTo(moved, 0);
        for (int k = 0; k < x.Length; k++)
        {
            double h = Step * Math.Max(Math.Abs(x[k]), 1e-3);
            double above = x[k] + h, below = x[k] - h;
            moved[k] = above;
            double valueAbove = f(moved);
            moved[k] = below;
            gradient[k] = (valueAbove - f(moved)) / (above - below);
            moved[k] = x[k];
        }
        return (f(x), gradient);
    }
}
