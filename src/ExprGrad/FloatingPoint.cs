namespace ExprGrad;

/// <summary>What the compiler may do to floating-point arithmetic.</summary>
public enum FloatingPoint
{
    /// <summary>The value has the bits of the plain lambda; the adjoint may be reassociated, share reciprocals and use fused multiply–add where the processor has it.</summary>
    Default,

    /// <summary>No licence anywhere and no fused multiply–add that the user did not write: value and gradient have the same bits on every processor whose <see cref="Math"/> functions agree.</summary>
    Reproducible,

    /// <summary>The licences of the adjoint extend to the value, which may then differ from the plain lambda's by rounding.</summary>
    Fast,
}
