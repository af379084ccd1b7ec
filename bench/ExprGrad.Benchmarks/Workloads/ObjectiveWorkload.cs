using System.Linq.Expressions;
using ExprGrad.Compilation;
using ExprGrad.Emission;
using ExprGrad.IR;
using ExprGrad.Reading;
using ExprGrad.Scheduling;
using ExprGrad.Simplification;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>A real objective: a sum over data, or a recurrence over time, written with LINQ and compiled to loops. Written by hand it is loops in the same order of summation.</summary>
/// <remarks>Tapes and differences are left out: they would take minutes.</remarks>
public abstract class ObjectiveWorkload : Workload
{
    /// <summary>How many times as long as the value by hand value and gradient may take.</summary>
    public double LimitToHandValue => 1.25 * this.RatioInCpp ?? 3;

    // The data decide the time; more points would only take longer.
    public override int PointCount => 4;

    /// <summary>The value alone, by the stages of <see cref="Grad.Compile(Expression{Func{double[], double}}, GradOptions?)"/> without differentiation.</summary>
    public static Func<double[], double> CompileValue(Expression<Func<double[], double>> f)
    {
        Graph primal = Simplifier.Simplify(LoopHoisting.Apply(RangeChecks.Apply(LambdaReader.Read(f, sharing: true), sharing: true), sharing: true), FloatingPoint.Default, sharing: true);
        Schedule schedule = Scheduler.Arrange(primal, Optimisations.All, splitting: true);
        // It has no gradient to clear.
        var valueOnly = new Schedule { Graph = schedule.Graph, Body = [.. schedule.Body.Where(statement => statement is not ClearGradient)], Locals = schedule.Locals };
        ValueAndGradient compiled = DelegateCompiler.Compile(ScalarEmitter.Emit<ValueAndGradient>(valueOnly)).Delegate;
        double[] unused = [];
        return x => compiled(x, x.Length == unused.Length ? unused : unused = new double[x.Length]).Value;
    }

    public override IReadOnlyList<Implementation> Implementations()
    {
        Expression<Func<double[], double>> f = this.Function;
        return
        [
            .. this.HandValues.Select(hand => new ValueImplementation(hand.Name, Role.HandValue, () => hand.Value)),
            new ValueImplementation("f.Compile()", Role.Plain, Inlining.OfCompiledLambdas(f).Compile),
            new ValueImplementation("value as Grad.Compile(f) compiles it", Role.ExprGradValue, () => CompileValue(f)),
            .. this.HandGradients.Select(hand => new GradientImplementation(hand.Name, Role.HandGradient, this.Dimension, () => hand.Gradient)),
            new GradientImplementation("Grad.Compile(f)", Role.ExprGrad, this.Dimension, () => Grad.Compile(f)),
        ];
    }

    /// <summary>The buffer that a hand-written gradient writes to.</summary>
    protected static double[] Buffer(double[] x, double[]? gradient)
    {
        gradient ??= new double[x.Length];
        return gradient.Length == x.Length ? gradient : throw new ArgumentException("As long as x.", nameof(gradient));
    }

    /// <summary>Sets all elements to 0. Not <see cref="Array.Clear(Array)"/>: what that leaves in the upper halves of the vector registers makes each call of <see cref="Math.Exp"/> take ten times as long on some processors.</summary>
    protected static void Clear(Span<double> elements)
    {
        foreach (ref double element in elements)
            element = 0;
    }

    protected static double Fma(double a, double b, double c) => Math.FusedMultiplyAdd(a, b, c);
}
