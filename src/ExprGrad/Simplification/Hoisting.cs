using ExprGrad.IR;

namespace ExprGrad.Simplification;

/// <summary>
/// Equal operations are computed once where control passes both: what a branch computes and the region around it too, before or after the branch, stands in the region around it; so does what all cases of a conditional compute.
/// </summary>
/// <remarks>Interning finds an equal node that was made before in a region around; this pass finds those that were made later, or in a sibling. Nothing is computed where it was not computed before.</remarks>
internal sealed class Hoisting
{
    private readonly Graph graph;
    private readonly int[] uses;
    private readonly bool[] isUsedHere;
    private readonly int[] classes;
    private readonly Dictionary<Key, int> known = [];
    private readonly List<List<Node>> members = [];
    private readonly Dictionary<Node, Region> targets = [];

    private Hoisting(Graph graph)
    {
        this.graph = graph;
        this.uses = Liveness.CountUses(graph);
        (this.classes, this.isUsedHere) = (new int[graph.Nodes.Count], new bool[graph.Nodes.Count]);
        this.FindUses();
        foreach (Node node in graph.Nodes)
        {
            if (this.uses[node.Id] > 0)
                this.Classify(node);
        }
        foreach (List<Node> equal in this.members.Where(equal => equal.Count > 1))
            this.FindTargets(equal);
    }

    /// <summary>The same function with fewer operations.</summary>
    public static Graph Apply(Graph graph, bool sharing)
    {
        if (!sharing || !graph.Nodes.Any(node => node is Choice))
            return graph;
        var hoisting = new Hoisting(graph);
        if (hoisting.targets.Count == 0)
            return graph;
        var builder = new GraphBuilder(sharing);
        return GraphCopy.Of(graph, hoisting.uses, builder, (node, copy) =>
        {
            if (!hoisting.targets.TryGetValue(node, out Region? target) || builder.Region.Depth != node.Region.Depth || copy.Region.Depth <= target.Depth)
                return copy;
            Region region = builder.Region.AtDepth(target.Depth);
            if (!copy.Operands.All(operand => operand.Region.Encloses(region)))
                return copy;
            return builder.In(region, () => copy is Load load ? builder.Load(load.Array, load.Index, []) : builder.Apply(((Apply)copy).Operation, [.. copy.Operands]));
        });
    }

    // A node that only a deeper branch uses runs there, wherever it was written.
    private void FindUses()
    {
        foreach (Node node in this.graph.Nodes)
        {
            for (int k = 0; this.uses[node.Id] > 0 && k < node.Operands.Count; k++)
                this.isUsedHere[node.Operands[k].Id] |= ReferenceEquals(node is Choice choice && k > 0 ? this.graph.Regions.Branch(choice.Region, choice.Selector, k - 1) : node.Region, node.Operands[k].Region);
        }
        foreach (Node result in this.graph.Gradient.Select(component => component.Adjoint).Append(this.graph.Value))
            this.isUsedHere[result.Id] = true;
    }

    private void Classify(Node node)
    {
        Key? key = node switch
        {
            Apply { Operation: { Behaviour: Behaviour.Total } operation, Predecessors.Count: 0 } => new Key(operation, [.. node.Operands.Select(operand => this.classes[operand.Id])]),
            Load { Predecessors.Count: 0 } when !this.graph.MayThrow(node) => new Key(typeof(Load), [.. node.Operands.Select(operand => this.classes[operand.Id])]),
            _ => null,
        };
        if (key is not null && this.known.TryGetValue(key.Value, out int number))
        {
            this.members[number].Add(node);
        }
        else
        {
            number = this.members.Count;
            this.members.Add([node]);
            if (key is not null)
                this.known.Add(key.Value, number);
        }
        this.classes[node.Id] = number;
    }

    private void FindTargets(List<Node> equal)
    {
        var regions = new HashSet<Region>(equal.Where(node => this.isUsedHere[node.Id]).Select(node => node.Region));
        // From the inside out: a region all of whose cases compute it does.
        foreach (Branch branch in regions.OfType<Branch>().OrderByDescending(branch => branch.Depth).ToArray())
        {
            for (Branch? inner = branch; inner is not null && IsInAllCases(inner); inner = inner.Parent as Branch)
                regions.Add(inner.Parent);
        }
        Region[] inwards = [.. regions.OrderBy(region => region.Depth)];
        foreach (Node node in equal)
        {
            Region outermost = Outermost(node.Region, regions, inwards);
            if (!ReferenceEquals(outermost, node.Region))
                this.targets.Add(node, outermost);
        }

        bool IsInAllCases(Branch branch)
        {
            for (int k = 0; k < branch.CaseCount; k++)
            {
                if (!regions.Contains(this.graph.Regions.Branch(branch.Parent, branch.Selector, k)))
                    return false;
            }
            return true;
        }
    }

    // The outermost of some regions that encloses another, itself if there is none: the shorter way, through them or through what is around it.
    private static Region Outermost(Region inner, HashSet<Region> regions, Region[] inwards)
    {
        if (inwards.Length <= inner.Depth)
            return inwards.FirstOrDefault(region => region.Encloses(inner), inner);
        Region outermost = inner;
        for (Region? region = inner.Parent; region is not null; region = region.Parent)
            outermost = regions.Contains(region) ? region : outermost;
        return outermost;
    }

    /// <summary>What makes two operations equal: they do the same to operands of equal classes.</summary>
    private readonly record struct Key(object Operation, int[] Operands)
    {
        public bool Equals(Key other) => this.Operation.Equals(other.Operation) && this.Operands.AsSpan().SequenceEqual(other.Operands);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.Add(this.Operation);
            foreach (int operand in this.Operands)
                hash.Add(operand);
            return hash.ToHashCode();
        }
    }
}
