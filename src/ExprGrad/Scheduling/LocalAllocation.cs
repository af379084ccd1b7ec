using ExprGrad.IR;
using ExprGrad.Runtime;

namespace ExprGrad.Scheduling;

/// <summary>
/// Gives each assigned node a local; a local is free again after the last use of its node. What several methods use lives in scratch, everything else in a variable of its method.
/// </summary>
/// <remarks>
/// The order of the text is enough, but for loops: what is assigned in one case of a conditional and used later keeps its local through the other cases; what a loop uses and does not assign keeps it to the end of the loop,
/// and so does everything in a loop whose lanes run in another order than its text.
/// What owns memory (vectors, and states that are arrays) has a local of its own: the memory is kept there until the function returns.
/// </remarks>
internal sealed class LocalAllocation
{
    private const int Scratch = -1;

    private readonly bool reuse;
    private readonly int[] lastUse;
    private readonly int[] method;
    private readonly Dictionary<Node, Local> locals = [];
    private readonly Dictionary<(int Method, Type), Stack<Local>> free = [];
    private readonly Dictionary<Type, int> scratchCounts = [];
    private readonly List<Node> reads = [];
    private readonly Dictionary<Node, int> firstStep = [];
    private readonly Dictionary<int, List<Node>> endingAt = [];
    private int step;
    private int methodCount;
    private int count;
    private int reordered;
    private bool hasLoops;

    // Of each node: the last step that uses it, 0 if none does; and the method that it lives in, null until it is known.
    private LocalAllocation(Graph graph, bool reuse)
    {
        (this.reuse, this.lastUse, this.method) = (reuse, new int[graph.Nodes.Count], new int[graph.Nodes.Count]);
        Array.Fill(this.method, int.MinValue);
    }

    public static IReadOnlyDictionary<Node, Local> Of(Graph graph, IReadOnlyList<Statement> body, bool reuse)
    {
        var allocation = new LocalAllocation(graph, reuse);
        allocation.hasLoops = Contains<Repeat>(body);
        allocation.FindAssigned(body, 0);
        (allocation.step, allocation.methodCount) = (0, 0);
        allocation.FindLastUses(body, 0);
        allocation.Use(graph.Value, 0, int.MaxValue);
        (allocation.step, allocation.methodCount) = (0, 0);
        allocation.Allocate(body, 0);
        return allocation.locals;
    }

    private void FindAssigned(IReadOnlyList<Statement> statements, int current)
    {
        foreach (Statement statement in statements)
        {
            if (statement.Target is { } target)
                this.method[target.Id] = this.method[target.Id] == int.MinValue || this.method[target.Id] == current ? current : Scratch;
            if (statement.Blocks.Count > 0)
                this.Inside(statement, current, this.FindAssigned);
        }
    }

    private void FindLastUses(IReadOnlyList<Statement> statements, int current)
    {
        foreach (Statement statement in statements)
        {
            this.step++;
            foreach (Node node in this.Reads(statement))
                this.Use(node, current, this.step);
            if (this.hasLoops && statement.Target is { } target)
                this.firstStep.TryAdd(target, this.step);
            int start = this.step;
            if (statement.Blocks.Count > 0)
                this.Inside(statement, current, this.FindLastUses);
            if (statement is Repeat)
                this.KeepToEndOfLoop(start, IsReordered(statement));
        }
    }

    // In lanes whatever is in the loop may run before what is above it in the text.
    private static bool IsReordered(Statement statement) => statement is Repeat { Lanes.IsReordered: true };

    // The next iteration uses again what this one did not assign.
    private void KeepToEndOfLoop(int start, bool isReordered)
    {
        this.step++;
        foreach ((Node node, int assigned) in this.firstStep)
        {
            if ((isReordered || assigned <= start) && this.lastUse[node.Id] > start)
            {
                this.lastUse[node.Id] = this.step;
                this.endingAt.TryAdd(this.step, []);
                this.endingAt[this.step].Add(node);
            }
        }
    }

    private void Use(Node node, int current, int when)
    {
        this.lastUse[node.Id] = when;
        if (this.method[node.Id] != current)
            this.method[node.Id] = Scratch;
    }

    private void Allocate(IReadOnlyList<Statement> statements, int current)
    {
        foreach (Statement statement in statements)
        {
            this.step++;
            foreach (Node node in this.Reads(statement))
            {
                if (this.reuse && this.lastUse[node.Id] == this.step && !OwnsMemory(node))
                {
                    this.FreeOf(node).Push(this.locals[node]);
                    this.lastUse[node.Id] = -1;
                }
            }
            if (statement.Target is { } target && !this.locals.ContainsKey(target))
            {
                Local local = this.locals[target] = !OwnsMemory(target) && this.FreeOf(target).TryPop(out Local? free) ? free : this.Create(target);
                // What only runs (it may throw, or is impure) needs no local for long; FastExpressionCompiler loses the stack on a value that is dropped.
                if (this.reuse && this.lastUse[target.Id] == 0 && !OwnsMemory(target) && this.reordered == 0)
                    this.FreeOf(target).Push(local);
            }
            this.reordered += IsReordered(statement) ? 1 : 0;
            if (statement.Blocks.Count > 0)
                this.Inside(statement, current, this.Allocate);
            this.reordered -= IsReordered(statement) ? 1 : 0;
            if (statement is Repeat)
                this.FreeAtEndOfLoop();
        }
    }

    private void FreeAtEndOfLoop()
    {
        this.step++;
        foreach (Node node in this.endingAt.GetValueOrDefault(this.step, []))
        {
            if (this.reuse && this.lastUse[node.Id] == this.step && !OwnsMemory(node))
            {
                this.FreeOf(node).Push(this.locals[node]);
                this.lastUse[node.Id] = -1;
            }
        }
    }

    private static bool Contains<T>(IReadOnlyList<Statement> statements)
        where T : Statement => statements.Any(statement => statement is T || statement.Blocks.Any(Contains<T>));

    private static bool OwnsMemory(Node node) => node is Vector or Scatter || (node is State && node.Type.IsArray);

    // Parts are numbered in the order of the text, the same in each pass; the function itself is 0.
    private void Inside(Statement statement, int current, Action<IReadOnlyList<Statement>, int> pass)
    {
        if (statement is Part)
            current = ++this.methodCount;
        foreach (IReadOnlyList<Statement> block in statement.Blocks)
            pass(block, current);
    }

    // The locals that a statement reads, through the expressions that are nested in it; each once.
    private List<Node> Reads(Statement statement)
    {
        this.reads.Clear();
        foreach (Node node in statement.References)
            this.Collect(node);
        // Lanes add to one element apart, and come back to the array when the loop is over.
        if (statement is AddElement { Scatter.Length: var length })
            this.Collect(length);
        return this.reads;
    }

    // Nesting is bounded, and so is the recursion.
    private void Collect(Node node)
    {
        if (node is Constant or Parameter)
            return;
        if (this.method[node.Id] != int.MinValue)
        {
            if (!this.reads.Contains(node))
                this.reads.Add(node);
            return;
        }
        for (int k = 0; k < node.Reads.Count; k++)
            this.Collect(node.Reads[k]);
    }

    private Local Create(Node node)
    {
        if (this.method[node.Id] != Scratch)
            return new Local(node.Type, this.count++);
        int number = this.scratchCounts.GetValueOrDefault(node.Type);
        this.scratchCounts[node.Type] = number + 1;
        return new Local(node.Type, number, IsScratch: true);
    }

    private Stack<Local> FreeOf(Node node)
    {
        (int, Type) key = (this.method[node.Id], node.Type);
        if (!this.free.TryGetValue(key, out Stack<Local>? locals))
            this.free[key] = locals = [];
        return locals;
    }
}
