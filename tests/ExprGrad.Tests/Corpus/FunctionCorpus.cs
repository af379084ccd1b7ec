namespace ExprGrad.Tests.Corpus;

/// <summary>Real functions as users write them.</summary>
public static class FunctionCorpus
{
    public static IReadOnlyList<CorpusEntry> Entries { get; } =
    [
        .. OptimisationFunctions.Entries(), .. FinanceFunctions.Entries(), .. StatisticsFunctions.Entries(),
        .. EngineeringFunctions.Entries(), .. GeometryFunctions.Entries(), .. LanguageFunctions.Entries(),
    ];

    /// <summary>For theories: the names.</summary>
    public static TheoryData<string> Names => [.. Entries.Select(entry => entry.Name)];

    public static CorpusEntry Named(string name) => Entries.Single(entry => entry.Name == name);
}
