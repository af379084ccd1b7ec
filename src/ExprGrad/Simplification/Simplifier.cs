using System.Runtime.CompilerServices;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Simplification;

/// <summary>Rewrites a graph by named rules, each within its licence, and leaves out what does not run.</summary>
internal static class Simplifier
{
    /// <summary>The same function with less work.</summary>
    /// <param name="graph">The function.</param>
    /// <param name="floatingPoint">Which licences the rules have.</param>
    /// <param name="sharing">Whether equal nodes are one.</param>
    /// <param name="fusing">Whether multiplications and additions are fused; null: where the processor does it. Documents print what every processor prints.</param>
    // Optimised at once, as are the methods that call it: what was rewritten is garbage while the next rewriting runs.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Graph Simplify(Graph graph, FloatingPoint floatingPoint, bool sharing = true, bool? fusing = null)
    {
        // The adjoint as it comes is full of products with 1: how often a node is used is known when they are gone.
        graph = Rewrite(graph, [.. StrictRules.All, .. LoopRules.Strict], floatingPoint, sharing);
        if (floatingPoint != FloatingPoint.Reproducible)
            graph = HeightReduction.Apply(SharedSums.Apply(graph, sharing), sharing);
        LargeGraph.DiscardOthers(graph);
        bool fuses = fusing ?? FusionRules.IsHardwareAccelerated;
        graph = Rewrite(graph, [.. StrictRules.All, .. LoopRules.Strict, .. AdjointRules.All, .. fuses ? FusionRules.Rearranging : []], floatingPoint, sharing);
        LargeGraph.DiscardOthers(graph);
        if (fuses)
            graph = Rewrite(graph, [.. StrictRules.All, .. FusionRules.All], floatingPoint, sharing);
        LargeGraph.DiscardOthers(graph);
        // Branches are the concern here; what leaves loops was decided before differentiation.
        graph = JointFusion.Fuse(graph.HasLoops(Liveness.CountUses(graph)) ? graph : Hoisting.Apply(graph, sharing));
        LargeGraph.DiscardOthers(graph);
        return graph;
    }

    /// <summary>Applies <paramref name="rules"/> to every node, operands first.</summary>
    internal static Graph Rewrite(Graph graph, IReadOnlyList<Rule> rules, FloatingPoint floatingPoint, bool sharing = true)
    {
        int[] uses = Liveness.CountUses(graph);
        bool[] isPrimal = Liveness.OfPrimal(graph);
        Dictionary<Operation, Rule[]> byRoot = rules.GroupBy(rule => rule.Root).ToDictionary(group => group.Key, group => group.ToArray());
        var builder = new GraphBuilder(sharing);
        var usesOfCopies = new List<int>(graph.Nodes.Count);
        var rewriter = new Rewriter(builder, node => node.Id < usesOfCopies.Count ? usesOfCopies[node.Id] : 0);
        // The adjoint may become what the primal computed already: that keeps its bits.
        var exact = new HashSet<Node>();
        return GraphCopy.Of(graph, uses, builder, (node, copy) =>
        {
            bool isExact = floatingPoint == FloatingPoint.Reproducible || (floatingPoint == FloatingPoint.Default && isPrimal[node.Id]);
            bool MayRound(Node rewritten) => !isExact && !exact.Contains(rewritten);
            Node simplest = copy switch
            {
                Sum { Type: var type } sum when type == typeof(int) => LoopRules.Count(sum),
                Sum sum when MayRound(sum) && rules.Count > StrictRules.All.Count + LoopRules.Strict.Count => builder.In(copy.Region, () => LoopRules.Factor(sum, rewriter)),
                Choice choice when node is Choice original && LoopRules.IsUnflagged(original) => choice.Arm(1),
                Choice choice when MayRound(choice) && LoopRules.IsChosenUnlessZero(choice) => choice.Arm(1),
                Scatter scatter when MayRound(scatter) => LoopRules.Vector(scatter, rewriter),
                _ => Simplest(copy, byRoot, MayRound, rewriter),
            };
            while (usesOfCopies.Count <= simplest.Id)
                usesOfCopies.Add(0);
            usesOfCopies[simplest.Id] += uses[node.Id];
            if (isExact)
                exact.Add(simplest);
            return simplest;
        });
    }

    // Rules apply until none does: each leaves less, or moves a sign outwards.
    private static Node Simplest(Node node, Dictionary<Operation, Rule[]> byRoot, Func<Node, bool> mayRound, Rewriter rewriter)
    {
        while (node is Apply apply)
        {
            if (ConstantFolding.Fold(apply, rewriter) is { } constant)
                return constant;
            Node? simpler = null;
            foreach (Rule rule in byRoot.GetValueOrDefault(apply.Operation, []))
            {
                if (rule.Licence == Licence.Strict || mayRound(apply))
                    simpler = rule.Rewrite(apply, rewriter);
                if (simpler is not null)
                    break;
            }
            if (simpler is null)
                break;
            node = simpler;
        }
        return node;
    }
}
