using System.Reflection;
using ExprGrad.IR;
using ExprGrad.Runtime;

namespace ExprGrad.Primitives;

/// <summary>Two functions of one number that one call computes together. What they share, an exponential or the reduction of an angle, is computed once; mostly the second is what the partial of the first is made of.</summary>
internal sealed class Joint
{
    private readonly Lazy<bool> isExact;

    private Joint(Func<double, (double, double)> method, (Primitive, Primitive) functions) =>
        (this.Method, this.First, this.Second, this.isExact) = (method.Method, functions.Item1, functions.Item2, new(true));

    private Joint(Func<double, (double, double)> method, Func<double, double> first, Func<double, double> second, bool? isExact = null)
    {
        (this.Method, this.First, this.Second) = (method.Method, Catalogue.Find(first.Method)!, Catalogue.Find(second.Method)!);
        this.isExact = new(() => isExact ?? HasBitsOf(method, first, second, 2_000, new Random(20)));
    }

    /// <summary>Every joint. What the base library computes together need not have the bits of what it computes apart; what is ours has.</summary>
    public static IReadOnlyList<Joint> All { get; } =
    [
        new(Math.SinCos, SinCosPart.BothOf(Math.SinCos, 1)),
        new(double.SinCosPi, SinCosPart.BothOf(double.SinCosPi, Math.PI)),
        new(Math.SinCos, Math.Sin, Math.Cos),
        new(GradMath.NormalCdfAndPdf, GradMath.NormalCdf, GradMath.NormalPdf, isExact: true),
        new(Joints.ErfAndSlope, GradMath.Erf, Joints.ErfSlope, isExact: true),
        new(Joints.ErfcAndSlope, GradMath.Erfc, Joints.ErfSlope, isExact: true),
        new(Joints.SigmoidAndComplement, GradMath.Sigmoid, Joints.SigmoidComplement, isExact: true),
        new(Joints.SoftplusAndSigmoid, GradMath.Softplus, GradMath.Sigmoid, isExact: true),
    ];

    /// <summary>The method that computes both.</summary>
    public MethodInfo Method { get; }

    public Primitive First { get; }

    public Primitive Second { get; }

    /// <summary>Whether the results have the bits of the two functions, so that the call may take the place of theirs.</summary>
    public bool IsExact => this.isExact.Value;

    /// <summary>What a call of <paramref name="method"/> in a lambda computes, or null.</summary>
    public static Joint? Find(MethodInfo method)
    {
        if (method == ((Func<double, (double, double)>)double.SinCos).Method)
            method = ((Func<double, (double, double)>)Math.SinCos).Method;
        return All.FirstOrDefault(joint => joint.Method == method);
    }

    /// <summary>Whether a joint gives the bits of two functions at <paramref name="count"/> points of all magnitudes.</summary>
    internal static bool HasBitsOf(Func<double, (double, double)> joint, Func<double, double> first, Func<double, double> second, int count, Random random)
    {
        for (int k = 0; k < count; k++)
        {
            double x = (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-8, 8));
            (double a, double b) = joint(x);
            if (BitConverter.DoubleToInt64Bits(a) != BitConverter.DoubleToInt64Bits(first(x)) || BitConverter.DoubleToInt64Bits(b) != BitConverter.DoubleToInt64Bits(second(x)))
                return false;
        }
        return true;
    }
}
