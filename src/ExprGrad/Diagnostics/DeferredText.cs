using System.Text;

namespace ExprGrad.Diagnostics;

/// <summary>
/// Text made of parts that are expanded when their turn comes. An expression writes itself as a few strings and, for its operands, parts that will write
/// those: a list of what is still to be done takes the place of recursion, and a tree may be deeper than the call stack.
/// </summary>
internal sealed class DeferredText(bool multiline)
{
    private readonly StringBuilder text = new();
    private readonly Stack<object> pending = new();
    private readonly List<object> added = [];
    private int indentation = multiline ? 1 : 0;

    /// <summary>Where the part that is being expanded starts.</summary>
    public int Length => text.Length;

    /// <summary>Text that stands before everything that the part being expanded adds.</summary>
    public void Prefix(string part) => text.Append(part);

    public void Add(string part) => added.Add(part);

    /// <summary>A part that, when its turn comes, adds further parts in its place.</summary>
    public void Add(Action part) => added.Add(part);

    /// <summary>A new line, or a space where everything is on one line.</summary>
    public void Line() => Add(() =>
    {
        if (multiline) text.Append('\n').Append(' ', 4 * indentation);
        else text.Append(' ');
    });

    /// <summary>A mark where something is left out; one for adjacent gaps.</summary>
    public void Gap() => Add(() =>
    {
        if (text.Length >= 2 && text[^2] == '…' && text[^1] == ' ') text.Length--;
        else if (text.Length == 0 || text[^1] != '…') text.Append('…');
    });

    public void Indent() => Add(() => indentation++);

    public void Unindent() => Add(() => indentation--);

    /// <summary>Expands everything.</summary>
    public string Complete()
    {
        Schedule();
        while (pending.TryPop(out object? part))
        {
            if (part is string s) text.Append(s);
            else ((Action)part)();
            Schedule();
        }
        return text.ToString();
    }

    private void Schedule()
    {
        for (int i = added.Count - 1; i >= 0; i--) pending.Push(added[i]);
        added.Clear();
    }
}
