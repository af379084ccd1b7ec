namespace ExprGrad.Primitives;

/// <summary>The functions that partials are written with.</summary>
internal static class Formula
{
    public static Real Sqrt(Real x) => Call(Math.Sqrt, x);

    public static Real Exp(Real x) => Call(Math.Exp, x);

    public static Real Log(Real x) => Call(Math.Log, x);

    public static Real Sin(Real x) => Call(Math.Sin, x);

    public static Real Cos(Real x) => Call(Math.Cos, x);

    public static Real Sinh(Real x) => Call(Math.Sinh, x);

    public static Real Cosh(Real x) => Call(Math.Cosh, x);

    public static Real Abs(Real x) => Call(Math.Abs, x);

    public static Real Round(Real x) => Call(Math.Round, x);

    public static Real Pow(Real x, Real y) => Call(Math.Pow, x, y);

    public static Real Hypot(Real x, Real y) => Call(double.Hypot, x, y);

    public static Real CopySign(Real magnitude, Real sign) => Call(Math.CopySign, magnitude, sign);

    public static Real FusedMultiplyAdd(Real x, Real y, Real z) =>
        Real.Apply(Catalogue.Find(((Func<double, double, double, double>)Math.FusedMultiplyAdd).Method)!, x, y, z);

    /// <summary>The sign of x as a constant: 1 or −1, 0 at 0, NaN at NaN. <c>Math.Sign</c> throws at NaN.</summary>
    public static Real Sign(Real x) => Real.If(Abs(x) > 0, () => CopySign(1, x), () => Real.If(Real.Equal(x, 0), () => 0, () => double.NaN));

    /// <summary>Whether x is so far from overflow and underflow that its product or quotient with any double that occurs beside it keeps all digits; false at NaN.</summary>
    public static Truth IsModerate(Real x) => (Abs(x) > 1e-280) & (Abs(x) < 1e280);

    /// <summary>The value of a primitive with one operand, named by its method.</summary>
    public static Real Call(Func<double, double> method, Real x) => Real.Apply(Catalogue.Find(method.Method)!, x);

    /// <summary>The value of a primitive with two operands, named by its method.</summary>
    public static Real Call(Func<double, double, double> method, Real x, Real y) => Real.Apply(Catalogue.Find(method.Method)!, x, y);
}
