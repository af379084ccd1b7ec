using System.Collections.ObjectModel;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace ExprGrad.Diagnostics;

internal sealed partial class ExpressionWriter
{
    private void Member(MemberExpression node)
    {
        if (!compilable && node.Member.Name == Names.This) text.Add("this");
        else
        {
            Receiver(node.Expression, node.Member.DeclaringType);
            text.Add(Names.Identifier(node.Member.Name));
        }
    }

    /// <summary>What stands before the name of a member, with the dot.</summary>
    private void Receiver(Expression? instance, Type? owner)
    {
        if (instance is null) text.Add(owner is null ? "" : NameOf(owner) + ".");
        else if (!IsHidden(instance))
        {
            Operand(instance, Precedence.Primary);
            text.Add(".");
        }
    }

    /// <summary>An object that C# does not name: the one that holds captured variables, or a constant object, which is <c>this</c> wherever the C# compiler made the tree.</summary>
    private bool IsHidden(Expression instance) => !compilable && (Names.IsHiddenScope(instance) || instance is ConstantExpression { Value: { } value } && Literal.Exact(value) is null);

    private void Call(MethodCallExpression node)
    {
        var method = node.Method;
        var arguments = node.Arguments;
        if (IsMethodGroup(node))
        {
            var group = (MethodInfo)((ConstantExpression)node.Object!).Value!;
            text.Add(group.IsStatic && group.DeclaringType is { } owner ? $"{NameOf(owner)}." : "");
            text.Add(Names.Identifier(group.Name));
        }
        else if (method is { IsSpecialName: true, Name: "op_Implicit" } && !compilable) Operand(arguments[0], at.Required);
        else if (method is { IsSpecialName: true, Name: "op_Implicit" or "op_Explicit" })
        {
            Level(Precedence.Unary);
            text.Add($"({NameOf(method.ReturnType)})");
            Operand(arguments[0], AfterSign(arguments[0]));
        }
        else if (node.Object is { Type.IsArray: true } array && method.Name is "Get" or "Set" or "Address") Element(node.Object!, arguments, assigned: method.Name == "Set");
        else if (node.Object is not null && method.IsSpecialName && arguments.Count > 0 && IsIndexer(method)) Element(node.Object, arguments, assigned: method.ReturnType == typeof(void));
        else if (method.IsSpecialName && method.Name.StartsWith("get_", StringComparison.Ordinal) && arguments.Count == 0)
        {
            Receiver(node.Object, method.DeclaringType);
            text.Add(Names.Identifier(method.Name["get_".Length..]));
        }
        else if (!compilable && arguments.Count > 0 && method.IsDefined(typeof(ExtensionAttribute), inherit: false))
        {
            Operand(arguments[0], Precedence.Primary);
            text.Add("." + GenericName(method));
            Arguments(method, arguments, skipped: 1);
        }
        else
        {
            Receiver(node.Object, method.DeclaringType);
            text.Add(GenericName(method));
            Arguments(method, arguments);
        }
    }

    private void StaticCall(Type type, string method, IReadOnlyList<Expression> arguments)
    {
        text.Add($"{NameOf(type)}.{Names.Identifier(method)}(");
        List(arguments);
        text.Add(")");
    }

    private void Invocation(InvocationExpression node)
    {
        Operand(node.Expression, Precedence.Primary);
        text.Add("(");
        List(node.Arguments);
        text.Add(")");
    }

    private void Index(IndexExpression node)
    {
        if (node.Indexer is null || IsDefaultMember(node.Indexer.DeclaringType, node.Indexer.Name)) Element(node.Object!, node.Arguments, assigned: false);
        else
        {
            Receiver(node.Object, node.Indexer.DeclaringType);
            text.Add($"{Names.Identifier(node.Indexer.Name)}[");
            List(node.Arguments);
            text.Add("]");
        }
    }

    /// <summary><c>a[i]</c>, or with the last argument as the value <c>a[i] = value</c>.</summary>
    private void Element(Expression instance, ReadOnlyCollection<Expression> arguments, bool assigned)
    {
        if (assigned) Level(Precedence.Assignment);
        Operand(instance, Precedence.Primary);
        text.Add("[");
        List([.. arguments.Take(arguments.Count - (assigned ? 1 : 0))]);
        text.Add("]");
        if (!assigned) return;
        text.Add(" = ");
        Operand(arguments[^1], Precedence.Assignment);
    }

    private void Arguments(MethodBase method, ReadOnlyCollection<Expression> arguments, int skipped = 0)
    {
        var parameters = method.GetParameters();
        var modifiers = new Dictionary<Expression, string>(ReferenceEqualityComparer.Instance);
        List<Expression> written = [];
        for (int i = skipped; i < arguments.Count; i++)
        {
            var parameter = parameters[i];
            if (parameter.ParameterType.IsByRef && !parameter.IsIn) modifiers[arguments[i]] = parameter.IsOut ? "out " : "ref ";
            bool expanded = !compilable && i == arguments.Count - 1 && parameter.IsDefined(typeof(ParamArrayAttribute), inherit: false);
            if (expanded && arguments[i] is NewArrayExpression { NodeType: ExpressionType.NewArrayInit, Expressions: { Count: > 0 } elements }) written.AddRange(elements);
            else written.Add(arguments[i]);
        }
        text.Add("(");
        List(written, argument =>
        {
            if (modifiers.TryGetValue(argument, out string? modifier)) text.Add(modifier);
            Operand(argument, ElementLevel(argument, written.Count));
        });
        text.Add(")");
    }

    /// <summary>The name of a method, with its type arguments where C# would not infer them.</summary>
    private string GenericName(MethodInfo method)
    {
        string name = Names.Identifier(method.Name);
        if (!method.IsGenericMethod) return name;
        var parameters = method.GetGenericMethodDefinition().GetParameters();
        bool inferred = method.GetGenericMethodDefinition().GetGenericArguments().All(argument => parameters.Any(p => Mentions(p.ParameterType, argument)));
        return inferred && !compilable ? name : $"{name}<{string.Join(", ", method.GetGenericArguments().Select(NameOf))}>";
    }

    private static bool Mentions(Type type, Type argument)
        => type == argument || type.HasElementType && Mentions(type.GetElementType()!, argument) || type.IsGenericType && type.GetGenericArguments().Any(t => Mentions(t, argument));

    /// <summary>A method used as a delegate: the C# compiler makes it <c>method.CreateDelegate(type, target)</c>.</summary>
    private bool IsMethodGroup(Expression node)
        => !compilable && node is MethodCallExpression { Method.Name: nameof(MethodInfo.CreateDelegate), Object: ConstantExpression { Value: MethodInfo } };

    private static bool IsIndexer(MethodInfo accessor)
        => (accessor.Name.StartsWith("get_", StringComparison.Ordinal) || accessor.Name.StartsWith("set_", StringComparison.Ordinal)) && IsDefaultMember(accessor.DeclaringType, accessor.Name[4..]);

    private static bool IsDefaultMember(Type? type, string name) => name == "Item" || type?.GetCustomAttribute<DefaultMemberAttribute>()?.MemberName == name;
}
