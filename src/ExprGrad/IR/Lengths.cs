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
        _ => builder.In(array.Region, () => builder.Apply(Operator.ArrayLength(array.Type), array)),
    };
}
