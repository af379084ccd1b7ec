using System.Linq.Expressions;
using static ExprGrad.Tests.Corpus.Statements;
using static System.Linq.Expressions.Expression;

namespace ExprGrad.Tests.Corpus;

/// <summary>Functions of statements: variables, branches, jumps and loops in hand-built trees.</summary>
internal static class StatementFunctions
{
    private static readonly double[] P = [0.7, 1.3, 0.4], Q = [-0.6, 0.9, 1.8, 2.5], One = [1.7];

    public static IReadOnlyList<CorpusEntry> Entries { get; } =
    [
        Entry("a sum in a loop", UpTo(Length, I, AddAssign(S, Multiply(Sin(At(I)), Real(I)))), S),
        Entry("a product in a loop", Assign(S, Constant(1.0)), UpTo(Length, I, MultiplyAssign(S, At(I))), S),
        Entry("pairs of elements", UpTo(Length, I, Assign(J, Add(I, Constant(1))), UpTo(Length, J, AddAssign(S, Sin(Multiply(At(I), At(J)))))), S),
        Entry("a counter that goes down", Assign(I, Length), For(GreaterThan(I, Constant(0)), PreDecrementAssign(I), Assign(S, Add(Multiply(S, At(0)), At(Subtract(I, Constant(1)))))), S),
        Entry("a choice in a loop", UpTo(Length, I, IfThenElse(GreaterThan(At(I), Constant(0.5)), AddAssign(S, Log(At(I))), Assign(T, Subtract(S, Multiply(T, At(I)))))), Multiply(S, T)),
        Entry("a switch in a loop", Assign(T, Constant(1.0)), UpTo(Length, I, Switch(Modulo(I, Constant(3)), MultiplyAssign(T, At(I)).AsStatement(), SwitchCase(AddAssign(S, At(I)).AsStatement(), Constant(0)), SwitchCase(Assign(S, Sin(Multiply(S, T))).AsStatement(), Constant(1)))), Add(S, T)),
        Entry("a square root by Newton's method", Assign(S, Constant(1.0)), While(GreaterThan(Abs(Subtract(Multiply(S, S), Abs(At(0)))), Constant(1e-6)), Assign(S, Divide(Add(S, Divide(Abs(At(0)), S)), Constant(2.0)))), S),
        Entry("roots in a sum", UpTo(Length, I, Assign(T, Constant(1.0)), While(GreaterThan(Abs(Subtract(Multiply(T, T), Abs(At(I)))), Constant(1e-6)), Assign(T, Divide(Add(T, Divide(Abs(At(I)), T)), Constant(2.0)))), AddAssign(S, Multiply(T, At(0)))), S),
        Entry("a loop that ends in its middle", Assign(S, At(0)), Until(end => [Assign(T, Add(Sin(S), Constant(0.9))), IfThen(LessThan(Abs(Subtract(T, S)), Constant(0.01)), Break(end)), PostIncrementAssign(I), Assign(S, T)]), Add(Multiply(S, T), Real(I))),
        Entry("a sum inside a loop of unknown length", Assign(S, Constant(0.1)), DoWhile(LessThan(T, Constant(20.0)), Assign(T, Constant(0.0)), Assign(I, Constant(0)), UpTo(Length, I, AddAssign(T, Multiply(Multiply(At(I), At(I)), S))), MultiplyAssign(S, Constant(2.0))), Multiply(S, T)),
        Entry("two coupled states", Assign(S, At(0)), Assign(T, Constant(1.0)), UpTo(Constant(10), I, SubtractAssign(T, Multiply(Constant(0.1), Sin(S))), AddAssign(S, Multiply(Constant(0.1), T))), Multiply(S, T)),
        Entry("a loop that counts in two ways", Assign(S, At(0)), Until(end => [IfThen(GreaterThanOrEqual(I, Length), Break(end)), AddAssign(S, Multiply(At(I), Real(J))), IfThen(GreaterThan(S, Constant(3.0)), Break(end)), AddAssign(J, Constant(2)), PostIncrementAssign(I)]), Add(S, Real(J))),
        Entry("states that a loop of unknown length computes in loops", Assign(S, Abs(At(0))), While(LessThan(S, Constant(50.0)), Assign(J, Constant(0)), UpTo(Constant(3), J, Assign(T, S), While(GreaterThan(T, Constant(2.0)), Assign(T, Multiply(T, Constant(0.75)))), AddAssign(S, T)), AddAssign(S, Constant(0.25))), S),
    ];

    private static CorpusEntry Entry(string name, params Expression[] statements) => new(name, Function(statements), [P, Q, One]);

    private static LoopExpression Until(Func<LabelTarget, Expression[]> body)
    {
        LabelTarget end = Label();
        return Loop(Block(body(end)), end);
    }

    private static BlockExpression AsStatement(this Expression expression) => Block(typeof(void), expression);
}
