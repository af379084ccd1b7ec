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

    private readonly bool[] isAssigned;
    private readonly int[] costs;
    private readonly int[] firstStep;
    private readonly int[] lastStep;

    private Splitting(Graph graph, IReadOnlyList<Statement> body)
    {
        int count = graph.Nodes.Count;
        (this.isAssigned, this.costs, this.firstStep, this.lastStep) = (new bool[count], new int[count], new int[count], new int[count]);
        this.FindAssigned(body);
        foreach (Node node in graph.Nodes)
            this.costs[node.Id] = 1 + this.CostOf(node.Reads);
    }

    /// <summary>The same statements, in parts if they are too many.</summary>
    public static IReadOnlyList<Statement> Apply(Graph graph, IReadOnlyList<Statement> body)
    {
        var splitting = new Splitting(graph, body);
        // A loop is in one method with all that it uses.
        return splitting.WeightOf(body) <= MaxWeight || body.Any(ContainsLoop) ? body : splitting.Split(body);
    }

    private static bool ContainsLoop(Statement statement) => statement is Repeat || statement.Blocks.Any(block => block.Any(ContainsLoop));

    // In the end at most PartWeight's worth of statements, calls of parts among them.
    private IReadOnlyList<Statement> Split(IReadOnlyList<Statement> statements)
    {
        var shrunk = new List<Statement>(statements.Count);
        foreach (Statement statement in statements)
        {
            // A conditional too large for a part of its own is cut inside its cases.
            shrunk.Add(statement is Conditional conditional && this.WeightOf(statement) > PartWeight
                ? conditional with { Cases = [.. conditional.Cases.Select(block => this.WeightOf(block) > PartWeight / conditional.Cases.Count ? this.Split(block) : block)] }
                : statement);
        }
        IReadOnlyList<Statement> current = shrunk;
        while (current.Count > 1 && this.WeightOf(current) > PartWeight)
        {
            IReadOnlyList<Statement> packed = this.Pack(current);
            if (packed.Count >= current.Count)
                break;
            current = packed;
        }
        return current;
    }

    private List<Statement> Pack(IReadOnlyList<Statement> statements)
    {
        int[] crossing = this.CountCrossing(statements);
        var parts = new List<Statement>();
        for (int start = 0; start < statements.Count;)
        {
            int weight = 0, end = start, cut = -1;
            // Where a part may end, the cut that fewest values cross.
            for (; end < statements.Count; end++)
            {
                int next = this.WeightOf(statements[end]);
                if (weight + next > PartWeight && end > start)
                    break;
                weight += next;
                if (weight > PartWeight / 2 && (cut < 0 || crossing[end + 1] <= crossing[cut]))
                    cut = end + 1;
            }
            if (end == statements.Count || cut < 0)
                cut = end;
            Statement[] run = [.. statements.Skip(start).Take(cut - start)];
            parts.Add(run is [Part or ClearGradient] ? run[0] : new Part(run));
            start = cut;
        }
        return parts;
    }

    // How many nodes are assigned before statement k and used in it or after it.
    private int[] CountCrossing(IReadOnlyList<Statement> statements)
    {
        var assigned = new List<Node>();
        for (int k = 0; k < statements.Count; k++)
            this.Visit(statements[k], k, assigned);
        var changes = new int[statements.Count + 2];
        foreach (Node node in assigned)
        {
            if (this.lastStep[node.Id] > this.firstStep[node.Id])
            {
                changes[this.firstStep[node.Id] + 1]++;
                changes[this.lastStep[node.Id] + 1]--;
            }
        }
        for (int k = 1; k < changes.Length; k++)
            changes[k] += changes[k - 1];
        return changes;
    }

    private void Visit(Statement statement, int step, List<Node> assigned)
    {
        foreach (Node node in statement.References)
            this.VisitReads(node, step);
        if (statement.Target is { } target)
        {
            assigned.Add(target);
            this.firstStep[target.Id] = this.lastStep[target.Id] = step;
        }
        foreach (IReadOnlyList<Statement> block in statement.Blocks)
        {
            foreach (Statement inner in block)
                this.Visit(inner, step, assigned);
        }
    }

    // What is nested has no step of its own: its operands are read here.
    private void VisitReads(Node node, int step)
    {
        this.lastStep[node.Id] = step;
        if (!this.IsNested(node))
            return;
        for (int k = 0; k < node.Reads.Count; k++)
            this.VisitReads(node.Reads[k], step);
    }

    private bool IsNested(Node node) => !this.isAssigned[node.Id] && node is not (Constant or Parameter);

    private void FindAssigned(IReadOnlyList<Statement> statements)
    {
        foreach (Statement statement in statements)
        {
            if (statement.Target is { } target)
                this.isAssigned[target.Id] = true;
            foreach (IReadOnlyList<Statement> block in statement.Blocks)
                this.FindAssigned(block);
        }
    }

    // Operations: the statement's own and those nested in it.
    private int CostOf(IReadOnlyList<Node> nodes)
    {
        int cost = 0;
        for (int k = 0; k < nodes.Count; k++)
            cost += this.IsNested(nodes[k]) ? this.costs[nodes[k].Id] : 0;
        return cost;
    }

    private int WeightOf(Statement statement) => statement is Part ? 2 : 1 + this.CostOf(statement.References) + statement.Blocks.Sum(this.WeightOf);

    private int WeightOf(IReadOnlyList<Statement> statements)
    {
        int weight = 0;
        foreach (Statement statement in statements)
            weight += this.WeightOf(statement);
        return weight;
    }
}
