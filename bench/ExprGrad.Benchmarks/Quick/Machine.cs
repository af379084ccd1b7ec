using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ExprGrad.Benchmarks.Quick;

/// <summary>Where a table was measured.</summary>
internal static class Machine
{
    public static string Description =>
        $"{Processor}, {Environment.ProcessorCount} logical processors, {Lanes()}; {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}; {DateTime.UtcNow:yyyy-MM-dd}";

    public static string Processor { get; } = FindProcessor();

    private static string Lanes() => Vector512.IsHardwareAccelerated ? "AVX-512" : $"vectors of {(Vector256.IsHardwareAccelerated ? 256 : 128)} bits";

    // Clouds call processors of all generations by one name: family and model tell them apart.
    private static string FindProcessor()
    {
        const string CpuInfo = "/proc/cpuinfo";
        Dictionary<string, string> facts = File.Exists(CpuInfo)
            ? File.ReadLines(CpuInfo).TakeWhile(line => line.Length > 0).Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2).GroupBy(parts => parts[0].Trim()).ToDictionary(group => group.Key, group => group.First()[1].Trim())
            : [];
        return !facts.TryGetValue("model name", out string? name) ? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString()
            : facts.TryGetValue("cpu family", out string? family) && facts.TryGetValue("model", out string? model) ? $"{name}, family {family}, model {model}" : name;
    }
}
