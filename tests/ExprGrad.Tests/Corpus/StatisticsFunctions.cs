using System.Linq.Expressions;

namespace ExprGrad.Tests.Corpus;

/// <summary>Losses and log densities.</summary>
internal static class StatisticsFunctions
{
    /// <summary>ln Γ by Lanczos' approximation (g = 5, n = 6), z &gt; 0.</summary>
    private static readonly Expression<Func<double, double>> LogGamma = z =>
        (z + 0.5) * Math.Log(z + 5.5) - (z + 5.5)
        + Math.Log(2.5066282746310005 / z * (1.000000000190015 + 76.18009172947146 / (z + 1) - 86.50532032941677 / (z + 2) + 24.01409824083091 / (z + 3)
            - 1.231739572450155 / (z + 4) + 1.208650973866179e-3 / (z + 5) - 5.395239384953e-6 / (z + 6)));

    private static readonly double[][] Features = [[1, 0.5, -1.2], [1, -0.3, 0.8], [1, 2.1, 0.1]];
    private static readonly int[] Labels = [1, 0, 1];

    public static IEnumerable<CorpusEntry> Entries()
    {
        yield return new("Logistic loss of three rows", x =>
            Math.Log(1 + Math.Exp(-(2 * Labels[0] - 1) * (Features[0][0] * x[0] + Features[0][1] * x[1] + Features[0][2] * x[2])))
            + Math.Log(1 + Math.Exp(-(2 * Labels[1] - 1) * (Features[1][0] * x[0] + Features[1][1] * x[1] + Features[1][2] * x[2])))
            + Math.Log(1 + Math.Exp(-(2 * Labels[2] - 1) * (Features[2][0] * x[0] + Features[2][1] * x[1] + Features[2][2] * x[2]))),
            [0.1, -0.4, 0.7], [2, 1, -1]) { Edges = [[0, 0, 0]] };

        double delta = 1.5;
        yield return new("Huber", x => Math.Abs(x[0]) <= delta ? 0.5 * x[0] * x[0] : delta * (Math.Abs(x[0]) - 0.5 * delta), [0.7], [-4], [9]) { Edges = [[0], [1.5], [-1.5]] };
        yield return new("Softplus by branches", x => x[0] > 0 ? x[0] + Math.Log(1 + Math.Exp(-x[0])) : Math.Log(1 + Math.Exp(x[0])), [0.7], [-4], [30]) { Edges = [[0], [800], [-800]] };
        yield return new("Quantile loss", x => x[0] - x[1] >= 0 ? 0.9 * (x[0] - x[1]) : -0.1 * (x[0] - x[1]), [3, 1], [1, 3]) { Edges = [[1, 1]] };
        yield return new("Tukey biweight", x => Math.Abs(x[0] / 4.685) > 1 ? 4.685 * 4.685 / 6 : 4.685 * 4.685 / 6 * (1 - Math.Pow(1 - Math.Pow(x[0] / 4.685, 2), 3)), [1.7], [9]) { Edges = [[0], [4.685]] };

        // location, scale, degrees of freedom
        yield return new("Student-t log density", x =>
            LogGamma.Compile()((x[2] + 1) / 2) - LogGamma.Compile()(x[2] / 2) - 0.5 * Math.Log(Math.PI * x[2]) - Math.Log(x[1]) - (x[2] + 1) / 2 * Math.Log(1 + Math.Pow((1.3 - x[0]) / x[1], 2) / x[2]),
            [0.2, 0.9, 4], [1, 2, 1.5]) { Edges = [[1.3, 1, 3]] };
        yield return new("Gamma log density", x => x[0] * Math.Log(x[1]) - LogGamma.Compile()(x[0]) + (x[0] - 1) * Math.Log(2.2) - x[1] * 2.2, [2.5, 0.8], [0.4, 3]);
        yield return new("Beta log density", x => LogGamma.Compile()(x[0] + x[1]) - LogGamma.Compile()(x[0]) - LogGamma.Compile()(x[1]) + (x[0] - 1) * Math.Log(x[2]) + (x[1] - 1) * Math.Log(1 - x[2]), [2, 3, 0.4], [0.7, 0.6, 0.05]);
        yield return new("Truncated density", x => x[0] < 0 || x[0] > 1 ? double.NegativeInfinity : 2 * Math.Log(x[0]) + 3 * Math.Log(1 - x[0]) + x[1], [0.4, 1]) { Edges = [[-0.2, 1], [1.5, 1], [0, 1]] };

        // concentration: the Bessel function by two polynomials (Abramowitz and Stegun 9.8.1, 9.8.2)
        yield return new("von Mises log density", x =>
            x[1] * Math.Cos(0.9 - x[0]) - Math.Log(2 * Math.PI)
            - (x[1] < 3.75
                ? Math.Log(1 + 3.5156229 * Math.Pow(x[1] / 3.75, 2) + 3.0899424 * Math.Pow(x[1] / 3.75, 4) + 1.2067492 * Math.Pow(x[1] / 3.75, 6) + 0.2659732 * Math.Pow(x[1] / 3.75, 8))
                : x[1] - 0.5 * Math.Log(x[1]) + Math.Log(0.39894228 + 0.01328592 / (x[1] / 3.75) + 0.00225319 / Math.Pow(x[1] / 3.75, 2))),
            [0.2, 1.4], [2, 9]) { Edges = [[0.9, 0], [0.9, 3.75]] };

        yield return new("Log-sum-exp of three, shifted", x =>
            Math.Max(x[0], Math.Max(x[1], x[2])) + Math.Log(Math.Exp(x[0] - Math.Max(x[0], Math.Max(x[1], x[2]))) + Math.Exp(x[1] - Math.Max(x[0], Math.Max(x[1], x[2]))) + Math.Exp(x[2] - Math.Max(x[0], Math.Max(x[1], x[2])))),
            [1, 2, 3.5], [1000, 998, -5]) { Edges = [[1, 1, 1], [0, 5, 5]] };

        double[] counts = [3, 0, 7];
        yield return new("Poisson likelihood with an empty cell", x =>
            Math.Exp(x[0]) - (counts[0] == 0 ? 0 : counts[0] * x[0]) + Math.Exp(x[1]) - (counts[1] == 0 ? 0 : counts[1] * x[1]) + Math.Exp(x[0] + x[1]) - counts[2] * (x[0] + x[1]), [0.4, -1.2]);
        yield return new("Entropy with 0·log 0", x => -(x[0] > 0 ? x[0] * Math.Log(x[0]) : 0) - (x[1] > 0 ? x[1] * Math.Log(x[1]) : 0) - (x[2] > 0 ? x[2] * Math.Log(x[2]) : 0), [0.2, 0.3, 0.5]) { Edges = [[0, 0.4, 0.6], [1, 0, 0]] };
        yield return new("Box–Cox", x => x[1] == 0 ? Math.Log(x[0]) : (Math.Pow(x[0], x[1]) - 1) / x[1], [2, 0.5], [3, -1]) { Edges = [[2, 0], [0, 2]] };
        yield return new("Bivariate normal", x =>
            -Math.Log(2 * Math.PI * x[2] * x[3] * Math.Sqrt(1 - x[4] * x[4]))
            - (Math.Pow((0.4 - x[0]) / x[2], 2) - 2 * x[4] * ((0.4 - x[0]) / x[2]) * ((1.1 - x[1]) / x[3]) + Math.Pow((1.1 - x[1]) / x[3], 2)) / (2 * (1 - x[4] * x[4])),
            [0.1, 0.9, 1.2, 0.8, 0.3], [0.4, 1.1, 0.5, 0.5, -0.7]);
        yield return new("Gumbel copula", x => Math.Exp(-Math.Pow(Math.Pow(-Math.Log(x[0]), x[2]) + Math.Pow(-Math.Log(x[1]), x[2]), 1 / x[2])), [0.3, 0.8, 2.5], [0.9, 0.1, 1.2]) { Edges = [[1, 0.5, 2], [0.5, 0.5, 1]] };
    }
}
