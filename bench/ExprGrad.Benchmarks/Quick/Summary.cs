using ExprGrad.Benchmarks.Workloads;

namespace ExprGrad.Benchmarks.Quick;

/// <summary>What the table comes to, in sentences.</summary>
internal static class Summary
{
    private const double TimesReference = 1.25, TimesFasterThanTape = 10, CompileGrowth = 1.5, PeakGigabytes = 3;

    public static IReadOnlyList<string> Of(IReadOnlyList<Comparison> comparisons, double coldStart)
    {
        Comparison[] byHand = [.. comparisons.Where(comparison => comparison.Fastest(Role.HandGradient) is not null)];
        Comparison[] random = [.. comparisons.Where(comparison => comparison.Workload is RandomProgram)];
        return
        [
            .. byHand.Select(ByHand),
            .. random.Select(AtSize),
            .. Compilation(random),
            $"The first Grad.Compile of the process took {coldStart:F0} ms to its first result; 'first result' is the fastest of several later ones.",
            .. Score("written out", [.. byHand.Where(comparison => comparison.Workload is not ObjectiveWorkload)]),
            .. Score("over data and time", [.. byHand.Where(comparison => comparison.Workload is ObjectiveWorkload)]),
        ];
    }

    private static string ByHand(Comparison comparison)
    {
        double ofHand = comparison.Fastest(Role.HandGradient)!.RatioTo(comparison.Fastest(Role.HandValue)!);
        string signed = comparison.Workload.RatioInCpp is not { } cpp ? "not measured in C++"
            : $"in C++ {cpp:F2}; up to {cpp * Workload.SignedSlack:F2} counts as an expert's: {(ofHand <= cpp * Workload.SignedSlack ? "it does" : "it DOES NOT, so the ratio to it may flatter")}";
        return $"{comparison.Workload.Name}: Grad.Compile ÷ by hand {RatioToHand(comparison):F2}, ÷ plain {Ours(comparison).RatioTo(comparison.Fastest(Role.Plain)!):F2}, "
            + $"{(comparison.Fastest(Role.ObjectTape) is { } tape ? $"object tape ÷ Grad.Compile {tape.RatioTo(Ours(comparison)):F1}; " : "")}by hand, gradient ÷ value {ofHand:F2} ({signed}){(comparison.Workload is ObjectiveWorkload objective ? $"; {ToHandValue(comparison, objective)}" : "")}.";
    }

    private static string ToHandValue(Comparison comparison, ObjectiveWorkload objective)
    {
        double ratio = Ours(comparison).RatioTo(comparison.Fastest(Role.HandValue)!);
        return $"Grad.Compile ÷ value by hand {ratio:F2} ({Verdict(ratio <= objective.LimitToHandValue, $"at most {objective.LimitToHandValue:F2}")})";
    }

    private static string AtSize(Comparison comparison)
    {
        Measurement ours = Ours(comparison), reference = comparison.Fastest(Role.ChunkedMethods)!;
        double toReference = ours.RatioTo(reference), toTape = comparison.Fastest(Role.ObjectTape)!.RatioTo(ours);
        return $"{comparison.Workload.Name}: {ours.Nanoseconds / comparison.Operations.Gradient:F2} ns a primal or adjoint operation, chunked methods {reference.Nanoseconds / comparison.Operations.Gradient:F2}; "
            + $"Grad.Compile ÷ chunked methods {toReference:F2} ({Verdict(toReference <= TimesReference, $"at most {TimesReference}")}), object tape ÷ Grad.Compile {toTape:F1} ({Verdict(toTape >= TimesFasterThanTape, $"at least {TimesFasterThanTape}")}).";
    }

    private static IEnumerable<string> Compilation(IReadOnlyList<Comparison> random)
    {
        Comparison? small = random.FirstOrDefault(comparison => comparison.Workload is RandomProgram { Size: 10_000 }), large = random.FirstOrDefault(comparison => comparison.Workload is RandomProgram { Size: 1_000_000 });
        if (large is null)
            yield break;
        if (small is not null)
        {
            double ofSmall = MicrosecondsPerOperation(small), ofLarge = MicrosecondsPerOperation(large), growth = ofLarge / ofSmall;
            yield return $"Compilation to the first result takes {ofSmall:F1} µs an operation of the function at 1e4, {ofLarge:F1} at 1e6: {growth:F2} times as much ({Verdict(growth <= CompileGrowth, $"at most {CompileGrowth}")}).";
        }
        double peak = PeakMemory.OfCompiling(1_000_000);
        yield return $"A process that builds, compiles and calls the random graph 1e6 takes at most {peak:F2} GB of memory ({Verdict(peak < PeakGigabytes, $"less than {PeakGigabytes}")}).";
    }

    private static IEnumerable<string> Score(string kind, IReadOnlyList<Comparison> byHand)
    {
        Comparison[] scored = [.. byHand.Where(comparison => comparison.Workload.IsScored).OrderBy(RatioToHand)];
        if (scored.Length == 0)
            yield break;
        string notScored = string.Join(", ", byHand.Where(comparison => !comparison.Workload.IsScored).Select(comparison => $"{comparison.Workload.Name} {RatioToHand(comparison):F2}"));
        yield return $"Grad.Compile ÷ the faster written by hand: median {Statistics.Median([.. scored.Select(RatioToHand)]):F2}, maximum {RatioToHand(scored[^1]):F2} ({scored[^1].Workload.Name}), "
            + $"over {scored.Length} workloads {kind}{(notScored == "" ? "" : $" (not scored: {notScored})")}.";
    }

    private static Measurement Ours(Comparison comparison) => comparison.Fastest(Role.ExprGrad)!;

    private static double RatioToHand(Comparison comparison) => Ours(comparison).RatioTo(comparison.Fastest(Role.HandGradient)!);

    private static double MicrosecondsPerOperation(Comparison comparison) => 1e3 * Ours(comparison).FirstResult / ((RandomProgram)comparison.Workload).Size;

    private static string Verdict(bool holds, string bound) => $"{bound}: {(holds ? "yes" : "NO")}";
}
