using System.Linq.Expressions;
using ExprGrad.Primitives;

namespace ExprGrad.IR;

/// <summary>How many elements arrays have.</summary>
internal static class Lengths
{
    /// <summary>The number of elements of an array node, known where the array is.</summary>
    public static Node Of(GraphBuilder builder, Node array) => array switch
    {
        Vector vector => vector.Length,
        Scatter scatter => scatter.Length,
        State state => Of(builder, state.Initial),
        Final final => Of(builder, final.Fold.State(final.Number)),
        Choice choice => OfChoice(builder, choice),
        Constant { Value: null } => builder.Constant(0, typeof(int)),
        _ => builder.In(array.Region, () => builder.Apply(Operator.ArrayLength(array.Type), array)),
    };

    // What is stored behind the test that there is an element has as many as it says, also if that is none.
    private static Node OfChoice(GraphBuilder builder, Choice choice)
    {
        Node[] lengths = [.. Enumerable.Range(0, choice.CaseCount).Select(k => Of(builder, choice.Arm(k)))];
        Node[] distinct = [.. lengths.Where((length, k) => choice.Arm(k) is not Constant { Value: null }).Distinct()];
        return distinct is [var only] && only.Region.Encloses(choice.Region) ? only : builder.In(choice.Region, () => builder.Choice(choice.Selector, lengths));
    }
}
