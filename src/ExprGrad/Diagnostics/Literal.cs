using System.Globalization;
using System.Text;

namespace ExprGrad.Diagnostics;

/// <summary>Constants as C# spells them.</summary>
internal static class Literal
{
    private const int MaxStringLength = 60;

    /// <summary>A literal whose type and bits are those of the value (all NaNs counting as one). Null if the value has no literal.</summary>
    public static string? Exact(object? value) => value switch
    {
        null => "null",
        bool b => b ? "true" : "false",
        double.NaN => "double.NaN",
        double.PositiveInfinity => "double.PositiveInfinity",
        double.NegativeInfinity => "double.NegativeInfinity",
        double d => Invariant(d) is var s && IsDigits(s) ? s + ".0" : s,
        float.NaN => "float.NaN",
        float.PositiveInfinity => "float.PositiveInfinity",
        float.NegativeInfinity => "float.NegativeInfinity",
        float f => Invariant(f) + "f",
        decimal m => Invariant(m) + "m",
        int i => Invariant(i),
        uint u => Invariant(u) + "u",
        long l => Invariant(l) + "L",
        ulong ul => Invariant(ul) + "UL",
        byte or sbyte or short or ushort => $"({TypeName.Short(value.GetType())}){Parenthesised(Invariant((IFormattable)value))}",
        char c => $"'{Escape(c, '\'')}'",
        string s => Quote(s),
        Type t => $"typeof({TypeName.Full(t)})",
        Enum e => Enumeration(e, qualified: true),
        _ => null,
    };

    /// <summary>What a person would write where the type is clear; for a value without a literal its type in angle brackets.</summary>
    public static string Readable(object? value) => value switch
    {
        Math.PI => "Math.PI",
        Math.E => "Math.E",
        double d when double.IsFinite(d) => Invariant(d),
        byte or sbyte or short or ushort or uint or long or ulong => Invariant((IFormattable)value),
        Type t => $"typeof({TypeName.Short(t)})",
        Enum e => Enumeration(e, qualified: false),
        string { Length: > MaxStringLength } s => Quote(s[..MaxStringLength] + "…"),
        _ => Exact(value) ?? $"<{TypeName.Short(value!.GetType())}>",
    };

    /// <summary>Whether <see cref="Readable"/> hides that the value is not an <c>int</c>.</summary>
    public static bool LooksLikeInt(object? value) => value is byte or sbyte or short or ushort or uint or long or ulong || value is double d && IsDigits(Invariant(d));

    /// <summary>A constant that the value is a member of, or a cast; several flags are joined by <c>|</c>.</summary>
    private static string Enumeration(Enum value, bool qualified)
    {
        string type = TypeName.Of(value.GetType(), qualified), names = value.ToString();
        if (!char.IsLetter(names[0]) && names[0] != '_') return $"({type}){Parenthesised(names)}";
        return string.Join(" | ", names.Split(", ").Select(n => $"{type}.{n}"));
    }

    private static bool IsDigits(string s) => s.All(c => char.IsAsciiDigit(c) || c == '-');

    // The reader's culture may write a decimal comma or another minus.
    private static string Invariant(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);

    private static string Parenthesised(string number) => number[0] == '-' ? $"({number})" : number;

    private static string Quote(string s)
    {
        var quoted = new StringBuilder("\"");
        for (int i = 0; i < s.Length; i++)
        {
            if (i + 1 < s.Length && char.IsSurrogatePair(s[i], s[i + 1])) quoted.Append(s[i]).Append(s[++i]);
            else quoted.Append(Escape(s[i], '"'));
        }
        return quoted.Append('"').ToString();
    }

    private static string Escape(char c, char quote) => c switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\0' => "\\0",
        '\\' => "\\\\",
        _ when c == quote => "\\" + c,
        _ when char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Surrogate or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            => $"\\u{(int)c:X4}",
        _ => c.ToString(),
    };
}
