using System.Linq.Expressions;

namespace ExprGrad.Tests.Objectives;

/// <summary>What two layers remember of one character.</summary>
public sealed record Cell(double Hidden1, double State1, double Hidden2, double State2);

/// <summary>All characters' memory, and the loss so far.</summary>
public sealed record Memory(Cell[] Cells, double Loss);

/// <summary>
/// The loss of a diagonal LSTM of two layers over a sequence, as the ADBench suite defines it. The parameters are for each layer the weights and the biases of its gates (forget, in, out, change: b each),
/// then input weights, output weights and output biases.
/// </summary>
/// <param name="Sequence">c rows of b inputs.</param>
/// <param name="Start">b cells.</param>
public sealed record LongShortTermMemory(double[][] Sequence, Cell[] Start)
{
    // Stored, not computed: a getter that computes is called wherever it is written.
    public int B { get; } = Start.Length;

    /// <summary>Where the weights and biases of the gates of each layer begin.</summary>
    public int Weights1 { get; }
    public int Biases1 { get; } = 4 * Start.Length;
    public int Weights2 { get; } = 8 * Start.Length;
    public int Biases2 { get; } = 12 * Start.Length;

    public int InWeights { get; } = 16 * Start.Length;
    public int OutWeights { get; } = 17 * Start.Length;
    public int OutBiases { get; } = 18 * Start.Length;

    public int Parameters { get; } = 19 * Start.Length;

    public static Expression<Func<double[], LongShortTermMemory, double>> Loss { get; } = (p, d) =>
        -Enumerable.Range(0, d.Sequence.Length - 1).Aggregate(
            new Memory(d.Start, 0),
            (m, t) => ((Func<Cell[], Memory>)(cells => new Memory(
                cells,
                m.Loss + Enumerable.Range(0, d.B).Sum(i => d.Sequence[t + 1][i] * (cells[i].Hidden2 * p[d.OutWeights + i] + p[d.OutBiases + i]
                    - Math.Log(Enumerable.Range(0, d.B).Sum(k => Math.Exp(cells[k].Hidden2 * p[d.OutWeights + k] + p[d.OutBiases + k])) + 2))))))(
                (from i in Enumerable.Range(0, d.B)
                 let input = d.Sequence[t][i] * p[d.InWeights + i]
                 let forget1 = GradMath.Sigmoid(input * p[d.Weights1 + i] + p[d.Biases1 + i])
                 let in1 = GradMath.Sigmoid(m.Cells[i].Hidden1 * p[d.Weights1 + d.B + i] + p[d.Biases1 + d.B + i])
                 let out1 = GradMath.Sigmoid(input * p[d.Weights1 + 2 * d.B + i] + p[d.Biases1 + 2 * d.B + i])
                 let change1 = Math.Tanh(m.Cells[i].Hidden1 * p[d.Weights1 + 3 * d.B + i] + p[d.Biases1 + 3 * d.B + i])
                 let state1 = m.Cells[i].State1 * forget1 + in1 * change1
                 let hidden1 = out1 * Math.Tanh(state1)
                 let forget2 = GradMath.Sigmoid(hidden1 * p[d.Weights2 + i] + p[d.Biases2 + i])
                 let in2 = GradMath.Sigmoid(m.Cells[i].Hidden2 * p[d.Weights2 + d.B + i] + p[d.Biases2 + d.B + i])
                 let out2 = GradMath.Sigmoid(hidden1 * p[d.Weights2 + 2 * d.B + i] + p[d.Biases2 + 2 * d.B + i])
                 let change2 = Math.Tanh(m.Cells[i].Hidden2 * p[d.Weights2 + 3 * d.B + i] + p[d.Biases2 + 3 * d.B + i])
                 let state2 = m.Cells[i].State2 * forget2 + in2 * change2
                 select new Cell(hidden1, state1, out2 * Math.Tanh(state2), state2)).ToArray()),
            m => m.Loss) / ((d.Sequence.Length - 1) * d.B);

    internal static (double[] Parameters, LongShortTermMemory Data) Read(string name)
    {
        var numbers = SharedData.Numbers($"adbench/lstm/{name}.txt");
        int layers = numbers.TakeInteger(), characters = numbers.TakeInteger(), b = numbers.TakeInteger();
        Assert.Equal(2, layers);
        double[] parameters = numbers.Take(8 * layers * b + 3 * b);
        double[][] start = [.. Enumerable.Range(0, 2 * layers).Select(_ => numbers.Take(b))];
        double[][] sequence = [.. Enumerable.Range(0, characters).Select(_ => numbers.Take(b))];
        return (parameters, new LongShortTermMemory(sequence, [.. Enumerable.Range(0, b).Select(i => new Cell(start[0][i], start[1][i], start[2][i], start[3][i]))]));
    }

    internal static (double[] Parameters, LongShortTermMemory Data) Seeded(int seed, int characters, int b)
    {
        var random = new Random(seed);
        double Next() => 2 * random.NextDouble() - 1;
        double[][] sequence = [.. Enumerable.Range(0, characters).Select(_ => Enumerable.Range(0, b).Select(_ => (double)random.Next(2)).ToArray())];
        var data = new LongShortTermMemory(sequence, [.. Enumerable.Range(0, b).Select(_ => new Cell(Next(), Next(), Next(), Next()))]);
        return ([.. Enumerable.Range(0, data.Parameters).Select(_ => Next())], data);
    }
}
