using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Differentiation;

/// <summary>
/// What lies between a node, the entry, and the nodes of which it is the bottleneck and in which its paths join again. All of it is a function of one number, so its derivative can be carried forward:
/// <c>entryBar += bar · ∂exit/∂entry</c>. A polynomial in the entry then costs one operation a coefficient, where reverse mode takes two, and a conditional chooses the derivative together with the value.
/// </summary>
internal sealed class Passage
{
    private readonly Activity activity;
    private readonly Bottlenecks bottlenecks;
    private readonly Dictionary<int, Node> members = [];

    private Passage(Node entry, Activity activity, Bottlenecks bottlenecks) => (this.Entry, this.activity, this.bottlenecks) = (entry, activity, bottlenecks);

    public Node Entry { get; }

    /// <summary>The nodes that depend on the entry, operands first; of a passage inside this one only its entry and its exit.</summary>
    public IEnumerable<Node> Members => this.members.Values.OrderBy(node => node.Id);

    /// <summary>Passages inside this one.</summary>
    public List<Passage> Inner { get; } = [];

    /// <summary>Whether derivatives are carried forward through it.</summary>
    public bool IsForward { get; private set; }

    /// <summary>How many operations the derivatives take forward, and in reverse; of inner passages that are not forward by themselves too.</summary>
    public (int Forward, int Reverse) Cost { get; private set; }

    /// <summary>The passages of a function, the last entry first.</summary>
    /// <param name="nodes">Its nodes.</param>
    /// <param name="activity">Which of them are active.</param>
    /// <param name="uses">How many nodes whose adjoint matters use a node, by id; 0 if its own does not.</param>
    public static List<Passage> All(IReadOnlyList<Node> nodes, Activity activity, int[] uses)
    {
        var bottlenecks = new Bottlenecks(nodes, activity);
        var joins = new SortedDictionary<int, List<Node>>(Comparer<int>.Create((a, b) => b.CompareTo(a)));
        foreach (Node node in nodes)
        {
            if (uses[node.Id] == 0 || !activity[node] || bottlenecks.Of(node) is not { } entry || !activity.IsJoin(node))
                continue;
            if (!joins.TryGetValue(entry.Id, out List<Node>? known))
                joins[entry.Id] = known = [];
            known.Add(node);
        }
        var passages = new Dictionary<int, Passage>();
        foreach ((int entry, List<Node> exits) in joins)
        {
            var passage = new Passage(nodes[entry], activity, bottlenecks);
            if (!passage.Collect(exits, passages))
                continue;
            passages.Add(entry, passage);
            passage.Cost = passage.Count(uses);
            if (passage.Cost.Forward < passage.Cost.Reverse)
                passage.GoForward();
        }
        return [.. passages.Values];
    }

    /// <summary>Whether a member is the exit of an inner passage, which leads to its own entry at once.</summary>
    public bool IsContracted(Node member) => this.activity.IsJoin(member) && !ReferenceEquals(this.bottlenecks.Of(member), this.Entry);

    /// <summary>The entry of the inner passage that a contracted member is the exit of.</summary>
    public Node InnerEntry(Node member) => this.bottlenecks.Of(member)!;

    private void GoForward()
    {
        var pending = new Stack<Passage>([this]);
        while (pending.TryPop(out Passage? passage))
        {
            if (passage.IsForward)
                continue;
            passage.IsForward = true;
            foreach (Passage inner in passage.Inner)
                pending.Push(inner);
        }
    }

    /// <summary>Finds the members. False if this is none: a region does not see the entry, or the paths are so long that a few operations do not matter.</summary>
    private bool Collect(List<Node> joins, Dictionary<int, Passage> passages)
    {
        int longest = 64 + 16 * joins.Count;
        foreach (Node join in joins)
        {
            this.members.TryAdd(join.Id, join);
            for (int k = 0; k < join.Operands.Count; k++)
            {
                if (!this.activity.Flows(join, k))
                    continue;
                for (Node node = join.Operands[k]; !ReferenceEquals(node, this.Entry); node = this.bottlenecks.Of(node)!)
                {
                    if (!this.members.TryAdd(node.Id, node))
                        break;
                    if (this.members.Count > longest)
                        return false;
                    if (this.IsContracted(node))
                    {
                        if (!passages.TryGetValue(this.InnerEntry(node).Id, out Passage? inner))
                            return false;
                        this.Inner.Add(inner);
                    }
                }
            }
        }
        return this.members.Values.All(member => this.Entry.Region.Encloses(member.Region));
    }

    // An operand costs a product unless its partial is 1 or −1; a sum of n terms costs n − 1 additions, of which those of products are fused with them.
    private (int Forward, int Reverse) Count(int[] uses)
    {
        const int Conditional = 2;
        var (forward, reverse) = (0, 0);
        var arriving = new Dictionary<int, (int Products, int Terms, int Uses)>();
        foreach (Node member in this.members.Values)
        {
            if (this.IsContracted(member))
            {
                forward++;
                Arrive(this.InnerEntry(member), products: 1, uses: 0);
                continue;
            }
            var (products, terms) = (0, 0);
            for (int k = 0; k < member.Operands.Count; k++)
            {
                if (!this.activity.Flows(member, k))
                    continue;
                Node operand = member.Operands[k];
                int product = member is Choice or Apply { Operation: Primitive { HasUnitPartials: true } } ? 0 : 1;
                Arrive(operand, product, uses: 1);
                terms++;
                products += ReferenceEquals(operand, this.Entry) ? 0 : product;
            }
            // The arms of a choice are not added up; in reverse it is one more conditional.
            if (member is Choice)
                reverse += Conditional;
            else
                forward += Math.Max(products, terms - 1);
        }
        foreach (Passage inner in this.Inner.Distinct())
        {
            Arrive(inner.Entry, products: 0, uses: inner.UsesOfEntry());
            if (!inner.IsForward)
                (forward, reverse) = (forward + inner.Cost.Forward, reverse + inner.Cost.Reverse);
        }
        foreach ((int products, int terms, _) in arriving.Values)
            reverse += Math.Max(products, terms - 1);
        // Each exit multiplies the derivative by its adjoint.
        forward += this.members.Keys.Count(id => uses[id] > arriving.GetValueOrDefault(id).Uses);
        return (forward, reverse);

        void Arrive(Node node, int products, int uses)
        {
            var known = arriving.GetValueOrDefault(node.Id);
            arriving[node.Id] = (known.Products + products, known.Terms + Math.Max(products, uses), known.Uses + uses);
        }
    }

    private int UsesOfEntry() => this.members.Values.Where(member => !this.IsContracted(member))
        .Sum(member => Enumerable.Range(0, member.Operands.Count).Count(k => ReferenceEquals(member.Operands[k], this.Entry) && this.activity.Flows(member, k)));
}
