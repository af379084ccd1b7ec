using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>
/// Orders the statements of one step of a block so that few values wait in locals: what uses up as many values as it makes runs as soon as it can, the rest in the order of the graph.
/// A term of the adjoint then follows the part of the primal that it needs, while that is still in registers.
/// </summary>
internal sealed class Ordering
{
    private readonly int[] remaining;
    private readonly int[] makers;
    private readonly List<int>?[] readers;

    /// <param name="uses">How many uses each node has.</param>
    public Ordering(int[] uses)
    {
        this.remaining = [.. uses];
        this.makers = new int[uses.Length];
        Array.Fill(this.makers, -1);
        this.readers = new List<int>?[uses.Length];
    }

    /// <summary>Puts statements, given in an order in which they can run, in a better one.</summary>
    public IReadOnlyList<Statement> Of(IReadOnlyList<Statement> statements)
    {
        if (statements.Count < 3)
            return statements;
        int clear = -1;
        var missing = new int[statements.Count];
        for (int k = 0; k < statements.Count; k++)
        {
            if (statements[k].Target is { } target and not Choice)
                this.makers[target.Id] = k;
            clear = statements[k] is ClearGradient ? k : clear;
        }
        for (int k = 0; k < statements.Count; k++)
        {
            foreach (Node needed in Needs(statements[k]))
            {
                (this.readers[needed.Id] ??= []).Add(k);
                missing[k] += this.makers[needed.Id] >= 0 ? 1 : 0;
            }
        }
        var ordered = new List<Statement>(statements.Count);
        var isDone = new bool[statements.Count];
        var pending = new Stack<int>();
        for (int next = 0; next < statements.Count; next++)
        {
            pending.Push(next);
            while (pending.TryPop(out int k))
            {
                if (isDone[k] || (k != next && !(missing[k] == 0 && k != clear && (next > clear || !Writes(statements[k])) && this.SavesLocals(statements[k]))))
                    continue;
                isDone[k] = true;
                ordered.Add(statements[k]);
                this.Finish(statements[k], missing, isDone, pending);
            }
        }
        foreach (Statement statement in statements)
        {
            foreach (Node needed in Needs(statement))
                this.readers[needed.Id] = null;
            if (statement.Target is { } target)
                this.makers[target.Id] = -1;
        }
        return ordered;
    }

    private void Finish(Statement statement, int[] missing, bool[] isDone, Stack<int> pending)
    {
        foreach (Node needed in Needs(statement))
        {
            // Whoever is the last to use it may run now. Operands that a statement has twice are two uses.
            if (--this.remaining[needed.Id] is 1 or 2)
            {
                foreach (int reader in this.readers[needed.Id]!)
                {
                    if (!isDone[reader])
                        pending.Push(reader);
                }
            }
        }
        if (statement.Target is { } target and not Choice && this.readers[target.Id] is { } readers)
        {
            foreach (int reader in readers)
            {
                // The last one pushed runs first: what is read at once needs no local.
                missing[reader]--;
                pending.Push(reader);
            }
        }
    }

    // Whether it takes the last use of at least as many values as it makes.
    private bool SavesLocals(Statement statement)
    {
        int saved = statement.Target is null ? 0 : -1;
        IReadOnlyList<Node> references = statement.References;
        for (int k = 0; k < references.Count; k++)
        {
            Node node = references[k];
            int own = 0, first = k;
            for (int other = references.Count - 1; other >= 0; other--)
            {
                if (!ReferenceEquals(references[other], node))
                    continue;
                own++;
                first = other;
            }
            saved += node is not (Constant or Parameter) && first == k && this.remaining[node.Id] == own ? 1 : 0;
        }
        return saved >= 0;
    }

    private static IEnumerable<Node> Needs(Statement statement) =>
        statement is Assign { Node.Predecessors: { Count: > 0 } predecessors } ? statement.References.Concat(predecessors) : statement.References;

    private static bool Writes(Statement statement) => statement is Store or Accumulate;
}
