using System.Text;
using ExprGrad.IR;

namespace ExprGrad.Diagnostics;

/// <summary>A graph as text: one line for each node that runs, by regions; then the value, the components of the gradient and the effects.</summary>
/// <remarks>
/// <c>%5: int = to Int32 %2 after %4</c>: a type other than double is written out; <c>after</c> names what must have run before; <c>(runs even if unused)</c> marks what may throw or is impure.
/// Constants and parameters stand in the places where they are used. Numbers are those of the graph: nodes that survive from one stage to the next within a graph keep theirs.
/// </remarks>
internal static class GraphPrinter
{
    public static string Print(Graph graph)
    {
        int[] uses = Liveness.CountUses(graph);
        HashSet<Node> anchors = [.. graph.Anchors];
        var text = new StringBuilder();
        text.Append($"function of {graph.Input.Name}: {TypeName.Short(graph.Input.Type)}");
        if (graph.RequiredLength > 0)
            text.Append($" with at least {graph.RequiredLength} element{(graph.RequiredLength == 1 ? "" : "s")}");
        if (graph.Data is { } data)
            text.Append($", {data.Name}: {TypeName.Short(data.Type)}");
        text.Append('\n');

        ILookup<Region, Effect> effects = graph.Effects.ToLookup(effect => effect.Region);
        ILookup<Region, Node> nodes = graph.Nodes.Where(node => uses[node.Id] > 0 && node is not (Constant or Parameter)).ToLookup(node => node.Region);
        foreach (Region region in nodes.Select(group => group.Key).Concat(effects.Select(group => group.Key)).Append(graph.Root).Distinct().OrderBy(region => region.Id))
        {
            text.Append($"{NodeText.Region(region)}:\n");
            foreach (Node node in nodes[region])
                text.Append($"  {Line(node, anchors.Contains(node))}\n");
            foreach (Effect effect in effects[region])
                text.Append($"  gradient[{NodeText.Operand(effect.Index)}] += {NodeText.Operand(effect.Term)}\n");
        }
        text.Append($"value = {NodeText.Operand(graph.Value)}\n");
        foreach (Component component in graph.Gradient)
            text.Append($"gradient[{component.Index}] {(graph.Effects.Count > 0 ? "+=" : "=")} {NodeText.Operand(component.Adjoint)}\n");
        return text.ToString();
    }

    private static string Line(Node node, bool isAnchored)
    {
        string type = node.Type == typeof(double) ? "" : $": {TypeName.Short(node.Type)}";
        string operands = node switch
        {
            Choice choice => $" by {NodeText.Operand(choice.Selector)}: {string.Join(", ", Enumerable.Range(0, choice.CaseCount).Select(k => $"{NodeText.Case(choice.Selector, k)} {NodeText.Operand(choice.Arm(k))}"))}",
            _ => string.Concat(node.Operands.Select(operand => " " + NodeText.Operand(operand))),
        };
        string order = node.Predecessors.Count == 0 ? "" : " after" + string.Concat(node.Predecessors.Select(predecessor => " " + NodeText.Operand(predecessor)));
        return $"{node}{type} = {NodeText.Operation(node)}{operands}{order}{(isAnchored ? " (runs even if unused)" : "")}";
    }
}
