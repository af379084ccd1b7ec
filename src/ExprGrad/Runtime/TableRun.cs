namespace ExprGrad.Runtime;

/// <summary>What the operations of a <see cref="TableRun"/> do. A slot is an element of scratch; near ones are in the page of the run.</summary>
internal enum TableKind
{
    /// <summary>No operation: near slots are in another page from here on.</summary>
    Page,

    /// <summary>A near slot gets a constant.</summary>
    Constant,

    /// <summary>A near slot gets the value of a slot in any page.</summary>
    Import,

    /// <summary>A slot in any page gets the value of a near one.</summary>
    Export,

    /// <summary>A near slot gets an element of the point.</summary>
    Load,

    /// <summary>A component of the gradient gets the value of a near slot.</summary>
    Store,

    /// <summary>d = a · b + c, rounded once. Sums, differences, products and negations are this too, with the same bits.</summary>
    MultiplyAdd,

    /// <summary>d = a ÷ b.</summary>
    Divide,

    /// <summary>d = √a.</summary>
    SquareRoot,

    /// <summary>d = f(a).</summary>
    Function,

    /// <summary>d = f(a, b).</summary>
    BinaryFunction,

    /// <summary>A pair gets the two results of f(a).</summary>
    PairFunction,

    /// <summary>d is the first of a pair.</summary>
    First,

    /// <summary>d is the second of a pair.</summary>
    Second,
}

/// <summary>Operations of one kind, one after the other.</summary>
/// <param name="Kind">What they do.</param>
/// <param name="Count">How many they are.</param>
/// <param name="Argument">The number of the function, or of the first slot of the page.</param>
internal readonly record struct TableRun(TableKind Kind, int Count, int Argument);
