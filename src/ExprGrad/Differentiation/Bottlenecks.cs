using ExprGrad.IR;

namespace ExprGrad.Differentiation;

/// <summary>
/// For each active node its bottleneck: the last node before it that lies on every path of derivatives from the point to it, if there is one. The dominator tree of the active graph.
/// </summary>
/// <remarks>Found in one pass: the bottleneck of a node is where the paths up from its operands meet. Jump pointers (Myers, "An applicative random-access stack", 1983) make a meeting logarithmic in the depth.</remarks>
internal sealed class Bottlenecks
{
    private readonly IReadOnlyList<Node> nodes;
    private readonly int[] above;
    private readonly int[] jump;
    private readonly int[] depth;

    public Bottlenecks(IReadOnlyList<Node> nodes, Activity activity)
    {
        this.nodes = nodes;
        // The point itself stands above all loads, behind the last node.
        int point = nodes.Count;
        (this.above, this.jump, this.depth) = (new int[point + 1], new int[point + 1], new int[point + 1]);
        (this.above[point], this.jump[point]) = (point, point);
        for (int id = 0; id < point; id++)
        {
            if (!activity[nodes[id]])
                continue;
            int meeting = -1;
            for (int k = 0; k < nodes[id].Operands.Count; k++)
            {
                if (activity.Flows(nodes[id], k))
                    meeting = meeting < 0 ? nodes[id].Operands[k].Id : this.Meeting(meeting, nodes[id].Operands[k].Id);
            }
            this.Hang(id, meeting < 0 ? point : meeting);
        }
    }

    /// <summary>The bottleneck of an active node, or null.</summary>
    public Node? Of(Node node) => this.above[node.Id] == this.nodes.Count ? null : this.nodes[this.above[node.Id]];

    private void Hang(int id, int parent)
    {
        (this.above[id], this.depth[id]) = (parent, this.depth[parent] + 1);
        int far = this.jump[parent];
        this.jump[id] = this.depth[parent] - this.depth[far] == this.depth[far] - this.depth[this.jump[far]] ? this.jump[far] : parent;
    }

    private int Meeting(int a, int b)
    {
        if (this.depth[a] < this.depth[b])
            (a, b) = (b, a);
        while (this.depth[a] > this.depth[b])
            a = this.depth[this.jump[a]] >= this.depth[b] ? this.jump[a] : this.above[a];
        while (a != b)
            (a, b) = this.jump[a] != this.jump[b] ? (this.jump[a], this.jump[b]) : (this.above[a], this.above[b]);
        return a;
    }
}
