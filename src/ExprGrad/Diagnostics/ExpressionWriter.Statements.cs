using System.Linq.Expressions;

namespace ExprGrad.Diagnostics;

internal sealed partial class ExpressionWriter
{
    // Variables whose first assignment, a statement of their own block, is their declaration.
    private readonly HashSet<ParameterExpression> declaredByAssignment = [];

    // The labels of the statements that break and continue refer to, innermost last; null inside a switch.
    private readonly Stack<(LabelTarget? Break, LabelTarget? Continue)> jumps = new();
    private readonly HashSet<LabelTarget> labelsUsed = [];
    private readonly Dictionary<Expression, string> locals = new(ReferenceEqualityComparer.Instance);

    /// <summary>Declarations that must stand before the text.</summary>
    public List<string> Declarations { get; } = [];

    public void Body(LambdaExpression lambda) => Statement(lambda.Body, lambda.ReturnType == typeof(void) ? null : "return ");

    /// <summary>A variable with the value of a literal: the C# compiler does not compute with it.</summary>
    private string Local(Expression literal)
    {
        if (locals.TryGetValue(literal, out string? known)) return known;
        string name = locals[literal] = names.Fresh("constant");
        string value = literal is ConstantExpression { Value: { } v } ? Literal.Exact(v) ?? "default" : "default";
        Declarations.Add($"{NameOf(literal.Type)} {name} = {value};");
        return name;
    }

    /// <summary>One or several statements, each on its line. See <see cref="Place"/> for <paramref name="prefix"/>.</summary>
    private void Statement(Expression node, string? prefix)
    {
        if (node.Type == typeof(void)) prefix = null;
        var place = new Place(Precedence.Lowest, at.Depth - 1, at.Checked, SpelledOut: false, Statement: true, prefix);
        text.Add(() => ExpandStatement(node, place));
    }

    private void ExpandStatement(Expression node, Place place)
    {
        at = place;
        switch (node)
        {
            case BlockExpression block when place.Depth >= 0:
                Statements(block, place.Prefix);
                break;
            case DefaultExpression when node.Type == typeof(void):
            case DebugInfoExpression:
                break;
            case BinaryExpression { NodeType: ExpressionType.Assign, Left: ParameterExpression variable } assignment when place.Depth >= 0 && (place.Prefix is null || tree.NeedsStatements(assignment.Right)):
                Assignment(assignment, variable);
                break;
            case UnaryExpression { NodeType: ExpressionType.Throw }:
                ExpressionStatement(node, place with { Prefix = null });
                break;
            case BinaryExpression binary when !place.Checked && Conversions.IsIntegral(binary.Type) && Operator.Of(binary.NodeType) is { Precedence: Precedence.Assignment, Overflow: true }:
                text.Line();
                text.Add("checked");
                Braces(() => ExpressionStatement(node, place with { Checked = true }));
                break;
            case var _ when tree.NeedsStatements(node):
                text.Line();
                text.Add(() => Expand(node, place));
                break;
            default:
                ExpressionStatement(node, place);
                break;
        }
    }

    private void ExpressionStatement(Expression node, Place place)
    {
        text.Line();
        text.Add(place.Prefix ?? (compilable && !IsStatementInItself(node) ? "_ = " : ""));
        text.Add(() => Expand(node, place with { Statement = false, Prefix = "" }));
        if (place.Prefix != "") text.Add(";");
    }

    private static bool IsStatementInItself(Expression node)
        => node.Type == typeof(void) || node is InvocationExpression or NewExpression or MethodCallExpression { Method.IsSpecialName: false } or UnaryExpression { NodeType: ExpressionType.Throw }
            || Operator.Of(node.NodeType) is { Precedence: Precedence.Assignment } or { Symbol: "++" or "--" } || node.NodeType is ExpressionType.PostIncrementAssign or ExpressionType.PostDecrementAssign;

    private void Assignment(BinaryExpression node, ParameterExpression variable)
    {
        string declaration = declaredByAssignment.Contains(variable) && tree.Parent(variable) == node ? $"{NameOf(variable.Type)} " : "";
        if (!tree.NeedsStatements(node.Right))
        {
            ExpressionStatement(node, declaration.Length > 0 ? at with { Prefix = declaration } : at);
            return;
        }
        if (declaration.Length > 0)
        {
            text.Line();
            text.Add($"{declaration}{names.Of(variable)};");
        }
        string? prefix = at.Prefix;
        Statement(node.Right, $"{names.Of(variable)} = ");
        if (prefix is null) return;
        text.Line();
        text.Add($"{prefix}{names.Of(variable)}{(prefix.Length > 0 ? ";" : "")}");
    }

    private void Block(BlockExpression node)
    {
        text.Add("{");
        Statements(node, at.Prefix);
        text.Line();
        text.Add("}");
    }

    private void Statements(BlockExpression node, string? prefix)
    {
        // A block that occurs twice gets new names, and so does a variable that a block inside declares again.
        List<(ParameterExpression Variable, string Name)> hidden = [];
        foreach (var variable in node.Variables)
        {
            if (names.Rename(variable) is { } former) hidden.Add((variable, former));
            Declare(variable, node, prefix);
        }
        Elements([.. node.Expressions.SkipLast(1)], e => [e], e => Statement(e, null), () => { });
        if (node.Expressions.Count > 0) Statement(node.Result, prefix);
        text.Add(() => hidden.ForEach(h => names.Restore(h.Variable, h.Name)));
    }

    private void Declare(ParameterExpression variable, BlockExpression block, string? prefix)
    {
        var firstUse = tree.Parent(variable);
        if (firstUse == block) return;
        bool dominates = firstUse is BinaryExpression { NodeType: ExpressionType.Assign } assignment && assignment.Left == variable && tree.Parent(assignment) == block
            && (assignment != block.Result || prefix is null) && !tree.HasLabels;
        if (dominates) declaredByAssignment.Add(variable);
        else if (compilable) Declarations.Add($"{NameOf(variable.Type)} {names.Of(variable)} = default;");
        else
        {
            text.Line();
            text.Add($"{NameOf(variable.Type)} {names.Of(variable)};");
        }
    }

    private void Braces(Action content)
    {
        text.Line();
        text.Add("{");
        text.Indent();
        content();
        text.Unindent();
        text.Line();
        text.Add("}");
    }

    private void If(ConditionalExpression node)
    {
        string? prefix = at.Prefix;
        text.Add("if (");
        Operand(node.Test);
        text.Add(")");
        Braces(() => Statement(node.IfTrue, prefix));
        if (node.IfFalse is DefaultExpression && node.IfFalse.Type == typeof(void)) return;
        text.Line();
        text.Add("else");
        if (node.IfFalse is ConditionalExpression && tree.NeedsStatements(node.IfFalse))
        {
            var place = at with { Depth = at.Depth - 1 };
            text.Add(" ");
            text.Add(() => Expand(node.IfFalse, place));
        }
        else Braces(() => Statement(node.IfFalse, prefix));
    }

    private void Loop(LoopExpression node)
    {
        bool whileTest = node.Body is ConditionalExpression { IfFalse: GotoExpression { Kind: GotoExpressionKind.Break } exit } && exit.Target == node.BreakLabel;
        text.Add("while (");
        if (whileTest) Operand(((ConditionalExpression)node.Body).Test);
        else text.Add("true");
        text.Add(")");
        text.Add(() => jumps.Push((node.BreakLabel, node.ContinueLabel)));
        Braces(() =>
        {
            Statement(whileTest ? ((ConditionalExpression)node.Body).IfTrue : node.Body, null);
            LabelIfUsed(node.ContinueLabel);
        });
        text.Add(() => jumps.Pop());
        LabelIfUsed(node.BreakLabel);
    }

    private void LabelIfUsed(LabelTarget? label) => text.Add(() =>
    {
        if (label is null || !labelsUsed.Contains(label)) return;
        text.Line();
        text.Add($"{names.Of(label)}: ;");
    });

    private void Goto(GotoExpression node)
    {
        var (innerBreak, innerContinue) = jumps.TryPeek(out var inner) ? inner : default;
        if (node.Target == innerBreak) text.Add("break");
        else if (node.Target == innerContinue) text.Add("continue");
        else if (node.Kind == GotoExpressionKind.Return) text.Add("return");
        else
        {
            labelsUsed.Add(node.Target);
            text.Add($"goto {names.Of(node.Target)}");
        }
        if (node.Value is not null && node.Value.Type != typeof(void))
        {
            text.Add(" ");
            Operand(node.Value);
        }
        text.Add(";");
    }

    private void Label(LabelExpression node)
    {
        string? prefix = at.Prefix;
        if (prefix != "return ") text.Add($"{names.Of(node.Target)}: ");
        if (node.DefaultValue is { } value && value.Type != typeof(void))
        {
            text.Add(prefix ?? "");
            Operand(value);
            if (prefix == "") return;
        }
        text.Add(";");
    }

    private void Try(TryExpression node)
    {
        string? prefix = at.Prefix;
        text.Add("try");
        Braces(() => Statement(node.Body, prefix));
        foreach (var handler in node.Handlers)
        {
            text.Line();
            text.Add($"catch ({NameOf(handler.Test)}{(handler.Variable is { } variable ? $" {names.Of(variable)}" : "")})");
            if (handler.Filter is { } filter)
            {
                text.Add(" when (");
                Operand(filter);
                text.Add(")");
            }
            Braces(() => Statement(handler.Body, prefix));
        }
        if ((node.Finally ?? node.Fault) is not { } last) return;
        text.Line();
        text.Add(node.Finally is null ? "fault" : "finally");
        Braces(() => Statement(last, null));
    }

    private void Switch(SwitchExpression node)
    {
        Level(Precedence.Switch);
        Operand(node.SwitchValue, Precedence.Unary);
        text.Add(" switch { ");
        Elements(node.Cases, c => [.. c.TestValues, c.Body], c =>
        {
            Elements(c.TestValues, e => [e], e => Operand(e, Precedence.Shift), () => text.Add(" or "));
            text.Add(" => ");
            Operand(c.Body, IsThrow(c.Body) ? Precedence.Lowest : Precedence.Assignment);
        }, () => text.Add(", "));
        if (node.DefaultBody is { } otherwise)
        {
            text.Add(node.Cases.Count > 0 ? ", _ => " : "_ => ");
            Operand(otherwise, IsThrow(otherwise) ? Precedence.Lowest : Precedence.Assignment);
        }
        text.Add(" }");
    }

    private void SwitchStatement(SwitchExpression node)
    {
        string? prefix = at.Prefix;
        text.Add("switch (");
        Operand(node.SwitchValue);
        text.Add(")");
        text.Add(() => jumps.Push(default));
        Braces(() =>
        {
            Elements(node.Cases, c => [.. c.TestValues, c.Body], c =>
            {
                foreach (var value in c.TestValues)
                {
                    text.Line();
                    text.Add("case ");
                    Operand(value);
                    text.Add(":");
                }
                Section(c.Body);
            }, () => { });
            if (node.DefaultBody is null) return;
            text.Line();
            text.Add("default:");
            Section(node.DefaultBody);
        });
        text.Add(() => jumps.Pop());

        void Section(Expression body)
        {
            text.Indent();
            Statement(body, prefix);
            text.Line();
            text.Add("break;");
            text.Unindent();
        }
    }
}
