using System.Diagnostics;
using System.Linq.Expressions;
using ExprGrad.Scheduling;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests.Fuzz;

/// <summary>
/// Random programs by the ten thousand, outside of the gate. Each runs with everything on, and under a setting that changes with the seed: one optimisation off, all of them off, a random set.
/// </summary>
/// <remarks>
/// The JIT takes nine tenths of the time of a small function that is called a dozen times. So most programs run in the interpreter of expressions, the plain lambda too: it has the same bits.
/// One in <see cref="SoakOptions.Compiled"/> is compiled to machine code, and so is the plain lambda.
/// </remarks>
public sealed class Soak
{
    private const string EverythingOn = "everything on", RandomSet = "a random set";

    private static readonly TimeSpan BetweenReports = TimeSpan.FromSeconds(10);

    private readonly SoakOptions options;
    private readonly TextWriter output;
    private readonly long start = Stopwatch.GetTimestamp();
    private readonly SortedDictionary<(int Depth, string Setting), Tally> tallies = [];
    private string current = "";
    private (TimeSpan Time, string Program) slowest;

    private Soak(SoakOptions options, TextWriter output) => (this.options, this.output) = (options, output);

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

    /// <summary>The settings under which the program of a seed runs. Twice as many seeds in a row as there are of them have them all, and as many random sets.</summary>
    internal static IEnumerable<(string Name, Optimisations Optimisations)> SettingsOf(int seed)
    {
        Optimisations[] rotating = [.. Settings.OneOff, Optimisations.None];
        var rotated = rotating[seed / 2 % rotating.Length];
        yield return (EverythingOn, Optimisations.All);
        if (seed % 2 == 0) yield return (RandomSet, Optimisations.All & (Optimisations)((uint)seed * 2654435769u >> 20));
        else yield return (rotated == Optimisations.None ? "everything off" : $"without {Optimisations.All & ~rotated}", rotated);
    }

    private bool Run()
    {
        // It also shows where a program hangs.
        using var reporter = new Timer(_ => this.Report(), null, BetweenReports, BetweenReports);
        int seed = this.options.From;
        for (; seed - this.options.From < this.options.Count && Stopwatch.GetElapsedTime(this.start).TotalMinutes < this.options.Minutes && this.Failed < this.options.Failures; seed++)
        {
            foreach (int depth in this.options.Depths)
                this.RunProgram(seed, depth);
        }
        reporter.Change(Timeout.Infinite, Timeout.Infinite);
        this.Report();
        foreach (var ((depth, setting), tally) in this.tallies) this.output.WriteLine($"  depth {depth}, {setting}: {tally}");
        this.output.WriteLine($"slowest: {this.slowest.Program}, {this.slowest.Time.TotalMilliseconds:f0} ms");
        this.output.WriteLine($"seeds {this.options.From} to {seed - 1}: {(this.Failed == 0 ? "all agree" : $"{this.Failed} FAILED")}; to go on: --from {seed}");
        return this.Failed == 0;
    }

    private int Failed => this.tallies.Values.Sum(tally => tally.Wrong + tally.Refused);

    private void Report()
    {
        lock (this.tallies)
        {
            int programs = this.tallies.Where(pair => pair.Key.Setting == EverythingOn).Sum(pair => pair.Value.Count), runs = this.tallies.Values.Sum(tally => tally.Count);
            TimeSpan time = Stopwatch.GetElapsedTime(this.start);
            this.output.WriteLine($"{time:hh\\:mm\\:ss} {programs} programs, {runs} runs, {runs / time.TotalSeconds:f1} a second; wrong {this.tallies.Values.Sum(tally => tally.Wrong)}, refused {this.tallies.Values.Sum(tally => tally.Refused)}; at {this.current}");
        }
    }

    private void RunProgram(int seed, int depth)
    {
        long begin = Stopwatch.GetTimestamp();
        bool isCompiled = seed % this.options.Compiled == 0;
        this.current = $"seed {seed}, depth {depth}";
        var (f, inputs) = this.options.Programs == "loops" ? LoopGenerator.Generate(seed, depth) : StatementGenerator.Generate(seed, depth);
        bool exactExceptions = this.options.Programs == "loops";
        var points = LoopFuzzer.Points(seed, inputs);
        Truth TruthOf(Function g) => new(g, g.Compile(preferInterpretation: !isCompiled), points, exactExceptions);
        var truth = TruthOf(f);
        foreach (var (setting, optimisations) in SettingsOf(seed))
        {
            this.current = $"seed {seed}, depth {depth}, {optimisations}{(isCompiled ? ", compiled" : "")}";
            Outcome? OutcomeOf(Function g, Truth right) => Compare(right, () => this.Compile(g, seed, optimisations, isCompiled));
            var outcome = OutcomeOf(f, truth);
            lock (this.tallies)
            {
                if (!this.tallies.TryGetValue((depth, setting), out Tally? tally)) this.tallies[(depth, setting)] = tally = new();
                tally.Count++;
                if (outcome is not null && outcome.IsRefusal) tally.Refused++;
                else if (outcome is not null) tally.Wrong++;
            }
            if (outcome is null) continue;
            this.output.WriteLine($"{(outcome.IsRefusal ? "REFUSED" : "WRONG")} {this.current}: {outcome}");
            // A smaller program may throw in two places.
            if (outcome.Reason.StartsWith(Truth.ExceptionMismatch, StringComparison.Ordinal) && !outcome.Reason.EndsWith(Truth.NoException, StringComparison.Ordinal)) continue;
            var smaller = Shrinker.Shrink(f, g => OutcomeOf(g, TruthOf(g)) is { } other && Fuzzer.KindOf(other.Reason) == Fuzzer.KindOf(outcome.Reason));
            this.output.WriteLine($"  shrunk: {OutcomeOf(smaller, TruthOf(smaller))}{Environment.NewLine}  {Fuzzer.Print(smaller)}");
        }
        TimeSpan time = Stopwatch.GetElapsedTime(begin);
        if (time > this.slowest.Time) this.slowest = (time, this.current);
    }

    /// <summary>Every second program gets its data passed, the others capture it; and every second pair of those uses no licence in the adjoint.</summary>
    private ValueAndGradient Compile(Function f, int seed, Optimisations optimisations, bool isCompiled)
    {
        var arithmetic = seed / 4 % 2 == 0 ? null : new GradOptions { FloatingPoint = FloatingPoint.Reproducible };
        if (this.options.Programs != "loops" || seed / 2 % 2 == 0)
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

    private static Outcome? Compare(Truth truth, Func<ValueAndGradient> compile)
    {
        try
        {
            return truth.ErrorOf(compile()) is var (reason, point) ? new Outcome(reason, point) : null;
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

    /// <summary>How often something ran, and with what result.</summary>
    private sealed class Tally
    {
        public int Count { get; set; }

        public int Wrong { get; set; }

        public int Refused { get; set; }

        public override string ToString() => $"{this.Count} runs, {this.Wrong} wrong, {this.Refused} refused";
    }

    /// <summary>What went wrong, and where; nowhere if it did not compile.</summary>
    private sealed record Outcome(string Reason, double[]? Point, bool IsRefusal = false)
    {
        public override string ToString() => this.Point is null ? this.Reason : $"{this.Reason}, at [{string.Join(", ", this.Point.Select(v => v.ToString("R")))}]";
    }
}
