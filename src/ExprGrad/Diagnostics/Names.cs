using System.Globalization;
using System.Linq.Expressions;
using System.Runtime.CompilerServices;

namespace ExprGrad.Diagnostics;

/// <summary>Names of variables and labels.</summary>
/// <param name="unique">Whether different variables get different names; otherwise each is called what its author called it.</param>
internal sealed class Names(bool unique)
{
    private static readonly HashSet<string> Keywords =
    [
        "abstract", "as", "base", "bool", "break", "byte", "case", "catch", "char", "checked", "class", "const", "continue", "decimal", "default", "delegate", "do", "double", "else", "enum",
        "event", "explicit", "extern", "false", "finally", "fixed", "float", "for", "foreach", "goto", "if", "implicit", "in", "int", "interface", "internal", "is", "lock", "long", "namespace",
        "new", "null", "object", "operator", "out", "override", "params", "private", "protected", "public", "readonly", "ref", "return", "sbyte", "sealed", "short", "sizeof", "stackalloc",
        "static", "string", "struct", "switch", "this", "throw", "true", "try", "typeof", "uint", "ulong", "unchecked", "unsafe", "ushort", "using", "virtual", "void", "volatile", "while",
    ];

    /// <summary>What the compiler calls the field of a closure that holds <c>this</c>.</summary>
    public const string This = "<>4__this";

    private readonly Dictionary<object, string> given = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, int> suffixes = [];

    // A variable of one of these names would hide a namespace that type names start with, or the discard.
    private readonly HashSet<string> taken = ["System", "ExprGrad", "_"];

    public string Of(ParameterExpression variable) => Of(variable, variable.Name, "v");

    public string Of(LabelTarget label) => Of(label, label.Name, "label");

    /// <summary>A name that nothing else has.</summary>
    public string Fresh(string wish)
    {
        string name = wish;
        while (!taken.Add(name))
        {
            int suffix = suffixes[wish] = suffixes.GetValueOrDefault(wish) + 1;
            name = wish + suffix;
        }
        return name;
    }

    /// <summary>Names a variable anew.</summary>
    /// <returns>The name that it had; null if it had none.</returns>
    public string? Rename(ParameterExpression variable)
    {
        given.Remove(variable, out string? former);
        Of(variable);
        return former;
    }

    /// <summary>Gives a variable back a name that it had.</summary>
    public void Restore(ParameterExpression variable, string name) => given[variable] = name;

    /// <summary>A member, variable or method as C# spells it: what the compiler made of a name is undone where possible, keywords are escaped.</summary>
    public static string Identifier(string name)
    {
        name = Written(name);
        name = string.Concat(name.Select(c => IsIdentifierPart(c) ? c : '_'));
        if (name.Length == 0 || !(char.IsLetter(name[0]) || name[0] == '_')) name = "_" + name;
        return Keywords.Contains(name) ? "@" + name : name;
    }

    /// <summary>Whether the expression is a scope that C# does not show: the object that holds captured variables, <c>this</c>, or the pair that a query's <c>let</c> makes.</summary>
    public static bool IsHiddenScope(Expression expression) => expression switch
    {
        ParameterExpression { Name: { } name } when IsTransparent(name) => true,
        MemberExpression { Member.Name: var name } when IsTransparent(name) || name == This => true,
        _ => IsClosure(expression.Type),
    };

    private static bool IsTransparent(string name) => name.StartsWith("<>h__TransparentIdentifier", StringComparison.Ordinal) || name.StartsWith("$VB$It", StringComparison.Ordinal);

    private static bool IsClosure(Type type)
        => (type.Name.Contains("DisplayClass", StringComparison.Ordinal) || type.Name.Contains("_Closure$", StringComparison.Ordinal)) && type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);

    // <rate>P, <x>5__2, <Rate>k__BackingField, <Main>g__Local|0_0, <>4__this, $VB$Local_x
    private static string Written(string name)
    {
        if (name.StartsWith("$VB$Local_", StringComparison.Ordinal)) return name["$VB$Local_".Length..];
        if (!name.StartsWith('<') || name.IndexOf('>') is var end && end < 0) return name;
        int local = name.IndexOf("g__", end, StringComparison.Ordinal);
        if (local >= 0) return name[(local + 3)..].Split('|')[0];
        return end > 1 ? name[1..end] : name[(name.LastIndexOf('_') + 1)..];
    }

    private static bool IsIdentifierPart(char c)
        => char.IsLetterOrDigit(c) || char.GetUnicodeCategory(c) is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private string Of(object target, string? name, string unnamed)
    {
        if (given.TryGetValue(target, out string? known)) return known;
        string result = string.IsNullOrEmpty(name) ? Fresh(unnamed) : IsTransparent(name) && !unique ? "_" : unique ? Fresh(Identifier(name)) : Identifier(name);
        return given[target] = result;
    }
}
