using System.Globalization;
using System.Linq.Expressions;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>A <see cref="RandomGraph"/> as a function: a block that assigns a variable for each operation. Nobody writes that by hand; the reference is <see cref="ChunkedMethods"/>.</summary>
public sealed class RandomProgram(int size) : Workload
{
    // Beyond these sizes they take too long: the plain function is one method with a variable for each operation, which is more than the JIT can do, and differences need two values for each input.
    private const int MaxPlainSize = 10_000, MaxDifferencesSize = 10_000;

    private readonly Lazy<RandomGraph> graph = new(() => new RandomGraph(size));
    private Expression<Func<double[], double>>? function;

    /// <summary>How many operations it has.</summary>
    public int Size => size;

    public override string Name => string.Create(CultureInfo.InvariantCulture, $"random graph 1e{Math.Log10(size):F0}");

    public override int Dimension => this.graph.Value.Dimension;

    public override int PointCount => Math.Clamp(400_000 / size, 1, 1024);

    public override Expression<Func<double[], double>> Function => this.function ??= AsBlock(this.graph.Value);

    public override (int Value, int Gradient) Operations()
    {
        StraightLineProgram value = this.Program(gradient: false), gradient = this.Program(gradient: true);
        return (value.Operations, gradient.Operations);
    }

    public override IReadOnlyList<Implementation> Implementations()
    {
        var all = new List<Implementation>
        {
            new ValueImplementation("an empty delegate", Role.CallOnly, () => x => x[0]),
            new ValueImplementation("chunked methods", Role.ChunkedValue, () => new ChunkedMethods(this.Program(gradient: false)).Value),
            new GradientImplementation("chunked methods", Role.ChunkedMethods, this.Dimension, () => new ChunkedMethods(this.Program(gradient: true)).ValueAndGradient),
            new GradientImplementation("Grad.Compile(f)", Role.ExprGrad, this.Dimension, () => Grad.Compile(this.Function)),
            new GradientImplementation("object tape", Role.ObjectTape, this.Dimension, () => ObjectTape.Record(this.Function, this.Dimension).Evaluate),
        };
        if (size <= MaxPlainSize)
            all.Insert(1, new ValueImplementation("f.Compile()", Role.Plain, () => this.Function.Compile()));
        if (size <= MaxDifferencesSize)
            all.Add(new GradientImplementation("central differences", Role.CentralDifferences, this.Dimension, () => new CentralDifferences(this.Function.Compile(), this.Dimension).Evaluate));
        return all;
    }

    protected override double[] Sample(Random random) => [.. this.graph.Value.Centre.Select(centre => centre * Uniform(random, 0.99, 1.01))];

    private static Expression<Func<double[], double>> AsBlock(RandomGraph graph)
    {
        ParameterExpression x = Expression.Parameter(typeof(double[]), "x");
        var variables = new ParameterExpression[graph.Steps.Count];
        var statements = new Expression[graph.Steps.Count];
        Expression Value(int number) => number < graph.Dimension ? Expression.ArrayIndex(x, Expression.Constant(number)) : variables[number - graph.Dimension];
        for (int k = 0; k < variables.Length; k++)
        {
            variables[k] = Expression.Variable(typeof(double), $"v{k}");
            statements[k] = Expression.Assign(variables[k], Computed(graph.Steps[k], Value));
        }
        return Expression.Lambda<Func<double[], double>>(Expression.Block(variables, [.. statements, variables[^1]]), x);
    }

    private static Expression Computed(Step step, Func<int, Expression> value)
    {
        Expression a = value(step.A);
        Expression Call(Func<double, double> function) => Expression.Call(function.Method, a);
        return step.Kind switch
        {
            StepKind.Add => Expression.Add(a, value(step.B)),
            StepKind.Subtract => Expression.Subtract(a, value(step.B)),
            StepKind.Multiply => Expression.Multiply(a, value(step.B)),
            StepKind.Divide => Expression.Divide(a, value(step.B)),
            StepKind.AddConstant => Expression.Add(a, Expression.Constant(step.Constant)),
            StepKind.MultiplyByConstant => Expression.Multiply(a, Expression.Constant(step.Constant)),
            StepKind.Sin => Call(Math.Sin),
            StepKind.Exp => Call(Math.Exp),
            StepKind.Log => Call(Math.Log),
            _ => Call(Math.Sqrt),
        };
    }

    private StraightLineProgram Program(bool gradient)
    {
        var program = new StraightLineProgram(this.graph.Value);
        if (gradient)
            program.AddReverseSweep();
        return program;
    }
}
