namespace ExprGrad.Benchmarks.Workloads;

/// <summary>What is measured.</summary>
public static class AllWorkloads
{
    public static IReadOnlyList<Workload> List { get; } = 
    [
        new Example(), new BlackScholes(), new BlackScholesWrittenOut(), new Rosenbrock(10), new Rosenbrock(100), new Rosenbrock(1000), new Ackley(), new Helmholtz(),
        new RandomProgram(100), new RandomProgram(1_000), new RandomProgram(10_000), new RandomProgram(100_000), new RandomProgram(1_000_000),
        new LogisticRegression(), new GaussianMixture(2, 5), new GaussianMixture(10, 5), new GaussianMixture(10, 25), new GaussianMixture(20, 25), new AdjustmentBlock(), new Adjustment(), new Lstm(),
        new RolledRosenbrock(1000), new RolledRosenbrock(1_000_000), new LotkaVolterra(),
    ];
}
