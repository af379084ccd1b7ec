using System.Collections.ObjectModel;
using System.Reflection;
using ExprGrad.IR;

namespace ExprGrad.Reading;

/// <summary>What running a method may do. What is not known to be pure is impure: it runs exactly as often and in the same order as in the plain lambda.</summary>
internal static class Purity
{
    // Their static methods compute from their arguments alone.
    private static readonly HashSet<Type> PureStatics =
    [
        typeof(Math), typeof(MathF), typeof(GradMath), typeof(double), typeof(float), typeof(int), typeof(long), typeof(short), typeof(byte), typeof(uint), typeof(ulong),
        typeof(ushort), typeof(sbyte), typeof(bool), typeof(char), typeof(decimal),
    ];

    // Dates and times do not change, and what is computed from them depends on them alone, but for the clock, the time zone and the culture.
    private static readonly HashSet<Type> Dates = [typeof(DateTime), typeof(TimeSpan), typeof(DateOnly), typeof(TimeOnly)];

    private static readonly string[] OfTheMachine = ["Now", "Today", "Local", "Universal", "Daylight", "File"];

    // Methods of text that only read.
    private static readonly HashSet<string> Texts =
    [
        "op_Equality", "op_Inequality", "Equals", "StartsWith", "EndsWith", "Contains", "IndexOf", "LastIndexOf", "Compare", "CompareOrdinal", "CompareTo", "IsNullOrEmpty", "IsNullOrWhiteSpace",
        "Substring", "Trim", "TrimStart", "TrimEnd", "ToUpperInvariant", "ToLowerInvariant", "get_Length", "get_Chars",
    ];

    // Collections whose indexers, counts and keys only read.
    private static readonly HashSet<Type> Collections =
    [
        typeof(List<>), typeof(IList<>), typeof(IReadOnlyList<>), typeof(ICollection<>), typeof(IReadOnlyCollection<>), typeof(ReadOnlyCollection<>), typeof(Collection<>),
        typeof(Dictionary<,>), typeof(IDictionary<,>), typeof(IReadOnlyDictionary<,>), typeof(System.Collections.Immutable.ImmutableArray<>), typeof(System.Collections.Immutable.ImmutableList<>),
        typeof(ArraySegment<>), typeof(Memory<>), typeof(ReadOnlyMemory<>), typeof(IGrouping<,>), typeof(ILookup<,>), typeof(KeyValuePair<,>),
        typeof(HashSet<>), typeof(ISet<>), typeof(IReadOnlySet<>), typeof(SortedSet<>), typeof(SortedDictionary<,>), typeof(SortedList<,>), typeof(Queue<>), typeof(Stack<>), typeof(LinkedList<>),
    ];

    // Operators of LINQ that compare elements and not keys.
    private static readonly HashSet<string> Comparing = ["Distinct", "Union", "Intersect", "Except", "Order", "OrderDescending"];

    private static readonly MethodInfo Range = ((Func<int, int, IEnumerable<int>>)Enumerable.Range).Method;

    /// <summary>Whether a method is an operator of LINQ that runs no code but that of its arguments, and only when its result is enumerated: keys are numbers or strings, and are compared by the base library.</summary>
    public static bool IsOperator(MethodInfo method)
    {
        if (method == Range)
            return true;
        if (method.DeclaringType != typeof(Enumerable) || !method.ReturnType.IsInterface || !method.IsGenericMethod || method.GetParameters().Any(parameter => parameter.ParameterType.Name.Contains("Comparer", StringComparison.Ordinal)))
            return false;
        Type[] parameters = method.GetGenericMethodDefinition().GetGenericArguments(), arguments = method.GetGenericArguments();
        bool comparesAll = Comparing.Contains(method.Name);
        return parameters.Zip(arguments, (parameter, argument) => !(comparesAll || parameter.Name == "TKey") || argument.IsPrimitive || argument.IsEnum || argument == typeof(string)).All(isPlain => isPlain);
    }

    public static Behaviour Of(MethodInfo method)
    {
        Type? type = method.DeclaringType;
        if (type is null)
            return Behaviour.Impure | Behaviour.MayThrow;
        if (method.IsStatic && method.Name.StartsWith("Is", StringComparison.Ordinal) && (type == typeof(double) || type == typeof(float)))
            return Behaviour.Total;
        if (method.IsStatic && PureStatics.Contains(type) && !method.GetParameters().Any(parameter => parameter.ParameterType.IsByRef))
            return Behaviour.MayThrow;
        bool readsCollection = method.Name is ("get_Item" or "get_Count" or "get_Length" or "get_Key" or "get_Value") && type.IsGenericType && Collections.Contains(type.GetGenericTypeDefinition());
        bool readsArray = (type.IsArray || type == typeof(Array)) && method.Name is ("Get" or "get_Length" or "GetLength" or "get_Rank");
        bool readsNullable = Nullable.GetUnderlyingType(type) is not null && method.Name is ("get_HasValue" or "get_Value" or "GetValueOrDefault");
        bool readsText = type == typeof(string) && Texts.Contains(method.Name) && method.GetParameters().All(parameter => IsPlain(parameter.ParameterType));
        bool readsDate = Dates.Contains(type) && IsPlain(method.ReturnType) && method.GetParameters().All(parameter => IsPlain(parameter.ParameterType)) && !OfTheMachine.Any(method.Name.Contains);
        if (readsCollection || readsArray || readsNullable || readsText || readsDate || (!method.IsStatic && FieldStores.OfGetter(method) is not null))
            return Behaviour.MayThrow | Behaviour.ReadsState;
        return Behaviour.Impure | Behaviour.MayThrow;
    }

    // Not an object, whose methods might be called.
    private static bool IsPlain(Type type) => type.IsPrimitive || type.IsEnum || type == typeof(string) || Dates.Contains(type);

    public static Behaviour Of(MemberInfo member) => member switch
    {
        // The first use of a type may throw.
        FieldInfo { IsStatic: true } => Behaviour.ReadsState | Behaviour.MayThrow,
        FieldInfo { DeclaringType.IsValueType: true, IsInitOnly: true } => Behaviour.Total,
        // A method of the struct may write to it where it is.
        FieldInfo { DeclaringType.IsValueType: true } => Behaviour.ReadsState,
        FieldInfo => Behaviour.ReadsState | Behaviour.MayThrow,
        PropertyInfo { GetMethod: { } getter } => Of(getter),
        _ => Behaviour.Impure | Behaviour.MayThrow,
    };
}
