using System.Reflection;
using System.Runtime.Intrinsics;
using ExprGrad.Runtime;

namespace ExprGrad.IR;

/// <summary>How many numbers one vector holds, and where .NET has what is done to it.</summary>
internal sealed class LaneShape
{
    private LaneShape(int count, Type type, Type operations, Delegate load, Delegate store) =>
        (this.Count, this.Type, this.Operations, this.Load, this.Store) = (count, type, operations, load.Method, store.Method);

    public static LaneShape Two { get; } = new(2, typeof(Vector128<double>), typeof(Vector128), Lanes.Load2, Lanes.Store2);

    public static LaneShape Four { get; } = new(4, typeof(Vector256<double>), typeof(Vector256), Lanes.Load4, Lanes.Store4);

    /// <summary>
    /// The widest that the processor has, but for eight: a sum in the user's order takes its lanes one by one, and eight wait longer for the first.
    /// Null where vectors are made of single numbers.
    /// </summary>
    public static LaneShape? OfProcessor => Vector256.IsHardwareAccelerated ? Four : Vector128.IsHardwareAccelerated ? Two : null;

    public int Count { get; }

    /// <summary>The type of the vector.</summary>
    public Type Type { get; }

    /// <summary>The class of static methods that compute with it.</summary>
    public Type Operations { get; }

    /// <summary>Reads neighbours of an array.</summary>
    public MethodInfo Load { get; }

    /// <summary>Writes neighbours of an array.</summary>
    public MethodInfo Store { get; }

    /// <summary>The shape of a type; null if it is no vector.</summary>
    public static LaneShape? Of(Type type) => type == Four.Type ? Four : type == Two.Type ? Two : null;
}
