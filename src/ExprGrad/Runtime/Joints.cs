using System.ComponentModel;

namespace ExprGrad.Runtime;

/// <summary>Functions of <see cref="GradMath"/> together with what their derivatives are made of: the bits of the functions, and one exponential for both. Public because compiled functions call it; not meant to be called by hand.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Joints
{
    private const double TwoOverRootPi = 1.1283791670955126;

    /// <summary>The derivative of <see cref="GradMath.Erf"/>, 2/√π exp(−x²).</summary>
    public static double ErfSlope(double x) => TwoOverRootPi * GradMath.ExpOfMinusSquare(x, 1);

    /// <summary><see cref="GradMath.Erf"/> and its derivative.</summary>
    public static (double Erf, double Slope) ErfAndSlope(double x)
    {
        double magnitude = Math.Abs(x), e = GradMath.ExpOfMinusSquare(x, 1);
        return (magnitude <= 0.5 ? GradMath.ErfNearZero(x) : Math.CopySign(1 - GradMath.ScaledErfc(magnitude) * e, x), TwoOverRootPi * e);
    }

    /// <summary><see cref="GradMath.Erfc"/> and the derivative of <see cref="GradMath.Erf"/>.</summary>
    public static (double Erfc, double Slope) ErfcAndSlope(double x)
    {
        double magnitude = Math.Abs(x), e = GradMath.ExpOfMinusSquare(x, 1);
        double complement = magnitude <= 0.5 ? 1 - GradMath.ErfNearZero(x) : Select.IfLess(x, 0, 2 - GradMath.ScaledErfc(magnitude) * e, GradMath.ScaledErfc(magnitude) * e);
        return (complement, TwoOverRootPi * e);
    }

    /// <summary><see cref="GradMath.Sigmoid"/> of −x.</summary>
    public static double SigmoidComplement(double x) => GradMath.Sigmoid(-x);

    /// <summary><see cref="GradMath.Sigmoid"/> of x and of −x.</summary>
    public static (double Sigmoid, double Complement) SigmoidAndComplement(double x)
    {
        double e = Math.Exp(-Math.Abs(x)), greater = 1 / (1 + e), lesser = e / (1 + e);
        return (Select.IfLess(x, 0, lesser, greater), Select.IfLess(x, 0, greater, lesser));
    }

    /// <summary><see cref="GradMath.Softplus"/> and its derivative, <see cref="GradMath.Sigmoid"/>.</summary>
    public static (double Softplus, double Sigmoid) SoftplusAndSigmoid(double x)
    {
        double e = Math.Exp(-Math.Abs(x)), logarithm = GradMath.Log1p(e);
        return (Select.IfLess(0, x, x + logarithm, logarithm), Select.IfLess(x, 0, e, 1) / (1 + e));
    }
}
