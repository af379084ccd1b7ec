using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>
/// Orders the statements between two conditionals so that few values wait in locals: what uses up as many values as it makes runs as soon as it can, the rest in the order of the graph.
/// A term of the adjoint then follows the part of the primal that it needs, while that is still in registers.
/// </summary>
internal sealed class Ordering
{
    private readonly int[] remaining;
    private readonly int[] makers;
    private readonly List<int>?[] readers;

    private Ordering(int[] uses)
    {
        this.remaining = [.. uses];
        this.makers = new int[uses.Length];
        Array.Fill(this.makers, -1);
        this.readers = new List<int>?[uses.Length];
    }

    /// <summary>The same statements in a better order.</summary>
    /// <param name="body">Statements in an order in which they can run.</param>
    /// <param name="uses">How many uses each node has.</param>
    public static IReadOnlyList<Statement> Apply(IReadOnlyList<Statement> body, int[] uses) => new Ordering(uses).OfBlock(body);

    private List<Statement> OfBlock(IReadOnlyList<Statement> block)
    {
        var ordered = new List<Statement>(block.Count);
        var run = new List<Statement>();
        foreach (Statement statement in block)
        {
            if (statement is not Conditional conditional)
            {
                run.Add(statement);
                continue;
            }
            this.Order(run, ordered);
            run.Clear();
            ordered.Add(this.OfConditional(conditional));
        }
        this.Order(run, ordered);
        return ordered;
    }

    private Conditional OfConditional(Conditional conditional)
    {
        this.remaining[conditional.Selector.Id]--;
        return conditional with { Cases = [.. conditional.Cases.Select(this.OfBlock)] };
    }

    private void Order(List<Statement> statements, List<Statement> ordered)
    {
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
        var isDone = new bool[statements.Count];
        var pending = new Stack<int>();
        for (int next = 0; next < statements.Count; next++)
        {
            pending.Push(next);
            while (pending.TryPop(out int k))
            {
                if (isDone[k] || (k != next && !(missing[k] == 0 && MayMove(statements[k], next > clear) && this.SavesLocals(statements[k]))))
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
        NodeList references = statement.References;
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

    private static NodeList Needs(Statement statement) =>
        statement is Assign { Node.Predecessors: { Count: > 0 } predecessors } ? [.. statement.References, .. predecessors] : statement.References;

    // What may throw, or reads memory, stays where it is; the gradient is written to after it has been cleared.
    private static bool MayMove(Statement statement, bool isCleared) => statement switch
    {
        ClearGradient => false,
        Store or Accumulate => isCleared,
        Assign { Node: Apply { Operation.Behaviour: Behaviour.Total } } => true,
        Assign => false,
        _ => true,
    };
}
