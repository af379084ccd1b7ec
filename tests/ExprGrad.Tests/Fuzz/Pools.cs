using System.Buffers;

namespace ExprGrad.Tests.Fuzz;

/// <summary>The shared pools, from which compiled functions rent memory.</summary>
internal static class Pools
{
    /// <summary>Fills what the pools hold for this thread with NaN: who reads what nobody wrote shows it.</summary>
    public static void Poison()
    {
        const int KeptOfALength = 9;
        for (int length = 16; length <= 256; length *= 2)
        {
            double[][] rented = [.. Enumerable.Range(0, KeptOfALength).Select(_ => ArrayPool<double>.Shared.Rent(length))];
            foreach (double[] array in rented)
            {
                Array.Fill(array, double.NaN);
                ArrayPool<double>.Shared.Return(array);
            }
        }
    }
}
