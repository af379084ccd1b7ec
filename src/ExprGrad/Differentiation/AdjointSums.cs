using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Differentiation;

/// <summary>A term of an adjoint: <see cref="Value"/> where <see cref="Region"/> runs, nothing elsewhere.</summary>
internal readonly record struct Contribution(Region Region, Node Value);

/// <summary>Adds up contributions from different regions.</summary>
internal sealed class AdjointSums(GraphBuilder builder)
{
    /// <summary>
    /// The sum of the contributions to a node of region <paramref name="home"/>, in the region where at least one of them is made: <paramref name="home"/> itself, one of its branches,
    /// or a new branch under the disjunction of their tests.
    /// </summary>
    public Contribution Of(Region home, IReadOnlyList<Contribution> contributions)
    {
        List<Contribution> pieces = this.Combine(home, contributions);
        if (pieces.Count == 1)
            return pieces[0];
        Region common = pieces.Select(piece => piece.Region).Aggregate(Region.CommonAncestor);
        Node any = pieces.Select(piece => this.Guard(piece.Region, common)).Aggregate((a, b) => this.At(common, () => builder.Apply(Operator.Or, a, b)));
        Node[] lifted = [.. pieces.Select(piece => this.Lift(piece, common))];
        Branch where = builder.Regions.Branch(common, any, 1);
        return new Contribution(where, this.Sum(where, lifted));
    }

    /// <summary>The sum of the contributions in <paramref name="home"/>, 0 where none is made.</summary>
    public Node Everywhere(Region home, IReadOnlyList<Contribution> contributions) =>
        this.Sum(home, [.. this.Combine(home, contributions).Select(piece => this.Lift(piece, home))]);

    /// <summary>The contribution as a node of the enclosing region <paramref name="outer"/>: 0 where it is not made.</summary>
    public Node Lift(Contribution contribution, Region outer)
    {
        Node value = contribution.Value;
        Constant zero = builder.Constant(0.0);
        for (Region region = contribution.Region; !ReferenceEquals(region, outer); region = region.Parent!)
            value = this.Choose((Branch)region, value, zero);
        return value;
    }

    /// <summary>The test, in <paramref name="outer"/>, that <paramref name="inner"/> runs.</summary>
    public Node Guard(Region inner, Region outer)
    {
        Node? guard = null;
        for (Region region = inner; !ReferenceEquals(region, outer); region = region.Parent!)
        {
            var branch = (Branch)region;
            guard = guard is null ? this.At(branch.Parent, () => this.IsCase(branch)) : this.Choose(branch, guard, builder.Constant(false, typeof(bool)));
        }
        return guard!;
    }

    // Pieces in regions of which none encloses another; a single one in `region` if it is covered.
    private List<Contribution> Combine(Region region, IReadOnlyList<Contribution> contributions)
    {
        if (contributions.All(contribution => ReferenceEquals(contribution.Region, region)))
            return [new Contribution(region, this.Sum(region, [.. contributions.Select(contribution => contribution.Value)]))];
        var here = new List<Node>();
        var inside = new List<Contribution>();
        foreach (Contribution contribution in contributions)
        {
            if (ReferenceEquals(contribution.Region, region))
                here.Add(contribution.Value);
        }
        foreach (IGrouping<Node, Contribution> conditional in contributions.Where(contribution => !ReferenceEquals(contribution.Region, region))
            .GroupBy(contribution => contribution.Region.ChildTowards(region).Selector))
        {
            List<Contribution>[] cases = [.. conditional.GroupBy(contribution => contribution.Region.ChildTowards(region))
                .OrderBy(branch => branch.Key.Case).Select(branch => this.Combine(branch.Key, [.. branch]))];
            Branch first = conditional.First().Region.ChildTowards(region);
            // Contributions in every case are one in the region around them.
            if (cases.Length == first.CaseCount && cases.All(pieces => pieces.Count == 1 && ReferenceEquals(pieces[0].Region.Parent, region)))
                here.Add(this.At(region, () => builder.Choice(first.Selector, [.. cases.Select(pieces => pieces[0].Value)])));
            else
                inside.AddRange(cases.SelectMany(pieces => pieces));
        }
        if (here.Count == 0)
            return inside;
        here.AddRange(inside.Select(piece => this.Lift(piece, region)));
        return [new Contribution(region, this.Sum(region, here))];
    }

    private Node Sum(Region region, IReadOnlyList<Node> terms) =>
        this.At(region, () => terms.Aggregate((a, b) => builder.Apply(Arithmetic.Add, a, b)));

    private Node Choose(Branch branch, Node value, Node otherwise) => this.At(branch.Parent, () =>
    {
        var arms = new Node[branch.CaseCount];
        Array.Fill(arms, otherwise);
        arms[branch.Case] = value;
        return builder.Choice(branch.Selector, arms);
    });

    private Node IsCase(Branch branch) =>
        branch.Selector.Type == typeof(bool)
            ? branch.Case == 1 ? branch.Selector : builder.Apply(Operator.Not, branch.Selector)
            : builder.Apply(Operator.Compare(ExpressionType.Equal, typeof(int)), branch.Selector, builder.Constant(branch.Case, typeof(int)));

    private Node At(Region region, Func<Node> make) => builder.In(region, make);
}
