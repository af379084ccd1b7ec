using System.Linq.Expressions;

namespace ExprGrad.Tests.Objectives;

/// <summary>The log posterior of a Gaussian mixture, as the ADBench suite defines it. The parameters are k weights α, k means μ, and for each component d log-diagonals q and d(d−1)/2 lower elements l, column by column.</summary>
/// <param name="Dimension">d.</param>
/// <param name="Components">k.</param>
/// <param name="Points">n rows of d numbers.</param>
/// <param name="Gamma">The scale of the prior.</param>
/// <param name="Freedom">m of the prior.</param>
public sealed record GaussianMixture(int Dimension, int Components, double[][] Points, double Gamma, int Freedom)
{
    /// <summary>The suite's.</summary>
    private const double Pi = 3.14159265359;

    // Stored, not computed: a getter that computes is called wherever it is written.
    public int N { get; } = Points.Length;

    /// <summary>Where the means begin.</summary>
    public int Means { get; } = Components;

    /// <summary>Where the factors of each component begin, and where its lower elements.</summary>
    public int[] Diagonals { get; } = Starts(Dimension, Components, 0);

    public int[] Lowers { get; } = Starts(Dimension, Components, Dimension);

    /// <summary>Where column j of the lower elements begins, if its rows were counted from 0.</summary>
    public int[] Columns { get; } = [.. Enumerable.Range(0, Dimension).Select(j => j * (Dimension - 1) - j * (j - 1) / 2 - j - 1)];

    public int Parameters { get; } = Components * (1 + Dimension + Dimension * (Dimension + 1) / 2);

    /// <summary>What does not depend on the parameters.</summary>
    public double Constant { get; } = -Points.Length * Dimension / 2.0 * Math.Log(2 * Pi) - Components * PriorConstant(Dimension, Gamma, Freedom);

    private static int[] Starts(int dimension, int components, int offset) =>
        [.. Enumerable.Range(0, components).Select(k => components * (dimension + 1) + k * dimension * (dimension + 1) / 2 + offset)];

    private static double PriorConstant(int dimension, double gamma, int freedom)
    {
        double p = dimension + freedom + 1;
        double logGamma = 0.25 * dimension * (dimension - 1) * Math.Log(Pi) + Enumerable.Range(1, dimension).Sum(j => GradMath.LogGamma(p / 2 + 0.5 * (1 - j)));
        return p * dimension * (Math.Log(gamma) - 0.5 * Math.Log(2)) - logGamma;
    }

    public static Expression<Func<double[], GaussianMixture, double>> LogPosterior { get; } = (p, g) =>
        g.Constant
        + (from point in g.Points
           let terms = Enumerable.Range(0, g.Components).Select(k =>
               p[k] + Enumerable.Range(0, g.Dimension).Sum(j => p[g.Diagonals[k] + j])
               - 0.5 * (from i in Enumerable.Range(0, g.Dimension)
                        let y = Math.Exp(p[g.Diagonals[k] + i]) * (point[i] - p[g.Means + k * g.Dimension + i])
                            + Enumerable.Range(0, i).Sum(j => p[g.Lowers[k] + g.Columns[j] + i] * (point[j] - p[g.Means + k * g.Dimension + j]))
                        select y * y).Sum()).ToArray()
           let largest = terms.Max()
           select largest + Math.Log(terms.Sum(term => Math.Exp(term - largest)))).Sum()
        - g.N * (p.Take(g.Components).Max() + Math.Log(p.Take(g.Components).Sum(weight => Math.Exp(weight - p.Take(g.Components).Max()))))
        + Enumerable.Range(0, g.Components).Sum(k =>
            0.5 * g.Gamma * g.Gamma * (Enumerable.Range(0, g.Dimension).Sum(j => Math.Exp(2 * p[g.Diagonals[k] + j])) + p.Skip(g.Lowers[k]).Take(g.Dimension * (g.Dimension - 1) / 2).Sum(l => l * l))
            - g.Freedom * Enumerable.Range(0, g.Dimension).Sum(j => p[g.Diagonals[k] + j]));

    internal static (double[] Parameters, GaussianMixture Data) Read(string name)
    {
        var numbers = SharedData.Numbers($"adbench/gmm/{name}.txt");
        int d = numbers.TakeInteger(), k = numbers.TakeInteger(), n = numbers.TakeInteger();
        double[] parameters = numbers.Take(k * (1 + d + d * (d + 1) / 2));
        double[][] points = [.. Enumerable.Range(0, n).Select(_ => numbers.Take(d))];
        return (parameters, new GaussianMixture(d, k, points, numbers.Take(), numbers.TakeInteger()));
    }

    internal static (double[] Parameters, GaussianMixture Data) Seeded(int seed, int dimension, int components, int points)
    {
        var random = new Random(seed);
        var data = new GaussianMixture(dimension, components, [.. Enumerable.Range(0, points).Select(_ => Sample(dimension))], 1.25, 1);
        return (Sample(data.Parameters), data);

        double[] Sample(int length) => [.. Enumerable.Range(0, length).Select(_ => 2 * random.NextDouble() - 1)];
    }
}
