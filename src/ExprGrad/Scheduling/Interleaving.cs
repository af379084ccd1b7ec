using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>Where the elements of a vector are: every <paramref name="Count"/>-th of the memory of <paramref name="First"/>, from <paramref name="Offset"/> on.</summary>
internal sealed record Strand(Vector First, int Offset, int Count);

/// <summary>
/// Vectors that are stored to in the same place at the same position lie in one array, side by side: what a step of a recurrence keeps is read together, from one address, and takes few lines of the cache.
/// </summary>
/// <remarks>Only where no lanes read them, which want neighbours, and nothing asks for the array itself.</remarks>
internal sealed class Interleaving
{
    private const int MostStrands = 16;

    private readonly Graph graph;
    private readonly int[] uses;
    private readonly HashSet<Node> excluded = [];
    private readonly HashSet<Node> assigned = [];
    private readonly List<List<Vector>> together = [];
    private readonly Dictionary<(Node Length, Node Position, Region Site), List<Vector>> open = [];

    private Interleaving(Graph graph, int[] uses) => (this.graph, this.uses) = (graph, uses);

    /// <summary>The same schedule with vectors that share memory.</summary>
    public static Schedule Apply(Schedule schedule)
    {
        var interleaving = new Interleaving(schedule.Graph, Liveness.CountUses(schedule.Graph));
        if (!interleaving.FindAssigned(schedule.Body))
            return schedule;
        interleaving.ExcludeArrays();
        interleaving.ExcludeLanes(schedule.Body, inLanes: false);
        interleaving.Visit(schedule.Body);
        Dictionary<Vector, Strand> strands = interleaving.together.SelectMany(Groups)
            .SelectMany(vectors => vectors.Select((vector, k) => (Vector: vector, Strand: new Strand(vectors[0], k, vectors.Length))))
            .ToDictionary(entry => entry.Vector, entry => entry.Strand);
        Dictionary<Node, Local> locals = schedule.Locals.ToDictionary(entry => entry.Key, entry => schedule.Locals[entry.Key is Vector vector && strands.TryGetValue(vector, out Strand? strand) ? strand.First : entry.Key]);
        return strands.Count == 0 ? schedule : new Schedule { Graph = schedule.Graph, Body = schedule.Body, Locals = locals, Strands = strands };
    }

    // As many as a power of two: memory is rented by powers of two, and of three vectors side by side the place of a fourth would be empty.
    private static IEnumerable<Vector[]> Groups(List<Vector> vectors)
    {
        int start = 0;
        for (int count = MostStrands; count > 1; count /= 2)
        {
            for (; vectors.Count - start >= count; start += count)
                yield return [.. vectors[start..(start + count)]];
        }
    }

    // False if the function is several methods: they share no variables.
    private bool FindAssigned(IReadOnlyList<Statement> statements)
    {
        foreach (Statement statement in statements)
        {
            if (statement.Target is { } target)
                this.assigned.Add(target);
            if (statement is Part || !statement.Blocks.All(this.FindAssigned))
                return false;
        }
        return true;
    }

    // What is used other than by its elements.
    private void ExcludeArrays()
    {
        foreach (Node node in this.graph.Nodes.Where(node => this.uses[node.Id] > 0))
        {
            for (int k = node is Load ? 1 : 0; k < node.Operands.Count; k++)
            {
                if (node.Operands[k] is Vector vector)
                    this.excluded.Add(vector);
            }
        }
    }

    private void ExcludeLanes(IReadOnlyList<Statement> statements, bool inLanes)
    {
        foreach (Statement statement in statements)
        {
            if (inLanes)
            {
                foreach (Node node in statement.References)
                    this.ExcludeIn(node);
            }
            foreach (IReadOnlyList<Statement> block in statement.Blocks)
                this.ExcludeLanes(block, inLanes || statement is Repeat { Lanes: not null });
        }
    }

    private void ExcludeIn(Node node)
    {
        if (node is Vector)
            this.excluded.Add(node);
        else if (!this.assigned.Contains(node))
        {
            foreach (Node operand in node.Operands)
                this.ExcludeIn(operand);
        }
    }

    // What begins in one block.
    private void Visit(IReadOnlyList<Statement> block)
    {
        this.open.Clear();
        foreach (Statement statement in block)
        {
            if (statement is not Begin { Node: Vector vector } || vector.Value.Type != typeof(double) || this.excluded.Contains(vector))
                continue;
            var shape = (vector.Length, vector.Position, vector.Site);
            if (!this.open.TryGetValue(shape, out List<Vector>? like))
                this.together.Add(this.open[shape] = like = []);
            like.Add(vector);
        }
        foreach (Statement statement in block)
        {
            foreach (IReadOnlyList<Statement> inner in statement.Blocks)
                this.Visit(inner);
        }
    }
}
