using System.Runtime.CompilerServices;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>One way to compute a workload, ready to be called over many points.</summary>
/// <param name="name">As tables show it.</param>
/// <param name="role">What it stands for.</param>
public abstract class Implementation(string name, Role role)
{
    public string Name { get; } = name;

    public Role Role { get; } = role;

    public bool HasGradient => this.Role is not (Role.CallOnly or Role.Plain or Role.HandValue or Role.ExprGradValue or Role.ChunkedValue);

    /// <summary>Whether it exists only when running: compiled, or recorded.</summary>
    public bool IsMade => this.Role is not (Role.CallOnly or Role.HandValue or Role.HandGradient or Role.HandSameWork or Role.HandLanes);

    /// <summary>The value at <paramref name="x"/>; the gradient, if it has one, in <paramref name="gradient"/>.</summary>
    public abstract double Evaluate(double[] x, double[] gradient);

    /// <summary>Calls it once at each point. The sum of what came out, so that nothing can be left out.</summary>
    public abstract double Pass(double[][] points);

    /// <summary>Makes it from its source, compiling whatever has to be compiled, and calls it once. Before that it cannot be used; made again, it is new.</summary>
    public abstract double MakeAndCall(double[] x);
}

/// <summary>An implementation that computes the value only.</summary>
/// <param name="make">Makes the delegate that is called.</param>
public sealed class ValueImplementation(string name, Role role, Func<Func<double[], double>> make) : Implementation(name, role)
{
    private Func<double[], double> f = null!;

    public override double Evaluate(double[] x, double[] gradient) => this.f(x);

    // Not tiered: a profile would inline the delegate that it saw first.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override double Pass(double[][] points)
    {
        Func<double[], double> f = this.f;
        double sum = 0;
        foreach (double[] point in points)
            sum += f(point);
        return sum;
    }

    public override double MakeAndCall(double[] x) => (this.f = make())(x);
}

/// <summary>An implementation that computes value and gradient, into a buffer.</summary>
/// <param name="make">Makes the delegate that is called.</param>
public sealed class GradientImplementation(string name, Role role, int dimension, Func<ValueAndGradient> make) : Implementation(name, role)
{
    private readonly double[] buffer = new double[dimension];
    private ValueAndGradient f = null!;

    public override double Evaluate(double[] x, double[] gradient) => this.f(x, gradient).Value;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override double Pass(double[][] points)
    {
        ValueAndGradient f = this.f;
        double[] buffer = this.buffer;
        double sum = 0;
        foreach (double[] point in points)
            sum += f(point, buffer).Value + buffer[0];
        return sum;
    }

    public override double MakeAndCall(double[] x) => (this.f = make())(x, this.buffer).Value;
}
