using System.Linq.Expressions;

namespace ExprGrad.Tests.Objectives;

/// <summary>How many prey and predators there are, or how fast they change.</summary>
public readonly record struct Population(double Prey, double Predators);

/// <summary>The population of a step, and the squared residuals so far.</summary>
public readonly record struct Fit(Population Now, double Loss);

/// <summary>Lotka and Volterra's equations, solved by the classical method of Runge and Kutta and fitted to counts of prey, one for each step.</summary>
public static class PredatorPrey
{
    private const double Step = 0.01;

    private static readonly Expression<Func<double[], Population, Population>> Slope = (x, s) => new Population(s.Prey * (x[0] - x[1] * s.Predators), s.Predators * (x[2] * s.Prey - x[3]));

    private static readonly Expression<Func<Population, double, Population, Population>> Moved = (s, h, k) => new Population(s.Prey + h * k.Prey, s.Predators + h * k.Predators);

    private static readonly Expression<Func<Population, Population, Population, Population, Population, Population>> Next = (s, k1, k2, k3, k4) => new Population(
        s.Prey + Step / 6 * (k1.Prey + 2 * k2.Prey + 2 * k3.Prey + k4.Prey),
        s.Predators + Step / 6 * (k1.Predators + 2 * k2.Predators + 2 * k3.Predators + k4.Predators));

    // Each names one slope, for those after it.
    private static readonly Expression<Func<double[], Population, Population, Population, Population, Population>> WithThird = (x, s, k1, k2, k3) =>
        Next.Compile()(s, k1, k2, k3, Slope.Compile()(x, Moved.Compile()(s, Step, k3)));

    private static readonly Expression<Func<double[], Population, Population, Population, Population>> WithSecond = (x, s, k1, k2) =>
        WithThird.Compile()(x, s, k1, k2, Slope.Compile()(x, Moved.Compile()(s, Step / 2, k2)));

    private static readonly Expression<Func<double[], Population, Population, Population>> WithFirst = (x, s, k1) =>
        WithSecond.Compile()(x, s, k1, Slope.Compile()(x, Moved.Compile()(s, Step / 2, k1)));

    private static readonly Expression<Func<double[], Population, Population>> Advance = (x, s) => WithFirst.Compile()(x, s, Slope.Compile()(x, s));

    /// <summary>Of the parameters (four rates and the two populations at the beginning) and the counts.</summary>
    public static Expression<Func<double[], double[], double>> Loss { get; } = (x, counts) =>
        counts.Aggregate(
            new Fit(new Population(x[4], x[5]), 0),
            (fit, count) => new Fit(Advance.Compile()(x, fit.Now), fit.Loss + (fit.Now.Prey - count) * (fit.Now.Prey - count))).Loss;
}
