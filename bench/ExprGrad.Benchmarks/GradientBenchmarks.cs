using BenchmarkDotNet.Attributes;
using ExprGrad.Benchmarks.Workloads;

namespace ExprGrad.Benchmarks;

/// <summary>The comparison of `quick` under BenchmarkDotNet: the same workloads, points and implementations; an operation is one call.</summary>
[MemoryDiagnoser]
public class GradientBenchmarks
{
    private Dictionary<Role, Implementation> implementations = [];

    [ParamsSource(nameof(Workloads))]
    public Workload Workload { get; set; } = null!;

    public static IEnumerable<Workload> Workloads => AllWorkloads.List;

    // Of several written by hand the last is the fastest: `quick` shows them all.
    [GlobalSetup]
    public void Make() => this.implementations = this.Workload.Implementations().GroupBy(implementation => implementation.Role).ToDictionary(group => group.Key, group => group.Last());

    [Benchmark(OperationsPerInvoke = Workload.PointCount, Baseline = true)]
    public double GradientByHand() => this.Pass(Role.HandGradient);

    [Benchmark(OperationsPerInvoke = Workload.PointCount)]
    public double GradCompile() => this.Pass(Role.ExprGrad);

    [Benchmark(OperationsPerInvoke = Workload.PointCount)]
    public double CentralDifferences() => this.Pass(Role.CentralDifferences);

    [Benchmark(OperationsPerInvoke = Workload.PointCount)]
    public double ValueByHand() => this.Pass(Role.HandValue);

    [Benchmark(OperationsPerInvoke = Workload.PointCount)]
    public double PlainFunction() => this.Pass(Role.Plain);

    private double Pass(Role role) => this.implementations[role].Pass(this.Workload.Points);
}
