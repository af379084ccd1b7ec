using System.Linq.Expressions;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>
/// Reverse mode as most libraries do it: an object for each operation, made once from the function, with a virtual method for the value and one for the adjoints of its operands. A call allocates nothing:
/// it walks the objects forwards, then backwards. Of a conditional both sides are computed, as with <c>where</c> in tensor libraries.
/// </summary>
internal sealed class ObjectTape
{
    private readonly TapeNode[] inputs;
    private readonly TapeNode[] nodes;
    private readonly TapeNode result;

    private ObjectTape(TapeNode[] inputs, TapeNode[] nodes, TapeNode result) => (this.inputs, this.nodes, this.result) = (inputs, nodes, result);

    public static ObjectTape Record(Expression<Func<double[], double>> f, int dimension)
    {
        TapeNode[] inputs = [.. Enumerable.Range(0, dimension).Select(_ => new LeafNode(0))];
        var recorder = new TapeRecorder(f.Parameters[0], inputs);
        TapeNode result = recorder.Record(f.Body);
        return new ObjectTape(inputs, [.. recorder.Nodes], result);
    }

    public (double Value, double[] Gradient) Evaluate(double[] x, double[]? gradient)
    {
        gradient ??= new double[x.Length];
        TapeNode[] inputs = this.inputs, nodes = this.nodes;
        for (int i = 0; i < inputs.Length; i++)
            (inputs[i].Value, inputs[i].Adjoint) = (x[i], 0);
        foreach (TapeNode node in nodes)
            node.Forward();
        this.result.Adjoint = 1;
        for (int k = nodes.Length - 1; k >= 0; k--)
            nodes[k].Backward();
        for (int i = 0; i < inputs.Length; i++)
            gradient[i] = inputs[i].Adjoint;
        return (this.result.Value, gradient);
    }
}
