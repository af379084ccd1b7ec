using System.Linq.Expressions;

namespace ExprGrad.Tests.Corpus;

/// <summary>Physics, chemistry, biology, economics.</summary>
internal static class EngineeringFunctions
{
    private static double Gravity { get; } = 9.80665;
    private const double R = 8.314462618;

    public static IEnumerable<CorpusEntry> Entries()
    {
        yield return new("Lennard-Jones", x =>
            4 * x[6] * (Math.Pow(x[7] * x[7] / (Math.Pow(x[0] - x[3], 2) + Math.Pow(x[1] - x[4], 2) + Math.Pow(x[2] - x[5], 2)), 6) - Math.Pow(x[7] * x[7] / (Math.Pow(x[0] - x[3], 2) + Math.Pow(x[1] - x[4], 2) + Math.Pow(x[2] - x[5], 2)), 3)),
            [0, 0.2, 0, 1, 0.5, 0.7, 0.8, 1.1]);
        yield return new("Lennard-Jones with a cutoff", x => x[0] < 2.5 ? 4 * (Math.Pow(x[0], -12) - Math.Pow(x[0], -6)) : 0.0, [1.2], [3]) { Edges = [[2.5], [0]] };
        yield return new("Kepler residual", x => Math.Pow(x[0] - x[1] * Math.Sin(x[0]) - x[2], 2), [1.2, 0.3, 0.9], [4, 0.8, 3]) { Edges = [[0, 0.5, 0]] };
        yield return new("Michaelis–Menten", x => Math.Pow(1.3 - x[0] * 0.7 / (x[1] + 0.7), 2) + Math.Pow(2.1 - x[0] * 2 / (x[1] + 2), 2), [2.8, 0.9]);
        yield return new("Hill", x => x[0] * Math.Pow(x[3], x[2]) / (Math.Pow(x[1], x[2]) + Math.Pow(x[3], x[2])), [2, 0.5, 1.7, 0.8], [1, 2, 3, 0.1]) { Edges = [[2, 0.5, 1.7, 0]] };
        yield return new("Gompertz", x => x[0] * Math.Exp(-x[1] * Math.Exp(-x[2] * 1.5)), [10, 3, 0.4]);
        yield return new("Antoine", x => Math.Pow(10, x[0] - x[1] / (x[2] + x[3])), [8.07131, 1730.63, 233.426, 80]);
        // temperature, molar volume; propane
        yield return new("Peng–Robinson pressure", x =>
            R * x[0] / (x[1] - 0.0778 * R * 369.8 / 4.25e6)
            - 0.45724 * R * R * 369.8 * 369.8 / 4.25e6 * Math.Pow(1 + (0.37464 + 1.54226 * 0.152 - 0.26992 * 0.152 * 0.152) * (1 - Math.Sqrt(x[0] / 369.8)), 2)
            / (x[1] * x[1] + 2 * (0.0778 * R * 369.8 / 4.25e6) * x[1] - Math.Pow(0.0778 * R * 369.8 / 4.25e6, 2)), [300, 2e-3], [420, 5e-4]);
        yield return new("Pendulum energy", x => 0.5 * x[2] * x[3] * x[3] * x[1] * x[1] + x[2] * Gravity * x[3] * (1 - Math.Cos(x[0])), [0.4, 1.2, 0.8, 1.5]) { Edges = [[0, 0, 1, 1]] };
        yield return new("Double pendulum potential and coupling", x => x[2] * x[3] * Math.Cos(x[0] - x[1]) - 2 * Gravity * Math.Cos(x[0]) - Gravity * Math.Cos(x[1]), [0.3, -1, 2, 0.5]);
        yield return new("Cobb–Douglas", x => x[0] * Math.Pow(x[1], x[3]) * Math.Pow(x[2], 1 - x[3]), [1.1, 20, 8, 0.3]) { Edges = [[1.1, 0, 8, 0.3], [1.1, 0, 8, 1]] };
        yield return new("CES", x => x[0] * Math.Pow(x[1] * Math.Pow(x[2], x[4]) + (1 - x[1]) * Math.Pow(x[3], x[4]), 1 / x[4]), [1.1, 0.4, 20, 8, 0.6], [1, 0.7, 2, 3, -1.5]);
        yield return new("Thin lens", x => 1 / (1 / x[0] - 1 / x[1]) + (x[2] - 1) * (1 / x[3] - 1 / x[4]), [50, 300, 1.52, 80, -120]);
        yield return new("Snell with total reflection", x => x[0] * Math.Sin(x[2]) / x[1] < 1 ? Math.Asin(x[0] * Math.Sin(x[2]) / x[1]) : Math.PI / 2, [1, 1.5, 0.7], [1.5, 1, 0.3], [1.5, 1, 1.2]);
        yield return new("Colebrook residual", x => 1 / Math.Sqrt(x[0]) + 2 * Math.Log10(x[1] / 3.7 + 2.51 / (x[2] * Math.Sqrt(x[0]))), [0.02, 1e-4, 1e5]);
        yield return new("Drag by regime", x => x[0] < 1 ? 24 / x[0] : x[0] < 1000 ? 24 / x[0] * (1 + 0.15 * Math.Pow(x[0], 0.687)) : 0.44, [0.3], [50], [5000]) { Edges = [[1], [1000]] };
        yield return new("Arrhenius", x => x[0] * Math.Pow(x[2] / 298.15, 0.5) * Math.Exp(-x[1] / (R * x[2])), [1e6, 4.2e4, 350]);
        yield return new("van der Waals", x => (x[2] + x[0] / (x[3] * x[3])) * (x[3] - x[1]) - R * 300, [0.364, 4.27e-5, 1e5, 0.024]);
        yield return new("Planck", x => Math.Pow(x[0], 3) / double.ExpM1(x[0] / x[1]), [2.8, 1], [0.5, 0.3]);
        yield return new("Debye–Hückel", x => -0.509 * x[1] * x[1] * Math.Sqrt(x[0]) / (1 + 3.29 * x[2] * Math.Sqrt(x[0])), [0.05, 1, 0.4]) { Edges = [[0, 1, 0.4]] };
        yield return new("Hodgkin–Huxley rate", x => Math.Abs(x[0] - 10) < 1e-9 ? 0.1 : 0.01 * (10 - x[0]) / (Math.Exp((10 - x[0]) / 10) - 1), [25], [-5]) { Edges = [[10]] };
        yield return new("Dead zone and saturation", x => Math.Clamp(Math.Abs(x[0]) < 0.5 ? 0 : x[0] - Math.CopySign(0.5, x[0]), -2, 2) * x[1], [1.3, 2], [-1.7, 2], [9, 2], [0.1, 2]) { Edges = [[0, 2], [2.5, 2], [-2.5, 3]] };
        yield return new("Triangle and saw waves", x => 2 * Math.Abs(x[0] / x[1] - Math.Floor(x[0] / x[1] + 0.5)) + x[0] % x[1] + Math.IEEERemainder(x[0], x[1]), [3.3, 2], [-7.1, 1.5]) { Edges = [[4, 2]] };

        Expression<Func<double, double, double>> kinetic = (m, v) => m * v * v / 2;
        yield return new("Elastic collision", x => kinetic.Compile()(x[0], x[1]) + kinetic.Compile()(x[2], x[3]) - kinetic.Compile()(x[0] + x[2], (x[0] * x[1] + x[2] * x[3]) / (x[0] + x[2])), [2, 3, 1, -4]);
    }
}
