using System.Globalization;
using System.Linq.Expressions;
using System.Numerics;
using System.Text.RegularExpressions;

namespace ExprGrad.Tests.Objectives;

/// <summary>One row of data.</summary>
public sealed record Observation(double Y, double X);

/// <summary>A nonlinear regression of the NIST Statistical Reference Datasets.</summary>
/// <param name="Name">The name of its file.</param>
/// <param name="SumOfSquares">The squared residuals over the data, as one writes them in C#.</param>
/// <param name="Model">The model with complex parameters: for the oracle.</param>
internal sealed partial record NistProblem(string Name, Expression<Func<double[], Observation[], double>> SumOfSquares, Func<Complex[], double, Complex> Model)
{
    public static IReadOnlyList<NistProblem> All { get; } =
    [
        new("Misra1a", (b, rows) => rows.Sum(r => Math.Pow(r.Y - b[0] * (1 - Math.Exp(-b[1] * r.X)), 2)),
            (b, x) => b[0] * (1 - Complex.Exp(-b[1] * x))),
        new("Chwirut2", (b, rows) => rows.Sum(r => Math.Pow(r.Y - Math.Exp(-b[0] * r.X) / (b[1] + b[2] * r.X), 2)),
            (b, x) => Complex.Exp(-b[0] * x) / (b[1] + b[2] * x)),
        new("DanWood", (b, rows) => rows.Select(r => r.Y - b[0] * Math.Pow(r.X, b[1])).Sum(e => e * e),
            (b, x) => b[0] * Power(x, b[1])),
        new("Gauss1",
            (b, rows) => (from r in rows
                          let peaks = b[2] * Math.Exp(-(r.X - b[3]) * (r.X - b[3]) / (b[4] * b[4])) + b[5] * Math.Exp(-(r.X - b[6]) * (r.X - b[6]) / (b[7] * b[7]))
                          let e = r.Y - (b[0] * Math.Exp(-b[1] * r.X) + peaks)
                          select e * e).Sum(),
            (b, x) => b[0] * Complex.Exp(-b[1] * x) + (b[2] * Complex.Exp(-(x - b[3]) * (x - b[3]) / (b[4] * b[4])) + b[5] * Complex.Exp(-(x - b[6]) * (x - b[6]) / (b[7] * b[7])))),
        new("Lanczos3", (b, rows) => rows.Sum(r => Math.Pow(r.Y - Enumerable.Range(0, 3).Sum(k => b[2 * k] * Math.Exp(-b[2 * k + 1] * r.X)), 2)),
            (b, x) => b[0] * Complex.Exp(-b[1] * x) + b[2] * Complex.Exp(-b[3] * x) + b[4] * Complex.Exp(-b[5] * x)),
        new("MGH09", (b, rows) => rows.Sum(r => Math.Pow(r.Y - b[0] * (r.X * r.X + r.X * b[1]) / (r.X * r.X + r.X * b[2] + b[3]), 2)),
            (b, x) => b[0] * (x * x + x * b[1]) / (x * x + x * b[2] + b[3])),
        new("Thurber",
            (b, rows) => rows.Sum(r => Math.Pow(r.Y - b.Take(4).Reverse().Aggregate((p, c) => p * r.X + c) / (1 + r.X * b.Skip(4).Reverse().Aggregate((p, c) => p * r.X + c)), 2)),
            (b, x) => (((b[3] * x + b[2]) * x + b[1]) * x + b[0]) / (1 + x * ((b[6] * x + b[5]) * x + b[4]))),
        new("Rat43", (b, rows) => rows.Sum(r => Math.Pow(r.Y - b[0] / Math.Pow(1 + Math.Exp(b[1] - b[2] * r.X), 1 / b[3]), 2)),
            (b, x) => b[0] / Power(1 + Complex.Exp(b[1] - b[2] * x), 1 / b[3])),
    ];

    /// <summary>The real part has the bits of <see cref="Math.Pow"/>: the residuals of the oracle must not be rounded in another way, they are small differences.</summary>
    private static Complex Power(Complex v, Complex exponent)
    {
        double power = Math.Pow(v.Real, exponent.Real);
        return new Complex(power, power * (exponent.Imaginary * Math.Log(v.Real) + exponent.Real * v.Imaginary / v.Real));
    }

    /// <summary>What the file says.</summary>
    /// <param name="Rows">The data.</param>
    /// <param name="Start1">Starting parameters far from the solution.</param>
    /// <param name="Start2">Starting parameters nearer to it.</param>
    /// <param name="Certified">The solution, rounded to 11 digits.</param>
    /// <param name="Residual">The residual sum of squares at the solution.</param>
    public sealed record Contents(Observation[] Rows, double[] Start1, double[] Start2, double[] Certified, double Residual)
    {
        public IReadOnlyList<double[]> Points => [this.Certified, this.Start2, this.Start1];
    }

    public Contents Read()
    {
        string[] lines = SharedData.Lines($"nist/{this.Name}.dat");
        static double Number(string word) => double.Parse(word, CultureInfo.InvariantCulture);
        double[][] parameters = [.. lines.Select(line => Parameter().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Captures.Select(word => Number(word.Value)).ToArray())];
        double residual = Number(lines.First(line => line.StartsWith("Residual Sum of Squares", StringComparison.Ordinal)).Split(':')[1]);
        // The line that names the columns is the second that starts so.
        int start = Array.FindLastIndex(lines, line => line.StartsWith("Data:", StringComparison.Ordinal)) + 1;
        Observation[] rows = [.. lines[start..].Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length == 2).Select(words => new Observation(Number(words[0]), Number(words[1])))];
        return new Contents(rows, [.. parameters.Select(p => p[0])], [.. parameters.Select(p => p[1])], [.. parameters.Select(p => p[2])], residual);
    }

    [GeneratedRegex(@"^\s*b\d+ =(?:\s+(\S+)){4}\s*$")]
    private static partial Regex Parameter();

    /// <summary>The gradient by complex steps, Σ 2 r ∂r, and the scale of each component, Σ |2 r ∂r|.</summary>
    public (double[] Gradient, double[] Scale) ComplexStep(Observation[] rows, double[] b)
    {
        // Nothing is subtracted, so a step can be so small that its square vanishes.
        const double Step = 1e-100;
        double[] gradient = new double[b.Length], scale = new double[b.Length];
        for (int i = 0; i < b.Length; i++)
        {
            Complex[] moved = [.. b.Select((v, k) => new Complex(v, k == i ? Step : 0))];
            foreach (var row in rows)
            {
                Complex residual = row.Y - this.Model(moved, row.X);
                double term = 2 * residual.Real * (residual.Imaginary / Step);
                gradient[i] += term;
                scale[i] += Math.Abs(term);
            }
        }
        return (gradient, scale);
    }
}
