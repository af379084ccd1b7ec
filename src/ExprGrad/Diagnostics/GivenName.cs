using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Reading;

namespace ExprGrad.Diagnostics;

/// <summary>What a captured value or opaque result is called, after the C# that it comes from: <c>tab</c>, <c>market_Quotes</c>, <c>next</c>.</summary>
internal static class GivenName
{
    private const int MaxDepth = 5;

    public static string Of(Node node) => Of(node, MaxDepth);

    /// <summary>The C# that a node comes from, as far down as a reader needs it; what is deeper is <c>_</c>.</summary>
    public static string Source(Node node) => CSharpPrinter.Print(ToExpression(node, MaxDepth)).Text;

    private static string Of(Node node, int depth) => node switch
    {
        _ when depth == 0 => "value",
        Parameter parameter => parameter.Name,
        Load load => Of(load.Array, depth - 1) + "_item",
        Apply { Operation: Opaque { Body: var body } } apply => OfOpaque(body, apply.Operands.Count > 0 ? apply.Operands[0] : null, depth),
        Constant { Value: Array } => "values",
        Constant => "constant",
        _ => "value",
    };

    private static string OfOpaque(Expression body, Node? owner, int depth)
    {
        bool isNamed = owner is not (null or Constant);
        string Owned(string member) => isNamed ? $"{Of(owner!, depth - 1)}_{member}" : member;
        return body switch
        {
            MemberExpression { Expression: not null } member => Owned(Names.Identifier(member.Member.Name).TrimStart('@')),
            MemberExpression member => Names.Identifier(member.Member.Name).TrimStart('@'),
            MethodCallExpression { Object: not null, Method: { IsSpecialName: true, Name: "get_Item" } } => Owned("item"),
            MethodCallExpression { Method: { IsSpecialName: true, Name: var accessor } } when accessor.StartsWith("get_", StringComparison.Ordinal) => Owned(accessor["get_".Length..]),
            MethodCallExpression { Method.Name: var method } => Names.Identifier(method).TrimStart('@'),
            IndexExpression or BinaryExpression { NodeType: ExpressionType.ArrayIndex } => Owned("item"),
            InvocationExpression when isNamed => Of(owner!, depth - 1),
            _ => "value",
        };
    }

    private static Expression ToExpression(Node node, int depth)
    {
        Expression Inner(Node operand) => ToExpression(operand, depth - 1);
        return node switch
        {
            Constant constant => Expression.Constant(constant.Value, constant.Type),
            Parameter parameter => Expression.Parameter(parameter.Type, parameter.Name),
            Load load when depth > 0 => Expression.ArrayIndex(Inner(load.Array), Inner(load.Index)),
            Apply apply when depth > 0 => apply.Operation.Emit([.. apply.Operands.Select(Inner)]),
            _ => Expression.Parameter(node.Type, "_"),
        };
    }
}
