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

    private static string FindProcessor()
    {
        const string CpuInfo = "/proc/cpuinfo";
        string? model = File.Exists(CpuInfo) ? File.ReadLines(CpuInfo).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return model?.Split(':', 2)[1].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
