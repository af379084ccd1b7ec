using System.Linq.Expressions;
using System.Runtime.CompilerServices;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>The negative log-likelihood of a logistic regression: 1,000 rows of 10 features, labels −1 and 1.</summary>
public sealed class LogisticRegression : ObjectiveWorkload
{
    private const int RowCount = 1000, FeatureCount = 10;

    private readonly double[][] features;
    private readonly double[] labels;

    public LogisticRegression()
    {
        var random = new Random(7);
        this.features = [.. Enumerable.Range(0, RowCount).Select(_ => Enumerable.Range(0, FeatureCount).Select(_ => Uniform(random, -1, 1)).ToArray())];
        this.labels = [.. this.features.Select(row => row.Sum() + Uniform(random, -2, 2) > 0 ? 1.0 : -1.0)];
    }

    public override string Name => "logistic regression 1000 × 10";

    public override int Dimension => FeatureCount;

    public override Expression<Func<double[], double>> Function
    {
        get
        {
            double[][] features = this.features;
            double[] labels = this.labels;
            return x => Enumerable.Range(0, features.Length).Sum(n => Math.Log(1 + Math.Exp(-labels[n] * Enumerable.Range(0, x.Length).Sum(k => x[k] * features[n][k]))));
        }
    }

    public override double? RatioInCpp => 1.31;

    protected override IEnumerable<(string Name, Func<double[], double> Value)> HandValues => [("by hand", this.Value)];

    protected override IEnumerable<(string Name, ValueAndGradient Gradient)> HandGradients => [("by hand", this.Gradient)];

    protected override double[] Sample(Random random) => [.. Enumerable.Range(0, FeatureCount).Select(_ => Uniform(random, -2, 2))];

    [MethodImpl(HandWritten)]
    private double Value(double[] x)
    {
        double[][] features = this.features;
        double[] labels = this.labels;
        double loss = 0;
        for (int n = 0; n < features.Length; n++)
        {
            double[] row = features[n];
            double score = 0;
            for (int k = 0; k < row.Length; k++)
                score += x[k] * row[k];
            loss += Math.Log(1 + Math.Exp(-labels[n] * score));
        }
        return loss;
    }

    [MethodImpl(HandWritten)]
    private (double Value, double[] Gradient) Gradient(double[] x, double[]? gradient)
    {
        gradient = Buffer(x, gradient);
        double[][] features = this.features;
        double[] labels = this.labels;
        Clear(gradient);
        double loss = 0;
        for (int n = 0; n < features.Length; n++)
        {
            double[] row = features[n];
            double score = 0, label = labels[n];
            for (int k = 0; k < row.Length; k++)
                score += x[k] * row[k];
            double e = Math.Exp(-label * score), total = 1 + e, slope = -label * e / total;
            loss += Math.Log(total);
            for (int k = 0; k < row.Length; k++)
                gradient[k] += slope * row[k];
        }
        return (loss, gradient);
    }
}
