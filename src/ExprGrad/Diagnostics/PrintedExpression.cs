using System.Linq.Expressions;

namespace ExprGrad.Diagnostics;

/// <summary>An expression as C# text, with the place of each sub-expression.</summary>
internal sealed class PrintedExpression
{
    private readonly Dictionary<Expression, (int Start, int Length)> spans;
    private readonly TreeIndex tree;

    internal PrintedExpression(string text, Dictionary<Expression, (int Start, int Length)> spans, TreeIndex tree)
        => (Text, this.spans, this.tree) = (text, spans, tree);

    /// <summary>One line.</summary>
    public string Text { get; }

    /// <summary>
    /// Where a sub-expression first occurs in <see cref="Text"/>, without parentheses around it. One that has no text of its own
    /// (the closure behind a captured variable, something left out of a large tree) is where the smallest printed expression around it is.
    /// </summary>
    /// <returns>False if <paramref name="node"/> is not a part of the expression.</returns>
    public bool TryFind(Expression node, out int start, out int length)
    {
        for (Expression? place = node; place is not null; place = tree.Parent(place))
        {
            if (!spans.TryGetValue(place, out var span)) continue;
            (start, length) = span;
            return true;
        }
        (start, length) = (0, 0);
        return false;
    }
}
