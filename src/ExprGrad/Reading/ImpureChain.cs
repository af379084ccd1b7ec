using ExprGrad.IR;

namespace ExprGrad.Reading;

/// <summary>
/// The order of what has one: impure nodes run in the order of the source, and reads of memory that they may change stay between the links of the chain where they were written.
/// </summary>
internal sealed class ImpureChain(GraphBuilder builder)
{
    private Node? link;
    private Read? reads;
    private int assignments;

    /// <summary>Where the reader stands: equal marks see the same memory and the same variables.</summary>
    public (Node? Link, int Assignments) Mark => (this.link, this.assignments);

    /// <summary>What must run before a node of this behaviour.</summary>
    public Node[] Predecessors(Behaviour behaviour)
    {
        if (behaviour == Behaviour.Total)
            return [];
        if (!behaviour.HasFlag(Behaviour.Impure))
            return this.link is null ? [] : [this.link];
        var nodes = new List<Node>();
        for (Read? read = this.reads; read is not null; read = read.Previous)
            nodes.Add(read.Node);
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
            this.reads = new Read(node, this.reads);
    }

    /// <summary>Takes note of an assignment to a variable of the lambda.</summary>
    public void Assign() => this.assignments++;

    public State Save() => new(this.link, this.reads);

    public void Restore(State state) => (this.link, this.reads) = (state.Link, state.Reads);

    /// <summary>Continues after a conditional whose cases began at <paramref name="entry"/> and ended at <paramref name="exits"/>.</summary>
    public void Join(Node selector, State entry, IReadOnlyList<State> exits)
    {
        bool isImpure = exits.Any(exit => !ReferenceEquals(exit.Link, entry.Link));
        // What was read before is followed by the link of a case that has one; of another by nothing yet.
        Read? joined = exits.Any(exit => ReferenceEquals(exit.Link, entry.Link)) ? entry.Reads : null;
        foreach (State exit in exits)
        {
            for (Read? read = exit.Reads; read is not null && !ReferenceEquals(read, entry.Reads); read = read.Previous)
                joined = new Read(read.Node, joined);
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

    internal readonly record struct State(Node? Link, Read? Reads);

    internal sealed class Read(Node node, Read? previous)
    {
        public Node Node { get; } = node;

        public Read? Previous { get; } = previous;
    }
}
