using System.Linq.Expressions;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>What a step of a <see cref="RandomGraph"/> does with its operands.</summary>
public enum StepKind
{
    Add,
    Subtract,
    Multiply,
    Divide,
    AddConstant,
    MultiplyByConstant,
    Sin,
    Exp,
    Log,
    Sqrt,
}

/// <summary>One operation.</summary>
/// <param name="A">Number of a value: the inputs come first, then the steps.</param>
/// <param name="B">Number of the second value, if there are two.</param>
public readonly record struct Step(StepKind Kind, int A, int B, double Constant)
{
    public bool IsBinary => this.Kind <= StepKind.Divide;

    public double Of(double a, double b) => this.Kind switch
    {
        StepKind.Add => a + b,
        StepKind.Subtract => a - b,
        StepKind.Multiply => a * b,
        StepKind.Divide => a / b,
        StepKind.AddConstant => a + this.Constant,
        StepKind.MultiplyByConstant => a * this.Constant,
        StepKind.Sin => Math.Sin(a),
        StepKind.Exp => Math.Exp(a),
        StepKind.Log => Math.Log(a),
        _ => Math.Sqrt(a),
    };

    /// <summary>The sum of |partial · sensitivity of the operand|.</summary>
    public double Sensitivity(double a, double b, double value, double ofA, double ofB) => this.Kind switch
    {
        StepKind.Add or StepKind.Subtract => ofA + ofB,
        StepKind.Multiply => Math.Abs(b) * ofA + Math.Abs(a) * ofB,
        StepKind.Divide => (ofA + Math.Abs(value) * ofB) / Math.Abs(b),
        StepKind.AddConstant => ofA,
        StepKind.MultiplyByConstant => Math.Abs(this.Constant) * ofA,
        StepKind.Sin => ofA,
        StepKind.Exp => value * ofA,
        StepKind.Log => ofA / a,
        _ => 0.5 * ofA / value,
    };
}

/// <summary>A straight-line program of any size, always the same for a size.</summary>
/// <remarks>
/// Nine operands in ten are recent values, as in code that people write; the others are inputs, or were computed long ago. What is not used within <see cref="Recent"/> steps is added to the result: nothing is dead.
/// No value is far from 1 or depends more than <see cref="MaxSensitivity"/>-fold on the inputs near <see cref="Centre"/>: derivatives neither explode nor vanish, however deep the graph is.
/// </remarks>
public sealed class RandomGraph
{
    private const int Recent = 64;
    private const double MeanDistance = 12, MaxSensitivity = 30, MinSensitivity = 0.02;

    private static readonly (StepKind Kind, double Share)[] Mix =
    [
        (StepKind.Add, 0.28), (StepKind.Subtract, 0.18), (StepKind.Multiply, 0.34), (StepKind.MultiplyByConstant, 0.10), (StepKind.AddConstant, 0.06),
        (StepKind.Divide, 0.02), (StepKind.Sin, 0.005), (StepKind.Exp, 0.005), (StepKind.Log, 0.005), (StepKind.Sqrt, 0.005),
    ];

    private readonly List<Step> steps;
    private readonly List<double> values = [], sensitivities = [];
    private readonly List<bool> isUsed = [];

    /// <param name="size">How many operations it has, up to some more that collect what is left over.</param>
    public RandomGraph(int size)
    {
        var random = new Random(size);
        this.Dimension = Math.Max(8, (int)Math.Sqrt(size));
        this.Centre = [.. Enumerable.Range(0, this.Dimension).Select(_ => 0.5 + random.NextDouble())];
        this.steps = new List<Step>(size + Recent);
        foreach (double value in this.Centre)
            this.Define(value, value);
        int total = -1;
        for (int oldest = this.Dimension; this.steps.Count < size || oldest < this.values.Count; oldest++)
        {
            while (this.steps.Count < size && this.values.Count <= oldest + Recent)
                this.AddRandomStep(random);
            if (this.isUsed[oldest] || oldest == total)
                continue;
            if (total >= 0)
                this.Append(new Step(StepKind.Add, total, oldest, 0), this.values[total] + this.values[oldest], double.PositiveInfinity);
            total = total >= 0 ? this.values.Count - 1 : oldest;
        }
    }

    public int Dimension { get; }

    /// <summary>Where the function is well-behaved.</summary>
    public double[] Centre { get; }

    public IReadOnlyList<Step> Steps => this.steps;

    private void AddRandomStep(Random random)
    {
        while (true)
        {
            double lot = random.NextDouble();
            StepKind kind = Mix.First(entry => (lot -= entry.Share) < 0 || entry == Mix[^1]).Kind;
            int a = this.Operand(random), b = this.Operand(random);
            var step = new Step(kind, a, kind <= StepKind.Divide ? b : a, 0.3 + random.NextDouble());
            double value = step.Of(this.values[a], this.values[b]), sensitivity = step.Sensitivity(this.values[a], this.values[b], value, this.sensitivities[a], this.sensitivities[b]);
            if (Math.Abs(value) is > 0.25 and < 4 && sensitivity is > MinSensitivity and < MaxSensitivity && (a != b || !step.IsBinary))
            {
                this.Append(step, value, sensitivity);
                return;
            }
        }
    }

    private int Operand(Random random)
    {
        int count = this.values.Count, distance = 1 + (int)(-MeanDistance * Math.Log(1 - random.NextDouble()));
        double lot = random.NextDouble();
        return lot < 0.06 ? random.Next(this.Dimension) : lot < 0.10 ? random.Next(count) : Math.Max(0, count - distance);
    }

    private void Append(Step step, double value, double sensitivity)
    {
        this.steps.Add(step);
        this.isUsed[step.A] = this.isUsed[step.B] = true;
        this.Define(value, sensitivity);
    }

    private void Define(double value, double sensitivity)
    {
        this.values.Add(value);
        this.sensitivities.Add(sensitivity);
        this.isUsed.Add(false);
    }
}
