using ExprGrad.IR;

namespace ExprGrad.Scheduling;

/// <summary>How several iterations of a loop run at once, one in each lane of a vector: what varies from lane to lane, and what must hold of the rows that they read.</summary>
/// <param name="width">How many iterations run at once.</param>
/// <param name="kinds">What varies, and how; everything else is uniform.</param>
/// <param name="strides">Of the affine ints.</param>
/// <param name="rows">The rows.</param>
/// <param name="ordered">The sums over the loop that are added up in order.</param>
/// <param name="steps">The body, in an order in which neighbours can wait for each other.</param>
/// <param name="blocks">Elements that are read, or added to, together.</param>
/// <param name="callsFunctions">Whether functions are called in the loop.</param>
/// <param name="isFollowedByFunctions">Whether functions may be called after it.</param>
internal sealed class LanePlan(LaneWidth width, IReadOnlyDictionary<Node, LaneKind> kinds, IReadOnlyDictionary<Node, int> strides, IReadOnlyDictionary<Node, Row> rows, IReadOnlySet<Sum> ordered, IReadOnlyList<LaneStep> steps, LaneBlocks blocks, bool callsFunctions, bool isFollowedByFunctions)
{
    public LaneWidth Width => width;

    public IReadOnlyList<LaneStep> Steps => steps;

    /// <summary>Whether the steps are in another order than the body.</summary>
    public bool IsReordered => steps.Any(step => step.Carried is not null);

    public LaneBlocks Blocks => blocks;

    public bool CallsFunctions => callsFunctions;

    public bool IsFollowedByFunctions => isFollowedByFunctions;

    public LaneKind KindOf(Node node) => kinds.GetValueOrDefault(node, LaneKind.Uniform);

    public bool IsUniform(Node node) => this.KindOf(node) == LaneKind.Uniform;

    public int StrideOf(Node node) => strides[node];

    /// <summary>The rows that lanes read, which are there and of one length where they run.</summary>
    public IEnumerable<Row> Rows => rows.Values.Distinct();

    /// <summary>Where a row, or what is the same row, comes from; null of other nodes.</summary>
    public Row? RowOf(Node node) => rows.GetValueOrDefault(node);

    /// <summary>Whether a sum over the loop takes its terms in the order of the iterations.</summary>
    public bool IsOrdered(Sum sum) => ordered.Contains(sum);
}

/// <summary>Element <paramref name="Offset"/> + i of an array of arrays, in iteration i.</summary>
internal sealed record Row(Node Array, int Offset);
