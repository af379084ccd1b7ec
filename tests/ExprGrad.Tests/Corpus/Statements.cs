using System.Linq.Expressions;
using static System.Linq.Expressions.Expression;

namespace ExprGrad.Tests.Corpus;

/// <summary>Builds functions of statements, as programs do that build expressions: C# has no lambdas of statements that become expressions.</summary>
internal static class Statements
{
    public static readonly ParameterExpression X = Parameter(typeof(double[]), "x");
    public static readonly ParameterExpression I = Variable(typeof(int), "i"), J = Variable(typeof(int), "j"), S = Variable(typeof(double), "s"), T = Variable(typeof(double), "t");
    public static readonly Expression Length = ArrayLength(X);

    public static Expression At(Expression index) => ArrayIndex(X, index);

    public static Expression At(int index) => At(Constant(index));

    public static Expression Real(Expression number) => Convert(number, typeof(double));

    public static Expression Sin(Expression v) => Call(typeof(Math), nameof(Math.Sin), null, v);

    public static Expression Log(Expression v) => Call(typeof(Math), nameof(Math.Log), null, v);

    public static Expression Abs(Expression v) => Call(typeof(Math), nameof(Math.Abs), null, v);

    public static Expression<Func<double[], double>> Function(params Expression[] statements) => Lambda<Func<double[], double>>(Block([I, J, S, T], statements), X);

    // Variables begin as 0, and a loop goes on from where its counter is.
    public static LoopExpression UpTo(Expression end, ParameterExpression i, params Expression[] body) => For(LessThan(i, end), PostIncrementAssign(i), body);

    public static LoopExpression For(Expression test, Expression step, params Expression[] body)
    {
        LabelTarget end = Label();
        return Loop(Block(IfThen(Not(test), Break(end)), Block(typeof(void), body), step), end);
    }

    public static LoopExpression While(Expression test, params Expression[] body)
    {
        LabelTarget end = Label();
        return Loop(IfThenElse(test, Block(typeof(void), body), Break(end)), end);
    }

    public static LoopExpression DoWhile(Expression test, params Expression[] body)
    {
        LabelTarget end = Label();
        return Loop(Block([.. body, IfThen(Not(test), Break(end))]), end);
    }
}
