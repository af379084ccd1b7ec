using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ExprGrad.IR;

/// <summary>What .NET does not say of the processor.</summary>
internal static class Processor
{
    private const int Vendor = 0x68747541, FirstWideModel = 0x30, Zen = 0x17;

    /// <summary>Whether 256 bits are computed at once. AMD's processors before Zen 2 have vectors of 256 bits, but do one half after the other.</summary>
    /// <remarks>Measured on family 17h, model 1: with vectors of 256 bits Rosenbrock 100, written out, took 1.3 times as long as with vectors of 128 bits.</remarks>
    public static bool HasWideUnits { get; } = Vector256.IsHardwareAccelerated && !(X86Base.IsSupported && X86Base.CpuId(0, 0).Ebx == Vendor && IsBeforeZen2(X86Base.CpuId(1, 0).Eax));

    // The family is the sum of two fields, the model is two fields side by side.
    private static bool IsBeforeZen2(int signature)
    {
        int family = (signature >> 8 & 0xF) + (signature >> 20 & 0xFF), model = (signature >> 4 & 0xF) + (signature >> 12 & 0xF0);
        return family < Zen || (family == Zen && model < FirstWideModel);
    }
}
