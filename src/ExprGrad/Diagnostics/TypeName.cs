namespace ExprGrad.Diagnostics;

/// <summary>Types as C# spells them: <c>double[]</c>, <c>int?</c>, <c>List&lt;double&gt;</c>, <c>(double, double[])</c>, <c>Outer.Inner</c>.</summary>
internal static class TypeName
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short", [typeof(ushort)] = "ushort", [typeof(int)] = "int", [typeof(uint)] = "uint",
        [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(nint)] = "nint", [typeof(nuint)] = "nuint", [typeof(float)] = "float", [typeof(double)] = "double",
        [typeof(decimal)] = "decimal", [typeof(char)] = "char", [typeof(string)] = "string", [typeof(object)] = "object", [typeof(void)] = "void",
    };

    /// <summary>Without namespaces.</summary>
    public static string Short(Type type) => Of(type, qualified: false);

    /// <summary>With namespaces: needs no <c>using</c>.</summary>
    public static string Full(Type type) => Of(type, qualified: true);

    public static string Of(Type type, bool qualified)
    {
        if (Keywords.TryGetValue(type, out string? keyword)) return keyword;
        if (type.IsByRef || type.IsPointer) return Of(type.GetElementType()!, qualified) + (type.IsPointer ? "*" : "");
        if (type.IsArray) return Of(ArrayRoot(type), qualified) + Ranks(type);
        if (Nullable.GetUnderlyingType(type) is { } value && !type.ContainsGenericParameters) return Of(value, qualified) + "?";
        if (type.IsGenericParameter) return type.Name;
        if (IsAnonymous(type)) return "anonymous";
        if (type.Name.StartsWith("ValueTuple`", StringComparison.Ordinal) && type is { Namespace: "System", IsConstructedGenericType: true } && type.GetGenericArguments() is { Length: >= 2 and <= 7 } elements)
            return $"({string.Join(", ", elements.Select(t => Of(t, qualified)))})";
        return Constructed(type, qualified);
    }

    /// <summary>As after <c>new</c>, where C# has no tuple syntax.</summary>
    public static string Constructed(Type type, bool qualified)
    {
        if (Keywords.TryGetValue(type, out string? keyword)) return keyword;

        // Reflection hands a nested type the type arguments of all types around it, outermost first.
        var arguments = type.GetGenericArguments();
        var chain = new Stack<Type>();
        for (Type? t = type; t is not null; t = t.DeclaringType) chain.Push(t);
        int taken = 0;
        var parts = chain.Select(t =>
        {
            var own = arguments[taken..Math.Max(taken, Math.Min(arguments.Length, t.GetGenericArguments().Length))];
            taken += own.Length;
            string name = Names.Identifier(t.Name.Split('`')[0]);
            return own.Length == 0 ? name : $"{name}<{string.Join(", ", own.Select(a => Of(a, qualified)))}>";
        });
        string path = string.Join(".", parts);
        return qualified && !string.IsNullOrEmpty(type.Namespace) ? $"{type.Namespace}.{path}" : path;
    }

    /// <summary>As in an array creation: the first rank holds the lengths, <c>new double[n][]</c>.</summary>
    public static (string Element, string OtherRanks) ArrayParts(Type array, bool qualified)
        => (Of(ArrayRoot(array), qualified), array.GetElementType() is { IsArray: true } inner ? Ranks(inner) : "");

    public static bool IsAnonymous(Type type) => type.Name.StartsWith("<>f__AnonymousType", StringComparison.Ordinal) || type.Name.StartsWith("VB$AnonymousType", StringComparison.Ordinal);

    private static Type ArrayRoot(Type type)
    {
        while (type.IsArray) type = type.GetElementType()!;
        return type;
    }

    private static string Ranks(Type type)
    {
        string ranks = "";
        for (; type.IsArray; type = type.GetElementType()!) ranks += $"[{new string(',', type.GetArrayRank() - 1)}]";
        return ranks;
    }
}
