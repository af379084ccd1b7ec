using System.Linq.Expressions;

namespace ExprGrad.Diagnostics;

/// <summary>What C# converts without being told.</summary>
internal static class Conversions
{
    /// <summary>Whether C# needs no cast for the conversion.</summary>
    public static bool IsImplicit(UnaryExpression convert)
    {
        if (convert.Method is { } method) return method.Name == "op_Implicit";
        Type from = convert.Operand.Type, to = convert.Type;
        if (to.IsAssignableFrom(from)) return true;
        bool toNullable = Nullable.GetUnderlyingType(to) is not null, fromNullable = Nullable.GetUnderlyingType(from) is not null;
        return (toNullable || !fromNullable) && (Value(from) == Value(to) || IsWidening(from, to));
    }

    /// <summary>A conversion between different types of numbers that is implicit in C#; not the one to <c>decimal</c>, which is a method.</summary>
    public static bool IsWidening(Type from, Type to)
    {
        (from, to) = (Value(from), Value(to));
        if (from == to || !IsNumeric(from) || !IsNumeric(to) || to == typeof(char)) return false;
        if (IsFloating(to)) return !IsFloating(from) || to == typeof(double);
        if (IsFloating(from)) return false;
        return Size(to) > Size(from) ? IsSigned(to) || !IsSigned(from) : (from, to) == (typeof(char), typeof(ushort));
    }

    public static bool IsNumeric(Type type) => IsIntegral(type) || IsFloating(Value(type));

    /// <summary>An integer or character, nullable or not; not an enumeration.</summary>
    public static bool IsIntegral(Type type)
        => Value(type) is { IsEnum: false } t && Type.GetTypeCode(t) is >= TypeCode.Char and <= TypeCode.UInt64;

    /// <summary>An integer type that C# computes with as <c>int</c>.</summary>
    public static bool IsSmall(Type type) => IsIntegral(type) && Type.GetTypeCode(Value(type)) <= TypeCode.UInt16;

    private static Type Value(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    private static bool IsFloating(Type type) => type == typeof(double) || type == typeof(float);

    private static bool IsSigned(Type type) => Type.GetTypeCode(type) is TypeCode.SByte or TypeCode.Int16 or TypeCode.Int32 or TypeCode.Int64;

    private static int Size(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.SByte or TypeCode.Byte => 1,
        TypeCode.Int16 or TypeCode.UInt16 or TypeCode.Char => 2,
        TypeCode.Int32 or TypeCode.UInt32 => 4,
        _ => 8,
    };
}
