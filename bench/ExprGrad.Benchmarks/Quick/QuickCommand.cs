using System.Diagnostics;
using ExprGrad.Benchmarks.Workloads;

namespace ExprGrad.Benchmarks.Quick;

/// <summary><c>quick [--markdown] [--only &lt;part of a workload's name&gt;] [--save]</c>: compares, interleaved, in a few minutes.</summary>
internal static class QuickCommand
{
    // For each workload, beside compilation and warm-up.
    private const double SecondsOfTiming = 3;

    public static int Run(ReadOnlySpan<string> args)
    {
        bool markdown = false, save = false;
        string only = "";
        for (int k = 0; k < args.Length; k++)
        {
            if (args[k] == "--markdown")
                markdown = true;
            else if (args[k] == "--save")
                save = true;
            else if (args[k] == "--only" && k + 1 < args.Length)
                only = args[++k];
            else
                return Fail($"quick [--markdown] [--only <part of a workload's name>] [--save]: what is {args[k]}?");
        }
        Workload[] workloads = [.. AllWorkloads.List.Where(workload => workload.Name.Contains(only, StringComparison.OrdinalIgnoreCase))];
        if (workloads.Length == 0)
            return Fail($"No workload is named {only}; there are: {string.Join("; ", AllWorkloads.List)}.");
        if (save && only != "")
            return Fail("What is saved is the whole table: --save without --only.");

        string command = string.Join(' ', ["quick", .. args]);
        double coldStart = ColdStart();
        var comparisons = new List<Comparison>();
        foreach (Workload workload in workloads)
        {
            Console.Error.WriteLine(workload.Name);
            comparisons.Add(Comparison.Measure(workload, TimeSpan.FromSeconds(SecondsOfTiming)));
        }
        var report = new Report(comparisons, Summary.Of(comparisons, coldStart), command);
        Console.WriteLine(markdown ? report.Markdown() : report.Aligned());
        if (save)
            SavedResults.Write(report);
        return 0;
    }

    /// <summary>Milliseconds from the first call of <see cref="Grad.Compile(System.Linq.Expressions.Expression{Func{double[], double}}, GradOptions?)"/> in the process to its first result: most of it is the JIT at work on ExprGrad.</summary>
    private static double ColdStart()
    {
        var watch = Stopwatch.StartNew();
        Grad.Compile(x => x[0] * x[0])([3]);
        return watch.Elapsed.TotalMilliseconds;
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine(message);
        return 2;
    }
}
