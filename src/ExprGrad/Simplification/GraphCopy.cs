using ExprGrad.IR;

namespace ExprGrad.Simplification;

/// <summary>A graph made anew from what runs of an old one. A conditional whose selector became a constant is the case that it has.</summary>
internal static class GraphCopy
{
    /// <summary>Copies <paramref name="graph"/>, operands first.</summary>
    /// <param name="graph">The old graph.</param>
    /// <param name="uses">How many uses its nodes have; what has none is left out.</param>
    /// <param name="builder">An empty builder.</param>
    /// <param name="replace">Given an old node and its copy, gives what takes the copy's place.</param>
    public static Graph Of(Graph graph, int[] uses, GraphBuilder builder, Func<Node, Node, Node> replace)
    {
        var copies = new Node[graph.Nodes.Count];
        var regions = new Dictionary<Region, Region?> { [graph.Root] = builder.Root };

        // Null if the region never runs.
        Region? CopyRegion(Region region)
        {
            if (regions.TryGetValue(region, out Region? copy))
                return copy;
            var branch = (Branch)region;
            Region? parent = CopyRegion(branch.Parent);
            return regions[region] = parent is null ? null
                : KnownCase(copies[branch.Selector.Id]) is { } known ? known == branch.Case ? parent : null
                : builder.Regions.Branch(parent, copies[branch.Selector.Id], branch.Case);
        }

        Node[] CopyAll(IReadOnlyList<Node> nodes, int start = 0)
        {
            var made = new Node[nodes.Count - start];
            for (int k = 0; k < made.Length; k++)
                made[k] = copies[nodes[start + k].Id];
            return made;
        }

        // What never runs orders nothing.
        Node[] CopyOrder(IReadOnlyList<Node> predecessors) =>
            predecessors.Count == 0 ? [] : [.. predecessors.Select(predecessor => copies[predecessor.Id]).Where(copy => copy is not (null or Constant)).Distinct()];

        foreach (Node node in graph.Nodes)
        {
            if (uses[node.Id] == 0 && node is not Parameter)
                continue;
            if (CopyRegion(node.Region) is not { } region)
                continue;
            builder.Region = region;
            Node copy = node switch
            {
                Constant constant => builder.Constant(constant.Value, constant.Type),
                Parameter parameter => builder.Parameter(parameter.Name, parameter.Type),
                Load load => builder.Load(copies[load.Array.Id], copies[load.Index.Id], CopyOrder(load.Predecessors)),
                Choice choice when KnownCase(copies[choice.Selector.Id]) is { } known => copies[choice.Arm(known).Id],
                Choice choice => builder.Choice(choice.Type, copies[choice.Selector.Id], CopyAll(choice.Operands, start: 1)),
                Apply apply => builder.Apply(apply.Operation, CopyAll(apply.Operands), CopyOrder(apply.Predecessors)),
                _ => throw new InvalidOperationException($"A node of an unknown kind: {node.GetType().Name}."),
            };
            copies[node.Id] = replace(node, copy);
        }
        return graph with
        {
            Nodes = builder.Nodes,
            Regions = builder.Regions,
            Input = (Parameter)copies[graph.Input.Id],
            Data = graph.Data is null ? null : (Parameter)copies[graph.Data.Id],
            Value = copies[graph.Value.Id],
            Gradient = [.. graph.Gradient.Select(component => component with { Adjoint = copies[component.Adjoint.Id] })],
            Effects = [.. graph.Effects.Where(effect => CopyRegion(effect.Region) is not null)
                .Select(effect => new Effect(CopyRegion(effect.Region)!, copies[effect.Index.Id], copies[effect.Term.Id]))],
            Anchors = [.. graph.Anchors.Where(anchor => CopyRegion(anchor.Region) is not null).Select(anchor => copies[anchor.Id]).Distinct()],
        };
    }

    private static int? KnownCase(Node selector) => selector is Constant { Value: bool test } ? test ? 1 : 0 : null;
}
