using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Simplification;

/// <summary>A sum taken apart: a tree of additions, subtractions and negations in one region, of which nothing but the root is used elsewhere.</summary>
internal static class LinearForm
{
    /// <summary>A term of a sum: <see cref="Coefficient"/> times <see cref="Factor"/>.</summary>
    /// <param name="Node">The term, before its sign.</param>
    /// <param name="IsNegative">Whether it is subtracted.</param>
    internal readonly record struct Term(Node Node, bool IsNegative)
    {
        public double Coefficient => (Multiple(this.Node)?.C ?? 1) * (this.IsNegative ? -1 : 1);

        public Node Factor => Multiple(this.Node)?.X ?? this.Node;

        // A rule that has just moved a sign leaves the literal at the right.
        private static (double C, Node X)? Multiple(Node node) => node switch
        {
            Apply { Operation: Multiply, Operands: [Constant { Value: double c }, var x] } => (c, x),
            Apply { Operation: Multiply, Operands: [var x, Constant { Value: double c }] } => (c, x),
            _ => null,
        };
    }

    /// <summary>The sums of a graph that are no part of a greater one.</summary>
    public static IEnumerable<Node> Roots(Graph graph, int[] uses)
    {
        var isPart = new bool[graph.Nodes.Count];
        foreach (Node node in graph.Nodes)
        {
            for (int k = 0; uses[node.Id] > 0 && IsSum(node) && k < node.Operands.Count; k++)
                isPart[node.Operands[k].Id] |= IsPart(node.Operands[k], node, uses);
        }
        return graph.Nodes.Where(node => uses[node.Id] > 0 && !isPart[node.Id] && IsSum(node));
    }

    public static List<Term> TermsOf(Node root, int[] uses)
    {
        var terms = new List<Term>();
        var pending = new Stack<Term>([new Term(root, false)]);
        while (pending.TryPop(out Term term))
        {
            Node node = term.Node;
            if (!IsSum(node) || !(ReferenceEquals(node, root) || IsPart(node, root, uses)))
            {
                terms.Add(term);
                continue;
            }
            bool isFirstNegative = term.IsNegative ^ ((Apply)node).Operation is Negate;
            if (node.Operands.Count == 2)
                pending.Push(new Term(node.Operands[1], term.IsNegative ^ ((Apply)node).Operation is Subtract));
            pending.Push(new Term(node.Operands[0], isFirstNegative));
        }
        return terms;
    }

    private static bool IsSum(Node node) => node is Apply { Operation: Add or Subtract or Negate } && node.Type == typeof(double);

    private static bool IsPart(Node node, Node sum, int[] uses) => uses[node.Id] == 1 && IsSum(node) && ReferenceEquals(node.Region, sum.Region);
}
