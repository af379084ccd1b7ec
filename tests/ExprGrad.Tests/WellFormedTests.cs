using System.Linq.Expressions;
using ExprGrad.Differentiation;
using ExprGrad.IR;
using ExprGrad.Reading;
using ExprGrad.Scheduling;
using ExprGrad.Simplification;
using ExprGrad.Tests.Corpus;
using ExprGrad.Tests.Fuzz;

namespace ExprGrad.Tests;

/// <summary>What every stage makes is well-formed, whatever is optimised.</summary>
public class WellFormedTests
{
    private const int Seed = 4100, Lambdas = 300, Smallest = 5, Largest = 60;

    public static TheoryData<string> CorpusNames => FunctionCorpus.Names;

    [Theory, MemberData(nameof(CorpusNames))]
    public void Every_stage_is_well_formed_on_the_corpus(string name)
    {
        foreach (Optimisations optimisations in Settings.All)
        {
            Exception? error = Record.Exception(() => VerifyStages(FunctionCorpus.Named(name).Function, optimisations));
            Assert.True(error is null, $"{optimisations}: {error?.Message}");
        }
    }

    [Fact]
    public void Every_stage_is_well_formed_on_random_lambdas()
    {
        List<string> wrong = [];
        for (int seed = Seed; seed < Seed + Lambdas; seed++)
        {
            int size = Smallest + (seed * 7 % (Largest - Smallest));
            LambdaExpression f = LambdaGenerator.Generate(seed, size).Lambda;
            foreach (Optimisations optimisations in Settings.All)
            {
                Exception? error = Record.Exception(() => VerifyStages(f, optimisations));
                if (error is not (null or UnsupportedExpressionException))
                    wrong.Add($"seed {seed}, size {size}, {optimisations}: {error.Message}");
            }
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong:\n{string.Join("\n", wrong.Take(20))}");
    }

    [Theory, InlineData(2_000), InlineData(5_000)]
    public void Every_stage_is_well_formed_on_large_lambdas_which_are_split(int size)
    {
        for (int seed = Seed; seed < Seed + 3; seed++)
            VerifyStages(LambdaGenerator.Generate(seed, size).Lambda, Optimisations.All);
    }

    internal static void VerifyStages(LambdaExpression f, Optimisations optimisations)
    {
        bool sharing = optimisations.HasFlag(Optimisations.Sharing);
        Graph primal = LambdaReader.Read(f, sharing);
        At("reading", () => GraphVerifier.Verify(primal, sharing));
        Graph gradient = ReverseMode.Differentiate(primal, sharing);
        At("differentiation", () => GraphVerifier.Verify(gradient, sharing));
        foreach (FloatingPoint floatingPoint in optimisations == Optimisations.All ? Enum.GetValues<FloatingPoint>() : [FloatingPoint.Default])
        {
            Graph simplified = optimisations.HasFlag(Optimisations.Simplification) ? Simplifier.Simplify(gradient, floatingPoint, sharing) : gradient;
            At("simplification", () => GraphVerifier.Verify(simplified, sharing));
            foreach (bool splitting in new[] { false, true })
                At("scheduling", () => ScheduleVerifier.Verify(Scheduler.Arrange(simplified, optimisations, splitting)));
        }
    }

    private static void At(string stage, Action verify)
    {
        try
        {
            verify();
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidOperationException($"after {stage}: {error.Message}", error);
        }
    }
}
