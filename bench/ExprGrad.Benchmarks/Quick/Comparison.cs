using System.Diagnostics;
using System.Runtime;
using ExprGrad.Benchmarks.Workloads;

namespace ExprGrad.Benchmarks.Quick;

/// <summary>One workload, measured: for each implementation the times of many rounds, in which all of them took their turn.</summary>
/// <remarks>
/// A round times one pass of each implementation over the points, starting with another one each time. Figures are medians over the quietest quarter of the rounds, ratios are taken round by round:
/// what slows the machine down for longer than a round slows all implementations, but not equally (large code suffers more from a neighbour in the caches), so disturbed rounds are left out as a whole.
/// </remarks>
internal sealed class Comparison
{
    private const int FewestRounds = 31;
    private const int CompilationsTimed = 7;
    private const int TurnsOfSlow = 8;
    private static readonly TimeSpan SlowPass = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestCompilations = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(4);

    private Comparison(Workload workload, IReadOnlyList<Measurement> measurements) => (this.Workload, this.Measurements, this.Operations) = (workload, measurements, workload.Operations());

    public Workload Workload { get; }

    public IReadOnlyList<Measurement> Measurements { get; }

    /// <summary>How many operations the value takes, and value and gradient.</summary>
    public (int Value, int Gradient) Operations { get; }

    /// <exception cref="InvalidOperationException">Two implementations compute different things.</exception>
    public static Comparison Measure(Workload workload, TimeSpan duration)
    {
        double[][] points = workload.Points;
        // Building a large tree is not part of compiling it.
        _ = workload.Function;
        IReadOnlyList<Implementation> implementations = workload.Implementations();
        double[] firstResults = [.. implementations.Select(implementation => FirstResult(implementation, points[0]))];
        if (CrossCheck.FirstDisagreement(workload, implementations) is { } disagreement)
            throw new InvalidOperationException(disagreement);
        WarmUp(implementations, points);
        long[] allocated = [.. implementations.Select(implementation => AllocatedIn(implementation, points))];
        List<double>[] times = [.. implementations.Select(_ => new List<double>())];
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GCLatencyMode latency = GCSettings.LatencyMode;
        GCSettings.LatencyMode = GCLatencyMode.SustainedLowLatency;
        var total = Stopwatch.StartNew();
        for (int round = 0; round < FewestRounds || total.Elapsed < duration; round++)
        {
            for (int turn = 0; turn < implementations.Count; turn++)
            {
                int k = (round + turn) % implementations.Count;
                // What takes very long has its turn in some rounds only; until the next its last time stands.
                bool stands = round % TurnsOfSlow != 0 && times[k][^1] * points.Length > SlowPass.TotalNanoseconds;
                times[k].Add(stands ? times[k][^1] : NanosecondsPerCall(implementations[k], points));
            }
        }
        GCSettings.LatencyMode = latency;
        int[] quiet = QuietRounds(times);
        return new Comparison(workload, [.. implementations.Select((implementation, k) =>
            new Measurement(implementation, times[k], [.. quiet.Select(round => times[k][round])], (double)allocated[k] / points.Length, firstResults[k]))]);
    }

    /// <summary>The fastest of those with <paramref name="role"/>; null if there is none.</summary>
    public Measurement? Fastest(Role role) => this.Measurements.Where(measurement => measurement.Implementation.Role == role).MinBy(measurement => measurement.Nanoseconds);

    /// <summary>After how many calls compiling the gradient was worth it, compared with central differences. Where those take too long to be measured, they take two values for each component and one more.</summary>
    public double CallsToRepay
    {
        get
        {
            Measurement gradient = this.Fastest(Role.ExprGrad)!, value = (this.Fastest(Role.Plain) ?? this.Fastest(Role.ChunkedValue))!;
            Measurement? differences = this.Fastest(Role.CentralDifferences);
            double differencesTake = differences?.Nanoseconds ?? (2 * this.Workload.Dimension + 1) * value.Nanoseconds;
            return Math.Max(0, 1e6 * (gradient.FirstResult - (differences ?? value).FirstResult) / (differencesTake - gradient.Nanoseconds));
        }
    }

    // Those in which all implementations together were fastest, each with the same weight: no implementation is favoured.
    private static int[] QuietRounds(IReadOnlyList<IReadOnlyList<double>> times)
    {
        double[] medians = [.. times.Select(Statistics.Median)];
        int rounds = times[0].Count;
        return [.. Enumerable.Range(0, rounds).OrderBy(round => times.Zip(medians, (all, median) => all[round] / median).Sum()).Take(rounds / 4)];
    }

    private static double NanosecondsPerCall(Implementation implementation, double[][] points)
    {
        long start = Stopwatch.GetTimestamp();
        double sum = implementation.Pass(points);
        // Not Stopwatch.GetElapsedTime: that counts in steps of 100 ns.
        double elapsed = (Stopwatch.GetTimestamp() - start) * (1e9 / Stopwatch.Frequency);
        return double.IsNaN(sum) ? throw new InvalidOperationException($"{implementation.Name} returns NaN.") : elapsed / points.Length;
    }

    // Milliseconds from source to result: the fastest of several times, as many as there is time for. Everything is made here.
    private static double FirstResult(Implementation implementation, double[] point)
    {
        var times = new List<double>();
        var total = Stopwatch.StartNew();
        do
        {
            long start = Stopwatch.GetTimestamp();
            implementation.MakeAndCall(point);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        while (implementation.IsMade && times.Count < CompilationsTimed && total.Elapsed < LongestCompilations);
        return implementation.IsMade ? times.Min() : double.NaN;
    }

    // Until the JIT has nothing left to improve: it works in the background, 100 ms after methods stopped becoming hot.
    private static void WarmUp(IReadOnlyList<Implementation> implementations, double[][] points)
    {
        var total = Stopwatch.StartNew();
        long compiled;
        do
        {
            compiled = JitInfo.GetCompiledMethodCount();
            var stretch = Stopwatch.StartNew();
            while (stretch.ElapsedMilliseconds < 200)
            {
                foreach (Implementation implementation in implementations)
                    implementation.Pass(points);
            }
            Thread.Sleep(250);
        }
        while (JitInfo.GetCompiledMethodCount() != compiled && total.Elapsed < LongestWarmUp);
    }

    private static long AllocatedIn(Implementation implementation, double[][] points)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        implementation.Pass(points);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}

/// <summary>What was measured of one implementation.</summary>
/// <param name="Rounds">Nanoseconds per call, in each round.</param>
/// <param name="QuietRounds">Those of the rounds in which the machine was least disturbed.</param>
/// <param name="BytesPerCall">Allocated on the managed heap.</param>
/// <param name="FirstResult">Milliseconds from source to first result; NaN if nothing is made when running.</param>
internal sealed record Measurement(Implementation Implementation, IReadOnlyList<double> Rounds, IReadOnlyList<double> QuietRounds, double BytesPerCall, double FirstResult)
{
    /// <summary>The median of the quiet rounds.</summary>
    public double Nanoseconds { get; } = Statistics.Median(QuietRounds);

    /// <summary>Half of all rounds are between these.</summary>
    public (double Low, double High) Quartiles { get; } = (Statistics.Quantile(Rounds, 0.25), Statistics.Quantile(Rounds, 0.75));

    /// <summary>How many times longer than <paramref name="other"/> it takes: the median of the ratios of each quiet round.</summary>
    public double RatioTo(Measurement other) => Statistics.Median([.. this.QuietRounds.Zip(other.QuietRounds, (mine, theirs) => mine / theirs)]);
}
