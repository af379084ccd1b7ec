using System.Collections.Frozen;
using System.Reflection;

namespace ExprGrad.Primitives;

/// <summary>Every primitive that is named by a method. Found by reflection: a primitive is added by adding its class.</summary>
internal static class Catalogue
{
    // A list would have to repeat each class; static fields across files are initialised in no defined order.
    private static readonly FrozenDictionary<MethodInfo, Primitive> ByMethod =
        typeof(Primitive).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && type.IsSubclassOf(typeof(Primitive)) && type.GetConstructor(Type.EmptyTypes) is not null)
            .SelectMany(type => ((Primitive)Activator.CreateInstance(type)!).ForEachMethod())
            .ToFrozenDictionary(primitive => primitive.Method!);

    public static IEnumerable<Primitive> All => ByMethod.Values;

    /// <summary>The primitive whose value <paramref name="method"/> gives, or null.</summary>
    public static Primitive? Find(MethodInfo method) => ByMethod.GetValueOrDefault(method);
}
