using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>The loss of a small recurrent network over a sequence, as in the ADBench suite: two diagonal LSTM layers of 14, 1,024 steps.</summary>
/// <remarks>The inputs: for each layer a row of weights and a row of biases, each for forget, in, out, change; then weights of the input, weights and biases of the output.</remarks>
public sealed class Lstm : ObjectiveWorkload
{
    private const int Width = 14, Length = 1024, LayerSize = 8 * Width, FirstInput = 2 * LayerSize, FirstOutput = FirstInput + Width, FirstBias = FirstOutput + Width;
    private const int In = Width, Out = 2 * Width, Change = 3 * Width, Bias = 4 * Width;

    private static readonly Expression<Func<double, double>> Sigmoid = v => 1 / (1 + Math.Exp(-v));

    private static readonly Expression<Func<double[], int, double[], Layer, double[]>> CellOf = (x, at, input, layer) => layer.Cell.Select((c, j) =>
        c * Sigmoid.Compile()(input[j] * x[at + j] + x[at + Bias + j])
        + Sigmoid.Compile()(layer.Hidden[j] * x[at + In + j] + x[at + Bias + In + j]) * Math.Tanh(layer.Hidden[j] * x[at + Change + j] + x[at + Bias + Change + j])).ToArray();

    private static readonly Expression<Func<double[], int, double[], double[], Layer>> Gated = (x, at, input, cell) =>
        new Layer(cell.Select((c, j) => Sigmoid.Compile()(input[j] * x[at + Out + j] + x[at + Bias + Out + j]) * Math.Tanh(c)).ToArray(), cell);

    private static readonly Expression<Func<double[], int, double[], Layer, Layer>> Next = (x, at, input, layer) => Gated.Compile()(x, at, input, CellOf.Compile()(x, at, input, layer));

    private static readonly Expression<Func<double[], double, double[], double>> Likelihood = (output, log, seen) => output.Zip(seen, (y, s) => s * (y - log)).Sum();

    private static readonly Expression<Func<double[], double[], double>> LogLikelihood = (output, seen) => Likelihood.Compile()(output, Math.Log(output.Sum(v => Math.Exp(v)) + 2), seen);

    private static readonly Expression<Func<double[], State, Layer, Layer, double[], State>> Compared = (x, state, first, second, seen) =>
        new State(first, second, state.Total + LogLikelihood.Compile()(second.Hidden.Select((h, j) => h * x[FirstOutput + j] + x[FirstBias + j]).ToArray(), seen));

    private static readonly Expression<Func<double[], State, Layer, double[], State>> AfterFirst = (x, state, first, seen) =>
        Compared.Compile()(x, state, first, Next.Compile()(x, LayerSize, first.Hidden, state.Second), seen);

    private static readonly Expression<Func<double[], State, double[], double[], State>> Step = (x, state, now, seen) =>
        AfterFirst.Compile()(x, state, Next.Compile()(x, 0, now.Select((v, j) => v * x[FirstInput + j]).ToArray(), state.First), seen);

    private readonly double[][] sequence, start;
    private readonly Residuals[] residuals = new Residuals[2 * Width * Length];
    private readonly double[] outputBars = new double[Width * Length], working = new double[2 * Width], values = new double[2 * Width];

    public Lstm()
    {
        var random = new Random(13);
        double[] Row(Func<double> element) => [.. Enumerable.Range(0, Width).Select(_ => element())];
        this.sequence = [.. Enumerable.Range(0, Length).Select(_ => Row(() => random.Next(2)))];
        this.start = [.. Enumerable.Range(0, 4).Select(_ => Row(() => Uniform(random, -1, 1)))];
    }

    public override string Name => "LSTM l2 c1024";

    public override int Dimension => FirstBias + Width;

    public override int PointCount => 2;

    public override Expression<Func<double[], double>> Function
    {
        get
        {
            double[][] sequence = this.sequence, start = this.start;
            return x => -Enumerable.Range(0, sequence.Length - 1)
                .Aggregate(new State(new Layer(start[0], start[1]), new Layer(start[2], start[3]), 0), (state, t) => Step.Compile()(x, state, sequence[t], sequence[t + 1])).Total / ((sequence.Length - 1) * Width);
        }
    }

    protected override IEnumerable<(string Name, Func<double[], double> Value)> HandValues => [("by hand", this.Value)];

    protected override IEnumerable<(string Name, ValueAndGradient Gradient)> HandGradients => [("by hand", this.Gradient)];

    protected override double[] Sample(Random random) => [.. Enumerable.Range(0, this.Dimension).Select(_ => Uniform(random, -1, 1))];

    /// <summary>What a layer remembers.</summary>
    public sealed record Layer(double[] Hidden, double[] Cell);

    /// <summary>What the network remembers, and the likelihood of what it has seen.</summary>
    public sealed record State(Layer First, Layer Second, double Total);

    /// <summary>What the way back needs of one cell at one time.</summary>
    private struct Residuals
    {
        public double Forget, In, Out, Change, TanhOfCell, Cell, Hidden;
    }

    [MethodImpl(HandWritten)]
    private double Value(double[] x)
    {
        double[][] sequence = this.sequence;
        double[] hidden = this.working, output = this.outputBars, cell = this.values;
        for (int j = 0; j < Width; j++)
            (hidden[j], cell[j], hidden[Width + j], cell[Width + j]) = (this.start[0][j], this.start[1][j], this.start[2][j], this.start[3][j]);
        ref double p = ref MemoryMarshal.GetArrayDataReference(x);
        double total = 0;
        for (int t = 0; t < sequence.Length - 1; t++)
        {
            double[] now = sequence[t], seen = sequence[t + 1];
            double exps = 0;
            for (int j = 0; j < now.Length; j++)
            {
                double h = now[j] * Unsafe.Add(ref p, FirstInput + j);
                for (int k = j, at = j; k < 2 * Width; k += Width, at += LayerSize)
                {
                    double before = hidden[k];
                    double forget = 1 / (1 + Math.Exp(-(h * Unsafe.Add(ref p, at) + Unsafe.Add(ref p, at + Bias))));
                    double taken = 1 / (1 + Math.Exp(-(before * Unsafe.Add(ref p, at + In) + Unsafe.Add(ref p, at + Bias + In))));
                    double shown = 1 / (1 + Math.Exp(-(h * Unsafe.Add(ref p, at + Out) + Unsafe.Add(ref p, at + Bias + Out))));
                    double change = Math.Tanh(before * Unsafe.Add(ref p, at + Change) + Unsafe.Add(ref p, at + Bias + Change));
                    double c = cell[k] * forget + taken * change;
                    cell[k] = c;
                    hidden[k] = h = shown * Math.Tanh(c);
                }
                double y = h * Unsafe.Add(ref p, FirstOutput + j) + Unsafe.Add(ref p, FirstBias + j);
                output[j] = y;
                exps += Math.Exp(y);
            }
            double log = Math.Log(exps + 2), likelihood = 0;
            for (int j = 0; j < seen.Length; j++)
                likelihood += seen[j] * (output[j] - log);
            total += likelihood;
        }
        return -total / ((sequence.Length - 1) * Width);
    }

    // Forward: what each cell computes is kept, and the adjoint of each output, which is known at once. Backward: no function is called.
    [MethodImpl(HandWritten)]
    private (double Value, double[] Gradient) Gradient(double[] x, double[]? gradient)
    {
        gradient = Buffer(x, gradient);
        Clear(gradient);
        double[][] sequence = this.sequence;
        double[] outputs = this.outputBars;
        ref double p = ref MemoryMarshal.GetArrayDataReference(x), pBar = ref MemoryMarshal.GetArrayDataReference(gradient);
        ref Residuals first = ref MemoryMarshal.GetArrayDataReference(this.residuals);
        // Row 0 is the start, row t + 1 the state after step t.
        for (int j = 0; j < Width; j++)
        {
            ref Residuals a = ref Unsafe.Add(ref first, j), b = ref Unsafe.Add(ref first, Width + j);
            (a.Hidden, a.Cell, b.Hidden, b.Cell) = (this.start[0][j], this.start[1][j], this.start[2][j], this.start[3][j]);
        }
        double total = 0, perCount = -1.0 / ((sequence.Length - 1) * Width);
        for (int t = 0; t < sequence.Length - 1; t++)
        {
            double[] now = sequence[t], seen = sequence[t + 1];
            ref Residuals row = ref Unsafe.Add(ref first, 2 * Width * t);
            ref double output = ref outputs[Width * t];
            double exps = 0;
            for (int j = 0; j < now.Length; j++)
            {
                double h = now[j] * Unsafe.Add(ref p, FirstInput + j);
                for (int k = j, at = j; k < 2 * Width; k += Width, at += LayerSize)
                {
                    ref Residuals before = ref Unsafe.Add(ref row, k), after = ref Unsafe.Add(ref before, 2 * Width);
                    double hidden = before.Hidden;
                    double forget = 1 / (1 + Math.Exp(-Fma(h, Unsafe.Add(ref p, at), Unsafe.Add(ref p, at + Bias))));
                    after.Forget = forget;
                    double taken = 1 / (1 + Math.Exp(-Fma(hidden, Unsafe.Add(ref p, at + In), Unsafe.Add(ref p, at + Bias + In))));
                    after.In = taken;
                    double shown = 1 / (1 + Math.Exp(-Fma(h, Unsafe.Add(ref p, at + Out), Unsafe.Add(ref p, at + Bias + Out))));
                    after.Out = shown;
                    double change = Math.Tanh(Fma(hidden, Unsafe.Add(ref p, at + Change), Unsafe.Add(ref p, at + Bias + Change)));
                    after.Change = change;
                    double cell = Fma(before.Cell, forget, taken * change), tanh = Math.Tanh(cell);
                    after.Cell = cell;
                    after.TanhOfCell = tanh;
                    after.Hidden = h = shown * tanh;
                }
                double y = Fma(h, Unsafe.Add(ref p, FirstOutput + j), Unsafe.Add(ref p, FirstBias + j));
                Unsafe.Add(ref output, j) = y;
                exps += Math.Exp(y);
            }
            exps += 2;
            double log = Math.Log(exps), likelihood = 0, count = 0;
            for (int j = 0; j < seen.Length; j++)
            {
                likelihood = Fma(seen[j], Unsafe.Add(ref output, j) - log, likelihood);
                count += seen[j];
            }
            total += likelihood;
            double ofExp = count / exps;
            // exp(y) again: that is cheaper than to divide and store it while the sum is not known.
            for (int j = 0; j < seen.Length; j++)
                Unsafe.Add(ref output, j) = perCount * Fma(-ofExp, Math.Exp(Unsafe.Add(ref output, j)), seen[j]);
        }
        Span<double> hiddenBar = this.working, cellBar = this.values;
        Clear(hiddenBar);
        Clear(cellBar);
        for (int t = sequence.Length - 2; t >= 0; t--)
        {
            double[] now = sequence[t];
            ref Residuals row = ref Unsafe.Add(ref first, 2 * Width * t);
            ref double outputBar = ref outputs[Width * t];
            for (int j = 0; j < now.Length; j++)
            {
                double yBar = Unsafe.Add(ref outputBar, j);
                Unsafe.Add(ref pBar, FirstBias + j) += yBar;
                Unsafe.Add(ref pBar, FirstOutput + j) = Fma(yBar, Unsafe.Add(ref row, 3 * Width + j).Hidden, Unsafe.Add(ref pBar, FirstOutput + j));
                double fromAbove = yBar * Unsafe.Add(ref p, FirstOutput + j);
                for (int layer = 1; layer >= 0; layer--)
                {
                    int k = layer * Width + j;
                    ref double w = ref Unsafe.Add(ref p, layer * LayerSize + j), wBar = ref Unsafe.Add(ref pBar, layer * LayerSize + j);
                    ref Residuals before = ref Unsafe.Add(ref row, k), after = ref Unsafe.Add(ref before, 2 * Width);
                    double input = layer == 1 ? Unsafe.Add(ref row, 2 * Width + j).Hidden : now[j] * Unsafe.Add(ref p, FirstInput + j);
                    double forget = after.Forget, taken = after.In, shown = after.Out, change = after.Change, tanh = after.TanhOfCell, hidden = before.Hidden;
                    double hBar = hiddenBar[k] + fromAbove, cBar = Fma(hBar * shown, Fma(-tanh, tanh, 1), cellBar[k]);
                    double forgetBar = cBar * before.Cell * (forget * (1 - forget)), takenBar = cBar * change * (taken * (1 - taken)), shownBar = hBar * tanh * (shown * (1 - shown)), changeBar = cBar * taken * Fma(-change, change, 1);
                    cellBar[k] = cBar * forget;
                    hiddenBar[k] = Fma(takenBar, Unsafe.Add(ref w, In), changeBar * Unsafe.Add(ref w, Change));
                    fromAbove = Fma(forgetBar, w, shownBar * Unsafe.Add(ref w, Out));
                    wBar = Fma(forgetBar, input, wBar);
                    Unsafe.Add(ref wBar, In) = Fma(takenBar, hidden, Unsafe.Add(ref wBar, In));
                    Unsafe.Add(ref wBar, Out) = Fma(shownBar, input, Unsafe.Add(ref wBar, Out));
                    Unsafe.Add(ref wBar, Change) = Fma(changeBar, hidden, Unsafe.Add(ref wBar, Change));
                    Unsafe.Add(ref wBar, Bias) += forgetBar;
                    Unsafe.Add(ref wBar, Bias + In) += takenBar;
                    Unsafe.Add(ref wBar, Bias + Out) += shownBar;
                    Unsafe.Add(ref wBar, Bias + Change) += changeBar;
                }
                Unsafe.Add(ref pBar, FirstInput + j) = Fma(fromAbove, now[j], Unsafe.Add(ref pBar, FirstInput + j));
            }
        }
        return (total * perCount, gradient);
    }
}
