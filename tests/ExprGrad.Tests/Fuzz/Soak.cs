using System.Diagnostics;
using System.Linq.Expressions;
using ExprGrad.Scheduling;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests.Fuzz;

/// <summary>
/// Random programs by the ten thousand, outside of the gate. Each runs with everything on, with lanes wherever they are possible, and under two settings that change with the seed: one optimisation off, or all of them; a random set.
/// </summary>
/// <remarks>
/// The JIT takes nine tenths of the time of a small function that is called a dozen times. So most programs run in the interpreter of expressions, the plain lambda too: it has the same bits.
/// One in <see cref="SoakOptions.Compiled"/> is compiled to machine code, and so is the plain lambda.
/// </remarks>
public sealed class Soak
{
    private const string EverythingOn = "everything on", RandomSet = "a random set";

    private const Optimisations Eager = Optimisations.All | Optimisations.EagerLanes, EagerFour = Eager | Optimisations.FourLanes;

    private static readonly TimeSpan BetweenReports = TimeSpan.FromSeconds(10);

    private readonly SoakOptions options;
    private readonly TextWriter output;
    private readonly long start = Stopwatch.GetTimestamp();
    private readonly SortedDictionary<(int Depth, string Setting), Tally> tallies = [];
    private readonly string[] current;
    private int next;
    private (TimeSpan Time, string Program) slowest;

    private Soak(SoakOptions options, TextWriter output) => (this.options, this.output, this.current, this.next) = (options, TextWriter.Synchronized(output), new string[options.Threads], options.From);

    /// <summary>The command: 0 if all programs agreed, 1 if one was wrong or refused, 2 if the arguments are not understood.</summary>
    public static int Run(string[] arguments, TextWriter output)
    {
        try
        {
            return new Soak(SoakOptions.Parse(arguments), output).Run() ? 0 : 1;
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            output.WriteLine(error.Message);
            output.WriteLine(SoakOptions.Usage);
            return 2;
        }
    }

    /// <summary>The settings under which the program of a seed runs, and whether as <see cref="FloatingPoint.Reproducible"/>, without lanes. As many seeds in a row as there are optimisations have each of them off once.</summary>
    internal static IEnumerable<(string Name, Optimisations Optimisations, bool IsReproducible)> SettingsOf(int seed)
    {
        Optimisations[] rotating = [.. Settings.OneOff, Optimisations.None];
        var rotated = rotating[seed % rotating.Length];
        yield return (EverythingOn, Optimisations.All, seed % 4 == 0);
        yield return seed % 2 == 0 ? ("eager lanes", Eager, false) : ("four eager lanes", EagerFour, false);
        yield return (rotated == Optimisations.None ? "everything off" : $"without {Optimisations.All & ~rotated}", rotated, seed / rotating.Length % 2 == 0);
        yield return (RandomSet, EagerFour & (Optimisations)((uint)seed * 2654435769u >> 18), seed % 4 == 1);
    }

    private bool Run()
    {
        // It also shows where a program hangs.
        using var reporter = new Timer(_ => this.Report(), null, BetweenReports, BetweenReports);
        Thread[] workers = [.. Enumerable.Range(0, this.options.Threads).Select(k => new Thread(() => this.Work(k)))];
        foreach (Thread worker in workers) worker.Start();
        foreach (Thread worker in workers) worker.Join();
        reporter.Change(Timeout.Infinite, Timeout.Infinite);
        this.Report();
        foreach (var ((depth, setting), tally) in this.tallies) this.output.WriteLine($"  depth {depth}, {setting}: {tally}");
        this.output.WriteLine($"slowest: {this.slowest.Program}, {this.slowest.Time.TotalMilliseconds:f0} ms");
        this.output.WriteLine($"seeds {this.options.From} to {this.next - 1}: {(this.Failed == 0 ? "all agree" : $"{this.Failed} FAILED")}; to go on: --from {this.next}");
        return this.Failed == 0;
    }

    private int Failed => this.tallies.Values.Sum(tally => tally.Wrong + tally.Refused);

    private void Work(int worker)
    {
        while (this.NextSeed() is { } seed)
        {
            foreach (int depth in this.options.Depths)
                this.RunProgram(seed, depth, worker);
        }
    }

    // Every seed that was taken is finished, so that the next soak goes on where the greatest ends.
    private int? NextSeed()
    {
        lock (this.tallies)
            return this.next - this.options.From < this.options.Count && Stopwatch.GetElapsedTime(this.start).TotalMinutes < this.options.Minutes && this.Failed < this.options.Failures ? this.next++ : null;
    }

    private void Report()
    {
        lock (this.tallies)
        {
            int programs = this.tallies.Where(pair => pair.Key.Setting == EverythingOn).Sum(pair => pair.Value.Count), runs = this.tallies.Values.Sum(tally => tally.Count), points = this.tallies.Values.Sum(tally => tally.Points);
            TimeSpan time = Stopwatch.GetElapsedTime(this.start);
            this.output.WriteLine($"{time:hh\\:mm\\:ss} {programs} programs, {runs} runs, {points} points, {points / time.TotalSeconds:f1} a second; wrong {this.tallies.Values.Sum(tally => tally.Wrong)}, refused {this.tallies.Values.Sum(tally => tally.Refused)}; at {string.Join("; ", this.current)}");
        }
    }

    private void RunProgram(int seed, int depth, int worker)
    {
        long begin = Stopwatch.GetTimestamp();
        bool isCompiled = seed % this.options.Compiled == 0;
        this.current[worker] = $"seed {seed}, depth {depth}";
        var (f, inputs) = this.options.Programs == "loops" ? LoopGenerator.Generate(seed, depth) : StatementGenerator.Generate(seed, depth);
        bool exactExceptions = this.options.Programs == "loops";
        var points = LoopFuzzer.Points(seed, inputs);
        Truth TruthOf(Function g) => new(g, g.Compile(preferInterpretation: !isCompiled), points, exactExceptions);
        var truth = TruthOf(f);
        foreach (var (setting, optimisations, isReproducible) in SettingsOf(seed))
        {
            string current = this.current[worker] = $"seed {seed}, depth {depth}, {optimisations}{(isReproducible ? ", reproducible" : "")}{(isCompiled ? ", compiled" : "")}";
            var arithmetic = isReproducible ? new GradOptions { FloatingPoint = FloatingPoint.Reproducible } : null;
            Outcome? OutcomeOf(Function g, Truth right, FuzzReport? report = null) => Compare(right, () => this.Compile(g, arithmetic, optimisations, isDataPassed: seed / 2 % 2 != 0, isCompiled), report);
            Pools.Poison();
            var report = new FuzzReport();
            var outcome = OutcomeOf(f, truth, report);
            lock (this.tallies)
            {
                if (!this.tallies.TryGetValue((depth, setting), out Tally? tally)) this.tallies[(depth, setting)] = tally = new();
                tally.Count++;
                tally.Points += report.Points;
                if (outcome is not null && outcome.IsRefusal) tally.Refused++;
                else if (outcome is not null) tally.Wrong++;
            }
            if (outcome is null) continue;
            this.output.WriteLine($"{(outcome.IsRefusal ? "REFUSED" : "WRONG")} {current}: {outcome}");
            // A smaller program may throw in two places.
            if (outcome.Reason.StartsWith(Truth.ExceptionMismatch, StringComparison.Ordinal) && !outcome.Reason.EndsWith(Truth.NoException, StringComparison.Ordinal)) continue;
            var smaller = Shrinker.Shrink(f, g => OutcomeOf(g, TruthOf(g)) is { } other && Fuzzer.KindOf(other.Reason) == Fuzzer.KindOf(outcome.Reason));
            this.output.WriteLine($"  shrunk: {OutcomeOf(smaller, TruthOf(smaller))}{Environment.NewLine}  {Fuzzer.Print(smaller)}");
        }
        TimeSpan time = Stopwatch.GetElapsedTime(begin);
        lock (this.tallies)
        {
            if (time > this.slowest.Time) this.slowest = (time, $"seed {seed}, depth {depth}");
        }
    }

    /// <summary>The gradient, with the program's data passed or captured.</summary>
    private ValueAndGradient Compile(Function f, GradOptions? arithmetic, Optimisations optimisations, bool isDataPassed, bool isCompiled)
    {
        if (this.options.Programs != "loops" || !isDataPassed)
            return isCompiled ? GradientCompiler.Compile<ValueAndGradient>(f, arithmetic, optimisations).Delegate : Interpret(GradientCompiler.Differentiate<ValueAndGradient>(f, arithmetic, optimisations));
        var ofData = LoopGenerator.WithData(f);
        var data = new LoopData();
        if (!isCompiled) return Interpret(GradientCompiler.Differentiate<ValueAndGradient<LoopData>>(ofData, arithmetic, optimisations), data);
        var compiled = GradientCompiler.Compile<ValueAndGradient<LoopData>>(ofData, arithmetic, optimisations).Delegate;
        return (x, gradient) => compiled(x, data, gradient);
    }

    // As a Func: for other types of delegates the interpreter makes a dynamic method, and giving that back takes longer than the program.
    private static ValueAndGradient Interpret(LambdaExpression gradient, LoopData? data = null)
    {
        var body = data is null ? gradient.Body : Expression.Block([gradient.Parameters[1]], Expression.Assign(gradient.Parameters[1], Expression.Constant(data)), gradient.Body);
        var run = Expression.Lambda<Func<double[], double[]?, (double, double[])>>(body, gradient.Parameters[0], gradient.Parameters[^1]).Compile(preferInterpretation: true);
        return (x, buffer) => run(x, buffer);
    }

    private static Outcome? Compare(Truth truth, Func<ValueAndGradient> compile, FuzzReport? report)
    {
        try
        {
            return truth.ErrorOf(compile(), report) is var (reason, point) ? new Outcome(reason, point) : null;
        }
        catch (UnsupportedExpressionException refused)
        {
            return new Outcome(refused.Message, null, IsRefusal: true);
        }
        catch (Exception failed)
        {
            return new Outcome($"does not compile: {failed.GetType().Name}: {failed.Message}", null);
        }
    }

    /// <summary>How many programs ran under a setting, at how many points, and with what result.</summary>
    private sealed class Tally
    {
        public int Count { get; set; }

        public int Points { get; set; }

        public int Wrong { get; set; }

        public int Refused { get; set; }

        public override string ToString() => $"{this.Count} runs, {this.Points} points, {this.Wrong} wrong, {this.Refused} refused";
    }

    /// <summary>What went wrong, and where; nowhere if it did not compile.</summary>
    private sealed record Outcome(string Reason, double[]? Point, bool IsRefusal = false)
    {
        public override string ToString() => this.Point is null ? this.Reason : $"{this.Reason}, at [{string.Join(", ", this.Point.Select(v => v.ToString("R")))}]";
    }
}
