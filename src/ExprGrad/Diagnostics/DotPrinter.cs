using System.Text;

namespace ExprGrad.Diagnostics;

/// <summary>A drawing in the language of Graphviz.</summary>
internal static class DotPrinter
{
    public static string Print(Drawing drawing)
    {
        var text = new StringBuilder("digraph gradient {\n  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n");
        Print(drawing.Root, text, depth: 1);
        foreach (DrawnEdge edge in drawing.Edges)
        {
            string label = edge.Label.Length == 0 ? "" : $"label={Quote(edge.Label)}", style = edge.IsDotted ? "style=dotted" : "";
            string attributes = string.Join(", ", new[] { label, style }.Where(attribute => attribute.Length > 0));
            text.Append($"  {edge.From} -> {edge.To}{(attributes.Length == 0 ? "" : $" [{attributes}]")};\n");
        }
        return text.Append("}\n").ToString();
    }

    private static void Print(DrawnRegion region, StringBuilder text, int depth)
    {
        string indentation = Drawing.Indentation(depth);
        foreach (DrawnNode node in region.Nodes)
            text.Append($"{indentation}{node.Id} [label={Quote(node.Label)}, {Style(node.Kind)}];\n");
        foreach (DrawnRegion inner in region.Regions)
        {
            // Only a subgraph whose name begins with "cluster" is drawn as a frame.
            text.Append($"{indentation}subgraph cluster_{inner.Id} {{\n{indentation}  label={Quote(inner.Title)};\n");
            Print(inner, text, depth + 1);
            text.Append($"{indentation}}}\n");
        }
    }

    private static string Style(DrawnKind kind) => kind switch
    {
        DrawnKind.Primal => "class=primal, fillcolor=\"#dbeafe\", color=\"#1d4ed8\"",
        DrawnKind.Adjoint => "class=adjoint, fillcolor=\"#fee2e2\", color=\"#b91c1c\"",
        _ => "class=result, fillcolor=\"#f3f4f6\", color=\"#374151\", penwidth=2",
    };

    private static string Quote(string label) => $"\"{label.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
