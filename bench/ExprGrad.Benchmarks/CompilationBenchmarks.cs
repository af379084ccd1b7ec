using BenchmarkDotNet.Attributes;
using ExprGrad.Benchmarks.Workloads;

namespace ExprGrad.Benchmarks;

/// <summary>From the lambda to the first result.</summary>
[MemoryDiagnoser]
public class CompilationBenchmarks
{
    private Implementation implementation = null!;
    private double[] point = [];

    [ParamsSource(nameof(Cases))]
    public Case Case { get; set; } = null!;

    public static IEnumerable<Case> Cases => Case.All.Where(one => one.Implementation().IsMade);

    [GlobalSetup]
    public void Make() => (this.implementation, this.point) = (this.Case.Implementation(), this.Case.Workload.Points[0]);

    [Benchmark]
    public double FirstResult() => this.implementation.MakeAndCall(this.point);
}
