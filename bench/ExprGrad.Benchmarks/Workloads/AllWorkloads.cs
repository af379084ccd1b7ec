namespace ExprGrad.Benchmarks.Workloads;

/// <summary>What is measured.</summary>
public static class AllWorkloads
{
    public static IReadOnlyList<Workload> List { get; } = [new Example(), new BlackScholes(), new Rosenbrock(10)];
}
