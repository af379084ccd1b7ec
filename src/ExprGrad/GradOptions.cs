namespace ExprGrad;

/// <summary>How a function is compiled. Immutable; the default instance is what <c>Grad.Compile(f)</c> uses.</summary>
public sealed record GradOptions
{
    /// <summary>What the compiler may do to floating-point arithmetic. Default: <see cref="FloatingPoint.Default"/>.</summary>
    public FloatingPoint FloatingPoint { get; init; } = FloatingPoint.Default;
}
