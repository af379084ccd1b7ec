using System.Linq.Expressions;

namespace ExprGrad.IR;

/// <summary>What evaluating an operation may do besides giving a value.</summary>
[Flags]
internal enum Behaviour
{
    /// <summary>Nothing, on any operands: it may run anywhere.</summary>
    Total = 0,

    /// <summary>It may throw: it runs exactly where it was written, even if its value is not used.</summary>
    MayThrow = 1,

    /// <summary>It reads memory that impure code may change: it crosses no link of the impure chain.</summary>
    ReadsState = 2,

    /// <summary>It runs as often as in the plain lambda, in the same order; never interned.</summary>
    Impure = 4,
}

/// <summary>What an <see cref="Apply"/> node does. Two operations that are equal give equal values on equal operands.</summary>
internal abstract class Operation
{
    /// <summary>The name in printed graphs.</summary>
    public abstract string Name { get; }

    /// <summary>The type of the value.</summary>
    public abstract Type Type { get; }

    public virtual Behaviour Behaviour => Behaviour.Total;

    /// <summary>How many cases a conditional on this value has, if it is a selector that is not a test; else 0.</summary>
    public virtual int CaseCount => 0;

    /// <summary>Whether the value has a derivative with respect to this operand that is not zero by structure.</summary>
    public virtual bool IsDifferentiable(int operand) => false;

    /// <summary>The code: an expression of <see cref="Type"/> on operands that are evaluated already.</summary>
    public abstract Expression Emit(IReadOnlyList<Expression> operands);

    public override string ToString() => this.Name;
}
