using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>
/// Nests nodes in the expression of their only user, and turns a conditional that only chooses a value into a conditional expression. The JIT keeps a nested value in a register without being told;
/// the depth is bounded because compilers of expressions recurse on it.
/// </summary>
/// <remarks>
/// It is also bounded because where more is alive than there are registers, the JIT puts the values of nested expressions into memory before any local, a long sum for each of its terms. Measured with sixteen registers:
/// four levels instead of sixteen save 5 % of Ackley 20 and of random graphs, two of vectors 20 % of Helmholtz 10; around loops, where locals are few, four cost 3 % (logistic regression).
/// </remarks>
internal sealed class Nesting
{
    private const int DepthAroundLoops = 16, DepthElsewhere = 4, DepthOfVectors = 2;

    // A tree of that depth can have more operations than a method may.
    private const int MaxSize = 64;

    private readonly Graph graph;
    private readonly int maxDepth;
    private readonly bool[] isPrimal;
    private readonly int[] references;
    private readonly int[] depths;
    private readonly int[] sizes;
    private readonly bool[] isBound;
    private readonly int[] lastReads;
    private readonly int[] released;

    private Nesting(Graph graph, bool hasLoops)
    {
        (this.graph, this.maxDepth) = (graph, hasLoops ? DepthAroundLoops : DepthElsewhere);
        this.isPrimal = Liveness.OfPrimal(graph);
        int count = graph.Nodes.Count;
        (this.references, this.depths, this.sizes, this.isBound, this.lastReads, this.released) = (new int[count], new int[count], new int[count], new bool[count], new int[count], new int[count]);
    }

    /// <summary>The same statements without those whose value is nested in a later one of the same block.</summary>
    /// <param name="graph">What is computed.</param>
    /// <param name="body">The statements.</param>
    /// <param name="hasLoops">Whether there are loops among them.</param>
    public static IReadOnlyList<Statement> Apply(Graph graph, IReadOnlyList<Statement> body, bool hasLoops)
    {
        var nesting = new Nesting(graph, hasLoops);
        nesting.Count(body);
        nesting.CountJoins();
        nesting.CountChosenObjects();
        // The value is returned at the end, but computed before the gradient is written.
        nesting.references[graph.Value.Id] += 2;
        return nesting.Nest(body);
    }

    // FastExpressionCompiler takes the address of what such an element is found by, too: CompilerLimits.
    private static bool IsElementWithMembers(Node node) => node is Load { Type.IsPrimitive: false };

    private void Count(IReadOnlyList<Statement> statements)
    {
        foreach (Statement statement in statements)
        {
            foreach (Node node in statement.References)
                this.references[node.Id]++;
            // What others must run after keeps its place.
            if (statement is Assign { Node: var ordered })
            {
                foreach (Node predecessor in ordered.Predecessors)
                    this.references[predecessor.Id] += 2;
            }
            foreach (IReadOnlyList<Statement> block in statement.Blocks)
                this.Count(block);
        }
    }

    // Where chains of impure nodes join, what comes after must find them done.
    private void CountJoins()
    {
        foreach (Node node in this.graph.Nodes)
        {
            if (node is Choice && node.Type == typeof(void))
            {
                foreach (Node link in node.Operands)
                    this.references[link.Id] += 2;
            }
        }
    }

    // A member of a conditional is more than FastExpressionCompiler compiles: an object that is chosen has a name.
    private void CountChosenObjects()
    {
        foreach (Node node in this.graph.Nodes)
        {
            if (node is Choice { Type: { IsPrimitive: false, IsArray: false } type } && type != typeof(void))
                this.references[node.Id] += 2;
        }
    }

    private List<Statement> Nest(IReadOnlyList<Statement> statements)
    {
        var kept = new List<Statement?>(statements.Count);
        var assigned = new Dictionary<Node, int>();
        this.FindLastReads(statements);
        for (int position = 0; position < statements.Count; position++)
        {
            Statement nested = statements[position] switch
            {
                Conditional conditional => this.NestConditional(conditional),
                Repeat repeat => repeat with { Body = this.Nest(repeat.Body) },
                _ => statements[position],
            };
            int depth = 0, released = 0, size = 1;
            bool isBound = nested.Target is { } own && (this.isBound[own.Id] || this.graph.IsAnchored(own));
            // What stands outside a conditional expression and is one of its arms runs whatever is chosen.
            NodeList candidates = nested is Assign { Node: Choice { Selector: var selector } } ? [selector] : nested.References;
            foreach (Node node in candidates.Distinct().OrderByDescending(node => assigned.GetValueOrDefault(node, -1)))
            {
                // What may throw or is impure runs before the gradient is written: with what the value needs.
                bool mayMove = !this.isBound[node.Id] || (nested.Target is { } user && this.isPrimal[user.Id]);
                // What stands directly before its user may go into it; from further away it would keep its operands waiting instead of itself.
                bool mayWait = assigned.TryGetValue(node, out int place) && (this.released[node.Id] <= 1 || place == kept.Count - 1);
                if (this.references[node.Id] == 1 && this.depths[node.Id] < (LaneShape.Of(node.Type) is null ? this.maxDepth : DepthOfVectors) && size + this.sizes[node.Id] <= MaxSize && mayMove && mayWait && !IsElementWithMembers(node))
                {
                    assigned.Remove(node);
                    kept[place] = null;
                    while (kept.Count > 0 && kept[^1] is null)
                        kept.RemoveAt(kept.Count - 1);
                    depth = Math.Max(depth, this.depths[node.Id] + 1);
                    released += this.released[node.Id];
                    size += this.sizes[node.Id];
                    isBound |= this.isBound[node.Id];
                }
                else if (node is not (Constant or Parameter) && this.lastReads[node.Id] == position)
                {
                    released++;
                }
            }
            if (nested.Target is { } bound)
                this.isBound[bound.Id] = isBound;
            if (nested.Target is { } sized)
                this.sizes[sized.Id] += size;
            if (nested is Assign { Node: var target })
            {
                this.depths[target.Id] = Math.Max(this.depths[target.Id], depth);
                this.released[target.Id] = released;
                assigned[target] = kept.Count;
            }
            kept.Add(nested);
        }
        return [.. kept.OfType<Statement>()];
    }

    // Where in these statements a value is read last; nowhere if it is read inside of one.
    private void FindLastReads(IReadOnlyList<Statement> statements)
    {
        for (int position = 0; position < statements.Count; position++)
        {
            foreach (Node node in statements[position].References)
                this.lastReads[node.Id] = position;
        }
    }

    private Statement NestConditional(Conditional conditional)
    {
        IReadOnlyList<Statement>[] cases = [.. conditional.Cases.Select(this.Nest)];
        if (cases[0] is not [Move { Choice: var choice }] || !cases.All(block => block is [Move move] && ReferenceEquals(move.Choice, choice)))
            return conditional with { Cases = cases };
        // The moves have added up the sizes of the arms.
        if (this.sizes[choice.Id] > MaxSize)
            return conditional with { Cases = cases };
        foreach (IReadOnlyList<Statement> block in cases)
        {
            Node arm = ((Move)block[0]).Arm;
            this.depths[choice.Id] = Math.Max(this.depths[choice.Id], this.depths[arm.Id] + 1);
        }
        return new Assign(choice);
    }
}
