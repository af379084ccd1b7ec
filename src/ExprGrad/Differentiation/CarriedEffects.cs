using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Differentiation;

/// <summary>
/// Where a loop adds to neighbours (<c>gradient[i]</c>, <c>gradient[i + 1]</c>), the next iteration adds to one of them again. What an element gets is carried there in a state instead,
/// so that each element is read and written once; the last ones get theirs after the loop.
/// </summary>
internal sealed class CarriedEffects(GraphBuilder builder)
{
    /// <summary>The same additions.</summary>
    public IReadOnlyList<Effect> Of(IReadOnlyList<Effect> effects)
    {
        var result = new List<Effect>();
        foreach (IGrouping<Region, Effect> group in effects.GroupBy(effect => effect.Region))
        {
            // Only what every iteration does, upwards, reaches the next one.
            if (group.Key is not Loop { IsBackward: false, IsOpen: false } loop)
            {
                result.AddRange(group);
                continue;
            }
            var byOffset = new SortedDictionary<int, Effect>();
            foreach (Effect effect in group)
            {
                if (OffsetFrom(loop, effect.Index) is not { } offset || !byOffset.TryAdd(offset, effect))
                    result.Add(effect);
            }
            foreach (Effect[] neighbours in Neighbours(byOffset))
                result.AddRange(neighbours.Length == 1 ? neighbours : this.Carry(loop, neighbours));
        }
        return result;
    }

    // i + 2 is 2 from i.
    private static int? OffsetFrom(Loop loop, Node index) =>
        IndexRange.Split(index) is (LoopIndex { Loop: var own }, var offset) && ReferenceEquals(own, loop) ? offset : null;

    private static IEnumerable<Effect[]> Neighbours(SortedDictionary<int, Effect> byOffset)
    {
        var run = new List<Effect>();
        int next = 0;
        foreach ((int offset, Effect effect) in byOffset)
        {
            if (run.Count > 0 && offset != next)
            {
                yield return [.. run];
                run.Clear();
            }
            run.Add(effect);
            next = offset + 1;
        }
        if (run.Count > 0)
            yield return [.. run];
    }

    // State k holds what is ready for the element k above the first: what this iteration adds to it is added to what the element above had.
    private IEnumerable<Effect> Carry(Loop loop, Effect[] neighbours)
    {
        State[] carried = [.. neighbours.Skip(1).Select(_ => builder.State(loop, builder.Constant(0.0)))];
        Node[] sums = builder.In(loop, () => neighbours.Select((effect, k) => k < carried.Length ? builder.Apply(Arithmetic.Add, effect.Term, carried[k]) : effect.Term).ToArray());
        Fold fold = builder.Fold(loop, carried, sums[1..]);
        yield return neighbours[0] with { Term = sums[0] };
        for (int k = 0; k < carried.Length; k++)
        {
            int above = k;
            Effect last = builder.In(loop.Parent, () =>
            {
                Node end = builder.Apply(Operator.Integer(ExpressionType.Add), loop.Count, builder.Constant(OffsetFrom(loop, neighbours[0].Index)!.Value + above, typeof(int)));
                return new Effect(loop.Parent, end, builder.Final(fold, above));
            });
            yield return last;
        }
    }
}
