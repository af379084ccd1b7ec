using System.Linq.Expressions;
using FastExpressionCompiler;

namespace ExprGrad.Compilation;

/// <summary>Which compiler made a delegate.</summary>
internal enum CompiledBy
{
    FastExpressionCompiler,

    /// <summary><see cref="LambdaExpression.Compile()"/>: FastExpressionCompiler does not know something in the lambda.</summary>
    ExpressionCompiler,
}

/// <summary>A delegate with the compiler that made it.</summary>
internal readonly record struct Compiled<TDelegate>(TDelegate Delegate, CompiledBy By);

/// <summary>Turns a lambda into a delegate. The only file that names FastExpressionCompiler.</summary>
internal static class DelegateCompiler
{
    public static Compiled<TDelegate> Compile<TDelegate>(Expression<TDelegate> lambda)
        where TDelegate : Delegate
    {
        // Without these flags it falls back silently.
        const CompilerFlags Flags = CompilerFlags.ThrowOnNotSupportedExpression | CompilerFlags.DisableInterpreter;
        try
        {
            if (lambda.CompileFast(true, Flags) is { } compiled)
                return new(compiled, CompiledBy.FastExpressionCompiler);
        }
        catch (NotSupportedExpressionException)
        {
            // The user's own opaque C# may contain what it does not know: a quotation, an exception filter.
        }
        return new(lambda.Compile(), CompiledBy.ExpressionCompiler);
    }
}
