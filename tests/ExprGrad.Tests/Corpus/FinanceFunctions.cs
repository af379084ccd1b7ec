using System.Linq.Expressions;

namespace ExprGrad.Tests.Corpus;

/// <summary>Prices, volatilities, curves, payoffs.</summary>
internal static class FinanceFunctions
{
    /// <summary>The normal distribution function of Hart (as in West, 2005): three branches.</summary>
    private static readonly Expression<Func<double, double>> Cdf = z =>
        Math.Abs(z) > 37 ? (z > 0 ? 1.0 : 0.0)
        : Math.Abs(z) < 7.07106781186547
            ? (z > 0
                ? 1 - Math.Exp(-z * z / 2) * ((((((3.52624965998911E-02 * z + 0.700383064443688) * z + 6.37396220353165) * z + 33.912866078383) * z + 112.079291497871) * z + 221.213596169931) * z + 220.206867912376)
                    / (((((((8.83883476483184E-02 * z + 1.75566716318264) * z + 16.064177579207) * z + 86.7807322029461) * z + 296.564248779674) * z + 637.333633378831) * z + 793.826512519948) * z + 440.413735824752)
                : Math.Exp(-z * z / 2) * ((((((3.52624965998911E-02 * -z + 0.700383064443688) * -z + 6.37396220353165) * -z + 33.912866078383) * -z + 112.079291497871) * -z + 221.213596169931) * -z + 220.206867912376)
                    / (((((((8.83883476483184E-02 * -z + 1.75566716318264) * -z + 16.064177579207) * -z + 86.7807322029461) * -z + 296.564248779674) * -z + 637.333633378831) * -z + 793.826512519948) * -z + 440.413735824752))
            : (z > 0
                ? 1 - Math.Exp(-z * z / 2) / (z + 1 / (z + 2 / (z + 3 / (z + 4 / (z + 0.65))))) / 2.506628274631
                : Math.Exp(-z * z / 2) / (-z + 1 / (-z + 2 / (-z + 3 / (-z + 4 / (-z + 0.65))))) / 2.506628274631);

    private sealed record Option(double Strike, double Maturity, bool IsCall);

    private sealed class Market
    {
        public double Rate { get; set; } = 0.03;
        public double[] Tenors = [0.25, 1, 2, 5, 10];
        public double[] Quotes = [0.021, 0.024, 0.026, 0.029, 0.031];
    }

    public static IEnumerable<CorpusEntry> Entries()
    {
        // spot, strike, rate, volatility, maturity
        yield return new("Black–Scholes call", x =>
            x[0] * Cdf.Compile()((Math.Log(x[0] / x[1]) + (x[2] + x[3] * x[3] / 2) * x[4]) / (x[3] * Math.Sqrt(x[4])))
            - x[1] * Math.Exp(-x[2] * x[4]) * Cdf.Compile()((Math.Log(x[0] / x[1]) + (x[2] - x[3] * x[3] / 2) * x[4]) / (x[3] * Math.Sqrt(x[4]))),
            [100, 105, 0.03, 0.2, 1.5], [100, 20, 0.01, 0.1, 0.5]) { Edges = [[100, 100, 0, 0.2, 1], [1e4, 1, 0, 0.1, 0.01]] };

        var option = new Option(95, 0.75, true);
        var market = new Market();
        yield return new("Implied volatility objective", x =>
            Math.Pow((option.IsCall ? 1 : -1) * (100 * Cdf.Compile()((option.IsCall ? 1 : -1) * (Math.Log(100 / option.Strike) + (market.Rate + x[0] * x[0] / 2) * option.Maturity) / (x[0] * Math.Sqrt(option.Maturity)))
                - option.Strike * Math.Exp(-market.Rate * option.Maturity) * Cdf.Compile()((option.IsCall ? 1 : -1) * (Math.Log(100 / option.Strike) + (market.Rate - x[0] * x[0] / 2) * option.Maturity) / (x[0] * Math.Sqrt(option.Maturity)))) - 11.2, 2),
            [0.2], [0.45]);

        yield return new("Put–call by a captured flag", x => option.IsCall ? Math.Max(x[0] - option.Strike, 0) : Math.Max(option.Strike - x[0], 0), [100], [90]) { Edges = [[95]] };

        // forward, strike, alpha, beta, rho, nu (Hagan 2002), one year
        Expression<Func<double, double, double, double, double>> sabrRatio = (z, rho, chi, small) =>
            Math.Abs(z) < small ? 1 - rho * z / 2 : z / chi;
        yield return new("SABR volatility", x =>
            x[2] / (Math.Pow(x[0] * x[1], (1 - x[3]) / 2) * (1 + Math.Pow(1 - x[3], 2) / 24 * Math.Pow(Math.Log(x[0] / x[1]), 2) + Math.Pow(1 - x[3], 4) / 1920 * Math.Pow(Math.Log(x[0] / x[1]), 4)))
            * sabrRatio.Compile()(
                x[5] / x[2] * Math.Pow(x[0] * x[1], (1 - x[3]) / 2) * Math.Log(x[0] / x[1]), x[4],
                Math.Log((Math.Sqrt(1 - 2 * x[4] * (x[5] / x[2] * Math.Pow(x[0] * x[1], (1 - x[3]) / 2) * Math.Log(x[0] / x[1])) + Math.Pow(x[5] / x[2] * Math.Pow(x[0] * x[1], (1 - x[3]) / 2) * Math.Log(x[0] / x[1]), 2))
                    + x[5] / x[2] * Math.Pow(x[0] * x[1], (1 - x[3]) / 2) * Math.Log(x[0] / x[1]) - x[4]) / (1 - x[4])), 1e-6)
            * (1 + Math.Pow(1 - x[3], 2) / 24 * x[2] * x[2] / Math.Pow(x[0] * x[1], 1 - x[3]) + x[4] * x[3] * x[5] * x[2] / 4 / Math.Pow(x[0] * x[1], (1 - x[3]) / 2) + (2 - 3 * x[4] * x[4]) / 24 * x[5] * x[5]),
            [0.03, 0.04, 0.05, 0.5, -0.3, 0.4], [0.05, 0.035, 0.04, 0.7, 0.2, 0.3]) { Edges = [[0.03, 0.03, 0.05, 0.5, -0.3, 0.4], [0.03, 0.04, 0.05, 1, -0.3, 0.4]] };

        // level, slope, hump, decay; at a captured tenor
        yield return new("Nelson–Siegel", x =>
            Math.Pow(x[0] + (x[1] + x[2]) * (1 - Math.Exp(-market.Tenors[3] / x[3])) / (market.Tenors[3] / x[3]) - x[2] * Math.Exp(-market.Tenors[3] / x[3]) - market.Quotes[3], 2)
            + Math.Pow(x[0] + (x[1] + x[2]) * (1 - Math.Exp(-market.Tenors[1] / x[3])) / (market.Tenors[1] / x[3]) - x[2] * Math.Exp(-market.Tenors[1] / x[3]) - market.Quotes[1], 2),
            [0.03, -0.01, 0.02, 1.8], [0.05, 0.01, -0.01, 0.7]);

        double shock = 0.013, previous = 1.1e-4;
        yield return new("GARCH(1,1) step", x =>
            0.5 * (Math.Log(2 * Math.PI * (x[0] + x[1] * shock * shock + x[2] * previous)) + Math.Pow(shock - x[3], 2) / (x[0] + x[1] * shock * shock + x[2] * previous)),
            [2e-6, 0.09, 0.88, 4e-4], [1e-5, 0.05, 0.8, -1e-3]);

        yield return new("Up-and-out barrier with rebate", x => x[0] >= 120 ? 3 * Math.Exp(-x[1]) : x[0] > 100 ? (x[0] - 100) * Math.Exp(-x[1]) * Math.Pow(1 - x[0] / 120, 0.5) : 0.0,
            [110, 0.05], [130, 0.05], [80, 0.02]) { Edges = [[120, 0.05], [100, 0.05]] };

        yield return new("Butterfly payoff", x => Math.Max(x[0] - 90, 0) - 2 * Math.Max(x[0] - 100, 0) + Math.Max(x[0] - 110, 0), [95], [104], [120], [50]) { Edges = [[90], [100], [110]] };

        yield return new("Tiered tax", x =>
            x[0] <= 10000 ? 0.1 * x[0]
            : x[0] <= 40000 ? 1000 + 0.2 * (x[0] - 10000)
            : x[0] <= 90000 ? 7000 + 0.3 * (x[0] - 40000)
            : 22000 + 0.4 * (x[0] - 90000), [5000], [25000], [60000], [200000]) { Edges = [[10000], [40000], [90000]] };

        yield return new("Annuity with the limit at zero", x => Math.Abs(x[1]) < 1e-12 ? x[0] * x[2] : x[0] * (1 - Math.Pow(1 + x[1], -x[2])) / x[1], [100, 0.05, 12], [100, -0.02, 7.5]) { Edges = [[100, 0, 12]] };

        yield return new("Log-linear discounting by (int) index", x =>
            Math.Exp(-x[0] * (market.Quotes[(int)x[0]] * (1 - (x[0] - (int)x[0])) + market.Quotes[(int)x[0] + 1] * (x[0] - (int)x[0])) - x[1]),
            [1.4, 0.01], [2.9, 0]) { Edges = [[2, 0.01]] };

        yield return new("Merton default distance", x =>
            Cdf.Compile()(-(Math.Log(x[0] / x[1]) + (x[2] - 0.5 * x[3] * x[3]) * 2) / (x[3] * Math.Sqrt(2))), [120, 80, 0.04, 0.25], [60, 80, 0.04, 0.6]);

        yield return new("Vasicek bond", x =>
            Math.Exp((x[1] - x[2] * x[2] / (2 * x[0] * x[0])) * ((1 - Math.Exp(-x[0] * 3)) / x[0] - 3) - x[2] * x[2] / (4 * x[0]) * Math.Pow((1 - Math.Exp(-x[0] * 3)) / x[0], 2) - (1 - Math.Exp(-x[0] * 3)) / x[0] * x[3]),
            [0.6, 0.04, 0.02, 0.03]);

        yield return new("Kelly growth", x => x[0] > -1 && x[0] < 0.5 ? 0.55 * Math.Log(1 + x[0]) + 0.45 * Math.Log(1 - 2 * x[0]) : double.NegativeInfinity, [0.2], [-0.4]) { Edges = [[0.5], [-1], [3]] };

        // wealth, risk aversion: the limit γ → 1 by a branch
        yield return new("CRRA utility", x => x[1] == 1 ? Math.Log(x[0]) : (Math.Pow(x[0], 1 - x[1]) - 1) / (1 - x[1]), [2, 3], [0.7, 0.5]) { Edges = [[2, 1], [0, 0.5]] };
    }
}
