using System.Runtime.InteropServices;
using ExprGrad.IR;
using ExprGrad.Runtime;
using ExprGrad.Simplification;

namespace ExprGrad.Scheduling;

/// <summary>
/// Makes tables of the straight-line arithmetic of large functions. In a table everything runs in the order of the graph, apart from statements of one kind near one another, which become one run:
/// where a run ends, the processor has to guess what comes next.
/// </summary>
internal sealed class Tabulation
{
    /// <summary>How many operations a function may have before its arithmetic becomes a table. Up to there its code fits the caches, and is faster.</summary>
    public const int MostCode = 250_000_000;

    // How few statements a table may have: less than that is code between tables.
    private const int FewestInTable = 256;

    // How many statements are put in order at a time: the values that they exchange stay in the innermost cache.
    private const int Window = 1_024;

    private readonly Graph graph;
    private readonly Dictionary<Operation, TableOperation?> known = [];
    private readonly int[] makers;

    private Tabulation(Graph graph)
    {
        this.graph = graph;
        this.makers = new int[graph.Nodes.Count];
        Array.Fill(this.makers, -1);
    }

    /// <summary>Whether this processor runs tables: what adds and multiplies in them is one instruction.</summary>
    public static bool IsSupported => FusionRules.IsHardwareAccelerated;

    /// <summary>The same statements, with tables if they are many.</summary>
    /// <param name="graph">What the statements are of.</param>
    /// <param name="body">Statements in an order in which they can run.</param>
    /// <param name="always">Whether tables are made however few the statements are.</param>
    public static IReadOnlyList<Statement> Apply(Graph graph, IReadOnlyList<Statement> body, bool always)
    {
        if (!IsSupported || (!always && body.Count <= MostCode))
            return body;
        var tabulation = new Tabulation(graph);
        var result = new List<Statement>();
        var run = new List<(Statement Statement, TableOperation Operation)>();
        foreach (Statement statement in body)
        {
            if (TableOperation.Of(graph, statement, tabulation.known) is { } operation)
            {
                run.Add((statement, operation));
                continue;
            }
            tabulation.Close(run, result, always);
            result.Add(statement);
        }
        tabulation.Close(run, result, always);
        return result;
    }

    private void Close(List<(Statement Statement, TableOperation Operation)> run, List<Statement> result, bool always)
    {
        if (always ? run.Count > 0 : run.Count >= FewestInTable)
        {
            var statements = new List<Statement>(run.Count);
            var operations = new List<TableOperation>(run.Count);
            for (int start = 0; start < run.Count; start += Window)
                this.Order(CollectionsMarshal.AsSpan(run)[start..Math.Min(start + Window, run.Count)], statements, operations);
            result.Add(new Table(statements, operations));
        }
        else
        {
            result.AddRange(run.Select(item => item.Statement));
        }
        run.Clear();
    }

    // What can run and is of the kind that runs, first come, first served; then the kind of which most can run. The gradient is written last: when the value is known.
    private void Order(ReadOnlySpan<(Statement Statement, TableOperation Operation)> window, List<Statement> statements, List<TableOperation> operations)
    {
        var missing = new int[window.Length];
        // The readers of a statement's value: 1 + the last one, and before each the one before it.
        var lastReader = new int[window.Length];
        var readers = new List<(int Reader, int Before)>(2 * window.Length);
        var ready = new List<(TableOperation Kind, Queue<int> Waiting)>();
        for (int k = 0; k < window.Length; k++)
        {
            if (window[k].Statement.Target is { } target)
                this.makers[target.Id] = k;
        }
        for (int k = 0; k < window.Length; k++)
        {
            foreach (Node needed in window[k].Statement.References)
            {
                if (this.makers[needed.Id] is >= 0 and int maker)
                {
                    readers.Add((k, lastReader[maker]));
                    lastReader[maker] = readers.Count;
                    missing[k]++;
                }
            }
            if (missing[k] == 0)
                Enqueue(ready, window[k].Operation, k);
        }
        while (ready.MaxBy(kind => kind.Waiting.Count == 0 ? 0 : kind.Kind.Kind == TableKind.Store ? 1 : 1 + kind.Waiting.Count) is { Waiting: { Count: > 0 } waiting })
        {
            while (waiting.TryDequeue(out int k))
            {
                statements.Add(window[k].Statement);
                operations.Add(window[k].Operation);
                for (int next = lastReader[k]; next > 0; next = readers[next - 1].Before)
                {
                    int reader = readers[next - 1].Reader;
                    if (--missing[reader] == 0)
                        Enqueue(ready, window[reader].Operation, reader);
                }
            }
        }
        foreach ((Statement statement, _) in window)
        {
            if (statement.Target is { } target)
                this.makers[target.Id] = -1;
        }
    }

    private static void Enqueue(List<(TableOperation Kind, Queue<int> Waiting)> ready, TableOperation operation, int k)
    {
        int kind = ready.FindIndex(other => other.Kind.RunsWith(operation));
        if (kind < 0)
        {
            kind = ready.Count;
            ready.Add((operation, []));
        }
        ready[kind].Waiting.Enqueue(k);
    }
}
