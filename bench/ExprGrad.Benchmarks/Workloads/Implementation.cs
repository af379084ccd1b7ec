using System.Runtime.CompilerServices;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>One way to compute a workload, ready to be called over many points.</summary>
/// <param name="name">As tables show it.</param>
/// <param name="role">What it stands for.</param>
public abstract class Implementation(string name, Role role)
{
    public string Name { get; } = name;

    public Role Role { get; } = role;

    public bool HasGradient => this.Role is not (Role.CallOnly or Role.Plain or Role.HandValue);

    /// <summary>Whether making it compiles something.</summary>
    public bool IsCompiled => this.Role is Role.Plain or Role.ExprGrad or Role.ExprGradFast or Role.CentralDifferences;

    /// <summary>The value at <paramref name="x"/>; the gradient, if it has one, in <paramref name="gradient"/>.</summary>
    public abstract double Evaluate(double[] x, double[] gradient);

    /// <summary>Calls it once at each point. The sum of what came out, so that nothing can be left out.</summary>
    public abstract double Pass(double[][] points);

    /// <summary>Makes it again from its source, compiling whatever has to be compiled, and calls it once.</summary>
    public abstract double MakeAndCall(double[] x);
}

/// <summary>An implementation that computes the value only.</summary>
/// <param name="make">Makes the delegate that is called.</param>
public sealed class ValueImplementation(string name, Role role, Func<Func<double[], double>> make) : Implementation(name, role)
{
    private readonly Func<double[], double> f = make();

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

    public override double MakeAndCall(double[] x) => make()(x);
}

/// <summary>An implementation that computes value and gradient, into a buffer.</summary>
/// <param name="make">Makes the delegate that is called.</param>
public sealed class GradientImplementation(string name, Role role, int dimension, Func<ValueAndGradient> make) : Implementation(name, role)
{
    private readonly double[] buffer = new double[dimension];
    private readonly ValueAndGradient f = make();

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

    public override double MakeAndCall(double[] x) => make()(x, this.buffer).Value;
}
