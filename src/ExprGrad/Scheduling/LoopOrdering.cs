using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>
/// Orders the statements of loops that run backwards, and of loops inside them: what only computes a value waits until a statement needs it, and conditionals with one test become one where nothing has to run between them.
/// So few values are alive at once, and above all few where a function is called, which leaves no register as it was.
/// </summary>
/// <remarks>Forwards the order is the user's, as it decides which of several exceptions is thrown. Backwards nothing throws: it was computed before.</remarks>
internal static class LoopOrdering
{
    /// <summary>The same statements in a better order.</summary>
    public static IReadOnlyList<Statement> Apply(IReadOnlyList<Statement> body) => OfBlock(body, isBackward: false);

    private static List<Statement> OfBlock(IReadOnlyList<Statement> block, bool isBackward) =>
        [.. (isBackward && !block.Any(IsOrdered) ? Merged(new DemandOrder(block).Of()) : block).Select(statement => statement switch
        {
            Conditional conditional => conditional with { Cases = [.. conditional.Cases.Select(inner => OfBlock(inner, isBackward))] },
            Repeat repeat => repeat with { Body = OfBlock(repeat.Body, isBackward || repeat.Loop.IsBackward) },
            _ => statement,
        })];

    // What the user ordered: calls with side effects, and reads between them.
    private static bool IsOrdered(Statement statement) =>
        statement is Assign { Node: var node } && (node.Predecessors.Count > 0 || Order.IsImpure(node)) || statement.Blocks.Any(block => block.Any(IsOrdered));

    private static List<Statement> Merged(IReadOnlyList<Statement> statements)
    {
        var merged = new List<Statement>(statements.Count);
        foreach (Statement statement in statements)
        {
            if (statement is Conditional next && merged is [.., Conditional last] && ReferenceEquals(last.Selector, next.Selector))
                merged[^1] = last with { Cases = [.. last.Cases.Zip(next.Cases, (first, second) => (IReadOnlyList<Statement>)[.. first, .. second])] };
            else
                merged.Add(statement);
        }
        return merged;
    }

    /// <summary>One block.</summary>
    private sealed class DemandOrder
    {
        private readonly IReadOnlyList<Statement> block;
        private readonly List<int>[] needs;

        public DemandOrder(IReadOnlyList<Statement> block)
        {
            this.block = block;
            this.needs = new List<int>[block.Count];
            var writers = new Dictionary<Node, int>();
            var readers = new Dictionary<Node, List<int>>();
            for (int k = 0; k < block.Count; k++)
            {
                var reads = new HashSet<Node>();
                var writes = new HashSet<Node>();
                Find(block[k], reads, writes);
                var needed = new HashSet<int>();
                foreach (Node node in reads)
                {
                    if (writers.TryGetValue(node, out int writer))
                        needed.Add(writer);
                }
                foreach (Node node in writes)
                {
                    if (writers.TryGetValue(node, out int writer))
                        needed.Add(writer);
                    if (readers.Remove(node, out List<int>? before))
                        needed.UnionWith(before);
                    writers[node] = k;
                }
                foreach (Node node in reads)
                {
                    if (!readers.TryGetValue(node, out List<int>? all))
                        readers[node] = all = [];
                    all.Add(k);
                }
                needed.Remove(k);
                this.needs[k] = [.. needed.OrderByDescending(other => this.HaveOneTest(other, k)).ThenByDescending(other => other)];
            }
        }

        public List<Statement> Of()
        {
            var ordered = new List<Statement>(this.block.Count);
            var isDone = new bool[this.block.Count];
            var pending = new Stack<int>();
            foreach (int root in Enumerable.Range(0, this.block.Count).OrderBy(k => IsValue(this.block[k])))
            {
                pending.Push(root);
                while (pending.TryPeek(out int k))
                {
                    // What is needed is pushed in front of it, the last of it first, and then it has its turn again.
                    int depth = pending.Count;
                    foreach (int needed in isDone[k] ? [] : this.needs[k])
                    {
                        if (!isDone[needed])
                            pending.Push(needed);
                    }
                    if (pending.Count > depth)
                        continue;
                    pending.Pop();
                    if (!isDone[k])
                        ordered.Add(this.block[k]);
                    isDone[k] = true;
                }
            }
            return ordered;
        }

        private bool HaveOneTest(int a, int b) => this.block[a] is Conditional one && this.block[b] is Conditional other && ReferenceEquals(one.Selector, other.Selector);

        // What has no effect but the values of nodes: it can wait for its uses.
        private static bool IsValue(Statement statement) => statement is Assign or Move || (statement is Conditional && statement.Blocks.All(block => block.All(IsValue)));

        private static void Find(Statement statement, HashSet<Node> reads, HashSet<Node> writes)
        {
            reads.UnionWith(statement.References);
            if (statement.Target is { } target)
                writes.Add(target);
            switch (statement)
            {
                case AddTerm { Sum: var sum }:
                    writes.Add(sum);
                    break;
                case StoreElement { Vector: var vector }:
                    writes.Add(vector);
                    break;
                case AddElement { Scatter: var scatter }:
                    writes.Add(scatter);
                    break;
                case Advance { Fold: var fold }:
                    writes.UnionWith(fold.Operands.Take(fold.Count));
                    break;
            }
            foreach (IReadOnlyList<Statement> block in statement.Blocks)
            {
                foreach (Statement inner in block)
                    Find(inner, reads, writes);
            }
        }
    }
}
