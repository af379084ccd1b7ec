namespace ExprGrad.Benchmarks.Workloads;

/// <summary>
/// The reference for functions of any size: a <see cref="RandomGraph"/> and its plain reverse sweep as straight-line code, cut every <see cref="ChunkLength"/> instructions into methods that share an array.
/// It uses nothing of ExprGrad and does only what is simple: fused multiply–adds, sine with cosine, no sums with 0 and no products with 1.
/// </summary>
internal sealed class ChunkedMethods
{
    /// <summary>Measured: lengths from 200 to 800 differ little at any size.</summary>
    public const int ChunkLength = 400;

    private readonly Action<double[], double[], double[]>[] chunks;
    private readonly double[] scratch;
    private readonly int result;

    public ChunkedMethods(StraightLineProgram program)
    {
        Chunker chunker = Chunker.Cut(program, ChunkLength);
        (this.chunks, this.scratch, this.result) = ([.. chunker.Chunks], new double[chunker.ScratchLength], chunker.SlotOf(program.Value));
    }

    public double Value(double[] x) => this.Run(x, []);

    public (double Value, double[] Gradient) ValueAndGradient(double[] x, double[]? gradient)
    {
        gradient ??= new double[x.Length];
        return (this.Run(x, gradient), gradient);
    }

    private double Run(double[] x, double[] gradient)
    {
        double[] scratch = this.scratch;
        foreach (Action<double[], double[], double[]> chunk in this.chunks)
            chunk(x, scratch, gradient);
        return scratch[this.result];
    }
}
