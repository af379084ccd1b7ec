using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>The log posterior of a Gaussian mixture, as in the ADBench suite: 1,000 points, full covariances by their inverse factors, a Wishart prior.</summary>
/// <remarks>The inputs: k weights α, k means of d, then for each component the logarithms q of the diagonal of its factor and the triangle l below it, column by column.</remarks>
public sealed class GaussianMixture : ObjectiveWorkload
{
    private const int RowCount = 1000, PriorDegrees = 0;
    private const double PriorScale = 1;

    private readonly int d, k;
    private readonly double[][] data;
    private readonly double constant;
    private readonly Scratch scratch;

    public GaussianMixture(int d, int k)
    {
        (this.d, this.k) = (d, k);
        var random = new Random(3);
        this.data = [.. Enumerable.Range(0, RowCount).Select(_ => Enumerable.Range(0, d).Select(_ => Uniform(random, 0, 1)).ToArray())];
        // C of the prior: logΓ_d(p/2) is ¼ d(d − 1) log π + Σ logΓ(…), of which only the value depends.
        int p = d + PriorDegrees + 1;
        double logGamma = 0.25 * d * (d - 1) * Math.Log(Math.PI) + Enumerable.Range(1, d).Sum(j => GradMath.LogGamma(0.5 * p + 0.5 * (1 - j)));
        this.constant = -RowCount * d * 0.5 * Math.Log(2 * Math.PI) - k * (p * d * (Math.Log(PriorScale) - 0.5 * Math.Log(2)) - logGamma);
        this.scratch = new Scratch(d, k);
    }

    public override string Name => $"GMM d{this.d} K{this.k}, n = {RowCount}";

    public override int Dimension => this.k * (1 + this.d + this.d * (this.d + 1) / 2);

    // No more than the caches and the time allow: central differences are not taken.
    public override int PointCount => 1;

    public override Expression<Func<double[], double>> Function
    {
        get
        {
            int d = this.d, k = this.k, means = k, factors = k + k * d, size = d * (d + 1) / 2;
            double[][] data = this.data;
            double constant = this.constant;
            return x =>
                (from row in data
                 let terms = (from c in Enumerable.Range(0, k)
                              let q = factors + c * size
                              let centred = row.Select((v, j) => v - x[means + c * d + j]).ToArray()
                              let squares = from i in Enumerable.Range(0, d)
                                            let y = Math.Exp(x[q + i]) * centred[i] + Enumerable.Range(0, i).Sum(j => x[q + d + j * (2 * d - j - 1) / 2 + i - j - 1] * centred[j])
                                            select y * y
                              select x[c] + Enumerable.Range(0, d).Sum(i => x[q + i]) - 0.5 * squares.Sum()).ToArray()
                 let top = terms.Max()
                 select top + Math.Log(terms.Sum(t => Math.Exp(t - top)))).Sum()
                - data.Length * (x.Take(k).Max() + Math.Log(x.Take(k).Sum(a => Math.Exp(a - x.Take(k).Max()))))
                + Enumerable.Range(0, k).Sum(c =>
                    0.5 * PriorScale * PriorScale * (Enumerable.Range(0, d).Sum(i => Math.Exp(x[factors + c * size + i]) * Math.Exp(x[factors + c * size + i])) + Enumerable.Range(d, size - d).Sum(i => x[factors + c * size + i] * x[factors + c * size + i]))
                    - PriorDegrees * Enumerable.Range(0, d).Sum(i => x[factors + c * size + i]))
                + constant;
        }
    }

    // d10 K25 was not measured in C++; more components change little.
    public override double? RatioInCpp => (this.d, this.k) switch { (2, 5) => 1.25, (10, _) => 2.1, (20, 25) => 2.6, _ => null };

    protected override IEnumerable<(string Name, Func<double[], double> Value)> HandValues => [("by hand, row by row", this.ValueByRows), ("by hand, column by column", this.ValueByColumns)];

    protected override IEnumerable<(string Name, ValueAndGradient Gradient)> HandGradients => [("by hand", this.Gradient)];

    protected override double[] Sample(Random random) => [.. Enumerable.Range(0, this.Dimension).Select(_ => Uniform(random, -0.5, 0.5))];

    // References instead of spans: the bounds checks of five arrays are a third of the time.
    [MethodImpl(HandWritten)]
    private double ValueByRows(double[] x)
    {
        int d = this.d, k = this.k;
        double[][] data = this.data;
        double[] terms = this.scratch.Terms, offsets = this.scratch.Offsets;
        double prior = this.Prepare(x);
        ref double exps = ref Start(this.scratch.Exps), centred = ref Start(this.scratch.Centred);
        double sum = 0;
        for (int n = 0; n < data.Length; n++)
        {
            ref double row = ref Start(data[n]);
            ref double mean = ref Unsafe.Add(ref Start(x), k), exp = ref exps, lower = ref Unsafe.Add(ref Start(x), k + k * d + d);
            double top = double.NegativeInfinity;
            for (int c = 0; c < terms.Length; c++)
            {
                double squares = 0;
                for (int i = 0; i < d; i++)
                {
                    double v = Unsafe.Add(ref row, i) - Unsafe.Add(ref mean, i), y = 0;
                    Unsafe.Add(ref centred, i) = v;
                    for (int j = 0, at = i - 1; j < i; at += d - 2 - j, j++)
                        y += Unsafe.Add(ref lower, at) * Unsafe.Add(ref centred, j);
                    y += Unsafe.Add(ref exp, i) * v;
                    squares += y * y;
                }
                double term = offsets[c] - 0.5 * squares;
                terms[c] = term;
                top = Math.Max(top, term);
                mean = ref Unsafe.Add(ref mean, d);
                exp = ref Unsafe.Add(ref exp, d);
                lower = ref Unsafe.Add(ref lower, d * (d + 1) / 2);
            }
            double total = 0;
            foreach (double term in terms)
                total += Math.Exp(term - top);
            sum += top + Math.Log(total);
        }
        return sum - data.Length * LogSumExp(x.AsSpan(0, k)) + prior + this.constant;
    }

    // A column needs no wait for the sum of a row, but memory for all of them: faster for many.
    [MethodImpl(HandWritten)]
    private double ValueByColumns(double[] x)
    {
        int d = this.d, k = this.k;
        double[][] data = this.data;
        double[] terms = this.scratch.Terms, offsets = this.scratch.Offsets;
        double prior = this.Prepare(x);
        ref double exps = ref Start(this.scratch.Exps), product = ref Start(this.scratch.Products);
        double sum = 0;
        for (int n = 0; n < data.Length; n++)
        {
            ref double row = ref Start(data[n]);
            ref double mean = ref Unsafe.Add(ref Start(x), k), exp = ref exps, lower = ref Unsafe.Add(ref Start(x), k + k * d + d);
            double top = double.NegativeInfinity;
            for (int c = 0; c < terms.Length; c++)
            {
                double squares = 0;
                ref double element = ref lower;
                double v = row - mean;
                for (int i = 1; i < d; i++)
                {
                    Unsafe.Add(ref product, i) = element * v;
                    element = ref Unsafe.Add(ref element, 1);
                }
                product = 0;
                for (int j = 0;;)
                {
                    double y = Unsafe.Add(ref product, j) + Unsafe.Add(ref exp, j) * v;
                    squares += y * y;
                    if (++j == d)
                        break;
                    v = Unsafe.Add(ref row, j) - Unsafe.Add(ref mean, j);
                    for (int i = j + 1; i < d; i++)
                    {
                        Unsafe.Add(ref product, i) += element * v;
                        element = ref Unsafe.Add(ref element, 1);
                    }
                }
                double term = offsets[c] - 0.5 * squares;
                terms[c] = term;
                top = Math.Max(top, term);
                mean = ref Unsafe.Add(ref mean, d);
                exp = ref Unsafe.Add(ref exp, d);
                lower = ref Unsafe.Add(ref lower, d * (d + 1) / 2);
            }
            double total = 0;
            foreach (double term in terms)
                total += Math.Exp(term - top);
            sum += top + Math.Log(total);
        }
        return sum - data.Length * LogSumExp(x.AsSpan(0, k)) + prior + this.constant;
    }

    // The weights of a component are added up to the adjoint of its α; they are also those of its q, and exp(q) is differentiated once, at the end.
    [MethodImpl(HandWritten)]
    private (double Value, double[] Gradient) Gradient(double[] x, double[]? gradient)
    {
        gradient = Buffer(x, gradient);
        int d = this.d, k = this.k, size = d * (d + 1) / 2;
        double[][] data = this.data;
        double[] terms = this.scratch.Terms, offsets = this.scratch.Offsets;
        double prior = this.Prepare(x);
        Clear(gradient);
        ref double exps = ref Start(this.scratch.Exps), allCentred = ref Start(this.scratch.Centred), products = ref Start(this.scratch.Products);
        double sum = 0;
        for (int n = 0; n < data.Length; n++)
        {
            ref double row = ref Start(data[n]);
            ref double mean = ref Unsafe.Add(ref Start(x), k), exp = ref exps, lower = ref Unsafe.Add(ref Start(x), k + k * d + d), centred = ref allCentred, product = ref products;
            double top = double.NegativeInfinity;
            for (int c = 0; c < terms.Length; c++)
            {
                double squares = 0;
                ref double element = ref lower;
                double v = row - mean;
                for (int i = 1; i < d; i++)
                {
                    Unsafe.Add(ref product, i) = element * v;
                    element = ref Unsafe.Add(ref element, 1);
                }
                product = 0;
                for (int j = 0;;)
                {
                    double y = Fma(Unsafe.Add(ref exp, j), v, Unsafe.Add(ref product, j));
                    Unsafe.Add(ref centred, j) = v;
                    Unsafe.Add(ref product, j) = y;
                    squares = Fma(y, y, squares);
                    if (++j == d)
                        break;
                    v = Unsafe.Add(ref row, j) - Unsafe.Add(ref mean, j);
                    for (int i = j + 1; i < d; i++)
                    {
                        Unsafe.Add(ref product, i) = Fma(element, v, Unsafe.Add(ref product, i));
                        element = ref Unsafe.Add(ref element, 1);
                    }
                }
                double term = Fma(-0.5, squares, offsets[c]);
                terms[c] = term;
                top = Math.Max(top, term);
                mean = ref Unsafe.Add(ref mean, d);
                exp = ref Unsafe.Add(ref exp, d);
                lower = ref Unsafe.Add(ref lower, size);
                centred = ref Unsafe.Add(ref centred, d);
                product = ref Unsafe.Add(ref product, d);
            }
            double total = 0;
            for (int c = 0; c < terms.Length; c++)
                total += terms[c] = Math.Exp(terms[c] - top);
            sum += top + Math.Log(total);
            double perTotal = 1 / total;
            exp = ref exps;
            lower = ref Unsafe.Add(ref Start(x), k + k * d + d);
            centred = ref allCentred;
            product = ref products;
            ref double meanBar = ref Unsafe.Add(ref Start(gradient), k), expBar = ref Unsafe.Add(ref Start(gradient), k + k * d);
            for (int c = 0; c < terms.Length; c++)
            {
                double weight = terms[c] * perTotal;
                gradient[c] += weight;
                ref double element = ref lower, elementBar = ref Unsafe.Add(ref expBar, d);
                // Column by column, as the triangle is stored.
                for (int j = 0; j < d; j++)
                {
                    double v = Unsafe.Add(ref centred, j), y = Unsafe.Add(ref product, j), vBar = Unsafe.Add(ref exp, j) * y, wv = weight * v;
                    Unsafe.Add(ref expBar, j) = Fma(-wv, y, Unsafe.Add(ref expBar, j));
                    for (int i = j + 1; i < d; i++)
                    {
                        y = Unsafe.Add(ref product, i);
                        elementBar = Fma(-wv, y, elementBar);
                        vBar = Fma(element, y, vBar);
                        element = ref Unsafe.Add(ref element, 1);
                        elementBar = ref Unsafe.Add(ref elementBar, 1);
                    }
                    Unsafe.Add(ref meanBar, j) = Fma(weight, vBar, Unsafe.Add(ref meanBar, j));
                }
                exp = ref Unsafe.Add(ref exp, d);
                lower = ref Unsafe.Add(ref lower, size);
                centred = ref Unsafe.Add(ref centred, d);
                product = ref Unsafe.Add(ref product, d);
                meanBar = ref Unsafe.Add(ref meanBar, d);
                expBar = ref Unsafe.Add(ref expBar, size);
            }
        }
        double logSumExp = LogSumExp(x.AsSpan(0, k));
        for (int c = 0; c < k; c++)
        {
            double weights = gradient[c];
            gradient[c] = weights - data.Length * Math.Exp(x[c] - logSumExp);
            Span<double> factorBar = gradient.AsSpan(k + k * d + c * size, size);
            ReadOnlySpan<double> factor = x.AsSpan(k + k * d + c * size, size), exp = this.scratch.Exps.AsSpan(c * d, d);
            for (int i = 0; i < d; i++)
                factorBar[i] = Fma(Fma(PriorScale * PriorScale, exp[i], factorBar[i]), exp[i], weights - PriorDegrees);
            for (int i = d; i < factor.Length; i++)
                factorBar[i] = Fma(PriorScale * PriorScale, factor[i], factorBar[i]);
        }
        return (sum - data.Length * logSumExp + prior + this.constant, gradient);
    }

    /// <summary>What depends on the component only: exp(q), α + Σq, and the prior.</summary>
    private double Prepare(double[] x)
    {
        double[] exps = this.scratch.Exps, offsets = this.scratch.Offsets;
        int factors = this.k + this.k * this.d, size = this.d * (this.d + 1) / 2;
        double prior = 0;
        for (int c = 0; c < this.k; c++)
        {
            ReadOnlySpan<double> factor = x.AsSpan(factors + c * size, size);
            double sum = 0, squares = 0, below = 0;
            for (int i = 0; i < this.d; i++)
            {
                double e = Math.Exp(factor[i]);
                exps[c * this.d + i] = e;
                sum += factor[i];
                squares += e * e;
            }
            for (int i = this.d; i < factor.Length; i++)
                below += factor[i] * factor[i];
            offsets[c] = x[c] + sum;
            prior += 0.5 * PriorScale * PriorScale * (squares + below) - PriorDegrees * sum;
        }
        return prior;
    }

    private static ref double Start(double[] array) => ref MemoryMarshal.GetArrayDataReference(array);

    private static double LogSumExp(ReadOnlySpan<double> terms)
    {
        double top = double.NegativeInfinity, total = 0;
        foreach (double term in terms)
            top = Math.Max(top, term);
        foreach (double term in terms)
            total += Math.Exp(term - top);
        return top + Math.Log(total);
    }

    /// <summary>Memory of the hand-written versions.</summary>
    private sealed class Scratch(int d, int k)
    {
        public double[] Exps { get; } = new double[k * d];

        public double[] Offsets { get; } = new double[k];

        public double[] Terms { get; } = new double[k];

        public double[] Centred { get; } = new double[k * d];

        public double[] Products { get; } = new double[k * d];
    }
}
