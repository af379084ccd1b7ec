using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using ExprGrad.Diagnostics;

namespace ExprGrad.Reading;

/// <summary>What to write instead of a member, where more can be said than the code's own advice.</summary>
internal static class Advice
{
    private static readonly Dictionary<string, string> OfOperators = Table(
        (["OrderBy", "OrderByDescending", "ThenBy", "ThenByDescending", "Order", "OrderDescending"],
            "Sort numbers of elements by what does not depend on the input: Enumerable.Range(0, n).OrderBy(i => keys[i]).Select(i => x[i]). The first and the last in order are Min and Max; number k, if no two are equal, is x.First(v => x.Count(w => w < v) == k)."),
        (["GroupBy", "ToLookup", "AggregateBy", "CountBy", "GroupJoin"],
            "Group numbers of elements by what does not depend on the input, and use it inside the groups: Enumerable.Range(0, n).GroupBy(i => keys[i]).Sum(group => group.Sum(i => x[i])). For keys that depend on it, use Where for each key."),
        (["Join", "LeftJoin", "RightJoin"], "Use SelectMany and Where: outer.SelectMany(a => inner.Where(b => b.Key == a.Key), (a, b) => ...); DefaultIfEmpty behind Where keeps what has no partner."),
        (["Distinct", "DistinctBy"], "Compare keys that do not depend on the input: Enumerable.Range(0, n).DistinctBy(i => keys[i]).Sum(i => x[i]); or use Where: x.Where((v, i) => !x.Take(i).Contains(v))."),
        (["Union", "UnionBy", "Intersect", "IntersectBy", "Except", "ExceptBy"], "Use Concat, and Where with a test: a.Where(v => !b.Contains(v))."),
        (["MaxBy"], "Use Aggregate((a, b) => Key(b) > Key(a) ? b : a) with the key written out; if the key itself is meant, Max."),
        (["MinBy"], "Use Aggregate((a, b) => Key(b) < Key(a) ? b : a) with the key written out; if the key itself is meant, Min."),
        (["ToDictionary", "ToHashSet"], "Use ToArray and find elements by number; a captured dictionary may say which number a key has: v[numbers[key]]."),
        (["Cast", "OfType"], "Leave it out, or use Select with a cast."),
        (["Take", "ElementAt", "ElementAtOrDefault"], "Use numbers that count from the start, and Skip, SkipLast and TakeLast."),
        (["Max", "Min", "Sum", "Average", "Contains"], "Use the form without a comparer, of double, float, int or long."),
        (["AsQueryable", "AsSpan", "AsMemory"], "Leave it out, and use LINQ on the array."));

    private const string Text = "Use the numbers themselves: nothing can be differentiated through text.";

    public static RefusalCode WholeSequence { get; } = RefusalCode.Sequence with { Advice = "Use its elements by number, its Length or Count, or LINQ on it; instead of an array of arrays, one array with computed indices, such as m[n * i + j]." };

    /// <summary>The code with what to write instead of a method that gets values that depend on the input.</summary>
    public static RefusalCode For(MethodInfo method, RefusalCode code)
    {
        string? advice = code == RefusalCode.Sequence ? OfOperators.GetValueOrDefault(method.Name) : OfMethod(method);
        return advice is null ? code : code with { Advice = advice };
    }

    /// <summary>The code with what to write instead of a method that gets the whole input.</summary>
    public static RefusalCode ForInput(MethodInfo method) => RefusalCode.WholeInput with
    {
        Advice = IsOfBaseLibrary(method.DeclaringType!) ? "Use its elements x[i] and x.Length, or LINQ on it." : $"Use its elements x[i] and x.Length, or write the method as an {ExpressionOf(method)} f and call it as f.Compile()(...): it is inlined.",
    };

    /// <summary>The code with what to write instead of a member that gets an object with values that depend on the input.</summary>
    public static RefusalCode ForObject(MethodInfo method, Type type)
    {
        string? advice = method.Name switch
        {
            "ToString" => Text,
            "Equals" or "GetHashCode" or "CompareTo" or "op_Equality" or "op_Inequality" => "Compare the parts of the object in the lambda, not the whole.",
            _ when !IsOfBaseLibrary(method.DeclaringType!) => $"Write the member as an {ExpressionOf(method)} f that only uses the parts of the object, and call it as f.Compile()(...): it is inlined.",
            _ => type.IsArray ? WholeSequence.Advice : null,
        };
        return advice is null ? RefusalCode.UnknownObject : RefusalCode.UnknownObject with { Advice = advice };
    }

    /// <summary>The code with what to write instead of an object that is used as a whole, or whose constructor cannot be seen through.</summary>
    public static RefusalCode ForObject(Type type)
    {
        string? advice = type.IsArray ? WholeSequence.Advice : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>) ? "Use ToList: new[] { a, b }.ToList() or x.ToList()." : null;
        return advice is null ? RefusalCode.UnknownObject : RefusalCode.UnknownObject with { Advice = advice };
    }

    private static string? OfMethod(MethodInfo method)
    {
        Type type = method.DeclaringType!, definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        if (method.Name == "ToString" || method.ReturnType == typeof(string) || type == typeof(string))
            return Text;
        if (definition == typeof(Dictionary<,>) || definition == typeof(IDictionary<,>) || definition == typeof(IReadOnlyDictionary<,>))
            return "Look up a key that changes in steps, such as (int)v; for what lies between keys, interpolate between elements of arrays.";
        if (type == typeof(CollectionExtensions))
            return "Write it out: table.ContainsKey(key) ? table[key] : otherwise.";
        if (type == typeof(Convert))
            return "Use a cast, such as (double)v.";
        if (type == typeof(MathF) || type == typeof(float))
            return $"Use the method of {(typeof(Math).GetMember(method.Name).Length > 0 ? "Math" : "double")}, and cast the result to float where it is to be rounded.";
        if (type == typeof(DateTime) || type == typeof(DateTimeOffset) || type == typeof(TimeSpan))
            return "Compute with numbers of days or seconds; dates that do not depend on the input, and their differences, may stay as they are.";
        if (type == typeof(Array) || definition == typeof(List<>))
            return "Use LINQ, which becomes loops: Select, Where, First, Any and the like.";
        return IsOfBaseLibrary(type) ? "Write what it computes with operators and the methods of Math and GradMath." : null;
    }

    // Types without a name in C# cannot be written.
    private static string ExpressionOf(MethodInfo method)
    {
        IEnumerable<Type> types = method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType);
        Type[] all = [.. method.IsStatic ? types : types.Prepend(method.DeclaringType!)];
        bool isNamed = !all.Any(type => type.IsByRef || type.IsByRefLike || type.IsDefined(typeof(CompilerGeneratedAttribute)));
        return $"Expression<Func<{(isNamed ? string.Join(", ", all.Select(TypeName.Short)) : "...")}>>";
    }

    private static bool IsOfBaseLibrary(Type type) => type.Namespace is { } name && (name == "System" || name.StartsWith("System.", StringComparison.Ordinal));

    private static Dictionary<string, string> Table(params (string[] Names, string Advice)[] rows) =>
        rows.SelectMany(row => row.Names, (row, name) => (name, row.Advice)).ToDictionary(row => row.name, row => row.Advice);
}
