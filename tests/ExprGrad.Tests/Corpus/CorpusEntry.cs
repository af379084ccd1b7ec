using System.Linq.Expressions;

namespace ExprGrad.Tests.Corpus;

/// <summary>A real function with points to evaluate it at.</summary>
/// <param name="Name">How test output calls it.</param>
/// <param name="Function">The lambda.</param>
/// <param name="Points">Points where the function is smooth in a neighbourhood.</param>
public sealed record CorpusEntry(string Name, Expression<Func<double[], double>> Function, params double[][] Points)
{
    /// <summary>Points on kinks, at the ends of domains, or where a branch that is not taken would fail.</summary>
    public IReadOnlyList<double[]> Edges { get; init; } = [];

    public IEnumerable<double[]> AllPoints => Points.Concat(Edges);

    public override string ToString() => Name;
}
