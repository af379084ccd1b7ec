using System.Linq.Expressions;
using System.Text;

namespace ExprGrad.Diagnostics;

/// <summary>Expression trees as C#: for a person to read, or for a compiler.</summary>
/// <remarks>
/// Time and memory are linear in the number of distinct nodes; the depth of a tree costs no stack.
/// No tree makes the printer throw: what has no C# form gets a readable stand-in.
/// </remarks>
internal static class CSharpPrinter
{
    /// <summary>One line of C# that resembles what the author of the expression wrote.</summary>
    /// <param name="expression">Any expression, usually the body of a lambda.</param>
    /// <param name="places">
    /// Sub-expressions that must be visible. Of a large tree only the upper levels are printed; what is left out reads
    /// <c>…</c>, and around each place below them a window is printed: <c>… Foo(x[0]) + x[1] … + x[700]</c>.
    /// </param>
    public static PrintedExpression Print(Expression expression, params IEnumerable<Expression> places)
    {
        var tree = new TreeIndex(expression);
        var text = new DeferredText(multiline: false);
        var writer = new ExpressionWriter(text, tree, new Names(unique: false), new Elision(tree, places));
        writer.Root(expression);
        return new PrintedExpression(text.Complete(), writer.Spans, tree);
    }

    /// <summary>A public static method that computes what the lambda computes, bit for bit (all NaNs counting as one).</summary>
    /// <param name="lambda">
    /// Compiles as C# if it consists of parameters and variables, constants of primitive types, blocks, assignments, <c>if</c>, <c>?:</c>, loops with
    /// <c>break</c> and <c>continue</c>, <c>try</c>, <c>throw</c>, operators and conversions of numbers and <c>bool</c>, array elements and lengths, calls,
    /// construction and fields. A block or <c>try</c> that has a value must be a statement, the right side of an assignment to a variable, or the result.
    /// </param>
    /// <param name="name">The name of the method.</param>
    /// <remarks>Types are named with their namespaces, so that no <c>using</c> is needed. Variables get names that are unique in the method.</remarks>
    public static string PrintMethod(LambdaExpression lambda, string name)
    {
        var names = new Names(unique: true);
        var text = new DeferredText(multiline: true);
        var writer = new ExpressionWriter(text, new TreeIndex(lambda), names, elision: null);
        var parameters = lambda.Parameters.Select(p => $"{(p.IsByRef ? "ref " : "")}{TypeName.Full(p.Type)} {names.Of(p)}").ToList();
        writer.Body(lambda);
        string body = text.Complete();

        // What must be declared before the first statement is known only when the last one has been printed.
        var method = new StringBuilder();
        method.Append($"public static {TypeName.Full(lambda.ReturnType)} {name}({string.Join(", ", parameters)})\n{{\n");
        foreach (string declaration in writer.Declarations) method.Append("    ").Append(declaration).Append('\n');
        return method.Append(body.TrimStart('\n')).Append("\n}\n").ToString();
    }
}
