using ExprGrad.IR;

namespace ExprGrad.Simplification;

/// <summary>A graph made anew from what runs of an old one. A conditional whose selector is a constant, or is known from a conditional around it, is the case that it has.</summary>
internal static class GraphCopy
{
    /// <summary>Copies <paramref name="graph"/>, operands first.</summary>
    /// <param name="graph">The old graph.</param>
    /// <param name="uses">How many uses its nodes have; what has none is left out.</param>
    /// <param name="builder">An empty builder.</param>
    /// <param name="replace">Given an old node and its copy, gives what takes the copy's place.</param>
    /// <param name="order">The nodes to copy, operands first, if not all in the order that they have.</param>
    /// <param name="instead">Gives what an old node is in the new graph where that is no copy, or null.</param>
    /// <param name="dissolved">Branches whose nodes are copied into the region around them.</param>
    public static Graph Of(
        Graph graph, int[] uses, GraphBuilder builder, Func<Node, Node, Node> replace, IEnumerable<Node>? order = null, Func<Node, Node?>? instead = null, IReadOnlySet<Region>? dissolved = null)
    {
        var copies = new Node[graph.Nodes.Count];
        var regions = new Dictionary<Region, Region?> { [graph.Root] = builder.Root };

        // Null if the region never runs.
        Region? CopyRegion(Region region)
        {
            if (regions.TryGetValue(region, out Region? copy))
                return copy;
            Region? parent = CopyRegion(region.Parent!);
            return regions[region] = parent is null ? null : CopyInside(parent, region);
        }

        Region? CopyInside(Region parent, Region region) => region switch
        {
            Loop loop => builder.Regions.Loop(parent, copies[loop.Count.Id], loop.Number, loop.IsBackward),
            _ when dissolved?.Contains(region) == true => parent,
            Branch branch when builder.Regions.KnownCase(parent, copies[branch.Selector.Id]) is { } known => known == branch.Case ? parent : null,
            Branch branch => builder.Regions.Branch(parent, copies[branch.Selector.Id], branch.Case),
            _ => throw new InvalidOperationException($"A region of an unknown kind: {region.GetType().Name}."),
        };

        HashSet<State> constantStates = LoopInvariants.Of(graph, uses);
        HashSet<Loop> impureLoops = [];
        foreach (Node node in graph.Nodes.Where(node => uses[node.Id] > 0 && Order.IsImpure(node)))
        {
            for (Loop? loop = node.Region.InnermostLoop; loop is not null && impureLoops.Add(loop);)
                loop = loop.Parent.InnermostLoop;
        }

        bool IsLive(State state) => uses[state.Id] > 0 && !constantStates.Contains(state);

        Node CopyFold(Fold fold)
        {
            int[] live = [.. Enumerable.Range(0, fold.Count).Where(k => IsLive(fold.State(k)))];
            // A recurrence of nothing: what it was needed for stayed the same. One of impure code says that its loop is over.
            return live.Length == 0 && fold.Test is null && !impureLoops.Contains(fold.Loop) ? builder.Constant(null, typeof(void))
                : builder.Fold((Loop)CopyRegion(fold.Loop)!, [.. live.Select(k => copies[fold.State(k).Id])], [.. live.Select(k => copies[fold.Next(k).Id])], fold.Test is { } test ? copies[test.Id] : null);
        }

        Node CopyFinal(Final final)
        {
            Node state = copies[final.Fold.State(final.Number).Id];
            if (!IsLive(final.Fold.State(final.Number)))
                return state;
            var fold = (Fold)copies[final.Fold.Id];
            return builder.Final(fold, Enumerable.Range(0, fold.Count).First(k => ReferenceEquals(fold.State(k), state)));
        }

        Node CopySum(Sum sum) => CopyRegion(sum.Site) is { } site ? builder.Sum(builder.Region, site, copies[sum.Term.Id], sum.KeepsSign) : builder.Constant(Activator.CreateInstance(sum.Type), sum.Type);

        Node CopyVector(Vector vector) => CopyRegion(vector.Site) is { } site
            ? builder.Vector(builder.Region, site, copies[vector.Length.Id], copies[vector.Position.Id], copies[vector.Value.Id])
            : builder.Constant(Array.CreateInstance(vector.Value.Type, 0), vector.Type);

        Node CopyScatter(Scatter scatter) => builder.Scatter(builder.Region, copies[scatter.Length.Id],
            [.. scatter.Additions.Where(addition => CopyRegion(addition.Site) is not null).Select(addition => new Addition(CopyRegion(addition.Site)!, copies[addition.Index.Id], copies[addition.Term.Id]))]);

        Node[] CopyAll(NodeList nodes, int start = 0)
        {
            var made = new Node[nodes.Count - start];
            for (int k = 0; k < made.Length; k++)
                made[k] = copies[nodes[start + k].Id];
            return made;
        }

        // What stands behind a link of the impure chain that turned out never to run stands behind what that link stood behind.
        var inherited = new Dictionary<Node, Node[]>();

        Node[] CopyOrder(NodeList predecessors) => predecessors.Count == 0 ? [] : [.. Inherit(predecessors).Where(copy => !copy.Region.Excludes(builder.Region))];

        Node[] Inherit(NodeList predecessors)
        {
            var order = new List<Node>();
            foreach (Node predecessor in predecessors)
            {
                if (copies[predecessor.Id] is { } copy and not Constant)
                    order.Add(copy);
                order.AddRange(inherited.GetValueOrDefault(predecessor, []));
            }
            return [.. order.Distinct()];
        }

        foreach (Node node in order ?? graph.Nodes)
        {
            if (uses[node.Id] == 0 && node is not Parameter)
                continue;
            if (instead?.Invoke(node) is { } made)
            {
                copies[node.Id] = made;
                continue;
            }
            if (CopyRegion(node.Region) is not { } region)
            {
                inherited[node] = Inherit(node is Choice ? node.Operands : node.Predecessors);
                continue;
            }
            builder.Region = region;
            Node copy = node switch
            {
                Constant constant => builder.Constant(constant.Value, constant.Type),
                Parameter parameter => builder.Parameter(parameter.Name, parameter.Type),
                Load load => builder.Load(copies[load.Array.Id], copies[load.Index.Id], CopyOrder(load.Predecessors)),
                Choice choice when builder.Regions.KnownCase(region, copies[choice.Selector.Id]) is { } known => copies[choice.Arm(known).Id],
                Choice choice => builder.Choice(choice.Type, copies[choice.Selector.Id], CopyAll(choice.Operands, start: 1)),
                Apply apply => builder.Apply(apply.Operation, CopyAll(apply.Operands), CopyOrder(apply.Predecessors)),
                LoopIndex => builder.Index((Loop)region),
                State state => IsLive(state) ? builder.State((Loop)region, copies[state.Initial.Id]) : copies[state.Initial.Id],
                Fold fold => CopyFold(fold),
                Final final => CopyFinal(final),
                Sum sum => CopySum(sum),
                Vector vector => CopyVector(vector),
                Scatter scatter => CopyScatter(scatter),
                _ => throw new InvalidOperationException($"A node of an unknown kind: {node.GetType().Name}."),
            };
            // What an arm stands for may be a choice of type void itself.
            if (node is Choice join && node.Type == typeof(void) && builder.Regions.KnownCase(region, copies[join.Selector.Id]) is not null)
                inherited[node] = Inherit(node.Operands);
            copies[node.Id] = replace(node, copy);
        }
        Graph copied = graph with
        {
            Nodes = builder.Nodes,
            Regions = builder.Regions,
            Input = (Parameter)copies[graph.Input.Id],
            Data = graph.Data is null ? null : (Parameter)copies[graph.Data.Id],
            Value = copies[graph.Value.Id],
            Gradient = [.. graph.Gradient.Select(component => component with { Adjoint = copies[component.Adjoint.Id] })],
            Recomputed = [.. graph.Recomputed.Where(node => copies[node.Id] is not null).Select(node => copies[node.Id]).Distinct()],
            Effects = [.. graph.Effects.Where(effect => CopyRegion(effect.Region) is not null)
                .Select(effect => new Effect(CopyRegion(effect.Region)!, copies[effect.Index.Id], copies[effect.Term.Id]))],
        };
        // An index that became a constant may be known to be in range.
        return copied with { Anchors = [.. graph.Anchors.Where(anchor => CopyRegion(anchor.Region) is not null).Select(anchor => copies[anchor.Id]).Where(copied.IsAnchored).Distinct()] };
    }
}
