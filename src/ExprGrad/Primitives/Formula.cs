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

    public static Real Pow(Real x, Real y) => Real.Apply(Catalogue.Find(((Func<double, double, double>)Math.Pow).Method)!, x, y);

    /// <summary>The value of a primitive with one operand, named by its method.</summary>
    public static Real Call(Func<double, double> method, Real x) => Real.Apply(Catalogue.Find(method.Method)!, x);

    /// <summary>The value of a primitive with two operands, named by its method.</summary>
    public static Real Call(Func<double, double, double> method, Real x, Real y) => Real.Apply(Catalogue.Find(method.Method)!, x, y);
}
