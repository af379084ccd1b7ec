using ExprGrad.IR;

namespace ExprGrad.Diagnostics;

/// <summary>What a drawn node belongs to.</summary>
internal enum DrawnKind
{
    Primal,
    Adjoint,
    Result,
}

internal sealed record DrawnNode(string Id, string Label, DrawnKind Kind);

/// <summary>The title of the region is its test; the root has none.</summary>
internal sealed record DrawnRegion(string Id, string Title, List<DrawnNode> Nodes, List<DrawnRegion> Regions);

/// <summary>The dotted ones lead from a test to what it decides.</summary>
internal sealed record DrawnEdge(string From, string To, string Label = "", bool IsDotted = false);

/// <summary>A graph as boxes and arrows, whatever draws them. Constants and inputs are part of the labels.</summary>
internal sealed class Drawing
{
    private readonly Dictionary<Region, DrawnRegion> regions = [];
    private readonly List<DrawnEdge> edges = [];

    private Drawing(Graph graph)
    {
        this.Root = this.regions[graph.Root] = new DrawnRegion("root", "", [], []);
        int[] uses = Liveness.CountUses(graph);
        int[] usesOfPrimal = Liveness.CountUses(graph with { Gradient = [], Effects = [] });
        foreach (Node node in graph.Nodes)
        {
            if (uses[node.Id] > 0 && HasBox(node))
                this.Add(node, usesOfPrimal[node.Id] > 0 ? DrawnKind.Primal : DrawnKind.Adjoint);
        }
        this.AddResult(graph.Root, "value", "value", graph.Value);
        foreach (Component component in graph.Gradient)
            this.AddResult(graph.Root, $"g{component.Index}", $"gradient[{component.Index}]", component.Adjoint);
        for (int k = 0; k < graph.Effects.Count; k++)
        {
            Effect effect = graph.Effects[k];
            this.AddResult(effect.Region, $"e{k}", $"gradient[{Label(effect.Index)}] +=", effect.Term);
            this.Connect(effect.Index, $"e{k}", "index");
        }
    }

    public DrawnRegion Root { get; }

    public IReadOnlyList<DrawnEdge> Edges => this.edges;

    public static Drawing Of(Graph graph) => new(graph);

    /// <summary>What a line inside regions begins with. Bounded: of a long chain of branches it would be most of the text.</summary>
    public static string Indentation(int depth) => new(' ', 2 * Math.Min(depth, 12));

    private void Add(Node node, DrawnKind kind)
    {
        string id = Id(node);
        this.RegionOf(node.Region).Nodes.Add(new DrawnNode(id, Label(node, node.Operands), kind));
        if (node is Choice choice)
        {
            this.Connect(choice.Selector, id, "", isDotted: true);
            for (int k = 0; k < choice.CaseCount; k++)
                this.Connect(choice.Arm(k), id, NodeText.Case(choice.Selector, k));
            return;
        }
        foreach (Node operand in node.Operands)
            this.Connect(operand, id);
    }

    private void AddResult(Region region, string id, string label, Node source)
    {
        this.RegionOf(region).Nodes.Add(new DrawnNode(id, HasBox(source) ? label : $"{label} = {NodeText.Operand(source)}", DrawnKind.Result));
        this.Connect(source, id);
    }

    private void Connect(Node from, string to, string label = "", bool isDotted = false)
    {
        if (HasBox(from))
            this.edges.Add(new DrawnEdge(Id(from), to, label, isDotted));
    }

    private DrawnRegion RegionOf(Region region)
    {
        if (this.regions.TryGetValue(region, out DrawnRegion? known))
            return known;
        var drawn = new DrawnRegion($"r{region.Id}", NodeText.Title(region, Label), [], []);
        this.RegionOf(region.Parent!).Regions.Add(drawn);
        return this.regions[region] = drawn;
    }

    private static bool HasBox(Node node) => node is not (Constant or Parameter);

    private static string Id(Node node) => $"n{node.Id}";

    private static string Label(Node node) => HasBox(node) ? Label(node, node.Operands) : NodeText.Operand(node);

    // "multiply 2.0 ·": what comes along an arrow is a dot, and is left out where there is nothing else.
    private static string Label(Node node, IReadOnlyList<Node> operands) => node switch
    {
        Load { Array: var array, Index: var index } => $"{(HasBox(array) ? "·" : NodeText.Operand(array))}[{(HasBox(index) ? "·" : NodeText.Operand(index))}]",
        Apply { Operation: Given given } => given.Parameter.Name!,
        Choice { CaseCount: var cases } choice => string.Join(" ", Enumerable.Range(0, cases).Where(k => !HasBox(choice.Arm(k))).Select(k => $"{NodeText.Case(choice.Selector, k)}: {NodeText.Operand(choice.Arm(k))}").Prepend("choose")),
        _ when operands.All(HasBox) => NodeText.Operation(node),
        _ => NodeText.Operation(node) + string.Concat(operands.Select(operand => HasBox(operand) ? " ·" : " " + NodeText.Operand(operand))),
    };
}
