using ExprGrad.IR;

namespace ExprGrad.Reading;

/// <summary>How many elements a function needs whatever path it takes.</summary>
internal static class InputLength
{
    /// <summary>1 + the highest constant index that every path loads, 0 if there is none.</summary>
    public static int RequiredBy(IReadOnlyList<Node> nodes, Parameter input)
    {
        var loaded = new Dictionary<Region, HashSet<int>>();
        var regions = new HashSet<Region>();
        foreach (Node node in nodes)
        {
            if (node is not Load { Index: Constant { Value: int index } } load || !ReferenceEquals(load.Array, input) || index < 0)
                continue;
            if (!loaded.TryGetValue(node.Region, out HashSet<int>? indices))
                loaded[node.Region] = indices = [];
            indices.Add(index);
            for (Region? region = node.Region; region is not null && regions.Add(region);)
                region = region.Parent;
        }
        // Inside out: what every case of a conditional loads, its parent loads.
        foreach (IGrouping<(Region Parent, Node Selector), Branch> cases in regions.OfType<Branch>().OrderByDescending(branch => branch.Depth).GroupBy(branch => (branch.Parent, branch.Selector)))
        {
            Branch[] branches = [.. cases];
            if (branches.Length < branches[0].CaseCount || !branches.All(loaded.ContainsKey))
                continue;
            var common = new HashSet<int>(loaded[branches[0]]);
            foreach (Branch branch in branches)
                common.IntersectWith(loaded[branch]);
            if (!loaded.TryGetValue(cases.Key.Parent, out HashSet<int>? ofParent))
                loaded[cases.Key.Parent] = ofParent = [];
            ofParent.UnionWith(common);
        }
        return regions.FirstOrDefault(region => region.IsRoot) is { } root && loaded.TryGetValue(root, out HashSet<int>? always) && always.Count > 0 ? always.Max() + 1 : 0;
    }
}
