using ExprGrad.Scheduling;

namespace ExprGrad.Tests.Fuzz;

/// <summary>Random programs of statements: values, exceptions and gradients are those of the compiled tree and of the oracle.</summary>
public class StatementFuzzerTests
{
    private const int Seed = 5200, Programs = 60, Size = 8;

    public static TheoryData<int> AllSettings => [.. Settings.All.Select(optimisations => (int)optimisations)];

    [Theory, MemberData(nameof(AllSettings))]
    public void Random_statements_agree_with_the_oracle_under_all_settings(int toggled)
    {
        FuzzReport report = Run(Seed + toggled, Programs, Size, (Optimisations)toggled);
        Assert.True(report.IsClean, $"{(Optimisations)toggled}: {report}");
        Assert.Equal(0, report.Refused);
    }

    [Fact]
    public void The_same_seed_gives_the_same_program() => Assert.Equal(StatementGenerator.Generate(7, Size).Lambda.ToString(), StatementGenerator.Generate(7, Size).Lambda.ToString());

    private static FuzzReport Run(int seed, int count, int size, Optimisations optimisations) => Fuzzer.Run(seed, count, own =>
    {
        var (f, inputs) = StatementGenerator.Generate(own, size);
        return (f, size, Fuzzer.Points(own, inputs));
    }, f => GradientCompiler.Compile<ValueAndGradient>(f, null, optimisations).Delegate, shrink: false, exactExceptions: false);
}
