using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ExprGrad.Cli;

/// <summary>The point as it is typed.</summary>
internal static partial class Point
{
    /// <summary>Numbers in the invariant culture, separated by commas or spaces.</summary>
    /// <exception cref="UsageException">Something is not a number.</exception>
    public static double[] Parse(IEnumerable<string> words) =>
        [.. Parts(string.Join(' ', words)).Select(part => TryParse(part, out double number) ? number
            : throw new UsageException($"'{part}' is not a number: --at takes numbers separated by commas or spaces, such as --at 0.5,-1e-3."))];

    /// <summary>Whether a word consists of numbers.</summary>
    public static bool IsPoint(string word) => Parts(word).All(part => TryParse(part, out _));

    /// <exception cref="UsageException">There is no point, or it has fewer than <paramref name="required"/> elements.</exception>
    public static void Require([NotNull] double[]? point, int required)
    {
        string elements = required == 1 ? "x[0]" : $"x[0] to x[{required - 1}]";
        string expected = required == 0 ? "no element of x, so that --at 0 will do" : $"{elements}, so that --at must be followed by {(required == 1 ? "a number" : $"{required} numbers")}, such as --at {string.Join(',', Enumerable.Repeat("0.5", required))}";
        if (point is null)
            throw new UsageException($"The point is missing: the expression needs {expected}.");
        if (point.Length < required)
            throw new UsageException($"The point is too short, it has {point.Length} element{(point.Length == 1 ? "" : "s")}: the expression needs {expected}.");
    }

    private static string[] Parts(string text) => text.Trim().Length == 0 ? [] : Separator().Split(text.Trim());

    private static bool TryParse(string part, out double number) => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out number);

    [GeneratedRegex(@"\s*,\s*|\s+")]
    private static partial Regex Separator();
}
