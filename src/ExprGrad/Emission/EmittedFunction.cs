using System.Linq.Expressions;

namespace ExprGrad.Emission;

/// <summary>The code of a function.</summary>
/// <typeparam name="TDelegate">A form of <see cref="ValueAndGradient"/>.</typeparam>
/// <param name="Main">The function.</param>
/// <param name="Parts">Methods that it calls, if it is too large for one.</param>
/// <param name="Table">The array through which <paramref name="Main"/> calls them: its element k is the delegate of part k, once that is compiled.</param>
/// <param name="ExceedsLimits">Whether something in it is beyond the <see cref="CompilerLimits"/>.</param>
internal sealed record EmittedFunction<TDelegate>(Expression<TDelegate> Main, IReadOnlyList<LambdaExpression> Parts, Array Table, bool ExceedsLimits);
