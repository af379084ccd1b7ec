using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;
using ExprGrad.Reading;

namespace ExprGrad.Diagnostics;

/// <summary>Counts what a graph does.</summary>
internal static class OperationCounter
{
    public static OperationCounts Count(Graph graph)
    {
        int[] uses = Liveness.CountUses(graph);
        var counts = new OperationCounts { Branches = graph.Nodes.OfType<Choice>().Where(choice => uses[choice.Id] > 0).Select(choice => (choice.Region, choice.Selector)).Distinct().Count() };
        var functions = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (Node node in graph.Nodes)
        {
            if (uses[node.Id] == 0)
                continue;
            counts = node switch
            {
                Load => counts with { Loads = counts.Loads + 1 },
                Apply apply => Add(counts, apply, functions),
                _ => counts,
            };
        }
        // Contributions to components whose index is known only when running are added in place.
        return counts with { Additions = counts.Additions + graph.Effects.Count, Functions = functions };
    }

    private static OperationCounts Add(OperationCounts counts, Apply apply, SortedDictionary<string, int> functions)
    {
        switch (apply.Operation)
        {
            case Arithmetic { Kind: ExpressionType.Add or ExpressionType.Subtract }:
                return counts with { Additions = counts.Additions + 1 };
            case Arithmetic { Kind: ExpressionType.Multiply }:
                return counts with { Multiplications = counts.Multiplications + 1 };
            case Arithmetic { Kind: ExpressionType.Divide }:
                return counts with { Divisions = counts.Divisions + 1 };
            case Arithmetic { Kind: ExpressionType.Negate }:
                return counts with { Negations = counts.Negations + 1 };
            case Primitive { Method.Name: nameof(Math.FusedMultiplyAdd) }:
                return counts with { FusedMultiplyAdds = counts.FusedMultiplyAdds + 1 };
            case Opaque or Given:
                return counts with { Opaque = counts.Opaque + 1 };
            case Primitives.Operator { Kind: ExpressionType.LessThan or ExpressionType.LessThanOrEqual or ExpressionType.GreaterThan or ExpressionType.GreaterThanOrEqual or ExpressionType.Equal or ExpressionType.NotEqual }:
                return counts with { Comparisons = counts.Comparisons + 1 };
            case Primitives.Operator or IndexWithin or IndexCheck or Rounding:
                return counts with { Others = counts.Others + 1 };
            default:
                // A function with two results is one call; taking it apart costs nothing.
                bool isPartOfResult = apply.Operands is [{ Type: var whole }] && whole == typeof((double, double));
                if (!isPartOfResult)
                    functions[apply.Operation.Name] = functions.GetValueOrDefault(apply.Operation.Name) + 1;
                return counts;
        }
    }
}
