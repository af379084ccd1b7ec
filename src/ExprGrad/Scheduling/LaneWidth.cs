using System.Runtime.Intrinsics;
using ExprGrad.Runtime;

namespace ExprGrad.Scheduling;

/// <summary>How many iterations of a loop run at once, and where .NET and the runtime have what is done to them.</summary>
internal sealed class LaneWidth
{
    private LaneWidth(int count, Type doubles, Type ofDoubles, Type ints, Type ofInts, Type runtime, double costOfOrderedSum) =>
        (this.Count, this.Doubles, this.OfDoubles, this.Ints, this.OfInts, this.Runtime, this.CostOfOrderedSum) = (count, doubles, ofDoubles, ints, ofInts, runtime, costOfOrderedSum);

    // With vectors of 512 bits in use one unit is left that adds single numbers, and it takes vectors apart as well.
    public static LaneWidth Eight { get; } = new(EightLanes.Width, typeof(Vector512<double>), typeof(Vector512), typeof(Vector256<int>), typeof(Vector256), typeof(EightLanes), costOfOrderedSum: 56);

    public static LaneWidth Four { get; } = new(FourLanes.Width, typeof(Vector256<double>), typeof(Vector256), typeof(Vector128<int>), typeof(Vector128), typeof(FourLanes), costOfOrderedSum: 7);

    /// <summary>Those that the processor has.</summary>
    public static IReadOnlyList<LaneWidth> OfProcessor { get; } = [.. Vector512.IsHardwareAccelerated ? [Eight] : Array.Empty<LaneWidth>(), .. Vector256.IsHardwareAccelerated ? [Four] : Array.Empty<LaneWidth>()];

    /// <summary>How many iterations.</summary>
    public int Count { get; }

    /// <summary>A vector of as many doubles, and the class of static methods that compute with it.</summary>
    public Type Doubles { get; }

    /// <inheritdoc cref="Doubles"/>
    public Type OfDoubles { get; }

    /// <summary>A vector of as many ints, and the class of static methods that compute with it.</summary>
    public Type Ints { get; }

    /// <inheritdoc cref="Ints"/>
    public Type OfInts { get; }

    /// <summary>The class of what compiled functions call.</summary>
    public Type Runtime { get; }

    /// <summary>What it takes to add the lanes of a vector to a sum one after the other, in operations.</summary>
    public double CostOfOrderedSum { get; }
}
