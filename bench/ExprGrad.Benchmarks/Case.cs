using ExprGrad.Benchmarks.Workloads;

namespace ExprGrad.Benchmarks;

/// <summary>One line of BenchmarkDotNet's tables.</summary>
public sealed record Case(Workload Workload, Role Role, string Name)
{
    public static IEnumerable<Case> All => AllWorkloads.List.SelectMany(workload => workload.Implementations().Select(implementation => new Case(workload, implementation.Role, implementation.Name)));

    public Implementation Implementation() => this.Workload.Implementations().First(implementation => implementation.Role == this.Role && implementation.Name == this.Name);

    public override string ToString() => $"{this.Workload}: {this.Role}, {this.Name}";
}
