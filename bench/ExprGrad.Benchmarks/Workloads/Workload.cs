using System.Linq.Expressions;
using System.Runtime.CompilerServices;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>A function to differentiate, where to evaluate it, and how an expert would write it. Both harnesses take everything from here.</summary>
public abstract class Workload
{
    /// <summary>How hand-written code is compiled: at once and fully. Measured: nowhere slower than after tiering and profiling, and the loop over Rosenbrock a quarter faster.</summary>
    protected const MethodImplOptions HandWritten = MethodImplOptions.AggressiveOptimization;

    private double[][]? points;

    /// <summary>As tables show it.</summary>
    public abstract string Name { get; }

    /// <summary>How many inputs it has.</summary>
    public abstract int Dimension { get; }

    /// <summary>How many derivatives are computed at a point: one for each input, unless it has several results.</summary>
    public virtual int GradientLength => this.Dimension;

    /// <summary>How many points a pass visits: enough that the processor does not learn the branches by heart, few enough that they stay in the caches.</summary>
    public virtual int PointCount => Math.Min(4096, 40_960 / this.Dimension);

    /// <summary>The function as a user writes it.</summary>
    public abstract Expression<Func<double[], double>> Function { get; }

    /// <summary>The time of the gradient over that of the value in hand-written C++, both by the same expert; null if nobody measured it.</summary>
    /// <remarks>What is slower than <see cref="SignedSlack"/> times that is no expert's code.</remarks>
    public virtual double? RatioInCpp => null;

    /// <summary>How much worse than <see cref="RatioInCpp"/> hand-written C# may be before it does not count.</summary>
    public const double SignedSlack = 1.15;

    /// <summary>Whether its ratio to hand-written code counts in the summary.</summary>
    public virtual bool IsScored => true;

    /// <summary>The points, always the same ones.</summary>
    public double[][] Points => this.points ??= this.MakePoints();

    /// <summary>The value by hand: the fastest ways that are known.</summary>
    protected virtual IEnumerable<(string Name, Func<double[], double> Value)> HandValues => [];

    /// <summary>Value and gradient by hand: the fastest ways that are known.</summary>
    protected virtual IEnumerable<(string Name, ValueAndGradient Gradient)> HandGradients => [];

    /// <summary>Value and gradient by hand with vector instructions, where the processor has them and the workload has a use for them.</summary>
    protected virtual IEnumerable<(string Name, ValueAndGradient Gradient)> HandLanes => [];

    /// <summary>A point that is typical of the use of the function.</summary>
    protected abstract double[] Sample(Random random);

    /// <summary>How many operations the value alone takes, and value and gradient together: arithmetic and calls of functions, as <see cref="Grad.Compile(Expression{Func{double[], double}}, GradOptions?)"/> arranges them.</summary>
    public virtual (int Value, int Gradient) Operations()
    {
        Explanation explanation = Grad.Explain(this.Function);
        return (explanation.Primal.Arithmetic + explanation.Primal.FunctionCalls, explanation.Gradient.Arithmetic + explanation.Gradient.FunctionCalls);
    }

    public override string ToString() => $"{this.Name}, {this.PointCount} points";

    /// <summary>Everything that is compared; nothing is made yet.</summary>
    public virtual IReadOnlyList<Implementation> Implementations()
    {
        Expression<Func<double[], double>> f = this.Function;
        Expression<Func<double[], double>> plain = Inlining.OfCompiledLambdas(f);
        return
        [
            new ValueImplementation("an empty delegate", Role.CallOnly, () => x => x[0]),
            .. this.HandValues.Select(hand => new ValueImplementation(hand.Name, Role.HandValue, () => hand.Value)),
            new ValueImplementation("f.Compile()", Role.Plain, plain.Compile),
            .. this.HandGradients.Select(hand => new GradientImplementation(hand.Name, Role.HandGradient, this.Dimension, () => hand.Gradient)),
            .. this.HandLanes.Select(hand => new GradientImplementation(hand.Name, Role.HandLanes, this.Dimension, () => hand.Gradient)),
            new GradientImplementation("Grad.Compile(f)", Role.ExprGrad, this.Dimension, () => Grad.Compile(f)),
            new GradientImplementation("Grad.Compile(f), Fast", Role.ExprGradFast, this.Dimension, () => Grad.Compile(f, new GradOptions { FloatingPoint = FloatingPoint.Fast })),
            new GradientImplementation("object tape", Role.ObjectTape, this.Dimension, () => ObjectTape.Record(plain, this.Dimension).Evaluate),
            new GradientImplementation("central differences", Role.CentralDifferences, this.Dimension, () => new CentralDifferences(plain.Compile(), this.Dimension).Evaluate),
        ];
    }

    protected static double Uniform(Random random, double from, double to) => from + (to - from) * random.NextDouble();

    private double[][] MakePoints()
    {
        var random = new Random(20_240_501);
        return [.. Enumerable.Range(0, this.PointCount).Select(_ => this.Sample(random))];
    }
}
