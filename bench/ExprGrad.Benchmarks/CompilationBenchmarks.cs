using System.Linq.Expressions;
using BenchmarkDotNet.Attributes;
using ExprGrad.Benchmarks.Workloads;

namespace ExprGrad.Benchmarks;

/// <summary>From the lambda to the first result.</summary>
[MemoryDiagnoser]
public class CompilationBenchmarks
{
    private Expression<Func<double[], double>> f = x => x[0];
    private double[] point = [];

    [ParamsSource(nameof(Workloads))]
    public Workload Workload { get; set; } = null!;

    public static IEnumerable<Workload> Workloads => AllWorkloads.List;

    [GlobalSetup]
    public void Make() => (this.f, this.point) = (this.Workload.Function, this.Workload.Points[0]);

    [Benchmark(Baseline = true)]
    public double PlainFunction() => Inlining.OfCompiledLambdas(this.f).Compile()(this.point);

    [Benchmark]
    public double GradCompile() => Grad.Compile(this.f)(this.point).Value;
}
