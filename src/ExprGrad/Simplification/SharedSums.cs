using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Simplification;

/// <summary>
/// <c>Σ cₖ * (t * xₖ) → t * Σ cₖ * xₖ</c> in the adjoint, where the primal computes that sum: the product of a symmetric matrix and a vector is the same before and after.
/// </summary>
/// <remarks>The licence is that of adjoint rules, but for one thing: where the sum overflows in the primal, the terms might have been finite.</remarks>
internal sealed class SharedSums
{
    private const int MinTerms = 3;

    private readonly Graph graph;
    private readonly int[] uses;
    private readonly Dictionary<Node, List<Form>> formsByFirst = [];

    private SharedSums(Graph graph)
    {
        (this.graph, this.uses) = (graph, Liveness.CountUses(graph));
    }

    public static Graph Apply(Graph graph, bool sharing)
    {
        bool[] isPrimal = Liveness.OfPrimal(graph);
        var sums = new SharedSums(graph);
        Node[] roots = [.. LinearForm.Roots(graph, sums.uses)];
        foreach (Node root in roots.Where(root => isPrimal[root.Id]))
            sums.Remember(root);
        if (sums.formsByFirst.Count == 0)
            return graph;
        var found = new Dictionary<Node, Factored>();
        foreach (Node root in roots.Where(root => !isPrimal[root.Id]))
        {
            if (sums.Find(root) is { } factored)
                found.Add(root, factored);
        }
        return found.Count == 0 ? graph : sums.Replace(found, sharing);
    }

    private void Remember(Node root)
    {
        List<LinearForm.Term> terms = LinearForm.TermsOf(root, this.uses);
        if (terms.Count < MinTerms || terms.Select(term => term.Factor).Distinct().Count() < terms.Count)
            return;
        var coefficients = terms.Select(term => (term.Factor, term.Coefficient)).OrderBy(term => term.Factor.Id).ToArray();
        if (!this.formsByFirst.TryGetValue(coefficients[0].Factor, out List<Form>? forms))
            this.formsByFirst[coefficients[0].Factor] = forms = [];
        forms.Add(new Form(root, coefficients));
    }

    private Factored? Find(Node root)
    {
        List<LinearForm.Term> terms = LinearForm.TermsOf(root, this.uses);
        if (terms.Count < MinTerms)
            return null;
        // Each product may have its common factor at the left or at the right.
        var byFactor = new Dictionary<Node, Dictionary<Node, LinearForm.Term>>();
        foreach (LinearForm.Term term in terms)
        {
            if (term.Factor is not Apply { Operation: Multiply, Operands: [var a, var b] })
                continue;
            Add(a, b, term);
            Add(b, a, term);
        }
        foreach ((Node t, Dictionary<Node, LinearForm.Term> others) in byFactor.Where(entry => entry.Value.Count >= MinTerms))
        {
            foreach (Form form in others.Keys.SelectMany(other => this.formsByFirst.GetValueOrDefault(other, [])))
            {
                if (form.Sum.Region.Encloses(root.Region) && form.RatioTo(others) is { } sign)
                    return new Factored(form.Sum, t, sign < 0, Without(terms, [.. form.Terms.Select(term => others[term.Factor])]));
            }
        }
        return null;

        void Add(Node t, Node other, LinearForm.Term term)
        {
            if (!byFactor.TryGetValue(t, out Dictionary<Node, LinearForm.Term>? others))
                byFactor[t] = others = [];
            others.TryAdd(other, term);
        }
    }

    // Terms that are equal are as many as there are.
    private static List<LinearForm.Term> Without(List<LinearForm.Term> terms, HashSet<LinearForm.Term> removed) => [.. terms.Where(term => !removed.Remove(term))];

    private Graph Replace(Dictionary<Node, Factored> found, bool sharing)
    {
        var builder = new GraphBuilder(sharing);
        var copies = new Node[this.graph.Nodes.Count];
        return GraphCopy.Of(this.graph, this.uses, builder, (node, copy) =>
        {
            copies[node.Id] = copy;
            if (!found.TryGetValue(node, out Factored? factored))
                return copy;
            Node product = builder.Apply(Arithmetic.Multiply, copies[factored.Factor.Id], copies[factored.Sum.Id]);
            // The sum may be there already: x · (A x) gives A x to each of its two factors.
            LinearForm.Term[] same = [.. factored.Rest.Where(term => IsProductOf(term.Node, factored.Factor, factored.Sum))];
            double count = same.Sum(term => term.IsNegative ? -1 : 1) + (factored.IsNegative ? -1 : 1);
            IEnumerable<Node> others = factored.Rest.Where(term => !same.Contains(term)).Select(term => Signed(copies[term.Node.Id], term.IsNegative));
            return copies[node.Id] = SumOf([.. others, builder.Apply(Arithmetic.Multiply, builder.Constant(count), product)]);
        });

        Node Signed(Node node, bool isNegative) => isNegative ? builder.Apply(Arithmetic.Negate, node) : node;

        Node SumOf(ReadOnlySpan<Node> terms) =>
            terms.Length == 1 ? terms[0] : builder.Apply(Arithmetic.Add, SumOf(terms[..(terms.Length / 2)]), SumOf(terms[(terms.Length / 2)..]));
    }

    private static bool IsProductOf(Node node, Node a, Node b) =>
        node is Apply { Operation: Multiply, Operands: [var left, var right] } && (ReferenceEquals(left, a) ? ReferenceEquals(right, b) : ReferenceEquals(left, b) && ReferenceEquals(right, a));

    /// <summary>A sum of the primal.</summary>
    private sealed record Form(Node Sum, (Node Factor, double Coefficient)[] Terms)
    {
        /// <summary>1 or −1 if its terms are among <paramref name="others"/>, with all their coefficients times that; else null.</summary>
        public int? RatioTo(Dictionary<Node, LinearForm.Term> others)
        {
            int ratio = 0;
            foreach ((Node factor, double coefficient) in this.Terms)
            {
                int here = !others.TryGetValue(factor, out LinearForm.Term term) ? 0 : term.Coefficient == coefficient ? 1 : term.Coefficient == -coefficient ? -1 : 0;
                if (here == 0 || here == -ratio)
                    return null;
                ratio = here;
            }
            return ratio;
        }
    }

    /// <summary>What becomes of a sum of the adjoint: <see cref="Factor"/> times <see cref="Sum"/>, and the rest.</summary>
    private sealed record Factored(Node Sum, Node Factor, bool IsNegative, IReadOnlyList<LinearForm.Term> Rest);
}
