using System.Collections.ObjectModel;
using System.Globalization;

namespace ExprGrad;

/// <summary>How many operations a function takes, each counted once wherever it is used. Of a branch both sides are counted, constants are not.</summary>
public sealed record OperationCounts
{
    /// <summary>Floating-point additions and subtractions.</summary>
    public int Additions { get; init; }

    /// <summary>Floating-point multiplications.</summary>
    public int Multiplications { get; init; }

    /// <summary>Floating-point divisions.</summary>
    public int Divisions { get; init; }

    /// <summary>Fused multiply–adds, each a multiplication and an addition in one.</summary>
    public int FusedMultiplyAdds { get; init; }

    /// <summary>Changes of sign.</summary>
    public int Negations { get; init; }

    /// <summary>Functions and the floating-point remainder, by name in lower case: <c>log</c>, <c>pow</c>, <c>modulo</c>. Sine and cosine of one angle are one <c>sincos</c>.</summary>
    public IReadOnlyDictionary<string, int> Functions { get; init; } = ReadOnlyDictionary<string, int>.Empty;

    /// <summary>Comparisons of any type.</summary>
    public int Comparisons { get; init; }

    /// <summary>Conditionals, each with all that it chooses.</summary>
    public int Branches { get; init; }

    /// <summary>Elements read from arrays, those of the point included.</summary>
    public int Loads { get; init; }

    /// <summary>Captured variables, members, method calls and other C# that is kept as it was written.</summary>
    public int Opaque { get; init; }

    /// <summary>Integer and boolean operators and conversions.</summary>
    public int Others { get; init; }

    /// <summary>All operators on floating-point numbers: additions, multiplications, divisions, fused multiply–adds and changes of sign. Functions are not among them.</summary>
    public int Arithmetic => this.Additions + this.Multiplications + this.Divisions + this.FusedMultiplyAdds + this.Negations;

    /// <summary>All calls of <see cref="Functions"/>.</summary>
    public int FunctionCalls => this.Functions.Values.Sum();

    /// <summary>Whether all counts are equal.</summary>
    public bool Equals(OperationCounts? other) => other is not null && this.Numbers().SequenceEqual(other.Numbers()) && this.Functions.Count == other.Functions.Count
        && this.Functions.All(function => other.Functions.TryGetValue(function.Key, out int count) && count == function.Value);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(this.Arithmetic, this.FunctionCalls, this.Comparisons, this.Loads);

    /// <summary>What there is, in words.</summary>
    public override string ToString()
    {
        string[] parts =
        [
            .. Some(this.Additions, "addition", "additions"), .. Some(this.Multiplications, "multiplication", "multiplications"), .. Some(this.Divisions, "division", "divisions"),
            .. Some(this.FusedMultiplyAdds, "fused multiply-add", "fused multiply-adds"), .. Some(this.Negations, "negation", "negations"),
            .. this.Functions.SelectMany(function => Some(function.Value, function.Key, function.Key)),
            .. Some(this.Comparisons, "comparison", "comparisons"), .. Some(this.Branches, "branch", "branches"), .. Some(this.Loads, "load", "loads"),
            .. Some(this.Opaque, "captured or opaque", "captured or opaque"), .. Some(this.Others, "other", "others"),
        ];
        return parts.Length == 0 ? "nothing" : string.Join(", ", parts);
    }

    private static IEnumerable<string> Some(int count, string one, string many) =>
        count == 0 ? [] : [string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}")];

    private IEnumerable<int> Numbers() =>
        [this.Additions, this.Multiplications, this.Divisions, this.FusedMultiplyAdds, this.Negations, this.Comparisons, this.Branches, this.Loads, this.Opaque, this.Others];
}
