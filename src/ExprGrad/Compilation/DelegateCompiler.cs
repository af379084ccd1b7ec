using System.Linq.Expressions;
using ExprGrad.Emission;
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
    /// <summary>Compiles a function and its parts.</summary>
    public static Compiled<TDelegate> Compile<TDelegate>(EmittedFunction<TDelegate> function)
        where TDelegate : Delegate
    {
        CompiledBy by = function.ExceedsLimits ? CompiledBy.ExpressionCompiler : CompiledBy.FastExpressionCompiler;
        for (int k = 0; k < function.Parts.Count; k++)
            function.Table.SetValue(Compile(function.Parts[k], ref by), k);
        return new((TDelegate)Compile(function.Main, ref by), by);
    }

    private static Delegate Compile(LambdaExpression lambda, ref CompiledBy by)
    {
        // Without these flags it falls back silently.
        const CompilerFlags Flags = CompilerFlags.ThrowOnNotSupportedExpression | CompilerFlags.DisableInterpreter;
        if (by == CompiledBy.ExpressionCompiler)
            return lambda.Compile();
        try
        {
            if (lambda.CompileFast(true, Flags) is { } compiled)
                return compiled;
        }
        catch (NotSupportedExpressionException)
        {
            // The user's own opaque C# may contain what it does not know: a quotation, an exception filter.
        }
        by = CompiledBy.ExpressionCompiler;
        return lambda.Compile();
    }
}
