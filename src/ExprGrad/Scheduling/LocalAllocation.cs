using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>Gives each assigned node a local; a local is free again after the last use of its node.</summary>
/// <remarks>Without loops the order of the text is enough: what is assigned in one case of a conditional and used later keeps its local through the other cases.</remarks>
internal sealed class LocalAllocation
{
    private readonly Graph graph;
    private readonly Dictionary<Node, int> lastUse = [];
    private readonly Dictionary<Node, Local> locals = [];
    private readonly Dictionary<Type, Stack<Local>> free = [];
    private readonly HashSet<Node> assigned = [];
    private readonly bool reuse;
    private int step;
    private int count;

    private LocalAllocation(Graph graph, bool reuse) => (this.graph, this.reuse) = (graph, reuse);

    public static Dictionary<Node, Local> Of(Graph graph, IReadOnlyList<Statement> body, bool reuse)
    {
        var allocation = new LocalAllocation(graph, reuse);
        allocation.FindAssigned(body);
        allocation.FindLastUses(body);
        allocation.lastUse[graph.Value] = int.MaxValue;
        allocation.step = 0;
        allocation.Allocate(body);
        return allocation.locals;
    }

    private void FindAssigned(IReadOnlyList<Statement> statements)
    {
        foreach (Statement statement in statements)
        {
            if (statement is Assign assign)
                this.assigned.Add(assign.Node);
            else if (statement is Move move)
                this.assigned.Add(move.Choice);
            else if (statement is Conditional conditional)
                conditional.Cases.ToList().ForEach(this.FindAssigned);
        }
    }

    private void FindLastUses(IReadOnlyList<Statement> statements)
    {
        foreach (Statement statement in statements)
        {
            this.step++;
            foreach (Node node in this.Reads(statement))
                this.lastUse[node] = this.step;
            if (statement is Conditional conditional)
                conditional.Cases.ToList().ForEach(this.FindLastUses);
        }
    }

    private void Allocate(IReadOnlyList<Statement> statements)
    {
        foreach (Statement statement in statements)
        {
            this.step++;
            foreach (Node node in this.Reads(statement))
            {
                if (this.lastUse[node] == this.step && this.reuse && this.lastUse.Remove(node))
                    this.FreeOf(node.Type).Push(this.locals[node]);
            }
            Node? target = statement is Assign assign ? assign.Node : (statement as Move)?.Choice;
            if (target is not null && !this.locals.ContainsKey(target))
            {
                Local local = this.locals[target] = this.FreeOf(target.Type).TryPop(out Local? free) ? free : new Local(target.Type, this.count++);
                // What only runs (it may throw, or is impure) needs no local for long; FastExpressionCompiler loses the stack on a value that is dropped.
                if (!this.lastUse.ContainsKey(target))
                    this.FreeOf(target.Type).Push(local);
            }
            if (statement is Conditional conditional)
                conditional.Cases.ToList().ForEach(this.Allocate);
        }
    }

    // The locals that a statement reads, through the expressions that are nested in it.
    private IEnumerable<Node> Reads(Statement statement)
    {
        var pending = new Stack<Node>(statement.References);
        var reads = new HashSet<Node>();
        while (pending.TryPop(out Node? node))
        {
            if (node is Constant or Parameter)
                continue;
            if (this.assigned.Contains(node))
            {
                reads.Add(node);
                continue;
            }
            foreach (Node operand in node.Operands)
                pending.Push(operand);
        }
        return reads;
    }

    private Stack<Local> FreeOf(Type type)
    {
        if (!this.free.TryGetValue(type, out Stack<Local>? locals))
            this.free[type] = locals = [];
        return locals;
    }
}
