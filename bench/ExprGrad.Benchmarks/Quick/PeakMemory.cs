using System.Diagnostics;
using System.Globalization;
using ExprGrad.Benchmarks.Workloads;

namespace ExprGrad.Benchmarks.Quick;

/// <summary>The memory that compiling takes, measured in a process of its own.</summary>
internal static class PeakMemory
{
    /// <summary>What the child is started with, followed by the size.</summary>
    public const string Command = "peak-memory";

    /// <summary>Gigabytes at most in use while a <see cref="RandomProgram"/> of <paramref name="size"/> operations is built, compiled and called, all of the process counted.</summary>
    public static double OfCompiling(int size)
    {
        string host = Environment.ProcessPath!;
        string[] program = Path.GetFileNameWithoutExtension(host) == "dotnet" ? [typeof(PeakMemory).Assembly.Location] : [];
        var start = new ProcessStartInfo(host, [.. program, Command, size.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true };
        using Process child = Process.Start(start)!;
        string printed = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0 ? double.Parse(printed, CultureInfo.InvariantCulture) : throw new InvalidOperationException($"{Command} ended with {child.ExitCode}.");
    }

    /// <summary>The child: prints the gigabytes.</summary>
    public static int Run(int size)
    {
        var workload = new RandomProgram(size);
        Grad.Compile(workload.Function)(workload.Points[0]);
        using var self = Process.GetCurrentProcess();
        Console.WriteLine((self.PeakWorkingSet64 / 1e9).ToString(CultureInfo.InvariantCulture));
        return 0;
    }
}
