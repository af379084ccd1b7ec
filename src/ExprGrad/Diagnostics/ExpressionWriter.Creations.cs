using System.Linq.Expressions;

namespace ExprGrad.Diagnostics;

internal sealed partial class ExpressionWriter
{
    private void Lambda(LambdaExpression node)
    {
        Level(Precedence.Assignment);
        string parameters = string.Join(", ", node.Parameters.Select(p => compilable ? $"{NameOf(p.Type)} {names.Of(p)}" : names.Of(p)));
        text.Add(node.Parameters.Count == 1 && !compilable ? parameters : $"({parameters})");
        text.Add(" =>");
        if (compilable && tree.NeedsStatements(node.Body))
        {
            Braces(() => Statement(node.Body, node.ReturnType == typeof(void) ? null : "return "));
            return;
        }
        text.Add(" ");
        Operand(node.Body, Precedence.Assignment);
    }

    private void New(NewExpression node)
    {
        if (!compilable && TypeName.IsAnonymous(node.Type) && node.Members is { } members)
        {
            text.Add("new {");
            Initialisers([.. members.Zip(node.Arguments)], pair => [pair.Second], pair =>
            {
                string name = Names.Identifier(pair.First.Name);
                string? implied = pair.Second switch
                {
                    MemberExpression member => Names.Identifier(member.Member.Name),
                    ParameterExpression variable => names.Of(variable),
                    UnaryExpression { NodeType: ExpressionType.ArrayLength } => nameof(Array.Length),
                    _ => null,
                };
                if (name != implied) text.Add($"{name} = ");
                Operand(pair.Second, Precedence.Assignment);
            });
            return;
        }
        text.Add($"new {TypeName.Constructed(node.Type, qualified: compilable)}");
        if (node.Constructor is { } constructor) Arguments(constructor, node.Arguments);
        else text.Add("()");
    }

    private void NewArray(NewArrayExpression node)
    {
        if (node.NodeType == ExpressionType.NewArrayInit)
        {
            text.Add(compilable || node.Expressions.Count == 0 ? $"new {NameOf(node.Type)} {{" : "new[] {");
            Initialisers(node.Expressions, e => [e], e => Operand(e, ElementLevel(e, node.Expressions.Count)));
            return;
        }
        Level(Precedence.Unary); // new double[3][0] would be a jagged array
        var (element, otherRanks) = TypeName.ArrayParts(node.Type, qualified: compilable);
        text.Add($"new {element}[");
        List(node.Expressions);
        text.Add("]" + otherRanks);
    }

    private void MemberInit(MemberInitExpression node)
    {
        Initialised(node.NewExpression);
        Bindings(node.Bindings);
    }

    private void ListInit(ListInitExpression node)
    {
        Initialised(node.NewExpression);
        Additions(node.Initializers);
    }

    private void Initialised(NewExpression created)
    {
        if (created.Arguments.Count == 0) text.Add($"new {TypeName.Constructed(created.Type, qualified: compilable)}");
        else Operand(created, Precedence.Primary);
        text.Add(" {");
    }

    private void Bindings(IReadOnlyList<MemberBinding> bindings) => Initialisers(bindings, Expressions, binding =>
    {
        text.Add($"{Names.Identifier(binding.Member.Name)} = ");
        switch (binding)
        {
            case MemberAssignment assignment:
                Operand(assignment.Expression, Precedence.Assignment);
                break;
            case MemberListBinding list:
                text.Add("{");
                Additions(list.Initializers);
                break;
            case MemberMemberBinding members:
                text.Add("{");
                Bindings(members.Bindings);
                break;
        }
    });

    private void Additions(IReadOnlyList<ElementInit> additions) => Initialisers(additions, addition => addition.Arguments, addition =>
    {
        if (addition.Arguments is [var single]) Operand(single, Precedence.Assignment + 1);
        else
        {
            text.Add("{ ");
            List(addition.Arguments);
            text.Add(" }");
        }
    });

    /// <summary>What follows an opening brace.</summary>
    private void Initialisers<T>(IReadOnlyList<T> initialisers, Func<T, IEnumerable<Expression>> expressions, Action<T> write)
    {
        text.Add(" ");
        Elements(initialisers, expressions, write, () => text.Add(", "));
        text.Add(initialisers.Count == 0 ? "}" : " }");
    }

    private static IEnumerable<Expression> Expressions(MemberBinding binding) => binding switch
    {
        MemberAssignment assignment => [assignment.Expression],
        MemberListBinding list => list.Initializers.SelectMany(i => i.Arguments),
        MemberMemberBinding members => members.Bindings.SelectMany(Expressions),
        _ => [],
    };
}
