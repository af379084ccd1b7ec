using System.Text;

namespace ExprGrad.Tests.Fuzz;

/// <summary>A random lambda on which something disagreed.</summary>
/// <param name="Seed">The seed for <see cref="LambdaGenerator.Generate"/> or <see cref="LoopGenerator.Generate"/>.</param>
/// <param name="Size">The size for <see cref="LambdaGenerator.Generate"/>, the depth for <see cref="LoopGenerator.Generate"/>.</param>
/// <param name="Reason">What disagreed.</param>
/// <param name="Point">Where; null if it did not compile.</param>
/// <param name="Expression">The lambda, made smaller.</param>
public sealed record FuzzFailure(int Seed, int Size, string Reason, double[]? Point, string Expression)
{
    public override string ToString() =>
        $"seed {Seed}, size {Size}: {Reason}{(Point is null ? "" : $"{Environment.NewLine}    at [{string.Join(", ", Point.Select(v => v.ToString("R")))}]")}{Environment.NewLine}    {Expression}";
}

/// <summary>How many random lambdas agreed, were refused, were wrong.</summary>
public sealed class FuzzReport
{
    public int Agreed { get; internal set; }

    public int Refused { get; internal set; }

    /// <summary>Each refusal's code and how often it was given.</summary>
    public IDictionary<string, int> Refusals { get; } = new SortedDictionary<string, int>();

    public IList<FuzzFailure> Wrong { get; } = [];

    /// <summary>Lambdas that throw, or throw something else, where the plain lambda does otherwise.</summary>
    public IList<FuzzFailure> WrongExceptions { get; } = [];

    /// <summary>Whether the types of exceptions are compared.</summary>
    public bool ExactExceptions { get; init; }

    /// <summary>Whether nothing was refused and nothing disagreed.</summary>
    public bool IsClean => Refused == 0 && Wrong.Count == 0 && WrongExceptions.Count == 0;

    /// <summary>Points at which every partial was finite, so that the whole gradient was compared.</summary>
    public int StrictPoints { get; internal set; }

    /// <summary>Points with an infinite or unspecified partial: only components that are finite on both sides were compared.</summary>
    public int LenientPoints { get; internal set; }

    /// <summary>Points at which the plain lambda throws, and so did ours.</summary>
    public int ThrowingPoints { get; internal set; }

    /// <summary>How often a gradient was compared.</summary>
    public int Points => StrictPoints + LenientPoints + ThrowingPoints;

    public override string ToString()
    {
        var text = new StringBuilder($"agreed {Agreed}, refused {Refused}, wrong {Wrong.Count}, other exceptions {WrongExceptions.Count}; points: strict {StrictPoints}, lenient {LenientPoints}, throwing {ThrowingPoints}");
        foreach (var (code, count) in Refusals) text.AppendLine().Append($"  refused {count} × {code}");
        foreach (var failure in Wrong.Concat(WrongExceptions).Take(10)) text.AppendLine().Append("  ").Append(failure);
        return text.ToString();
    }
}
