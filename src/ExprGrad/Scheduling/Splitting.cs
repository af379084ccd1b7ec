using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>
/// Cuts a function that is too large for one method into parts that share scratch. Beyond some thousand operations the JIT compiles a method without optimising it,
/// and beyond some hundred locals it stops keeping them in registers.
/// </summary>
internal sealed class Splitting
{
    /// <summary>How many operations one method may have.</summary>
    public const int MaxWeight = 1_500;

    /// <summary>How many operations a part is meant to have.</summary>
    public const int PartWeight = 500;

    private const int CallWeight = 2;

    private readonly bool[] isAssigned;
    private readonly int[] costs;
    private readonly int[] first;
    private readonly int[] last;
    private readonly int[] crossing;
    private int position;

    private Splitting(Graph graph, IReadOnlyList<Statement> body)
    {
        int count = graph.Nodes.Count;
        (this.isAssigned, this.costs, this.first, this.last) = (new bool[count], new int[count], new int[count], new int[count]);
        int statements = this.FindAssigned(body);
        foreach (Node node in graph.Nodes)
            this.costs[node.Id] = 1 + this.CostOf(node.Reads);
        this.crossing = new int[statements + 1];
    }

    /// <summary>The same statements, in parts if they are too many.</summary>
    public static IReadOnlyList<Statement> Apply(Graph graph, IReadOnlyList<Statement> body)
    {
        var splitting = new Splitting(graph, body);
        Run all = splitting.Measure(body);
        // A loop is in one method with all that it uses.
        if (all.Weight <= MaxWeight || body.Any(ContainsLoop))
            return body;
        splitting.CountCrossing(graph);
        return [.. splitting.Split(all).Pieces.Select(piece => piece.Statement)];
    }

    private static bool ContainsLoop(Statement statement) => statement is Repeat || statement.Blocks.Any(block => block.Any(ContainsLoop));

    // In the end at most PartWeight's worth of statements, calls of parts among them.
    private Run Split(Run run)
    {
        for (int k = 0; k < run.Pieces.Count; k++)
        {
            // A conditional too large for a part of its own is cut inside its cases.
            if (run.Pieces[k] is { Statement: Conditional conditional, Cases: { } cases, Weight: > PartWeight } piece)
            {
                Run[] split = [.. cases.Select(inner => inner.Weight > PartWeight / cases.Count ? this.Split(inner) : inner)];
                Statement shrunk = conditional with { Cases = [.. split.Select(inner => inner.Statements)] };
                run.Pieces[k] = new Piece(shrunk, this.OwnWeight(conditional) + split.Sum(inner => inner.Weight), piece.End, split);
            }
        }
        Run current = new(run.Pieces);
        while (current.Weight > PartWeight)
        {
            Run packed = this.Pack(current.Pieces);
            if (packed.Weight >= current.Weight)
                break;
            current = packed;
        }
        return current;
    }

    private Run Pack(List<Piece> pieces)
    {
        var parts = new List<Piece>();
        for (int start = 0; start < pieces.Count;)
        {
            int weight = 0, end = start, cut = -1;
            // Where a part may end, the cut that fewest values cross.
            for (; end < pieces.Count; end++)
            {
                int next = pieces[end].Weight;
                if (weight + next > PartWeight && end > start)
                    break;
                weight += next;
                if (weight > PartWeight / 2 && (cut < 0 || this.crossing[pieces[end].End] <= this.crossing[pieces[cut - 1].End]))
                    cut = end + 1;
            }
            if (end == pieces.Count || cut < 0)
                cut = end;
            List<Piece> part = pieces.GetRange(start, cut - start);
            parts.Add(part is [{ Statement: Part or ClearGradient }] ? part[0] : new Piece(new Part(new Run(part).Statements), CallWeight, part[^1].End, null));
            start = cut;
        }
        return new Run(parts);
    }

    // How many nodes are assigned up to a position of the text and used after it.
    private void CountCrossing(Graph graph)
    {
        foreach (Node node in graph.Nodes)
        {
            if (this.isAssigned[node.Id] && this.last[node.Id] > this.first[node.Id])
            {
                this.crossing[this.first[node.Id]]++;
                this.crossing[this.last[node.Id]]--;
            }
        }
        for (int k = 1; k < this.crossing.Length; k++)
            this.crossing[k] += this.crossing[k - 1];
    }

    // Each statement with its weight and its place in the text.
    private Run Measure(IReadOnlyList<Statement> statements)
    {
        var pieces = new List<Piece>(statements.Count);
        foreach (Statement statement in statements)
        {
            this.position++;
            foreach (Node node in statement.References)
                this.VisitReads(node);
            if (statement.Target is { } target)
            {
                if (this.first[target.Id] == 0)
                    this.first[target.Id] = this.position;
                this.last[target.Id] = this.position;
            }
            Run[] cases = [.. statement.Blocks.Select(this.Measure)];
            pieces.Add(new Piece(statement, this.OwnWeight(statement) + cases.Sum(inner => inner.Weight), this.position, cases.Length > 0 ? cases : null));
        }
        return new Run(pieces);
    }

    // What is nested has no place of its own: its operands are read here.
    private void VisitReads(Node node)
    {
        this.last[node.Id] = this.position;
        if (!this.IsNested(node))
            return;
        foreach (Node operand in node.Reads)
            this.VisitReads(operand);
    }

    private bool IsNested(Node node) => !this.isAssigned[node.Id] && node is not (Constant or Parameter);

    private int FindAssigned(IReadOnlyList<Statement> statements)
    {
        int count = statements.Count;
        foreach (Statement statement in statements)
        {
            if (statement.Target is { } target)
                this.isAssigned[target.Id] = true;
            foreach (IReadOnlyList<Statement> block in statement.Blocks)
                count += this.FindAssigned(block);
        }
        return count;
    }

    // Operations: those nested in the expressions of some nodes.
    private int CostOf(NodeList nodes)
    {
        int cost = 0;
        foreach (Node node in nodes)
            cost += this.IsNested(node) ? this.costs[node.Id] : 0;
        return cost;
    }

    private int OwnWeight(Statement statement) => 1 + statement.References.Sum(node => this.IsNested(node) ? this.costs[node.Id] : 0);

    /// <summary>A statement of a run.</summary>
    /// <param name="Statement">The statement.</param>
    /// <param name="Weight">Its operations, those of the statements inside it included.</param>
    /// <param name="End">The place in the text after it.</param>
    /// <param name="Cases">What is inside it, if it is a conditional.</param>
    private readonly record struct Piece(Statement Statement, int Weight, int End, IReadOnlyList<Run>? Cases);

    /// <summary>Statements in order.</summary>
    private readonly struct Run(List<Piece> pieces)
    {
        public List<Piece> Pieces { get; } = pieces;

        public int Weight { get; } = pieces.Sum(piece => piece.Weight);

        public IReadOnlyList<Statement> Statements => [.. this.Pieces.Select(piece => piece.Statement)];
    }
}
