using System.Linq.Expressions;
using ExprGrad.Diagnostics;
using ExprGrad.Differentiation;
using ExprGrad.Reading;

namespace ExprGrad.Tests;

public class GraphPrinterTests
{
    [Fact]
    public void The_worked_example_reads_as_one_line_for_each_node() => AssertPrinted("""
        function of x: double[] with at least 2 elements
        always:
          %2 = load x 0
          %4 = load x 1
          %5 = multiply %2 %4
          %6 = log %5
          %7 = sin %4
          %8 = multiply %6 %7
        value = %8

        """, x => Math.Log(x[0] * x[1]) * Math.Sin(x[1]));

    [Fact]
    public void Branches_are_printed_under_their_tests() => AssertPrinted("""
        function of x: double[] with at least 1 element
        always:
          %2 = load x 0
          %4: bool = GreaterThan %2 0.0
          %11 = choose by %4: false 0.0, true %10
        %4 is true:
          %6 = load x 1 (runs even if unused)
          %8: bool = LessThan %6 0.5
          %10 = choose by %8: false %6, true 1.0
        value = %11

        """, x => x[0] > 0 ? x[1] < 0.5 ? 1.0 : x[1] : 0.0);

    [Fact]
    public void Order_types_and_what_runs_unused_are_printed()
    {
        Func<double> next = () => 1;
        string printed = GraphPrinter.Print(LambdaReader.Read((Expression<Func<double[], double>>)(x => next() * x[(int)next()])));
        Assert.Contains(" after %", printed);
        Assert.Contains(": int = to Int32 %", printed);
        Assert.Contains(": Func<double> = .next <", printed);
        Assert.Contains("(runs even if unused)", printed);
    }

    [Fact]
    public void Gradient_and_effects_are_printed_last()
    {
        string printed = GraphPrinter.Print(ReverseMode.Differentiate(LambdaReader.Read((Expression<Func<double[], double>>)(x => x[0] * x[(int)x[0]]))));
        Assert.Contains("\n  gradient[%", printed);
        Assert.Contains("\ngradient[0] += %", printed);
        Assert.StartsWith("function of x: double[] with at least 1 element\n", printed);
        string dense = GraphPrinter.Print(ReverseMode.Differentiate(LambdaReader.Read((Expression<Func<double[], double>>)(x => x[0] * 3))));
        Assert.EndsWith("value = %4\ngradient[0] = %6\n", dense);
    }

    private static void AssertPrinted(string expected, Expression<Func<double[], double>> f) =>
        Assert.Equal(expected.ReplaceLineEndings("\n"), GraphPrinter.Print(LambdaReader.Read(f)));
}
