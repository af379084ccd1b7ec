using BenchmarkDotNet.Attributes;
using ExprGrad.Benchmarks.Workloads;

namespace ExprGrad.Benchmarks;

/// <summary>The comparison of `quick` under BenchmarkDotNet: the same workloads, points and implementations; an operation is one pass over the points.</summary>
[MemoryDiagnoser]
public class GradientBenchmarks
{
    private Implementation implementation = null!;
    private double[][] points = [];

    [ParamsSource(nameof(Cases))]
    public Case Case { get; set; } = null!;

    public static IEnumerable<Case> Cases => Case.All;

    [GlobalSetup]
    public void Make()
    {
        this.implementation = this.Case.Implementation();
        this.points = this.Case.Workload.Points;
        this.implementation.MakeAndCall(this.points[0]);
    }

    [Benchmark]
    public double Pass() => this.implementation.Pass(this.points);
}
