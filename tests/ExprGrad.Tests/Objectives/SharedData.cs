using System.Globalization;
using ExprGrad.Tests.Documents;

namespace ExprGrad.Tests.Objectives;

/// <summary>Data that lies beside the repository, in <c>../shared/data</c>, and is read there.</summary>
internal static class SharedData
{
    public static string PathOf(string name) => Path.Combine(Document.Root, "..", "shared", "data", name);

    /// <summary>Skips the test where the data are absent.</summary>
    public static string[] Lines(string name)
    {
        Assert.SkipUnless(File.Exists(PathOf(name)), $"{name} is not beside the repository, in ../shared/data");
        return File.ReadAllLines(PathOf(name));
    }

    /// <summary>All numbers of a file, in order; lines that start with # are comments.</summary>
    public static Numbers Numbers(string name) =>
        new([.. Lines(name).Where(line => !line.StartsWith('#')).SelectMany(line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)).Select(word => double.Parse(word, CultureInfo.InvariantCulture))]);
}

/// <summary>Numbers that are read one after the other.</summary>
internal sealed class Numbers(double[] all)
{
    private int next;

    public int Left => all.Length - next;

    public double Take() => all[next++];

    public int TakeInteger() => (int)Take();

    public double[] Take(int count) => [.. Enumerable.Range(0, count).Select(_ => Take())];
}
