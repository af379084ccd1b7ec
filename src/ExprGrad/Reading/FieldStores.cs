using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;

namespace ExprGrad.Reading;

/// <summary>Reads from the IL of small methods what they store or return, so that objects can be taken apart where that is provably the same.</summary>
internal static class FieldStores
{
    private static readonly ConcurrentDictionary<ConstructorInfo, IReadOnlyDictionary<FieldInfo, int>?> Constructors = new();
    private static readonly ConcurrentDictionary<MethodInfo, FieldInfo?> Getters = new();
    private static readonly ConcurrentDictionary<MethodInfo, FieldInfo?> Setters = new();

    /// <summary>The fields that a constructor sets, with the number of the argument that each is set to, if it does nothing else; else null.</summary>
    public static IReadOnlyDictionary<FieldInfo, int>? OfConstructor(ConstructorInfo constructor) => Constructors.GetOrAdd(constructor, static constructor =>
    {
        var stores = new Dictionary<FieldInfo, int>();
        var stack = new Stack<int>();
        foreach (Instruction instruction in Instructions(constructor))
        {
            switch (instruction)
            {
                case { Argument: { } argument }:
                    stack.Push(argument);
                    break;
                case { OpCode: var code, Member: FieldInfo field } when code == OpCodes.Stfld && stack.Count == 2:
                    int value = stack.Pop();
                    // Another type is a conversion that the IL need not show.
                    if (stack.Pop() != 0 || value == 0 || constructor.GetParameters()[value - 1].ParameterType != field.FieldType)
                        return null;
                    stores[field] = value - 1;
                    break;
                case { OpCode: var code, Member: ConstructorInfo { DeclaringType: var type } } when code == OpCodes.Call && type == typeof(object) && stack.Count == 1:
                    stack.Pop();
                    break;
                case { OpCode: var code } when code == OpCodes.Ret:
                    return stores;
                default:
                    return null;
            }
        }
        return null;
    });

    /// <summary>The field that a getter returns if it does nothing else; else null.</summary>
    public static FieldInfo? OfGetter(MethodInfo getter) => Getters.GetOrAdd(getter, static getter =>
        !getter.IsStatic && !(getter.IsVirtual && !getter.IsFinal && !getter.DeclaringType!.IsSealed)
        && Instructions(getter).ToArray() is [{ Argument: 0 }, { Member: FieldInfo field } load, .. var rest] && load.OpCode == OpCodes.Ldfld && Returns(rest) && getter.ReturnType == field.FieldType ? field : null);

    /// <summary>The field that a setter stores its argument in if it does nothing else; else null.</summary>
    public static FieldInfo? OfSetter(MethodInfo setter) => Setters.GetOrAdd(setter, static setter =>
        !setter.IsStatic && Instructions(setter).ToArray() is [{ Argument: 0 }, { Argument: 1 }, { Member: FieldInfo field } store, var end]
        && store.OpCode == OpCodes.Stfld && end.OpCode == OpCodes.Ret && setter.GetParameters()[0].ParameterType == field.FieldType ? field : null);

    // Unoptimised code returns through a local.
    private static bool Returns(Instruction[] rest) => rest switch
    {
        [var end] => end.OpCode == OpCodes.Ret,
        [var store, var jump, var load, var end] => store.OpCode == OpCodes.Stloc_0 && jump.OpCode == OpCodes.Br_S && load.OpCode == OpCodes.Ldloc_0 && end.OpCode == OpCodes.Ret,
        _ => false,
    };

    // The instructions that such methods consist of; one of any other kind ends the list.
    private static IEnumerable<Instruction> Instructions(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } il)
            yield break;
        for (int at = 0; at < il.Length;)
        {
            byte code = il[at++];
            switch (code)
            {
                case 0x00:
                    break;
                case >= 0x02 and <= 0x05:
                    yield return new(OpCodes.Ldarg, Argument: code - 0x02);
                    break;
                case 0x06:
                    yield return new(OpCodes.Ldloc_0);
                    break;
                case 0x0A:
                    yield return new(OpCodes.Stloc_0);
                    break;
                case 0x0E:
                    yield return new(OpCodes.Ldarg, Argument: il[at++]);
                    break;
                case 0x2A:
                    yield return new(OpCodes.Ret);
                    break;
                case 0x2B when il[at] == 0:
                    at++;
                    yield return new(OpCodes.Br_S);
                    break;
                case 0x28 or 0x7B or 0x7D:
                    int token = BitConverter.ToInt32(il, at);
                    at += 4;
                    OpCode operation = code == 0x28 ? OpCodes.Call : code == 0x7B ? OpCodes.Ldfld : OpCodes.Stfld;
                    yield return new(operation, Member: Resolve(method, token));
                    break;
                default:
                    yield break;
            }
        }
    }

    private static MemberInfo? Resolve(MethodBase method, int token)
    {
        Type type = method.DeclaringType!;
        MemberInfo? member = method.Module.ResolveMember(token, type.GetGenericArguments(), method.IsGenericMethod ? method.GetGenericArguments() : null);
        // The same field, seen from the type that it was declared in: one identity for constructor and getter.
        return member is FieldInfo { DeclaringType: { } declaring } field
            ? declaring.GetField(field.Name, BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            : member;
    }

    private sealed record Instruction(OpCode OpCode, int? Argument = null, MemberInfo? Member = null);
}
