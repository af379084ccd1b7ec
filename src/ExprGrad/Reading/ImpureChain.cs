using ExprGrad.IR;

namespace ExprGrad.Reading;

/// <summary>
/// The order of what has one: impure nodes run in the order of the source, and reads of memory that they may change stay between the links of the chain where they were written.
/// </summary>
internal sealed class ImpureChain(GraphBuilder builder)
{
    private Node? link;
    private Read? reads;
    private Node? iteration;
    private int assignments;
    private int lastAssignment;

    /// <summary>Where the reader stands: equal marks see the same memory and the same variables.</summary>
    public (Node? Link, int Assignments) Mark => (this.link, this.assignments);

    /// <summary>What must run before a node of this behaviour.</summary>
    public Node[] Predecessors(Behaviour behaviour)
    {
        if (behaviour == Behaviour.Total)
            return [];
        if (!behaviour.HasFlag(Behaviour.Impure))
            return [.. new[] { behaviour.HasFlag(Behaviour.ReadsState) ? this.iteration : null, this.link }.OfType<Node>()];
        List<Node> nodes = this.reads?.Nodes() ?? [];
        if (this.link is not null)
            nodes.Add(this.link);
        nodes.Reverse();
        return [.. nodes.Distinct().Where(node => !node.Region.Excludes(builder.Region))];
    }

    /// <summary>Takes note of a new node.</summary>
    public void Append(Node node, Behaviour behaviour)
    {
        if (behaviour.HasFlag(Behaviour.Impure))
            (this.link, this.reads) = (node, null);
        else if (behaviour != Behaviour.Total)
            this.reads = new Read(node, null, null, this.reads);
    }

    /// <summary>Enters a loop whose body may be impure: what an iteration reads is not what the one before it did, also where nothing impure comes first. Returns what to leave it with.</summary>
    public Node? Enter(Node? index)
    {
        Node? outer = this.iteration;
        this.iteration = index ?? outer;
        return outer;
    }

    /// <summary>Leaves a loop that was entered.</summary>
    public void Leave(Node? outer) => this.iteration = outer;

    /// <summary>Takes note of an assignment to a variable of the lambda.</summary>
    public void Assign() => this.assignments = ++this.lastAssignment;

    public State Save() => new(this.link, this.reads, this.assignments);

    public void Restore(State state) => (this.link, this.reads, this.assignments) = (state.Link, state.Reads, state.Assignments);

    /// <summary>Continues after a conditional whose cases began at <paramref name="entry"/> and ended at <paramref name="exits"/>.</summary>
    public void Join(Node selector, State entry, IReadOnlyList<State> exits)
    {
        bool isImpure = exits.Any(exit => !ReferenceEquals(exit.Link, entry.Link));
        // What was read before is followed by the link of a case that has one; of another by nothing yet.
        Read? joined = exits.Any(exit => ReferenceEquals(exit.Link, entry.Link)) ? entry.Reads : null;
        foreach (State exit in exits)
        {
            if (exit.Reads is not null && !ReferenceEquals(exit.Reads, entry.Reads))
                joined = new Read(null, exit.Reads, entry.Reads, joined);
        }
        this.reads = joined;
        this.link = entry.Link;
        if (isImpure)
        {
            Node none = builder.Constant(null, typeof(void));
            this.link = builder.Choice(typeof(void), selector, [.. exits.Select(exit => exit.Link ?? none)]);
        }
    }

    /// <summary>Continues after a loop with impure code in its body: the recurrence stands for all of it.</summary>
    public void Leave(Fold loop, Node? guard, State entry)
    {
        this.reads = null;
        this.link = guard is null ? loop : builder.Choice(typeof(void), guard, [entry.Link ?? builder.Constant(null, typeof(void)), loop]);
    }

    internal readonly record struct State(Node? Link, Read? Reads, int Assignments);

    /// <summary>A node that was read, or all that a case of a conditional read: from its last to where the case began. Cases inside cases are taken apart only when something impure follows.</summary>
    internal sealed class Read(Node? node, Read? last, Read? begin, Read? previous)
    {
        /// <summary>The nodes from this one back to the first.</summary>
        public List<Node> Nodes()
        {
            var nodes = new List<Node>();
            var pending = new Stack<(Read? Read, Read? End)>([(this, null)]);
            while (pending.TryPop(out (Read? Read, Read? End) next))
            {
                if (next.Read is not { } read || ReferenceEquals(read, next.End))
                    continue;
                if (read.Node is { } own)
                    nodes.Add(own);
                pending.Push((read.Previous, next.End));
                pending.Push((read.Last, read.Begin));
            }
            return nodes;
        }

        private Node? Node { get; } = node;

        private Read? Last { get; } = last;

        private Read? Begin { get; } = begin;

        private Read? Previous { get; } = previous;
    }
}
