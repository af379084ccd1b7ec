using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Differentiation;

/// <summary>A term of an adjoint: <see cref="Value"/> where <see cref="Region"/> runs, nothing elsewhere.</summary>
/// <param name="Region">Where it is made.</param>
/// <param name="Value">The term.</param>
/// <param name="IsZeroElsewhere">Whether <paramref name="Value"/> is known, and 0, in the rest of the region around <paramref name="Region"/> too.</param>
internal readonly record struct Contribution(Region Region, Node Value, bool IsZeroElsewhere = false);

/// <summary>Adds up contributions from different regions.</summary>
internal sealed class AdjointSums(GraphBuilder builder)
{
    /// <summary>
    /// The sum of the contributions to a node of region <paramref name="home"/>, in the region where at least one of them is made: <paramref name="home"/> itself, one of its branches,
    /// or a new branch under the disjunction of their tests.
    /// </summary>
    /// <remarks>Contributions from different branches join at the innermost region around them, so that n branches inside one another take n steps, not n².</remarks>
    public Contribution Of(Region home, IReadOnlyList<Contribution> contributions)
    {
        if (AreAllIn(home, contributions))
            return new Contribution(home, this.Sum(home, contributions));
        contributions = this.OutOfLoops(home, contributions);
        Region? common = null;
        // Straight to where they meet, through any number of branches.
        foreach (Contribution contribution in contributions)
            common = common is null ? contribution.Region : Region.CommonAncestor(common, contribution.Region);
        home = common!;
        if (AreAllIn(home, contributions))
            return new Contribution(home, this.Sum(home, contributions));
        var here = new List<Node>();
        var inside = new List<Contribution>();
        foreach (Contribution contribution in contributions)
        {
            if (ReferenceEquals(contribution.Region, home))
                here.Add(contribution.Value);
        }
        foreach (IGrouping<Node, Contribution> conditional in contributions.Where(contribution => !ReferenceEquals(contribution.Region, home))
            .GroupBy(contribution => ((Branch)contribution.Region.ChildTowards(home)).Selector))
        {
            Contribution[] cases = [.. conditional.GroupBy(contribution => contribution.Region.ChildTowards(home)).Select(branch => this.Of(branch.Key, [.. branch]))];
            if (cases.Length == 1)
            {
                inside.Add(cases[0]);
                continue;
            }
            // The cases of one conditional are one choice; contributions in every case are one in the region around them.
            Branch[] branches = [.. cases.Select(piece => (Branch)piece.Region.ChildTowards(home))];
            var arms = new Node[branches[0].CaseCount];
            Array.Fill(arms, builder.Constant(0.0));
            for (int k = 0; k < cases.Length; k++)
                arms[branches[k].Case] = this.Lift(cases[k], branches[k]);
            Node joined = this.At(home, () => builder.Choice(conditional.Key, arms));
            if (cases.Length == arms.Length && cases.Zip(branches).All(pair => ReferenceEquals(pair.First.Region, pair.Second)))
                here.Add(joined);
            else
                inside.Add(new Contribution(builder.Regions.Branch(home, this.AnyOf(home, conditional.Key, cases, branches), 1), joined, IsZeroElsewhere: true));
        }
        if (here.Count == 0 && inside.Count == 1)
            return inside[0];
        if (here.Count > 0)
            return new Contribution(home, this.Sum(home, [.. here, .. inside.Select(piece => this.Lift(piece, home))]));
        Node any = inside.Select(piece => this.Guard(piece.Region, home)).Aggregate((a, b) => this.At(home, () => builder.Apply(Operator.Or, a, b)));
        Node[] lifted = [.. inside.Select(piece => this.Lift(piece, home))];
        Branch where = builder.Regions.Branch(home, any, 1);
        return new Contribution(where, this.Sum(where, lifted));
    }

    // What is made inside loops is added up around the outermost of them.
    private Contribution[] OutOfLoops(Region home, IReadOnlyList<Contribution> contributions) =>
    [
        .. contributions.GroupBy(contribution => contribution.Region.OutermostLoopIn(home), ReferenceEqualityComparer.Instance as IEqualityComparer<Loop?>).SelectMany(group =>
        {
            if (group.Key is not { } loop)
                return group;
            Contribution inside = this.Of(loop, [.. group]);
            Node sum = builder.Sum(loop.Parent, inside.Region, inside.Value);
            if (ReferenceEquals(inside.Region, loop))
                return [new Contribution(loop.Parent, sum)];
            // Where a test held in no iteration nothing was selected.
            Node isSelected = this.At(loop.Parent, () => builder.Apply(Operator.Compare(ExpressionType.NotEqual, typeof(int)), builder.Sum(loop.Parent, inside.Region, builder.Constant(1, typeof(int))), builder.Constant(0, typeof(int))));
            return [new Contribution(builder.Regions.Branch(loop.Parent, isSelected, 1), sum, IsZeroElsewhere: true)];
        }),
    ];

    /// <summary>The sum of the contributions in <paramref name="home"/>, 0 where none is made.</summary>
    public Node Everywhere(Region home, IReadOnlyList<Contribution> contributions) => this.Lift(this.Of(home, contributions), home);

    // The test, in `home`, that one of the cases of a conditional contributes.
    private Node AnyOf(Region home, Node selector, Contribution[] cases, Branch[] branches)
    {
        var arms = new Node[branches[0].CaseCount];
        Array.Fill(arms, builder.Constant(false, typeof(bool)));
        for (int k = 0; k < cases.Length; k++)
            arms[branches[k].Case] = ReferenceEquals(cases[k].Region, branches[k]) ? builder.Constant(true, typeof(bool)) : this.Guard(cases[k].Region, branches[k]);
        return this.At(home, () => builder.Choice(selector, arms));
    }

    /// <summary>The contribution as a node of the enclosing region <paramref name="outer"/>: 0 where it is not made.</summary>
    public Node Lift(Contribution contribution, Region outer)
    {
        Node value = contribution.Value;
        Constant zero = builder.Constant(0.0);
        bool isZeroElsewhere = contribution.IsZeroElsewhere;
        for (Region region = contribution.Region; !ReferenceEquals(region, outer); region = region.Parent!)
        {
            value = isZeroElsewhere ? value : this.Choose((Branch)region, value, zero);
            isZeroElsewhere = false;
        }
        return value;
    }

    /// <summary>What <paramref name="contribution"/>, which is made in <paramref name="home"/> or a branch of it, is inside <paramref name="region"/>, which <paramref name="home"/> encloses.</summary>
    public Contribution Within(Region region, Contribution contribution, Region home) =>
        contribution.Region.Encloses(region) ? new Contribution(region, contribution.Value)
        : region.Encloses(contribution.Region) ? contribution
        : new Contribution(builder.Regions.Branch(region, this.Guard(contribution.Region, home), 1), this.Lift(contribution, home));

    /// <summary>The product where both factors are made. The second is made in <paramref name="home"/>, which encloses the region of the first, or a branch of it.</summary>
    public Contribution Product(Contribution first, Contribution second, Region home)
    {
        Contribution inside = this.Within(first.Region, second, home);
        return new Contribution(inside.Region, this.At(inside.Region, () => (new Real(builder, first.Value) * new Real(builder, inside.Value)).In(builder)));
    }

    /// <summary><paramref name="factor"/> times the partial of a node with respect to an operand; only where the operand was selected, if the node's primitive selects.</summary>
    /// <remarks><paramref name="image"/> gives the value of a node where the factor is made.</remarks>
    public Contribution TimesPartial(Contribution factor, Apply node, int operand, Func<Node, Node> image)
    {
        var primitive = (Primitive)node.Operation;
        var images = new Node[node.Operands.Count];
        for (int k = 0; k < images.Length; k++)
            images[k] = image(node.Operands[k]);
        var operands = new Operands(builder, images);
        return builder.In(factor.Region, () =>
        {
            var f = new Real(builder, image(node));
            if (primitive.Selects(operand, operands, f) is { } selected)
                builder.Region = builder.Regions.Branch(factor.Region, selected.Node, 1);
            Real product = new Real(builder, factor.Value) * primitive.Partial(operand, operands, f);
            return new Contribution(builder.Region, product.In(builder));
        });
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

    private static bool AreAllIn(Region home, IReadOnlyList<Contribution> contributions)
    {
        for (int k = 0; k < contributions.Count; k++)
        {
            if (!ReferenceEquals(contributions[k].Region, home))
                return false;
        }
        return true;
    }

    private Node Sum(Region region, IReadOnlyList<Contribution> contributions)
    {
        if (contributions.Count == 1)
            return contributions[0].Value;
        var terms = new Node[contributions.Count];
        for (int k = 0; k < terms.Length; k++)
            terms[k] = contributions[k].Value;
        return this.Sum(region, terms);
    }

    // Short chains, joined in pairs: one long chain would wait for each of its additions.
    private Node Sum(Region region, IReadOnlyList<Node> terms)
    {
        const int ChainLength = 4;
        Node SumOf(int start, int count)
        {
            if (count > ChainLength)
                return builder.Apply(Arithmetic.Add, SumOf(start, count / 2), SumOf(start + count / 2, count - count / 2));
            Node sum = terms[start];
            for (int k = 1; k < count; k++)
                sum = builder.Apply(Arithmetic.Add, sum, terms[start + k]);
            return sum;
        }
        return this.At(region, () => SumOf(0, terms.Count));
    }

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
