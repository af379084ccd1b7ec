using System.Text;

namespace ExprGrad.Diagnostics;

/// <summary>A drawing as a Mermaid flowchart.</summary>
internal static class MermaidPrinter
{
    public static string Print(Drawing drawing)
    {
        var text = new StringBuilder("flowchart TD\n");
        Print(drawing.Root, text, depth: 1);
        foreach (DrawnEdge edge in drawing.Edges)
            text.Append($"  {edge.From} {(edge.IsDotted ? "-.->" : "-->")}{(edge.Label.Length == 0 ? "" : $"|{edge.Label}|")} {edge.To}\n");
        return text.Append("""
              classDef primal fill:#dbeafe,stroke:#1d4ed8,color:#111
              classDef adjoint fill:#fee2e2,stroke:#b91c1c,color:#111
              classDef result fill:#f3f4f6,stroke:#374151,color:#111,stroke-width:2px

            """.ReplaceLineEndings("\n")).ToString();
    }

    private static void Print(DrawnRegion region, StringBuilder text, int depth)
    {
        string indentation = Drawing.Indentation(depth);
        foreach (DrawnNode node in region.Nodes)
            text.Append($"{indentation}{node.Id}[\"{Escape(node.Label)}\"]:::{Class(node.Kind)}\n");
        foreach (DrawnRegion inner in region.Regions)
        {
            text.Append($"{indentation}subgraph {inner.Id}[\"{Escape(inner.Title)}\"]\n");
            Print(inner, text, depth + 1);
            text.Append($"{indentation}end\n");
        }
    }

    private static string Class(DrawnKind kind) => kind switch
    {
        DrawnKind.Primal => "primal",
        DrawnKind.Adjoint => "adjoint",
        _ => "result",
    };

    // Entities: Mermaid has no other way.
    private static string Escape(string label) => label.Replace("#", "#35;", StringComparison.Ordinal).Replace("\"", "#quot;", StringComparison.Ordinal).Replace("<", "#lt;", StringComparison.Ordinal).Replace(">", "#gt;", StringComparison.Ordinal);
}
