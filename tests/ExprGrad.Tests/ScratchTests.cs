#nullable disable
#pragma warning disable
using ExprGrad.Differentiation;
using ExprGrad.IR;
using ExprGrad.Reading;
using ExprGrad.Tests.Fuzz;
using ExprGrad.Tests.Oracle;
namespace ExprGrad.Tests;
public class ScratchTests
{
    [Fact]
    public void Categories()
    {
        var found = new Dictionary<string, (int Count, string Example)>();
        int agreed = 0;
        int depth = int.Parse(Environment.GetEnvironmentVariable("DEPTH") ?? "3");
        int from = int.Parse(Environment.GetEnvironmentVariable("FROM") ?? "1");
        int n = int.Parse(Environment.GetEnvironmentVariable("N") ?? "200");
        string only = Environment.GetEnvironmentVariable("ONLY");
        for (int seed = from; seed < from + n; seed++)
        {
            if (only is not null && only != seed.ToString()) continue;
            var (f, inputs) = LoopGenerator.Generate(seed, depth);
            string problem = null;
            try
            {
                Graph primal = LambdaReader.Read(f);
                GraphVerifier.Verify(primal);
                Graph graph = ReverseMode.Differentiate(primal);
                if (only is not null) Console.WriteLine(f + "\n" + Diagnostics.GraphPrinter.Print(graph));
                GraphVerifier.Verify(graph);
                foreach (double[] x in LoopFuzzer.Points(seed, inputs))
                {
                    string a = Out(() => f.Compile()(x)), b = Out(() => GraphInterpreter.Run(graph, x).Value);
                    if (a != b) { problem = $"value {(a.Length < 30 ? a : a)} is {b}"; if (only is not null) Console.WriteLine(problem + " at " + string.Join(", ", x)); if (!a.Contains("Exc") && !b.Contains("Exc")) problem = "value differs"; break; }
                    if (a.Contains("Exc")) continue;
                    var o = DualOracle.Evaluate(f, x);
                    var e = Agreement.GradientError(o, GraphInterpreter.Run(graph, x).Gradient);
                    if (e is not null) { if (only is not null) Console.WriteLine(e + " at " + string.Join(", ", x)); problem = "gradient: " + (e.Contains("nothing that was selected") ? "selected" : e.Contains("instead of") ? "wrong" : e); break; }
                }
            }
            catch (UnsupportedExpressionException u) { problem = "refused " + string.Join(" | ", u.Refusals.Select(r => r.Code + " " + r.Reason).Distinct()); if (only is not null) Console.WriteLine(u.Message); }
            catch (Exception e) { problem = e.GetType().Name + " " + System.Text.RegularExpressions.Regex.Replace(e.Message, "%?[0-9]+", "#"); problem = problem.Substring(0, Math.Min(problem.Length, 110)); if (only is not null) Console.WriteLine(e); }
            if (problem is null) { agreed++; continue; }
            if (only is not null && !problem.StartsWith("refused"))
            {
                string kind = problem[..Math.Min(problem.Length, 12)];
                var small = Shrinker.Shrink(f, g => Problem(g, seed, inputs, false)?.StartsWith(kind) == true);
                Console.WriteLine("SHRUNK " + small);
                Problem(small, seed, inputs, true);
            }
            string text = $"seed {seed}: {f}";
            if (!found.TryGetValue(problem, out var known)) known = (0, text);
            found[problem] = (known.Count + 1, text.Length < known.Example.Length ? text : known.Example);
        }
        Console.WriteLine($"agreed {agreed} of {n}");
        foreach (var (problem, (count, example)) in found.OrderByDescending(p => p.Value.Count))
            Console.WriteLine($"== {count} x {problem}\n     {example[..Math.Min(example.Length, 250)]}");
    }
    static string Problem(System.Linq.Expressions.Expression<Func<double[], double>> f, int seed, int inputs, bool print)
    {
            string problem = null;
            try
            {
                Graph primal = LambdaReader.Read(f);
                GraphVerifier.Verify(primal);
                Graph graph = ReverseMode.Differentiate(primal);
                if (print) Console.WriteLine(f + "\n" + Diagnostics.GraphPrinter.Print(graph));
                GraphVerifier.Verify(graph);
                foreach (double[] x in LoopFuzzer.Points(seed, inputs))
                {
                    string a = Out(() => f.Compile()(x)), b = Out(() => GraphInterpreter.Run(graph, x).Value);
                    if (a != b) { problem = $"value {(a.Length < 30 ? a : a)} is {b}"; if (print) Console.WriteLine(problem + " at " + string.Join(", ", x)); if (!a.Contains("Exc") && !b.Contains("Exc")) problem = "value differs"; break; }
                    if (a.Contains("Exc")) continue;
                    var o = DualOracle.Evaluate(f, x);
                    var e = Agreement.GradientError(o, GraphInterpreter.Run(graph, x).Gradient);
                    if (e is not null) { if (print) Console.WriteLine(e + " at " + string.Join(", ", x)); problem = "gradient: " + (e.Contains("nothing that was selected") ? "selected" : e.Contains("instead of") ? "wrong" : e); break; }
                }
            }
            catch (UnsupportedExpressionException u) { problem = "refused"; }
            catch (Exception e) { problem = e.GetType().Name + " " + System.Text.RegularExpressions.Regex.Replace(e.Message, "%?[0-9]+", "#"); if (print) Console.WriteLine(e); }
            return problem;
    }
    static string Out(Func<double> run) { try { double d = run(); return double.IsNaN(d) ? "NaN" : BitConverter.DoubleToInt64Bits(d).ToString(); } catch (Exception t) { return t.GetType().Name; } }
}
