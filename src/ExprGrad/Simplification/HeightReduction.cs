using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Simplification;

/// <summary>
/// Adjoints of recurrences wait from iteration to iteration for what is carried: <c>(c * a) * b → c * (a * b)</c> and <c>c * a + c * b → c * (a + b)</c>, c carried and a, b not. What is not carried is computed meanwhile;
/// terms are added in the order in which they come. That is the product of the vector that is carried with the matrix of the step's partials, instead of a product for each operation of the step.
/// </summary>
/// <remarks>
/// <para>Loops around other loops are left alone: what is carried there is long, and does not wait. The licence is that of adjoint rules, but for one thing: partials are multiplied, and may overflow, before they are scaled by the adjoint.</para>
/// <para>Source: tree-height reduction (Kuck, The Structure of Computers and Computations, 1978).</para>
/// </remarks>
internal sealed class HeightReduction
{
    private readonly Graph graph;
    private readonly int[] uses;
    private readonly bool[] isPrimal;
    private readonly HashSet<Node> sums;
    private readonly GraphBuilder builder;
    private readonly Node[] copies;

    // Of copies: how many operations they are behind what is carried into the iteration; −1 for what does not depend on that.
    private readonly List<int> heights = [];
    private readonly HashSet<Node> carried = [];

    private HeightReduction(Graph graph, int[] uses, bool[] isPrimal, bool sharing)
    {
        (this.graph, this.uses, this.isPrimal) = (graph, uses, isPrimal);
        this.sums = [.. LinearForm.Roots(graph, uses)];
        this.builder = new GraphBuilder(sharing);
        this.copies = new Node[graph.Nodes.Count];
    }

    public static Graph Apply(Graph graph, bool sharing)
    {
        int[] uses = Liveness.CountUses(graph);
        bool[] isPrimal = Liveness.OfPrimal(graph);
        State[] states = [.. graph.Nodes.OfType<State>().Where(state => uses[state.Id] > 0 && !isPrimal[state.Id] && state.Type == typeof(double))];
        if (states.Length == 0)
            return graph;
        HashSet<Loop> outer = [.. graph.Nodes.Where(node => uses[node.Id] > 0).Select(node => node.Region.InnermostLoop).Distinct().OfType<Loop>().Select(loop => loop.Parent.InnermostLoop).OfType<Loop>()];
        HashSet<State> waiting = [.. states.Where(state => !outer.Contains(state.Loop))];
        return waiting.Count == 0 ? graph : new HeightReduction(graph, uses, isPrimal, sharing).Copy(waiting);
    }

    private Graph Copy(HashSet<State> waiting) => GraphCopy.Of(this.graph, this.uses, this.builder, (node, copy) =>
    {
        if (node is State state && waiting.Contains(state))
            this.carried.Add(copy);
        return this.copies[node.Id] = this.isPrimal[node.Id] || this.HeightOf(copy) < 0 ? copy : this.sums.Contains(node) ? this.Shorter(node, copy) : this.Shorter(copy);
    });

    private Node Shorter(Node node) => this.IsScaled(node, out Node? product, out Node? b) && this.IsScaled(product, out Node? c, out Node? a) && a is not Constant ? this.Times(c, this.Times(a, b)) : node;

    private Node Shorter(Node sum, Node copy)
    {
        Term[] terms = [.. LinearForm.TermsOf(sum, this.uses).Select(term => this.TermOf(this.copies[term.Node.Id], term.IsNegative))];
        Term[] factored = [.. terms.Where(term => term.Factor is null), .. terms.Where(term => term.Factor is not null).GroupBy(term => term.Value).Select(group => this.Factored([.. group]))];
        factored = [.. factored.OrderBy(term => this.HeightOf(term.Value)).ThenBy(term => term.IsNegative)];
        return factored.SequenceEqual(terms) ? copy : this.Sum(factored);
    }

    private Term TermOf(Node node, bool isNegative)
    {
        node = WithoutSign(node, ref isNegative);
        return this.IsScaled(node, out Node? carried, out Node? factor) ? new Term(this.WithoutNegativeLiteral(WithoutSign(carried, ref isNegative), ref isNegative), factor, isNegative) : new Term(node, null, isNegative);
    }

    // −2·c is −(2·c), so that both have the factor 2·c.
    private Node WithoutNegativeLiteral(Node node, ref bool isNegative)
    {
        if (node is not Apply { Operation: Primitives.Multiply, Operands: [var a, var b] } || (a as Constant ?? b as Constant) is not { Value: double literal and < 0 } constant)
            return node;
        isNegative = !isNegative;
        return this.Times(this.builder.Constant(-literal), ReferenceEquals(a, constant) ? b : a);
    }

    private Term Factored(Term[] terms) =>
        terms.Length == 1 ? terms[0] : terms[0] with { Factor = this.Sum([.. terms.Select(term => new Term(term.Factor!, null, term.IsNegative != terms[0].IsNegative))]) };

    private Node Sum(Term[] terms)
    {
        Node? sum = null;
        foreach (Term term in terms)
        {
            Node value = term.Factor is null ? term.Value : this.Times(term.Value, term.Factor);
            sum = sum is not null ? this.builder.Apply(term.IsNegative ? Arithmetic.Subtract : Arithmetic.Add, sum, value) : term.IsNegative ? this.builder.Apply(Arithmetic.Negate, value) : value;
        }
        return sum!;
    }

    private Node Times(Node a, Node b) => this.builder.Apply(Arithmetic.Multiply, a, b);

    // Whether a node is a product of something that is carried and something that is not.
    private bool IsScaled(Node node, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Node? carried, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Node? factor)
    {
        (carried, factor) = node is not Apply { Operation: Primitives.Multiply, Operands: [var a, var b] } ? ((Node?)null, (Node?)null)
            : this.HeightOf(a) >= 0 && this.HeightOf(b) < 0 ? (a, b)
            : this.HeightOf(b) >= 0 && this.HeightOf(a) < 0 ? (b, a)
            : (null, null);
        return carried is not null;
    }

    private static Node WithoutSign(Node node, ref bool isNegative)
    {
        for (; StrictRules.IsNegation(node, out Node? positive); isNegative = !isNegative)
            node = positive;
        return node;
    }

    private int HeightOf(Node copy)
    {
        for (int id = this.heights.Count; id <= copy.Id; id++)
        {
            Node node = this.builder.Nodes[id];
            int highest = -1;
            for (int k = 0; node is Choice or Apply { } && node.Type == typeof(double) && k < node.Operands.Count; k++)
                highest = Math.Max(highest, this.heights[node.Operands[k].Id]);
            this.heights.Add(this.carried.Contains(node) ? 0 : highest < 0 ? -1 : highest + 1);
        }
        return this.heights[copy.Id];
    }

    /// <summary>A term of a sum: a value, or one that is carried times one that is not.</summary>
    private readonly record struct Term(Node Value, Node? Factor, bool IsNegative);
}
