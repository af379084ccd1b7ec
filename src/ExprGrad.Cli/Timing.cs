using System.Diagnostics;

namespace ExprGrad.Cli;

/// <summary>What a call takes, in nanoseconds: medians over runs in turn, so that both meet the same disturbances.</summary>
/// <param name="ValueAndGradient">The compiled function with a buffer.</param>
/// <param name="Plain">The lambda compiled as it is.</param>
internal readonly record struct Timing(double ValueAndGradient, double Plain)
{
    private const int MaxRuns = 31;
    private const double RunMilliseconds = 2;
    private const double WarmUpMilliseconds = 40;
    private const double MaxMilliseconds = 700;

    public static Timing Measure(ValueAndGradient compiled, Func<double[], double> plain, double[] point)
    {
        var buffer = new double[point.Length];
        double sum = 0;

        double RunCompiled(int calls)
        {
            long start = Stopwatch.GetTimestamp();
            for (int k = 0; k < calls; k++)
                sum += compiled(point, buffer).Value;
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        double RunPlain(int calls)
        {
            long start = Stopwatch.GetTimestamp();
            for (int k = 0; k < calls; k++)
                sum += plain(point);
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        long begin = Stopwatch.GetTimestamp();
        (int callsOfCompiled, int callsOfPlain) = (WarmUp(RunCompiled), WarmUp(RunPlain));
        var compiledTimes = new List<double>();
        var plainTimes = new List<double>();
        do
        {
            compiledTimes.Add(RunCompiled(callsOfCompiled) / callsOfCompiled);
            plainTimes.Add(RunPlain(callsOfPlain) / callsOfPlain);
        }
        while (compiledTimes.Count < MaxRuns && Stopwatch.GetElapsedTime(begin).TotalMilliseconds < MaxMilliseconds);
        GC.KeepAlive(sum);
        return new Timing(1e6 * Median(compiledTimes), 1e6 * Median(plainTimes));
    }

    /// <summary>Runs until everything is compiled and cached.</summary>
    /// <returns>How many calls a run should have.</returns>
    private static int WarmUp(Func<int, double> run)
    {
        int calls = 1;
        double total = 0, last = 0;
        while (total < WarmUpMilliseconds)
        {
            last = run(calls);
            total += last;
            if (last < RunMilliseconds)
                calls *= 2;
        }
        return Math.Max(1, (int)(calls * Math.Min(1, RunMilliseconds / last)));
    }

    private static double Median(List<double> times)
    {
        times.Sort();
        return times[times.Count / 2];
    }
}
