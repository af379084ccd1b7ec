using System.Reflection;
using System.Runtime.Intrinsics;
using ExprGrad.Runtime;

namespace ExprGrad.IR;

/// <summary>How many numbers one vector holds, and where .NET has what is done to it.</summary>
internal sealed class LaneShape
{
    private readonly Func<double[], object> pack;

    private LaneShape(int count, Type type, Type operations, Func<double[], object> pack, Delegate load, Delegate store, Delegate join)
    {
        (this.Count, this.Type, this.Operations, this.pack) = (count, type, operations, pack);
        (this.Load, this.Store, this.Join) = (load.Method, store.Method, join.Method);
    }

    public static LaneShape Two { get; } = new(2, typeof(Vector128<double>), typeof(Vector128), lanes => Vector128.Create(lanes), Lanes.Load2, Lanes.Store2, Lanes.Join2);

    public static LaneShape Four { get; } = new(4, typeof(Vector256<double>), typeof(Vector256), lanes => Vector256.Create(lanes), Lanes.Load4, Lanes.Store4, Lanes.Join4);

    /// <summary>
    /// The widest that the processor computes with at once, but for eight: a sum in the user's order takes its lanes one by one, and eight wait longer for the first.
    /// Null where vectors are made of single numbers.
    /// </summary>
    public static LaneShape? OfProcessor => Processor.HasWideUnits ? Four : Vector128.IsHardwareAccelerated ? Two : null;

    public int Count { get; }

    /// <summary>The type of the vector.</summary>
    public Type Type { get; }

    /// <summary>The class of static methods that compute with it.</summary>
    public Type Operations { get; }

    /// <summary>Reads neighbours of an array.</summary>
    public MethodInfo Load { get; }

    /// <summary>Writes neighbours of an array.</summary>
    public MethodInfo Store { get; }

    /// <summary>Takes neighbouring lanes of two vectors, beginning in the first.</summary>
    public MethodInfo Join { get; }

    /// <summary>A vector of some numbers.</summary>
    public object Pack(double[] lanes) => this.pack(lanes);

    /// <summary>The numbers of a vector.</summary>
    public static double[] LanesOf(object vector) => vector switch
    {
        Vector128<double> two => [two[0], two[1]],
        Vector256<double> four => [four[0], four[1], four[2], four[3]],
        _ => throw new ArgumentException("No vector.", nameof(vector)),
    };

    /// <summary>The shape of a type; null if it is no vector.</summary>
    public static LaneShape? Of(Type type) => type == Four.Type ? Four : type == Two.Type ? Two : null;
}
