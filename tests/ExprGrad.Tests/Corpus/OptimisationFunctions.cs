namespace ExprGrad.Tests.Corpus;

/// <summary>Test functions of the optimisation literature.</summary>
internal static class OptimisationFunctions
{
    public static IEnumerable<CorpusEntry> Entries()
    {
        yield return new("Rosenbrock 2", x => 100 * Math.Pow(x[1] - x[0] * x[0], 2) + Math.Pow(1 - x[0], 2), [-1.2, 1], [0.5, 0.3]) { Edges = [[1, 1], [0, 0]] };
        yield return new("Rosenbrock 4", x =>
            100 * (x[1] - x[0] * x[0]) * (x[1] - x[0] * x[0]) + (1 - x[0]) * (1 - x[0])
            + 100 * (x[2] - x[1] * x[1]) * (x[2] - x[1] * x[1]) + (1 - x[1]) * (1 - x[1])
            + 100 * (x[3] - x[2] * x[2]) * (x[3] - x[2] * x[2]) + (1 - x[2]) * (1 - x[2]),
            [-1.2, 1, 0.7, 0.1], [0.3, 0.5, -0.4, 2]) { Edges = [[1, 1, 1, 1]] };
        yield return new("Ackley 3", x =>
            -20 * Math.Exp(-0.2 * Math.Sqrt((x[0] * x[0] + x[1] * x[1] + x[2] * x[2]) / 3))
            - Math.Exp((Math.Cos(2 * Math.PI * x[0]) + Math.Cos(2 * Math.PI * x[1]) + Math.Cos(2 * Math.PI * x[2])) / 3) + 20 + Math.E,
            [0.4, -1.3, 2.2], [1.1, 0.2, -0.7]) { Edges = [[0, 0, 0]] };
        yield return new("Beale", x =>
            Math.Pow(1.5 - x[0] + x[0] * x[1], 2) + Math.Pow(2.25 - x[0] + x[0] * Math.Pow(x[1], 2), 2) + Math.Pow(2.625 - x[0] + x[0] * Math.Pow(x[1], 3), 2),
            [1, 1.2], [-2, 0.5]) { Edges = [[3, 0.5], [0, 0]] };
        yield return new("Himmelblau", x => Math.Pow(x[0] * x[0] + x[1] - 11, 2) + Math.Pow(x[0] + x[1] * x[1] - 7, 2), [1, 2.5], [-3, 3]) { Edges = [[3, 2]] };
        yield return new("Branin", x =>
            Math.Pow(x[1] - 5.1 / (4 * Math.PI * Math.PI) * x[0] * x[0] + 5 / Math.PI * x[0] - 6, 2) + 10 * (1 - 1 / (8 * Math.PI)) * Math.Cos(x[0]) + 10,
            [-3, 11], [2.5, 7.5]) { Edges = [[0, 0]] };
        yield return new("Goldstein–Price", x =>
            (1 + Math.Pow(x[0] + x[1] + 1, 2) * (19 - 14 * x[0] + 3 * x[0] * x[0] - 14 * x[1] + 6 * x[0] * x[1] + 3 * x[1] * x[1]))
            * (30 + Math.Pow(2 * x[0] - 3 * x[1], 2) * (18 - 32 * x[0] + 12 * x[0] * x[0] + 48 * x[1] - 36 * x[0] * x[1] + 27 * x[1] * x[1])),
            [0.3, -0.8], [1.2, 0.4]) { Edges = [[0, -1]] };
        yield return new("Rastrigin 3", x =>
            30 + x[0] * x[0] - 10 * Math.Cos(2 * Math.PI * x[0]) + x[1] * x[1] - 10 * Math.Cos(2 * Math.PI * x[1]) + x[2] * x[2] - 10 * Math.Cos(2 * Math.PI * x[2]),
            [0.3, -1.7, 2.45]) { Edges = [[0, 0, 0]] };
        yield return new("Booth and Matyas", x => Math.Pow(x[0] + 2 * x[1] - 7, 2) + Math.Pow(2 * x[0] + x[1] - 5, 2) + 0.26 * (x[0] * x[0] + x[1] * x[1]) - 0.48 * x[0] * x[1], [2, -1]);
        yield return new("Griewank 2", x => 1 + (x[0] * x[0] + x[1] * x[1]) / 4000 - Math.Cos(x[0]) * Math.Cos(x[1] / Math.Sqrt(2)), [12.5, -3.4]) { Edges = [[0, 0]] };
        yield return new("Levy 2", x =>
            Math.Pow(Math.Sin(Math.PI * (1 + (x[0] - 1) / 4)), 2)
            + Math.Pow((x[0] - 1) / 4, 2) * (1 + 10 * Math.Pow(Math.Sin(Math.PI * (1 + (x[0] - 1) / 4) + 1), 2))
            + Math.Pow((x[1] - 1) / 4, 2) * (1 + Math.Pow(Math.Sin(2 * Math.PI * (1 + (x[1] - 1) / 4)), 2)), [3.3, -2.1]) { Edges = [[1, 1]] };
        yield return new("Easom", x => -Math.Cos(x[0]) * Math.Cos(x[1]) * Math.Exp(-(x[0] - Math.PI) * (x[0] - Math.PI) - (x[1] - Math.PI) * (x[1] - Math.PI)), [2.5, 3.6]) { Edges = [[40, -40]] };
        yield return new("Six-hump camel", x => (4 - 2.1 * x[0] * x[0] + Math.Pow(x[0], 4) / 3) * x[0] * x[0] + x[0] * x[1] + (-4 + 4 * x[1] * x[1]) * x[1] * x[1], [0.8, -0.5]) { Edges = [[0, 0]] };
        yield return new("Bukin 6", x => 100 * Math.Sqrt(Math.Abs(x[1] - 0.01 * x[0] * x[0])) + 0.01 * Math.Abs(x[0] + 10), [-7, 1.3], [-11, -0.2]) { Edges = [[-10, 1], [-10, 0.5]] };
        yield return new("Michalewicz 2", x => -Math.Sin(x[0]) * Math.Pow(Math.Sin(x[0] * x[0] / Math.PI), 20) - Math.Sin(x[1]) * Math.Pow(Math.Sin(2 * x[1] * x[1] / Math.PI), 20), [2.1, 1.6]) { Edges = [[0, 0]] };
        yield return new("Quadratic penalty with a barrier", x =>
            Math.Pow(x[0] - 2, 2) + Math.Pow(x[1] - 1, 2) + 10 * Math.Pow(Math.Max(0, x[0] + x[1] - 2), 2) + (x[0] > 0 ? -0.1 * Math.Log(x[0]) : double.PositiveInfinity),
            [1.5, 1.2], [0.4, 0.6]) { Edges = [[1, 1], [0, 1], [-1, 1]] };
    }
}
