namespace ExprGrad.Tests.Fuzz;

/// <summary>Methods whose results depend on how often and in which order they were called, and which keep a log of it.</summary>
public static class ImpureCalls
{
    [ThreadStatic]
    private static List<string>? log;

    /// <summary>What was called on this thread since the last <see cref="Reset"/>.</summary>
    public static IReadOnlyList<string> Log => log ??= [];

    public static void Reset() => (log ??= []).Clear();

    public static double Next(int id)
    {
        Record($"Next({id})");
        return Math.Sin(id + 0.7 * Log.Count);
    }

    public static double Observe(int id, int seen)
    {
        Record($"Observe({id}, {seen})");
        return Math.Cos(id + 0.3 * Log.Count);
    }

    public static bool Flip(int id)
    {
        Record($"Flip({id})");
        return (id + Log.Count) % 2 == 0;
    }

    private static void Record(string call)
    {
        _ = Log;
        log!.Add(call);
    }
}
