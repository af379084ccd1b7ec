using System.Linq.Expressions;
using ExprGrad.IR;

namespace ExprGrad.Reading;

/// <summary>
/// A sequence, of LINQ or stored. Of a sequence of LINQ nothing exists: whoever enumerates it reads its elements anew, there and then, as the plain lambda evaluates them.
/// </summary>
internal sealed class Sequence : Value
{
    /// <summary>What the user wrote.</summary>
    public required Expression Expression { get; init; }

    /// <summary>The object, for when it must exist after all.</summary>
    public required Func<Node> Whole { get; init; }

    /// <summary>Reads its length and how to read an element; null if an element has no number before the enumeration.</summary>
    public Func<Step<Elements>>? ByNumber { get; init; }

    /// <summary>Enters the loops and branches of a pass and reads what is done with each element there; where the elements are found by number, a loop over these.</summary>
    public required Func<LambdaReader.Pass, Func<Value, Step<Done>>, Step<Done>> Enumerate { get; init; }

    /// <summary>A number that is not less than the length, an int.</summary>
    public required Func<Step<Node>> Bound { get; init; }

    /// <summary>Whether enumerating it may run impure code.</summary>
    public bool MayBeImpure { get; init; }

    /// <summary>Whether it is written out, so that an enumeration reads what is done several times instead of once in a loop.</summary>
    public bool IsWrittenOut { get; init; }

    /// <summary>Whether the plain lambda has an array or a list here.</summary>
    public bool IsInMemory { get; init; }

    /// <summary>The arrays of a sequence that is stored: one for each part of an element; null if it is computed.</summary>
    public Stored? Stored { get; init; }

    /// <summary>The same elements as what another expression makes.</summary>
    public Sequence As(Expression expression, Func<Node> whole) => new()
    {
        Expression = expression,
        Whole = whole,
        ByNumber = this.ByNumber,
        Enumerate = this.Enumerate,
        Bound = this.Bound,
        MayBeImpure = this.MayBeImpure,
        IsWrittenOut = this.IsWrittenOut,
        IsInMemory = this.IsInMemory,
        Stored = this.Stored,
    };
}

/// <summary>The elements of a sequence by number.</summary>
/// <param name="Count">How many: an int, not negative.</param>
/// <param name="At">Reads the element of a number that is in range.</param>
internal sealed record Elements(Node Count, Func<Node, Step<Value>> At)
{
    /// <summary>Reads what the plain lambda evaluates when it asks for one element more and finds that there is none; null if that is nothing.</summary>
    public Func<Step<Done>>? AtEnd { get; init; }

    /// <summary>Whether the plain lambda comes to an element only by way of those before it, which it evaluates.</summary>
    public bool IsOnlyEnumerated { get; init; }

    /// <summary>Reads what the plain lambda evaluates of an element on the way to the one that it is asked for, if that is not all: LINQ applies a selector only to what it gives back.</summary>
    public Func<Node, Step<Value>>? OnTheWay { get; init; }
}

/// <summary>Elements in arrays.</summary>
/// <param name="Count">How many: an int, not negative.</param>
/// <param name="Arrays">An element whose parts are arrays of these parts.</param>
internal sealed record Stored(Node Count, Value Arrays);

/// <summary>The result of a step that has none.</summary>
internal readonly struct Done;
