using System.Linq.Expressions;

namespace ExprGrad.Diagnostics;

/// <summary>Writes the nodes of an expression tree as C#. This part: what every node has in common. The others: operators, members and calls, creations, statements.</summary>
/// <param name="text">Where to.</param>
/// <param name="tree">The tree that is written.</param>
/// <param name="names">The names of its variables.</param>
/// <param name="elision">What is left out. Null for text that must compile: nothing is left out, every type and conversion is spelled out.</param>
internal sealed partial class ExpressionWriter(DeferredText text, TreeIndex tree, Names names, Elision? elision)
{
    private readonly bool compilable = elision is null;

    // The node being expanded: where it stands, where its text starts, how many parentheses to close after it.
    private Place at = new(Precedence.Lowest, int.MaxValue, Checked: false, SpelledOut: false, Statement: false, Prefix: null);
    private int start, open;

    /// <summary>Where a node is written.</summary>
    /// <param name="Required">The loosest operator that needs no parentheses here.</param>
    /// <param name="Depth">How many levels below it are written before the rest is left out.</param>
    /// <param name="Checked">Whether the text around it is in a checked context.</param>
    /// <param name="SpelledOut">Whether a conversion or literal must show its type here; in compilable text, whether the C# compiler must not see that the operand is constant.</param>
    /// <param name="Statement">Whether it is a statement rather than an operand.</param>
    /// <param name="Prefix">What becomes of its value: <c>"return "</c>, <c>"t = "</c>, the empty string for the last value of a block; null if it is dropped.</param>
    private readonly record struct Place(Precedence Required, int Depth, bool Checked, bool SpelledOut, bool Statement, string? Prefix);

    /// <summary>The first occurrence of each node that was written.</summary>
    public Dictionary<Expression, (int Start, int Length)> Spans { get; } = new(ReferenceEqualityComparer.Instance);

    public void Root(Expression node)
    {
        at = at with { Depth = Elision.Depth(node, Elision.MaxNodes), Prefix = "" };
        text.Add(() => Expand(node, at));
    }

    private void Operand(Expression node, Precedence required = Precedence.Lowest, bool spelledOut = false)
    {
        var place = new Place(required, at.Depth - 1, at.Checked, spelledOut, Statement: false, Prefix: "");
        text.Add(() => Expand(node, place));
    }

    private void Expand(Expression node, Place place)
    {
        if (place.Depth < 0 && !IsLeaf(node))
        {
            LeaveOut(elision!.Windows(node));
            return;
        }
        (at, start, open) = (node.Type == typeof(void) ? place with { Prefix = null } : place, text.Length, 0);
        Write(node);
        int parentheses = open;
        if (!compilable)
        {
            int from = start;
            text.Add(() => Spans.TryAdd(node, (from, text.Length - from)));
        }
        if (parentheses > 0) text.Add(new string(')', parentheses));
    }

    /// <summary>Says how tightly the node binds; every node that is not primary says so before it writes anything.</summary>
    private void Level(Precedence own)
    {
        if (own < at.Required) Open("(");
    }

    private void Open(string parenthesis)
    {
        text.Prefix(parenthesis);
        start = text.Length;
        open++;
    }

    private void LeaveOut(List<Expression> windows)
    {
        text.Gap();
        foreach (var window in windows)
        {
            var place = new Place(Precedence.Lowest, Elision.Depth(window, Elision.WindowNodes), at.Checked, SpelledOut: false, Statement: false, Prefix: "");
            text.Add(" ");
            text.Add(() => Expand(window, place));
            text.Add(" ");
            text.Gap();
        }
    }

    /// <summary>Writes elements as far as there is room; each gap is one <c>…</c>.</summary>
    private void Elements<T>(IReadOnlyList<T> elements, Func<T, IEnumerable<Expression>> expressions, Action<T> write, Action separate)
    {
        bool gap = false;
        for (int i = 0; i < elements.Count; i++)
        {
            bool fits = compilable || i < Elision.MaxElements;
            List<Expression> windows = fits ? [] : [.. expressions(elements[i]).SelectMany(elision!.Windows)];
            if (!fits && gap && windows.Count == 0) continue;
            gap = !fits && windows.Count == 0;
            if (i > 0) separate();
            if (fits) write(elements[i]);
            else LeaveOut(windows);
        }
    }

    private void List(IReadOnlyList<Expression> elements, Action<Expression>? write = null)
        => Elements(elements, e => [e], write ?? (e => Operand(e, ElementLevel(e, elements.Count))), () => text.Add(", "));

    /// <summary><c>F(a &lt; b, c &gt; (d))</c> would be a call of a generic method.</summary>
    private Precedence ElementLevel(Expression element, int count) => compilable && count > 1 && element.Type == typeof(bool) ? Precedence.Primary : Precedence.Lowest;

    private string NameOf(Type type) => TypeName.Of(type, qualified: compilable);

    private bool IsLeaf(Expression node) => node switch
    {
        ParameterExpression or ConstantExpression or DefaultExpression => true,
        MemberExpression member => member.Expression is null || IsHidden(member.Expression),
        _ => false,
    };

    private void Write(Expression node)
    {
        switch (node)
        {
            case BinaryExpression binary: Binary(binary); break;
            case UnaryExpression unary: Unary(unary); break;
            case ConditionalExpression conditional when at.Statement || conditional.Type == typeof(void): If(conditional); break;
            case ConditionalExpression conditional: Conditional(conditional); break;
            case ConstantExpression constant: Constant(constant); break;
            case ParameterExpression variable: text.Add(names.Of(variable)); break;
            case MemberExpression member: Member(member); break;
            case MethodCallExpression call: Call(call); break;
            case InvocationExpression invocation: Invocation(invocation); break;
            case IndexExpression index: Index(index); break;
            case LambdaExpression lambda: Lambda(lambda); break;
            case NewExpression creation: New(creation); break;
            case NewArrayExpression array: NewArray(array); break;
            case MemberInitExpression initialised: MemberInit(initialised); break;
            case ListInitExpression initialised: ListInit(initialised); break;
            case TypeBinaryExpression test: TypeTest(test); break;
            case DefaultExpression { Type: var type } when type == typeof(void): text.Add("{ }"); break;
            case DefaultExpression constant: Default(constant); break;
            case SwitchExpression choice when choice.Type == typeof(void): SwitchStatement(choice); break;
            case SwitchExpression choice: Switch(choice); break;
            case BlockExpression block: Block(block); break;
            case LoopExpression loop: Loop(loop); break;
            case GotoExpression jump: Goto(jump); break;
            case LabelExpression label: Label(label); break;
            case TryExpression attempt: Try(attempt); break;
            default: text.Add($"<{Names.Identifier(node.GetType().Name)}>"); break;
        }
    }

    private void Constant(ConstantExpression constant)
    {
        if (compilable && at.SpelledOut) text.Add(Local(constant));
        else
        {
            string literal = (compilable || at.SpelledOut ? Literal.Exact(constant.Value) : null) ?? Literal.Readable(constant.Value);
            if (literal[0] is '-' or '(') Level(Precedence.Unary);
            if (constant.Value is Enum && literal.Contains('|')) Level(Precedence.Or);
            text.Add(literal);
        }
    }

    private void Default(DefaultExpression constant) => text.Add(compilable && at.SpelledOut ? Local(constant) : $"default({NameOf(constant.Type)})");
}
