using System.Linq.Expressions;
using ExprGrad.Diagnostics;
using ExprGrad.Differentiation;
using ExprGrad.IR;
using ExprGrad.Reading;
using ExprGrad.Scheduling;
using ExprGrad.Simplification;

namespace ExprGrad.Tests.Documents;

/// <summary>What every stage of the compiler makes of a function, printed by the compiler; without fused multiply–add, so that every processor prints the same.</summary>
internal sealed class Walk
{
    private readonly Dictionary<string, string> prints;

    public Walk(Expression<Func<double[], double>> f)
    {
        this.Function = f;
        Graph primal = LambdaReader.Read(f);
        Graph gradient = ReverseMode.Differentiate(primal);
        Graph simplified = Simplifier.Simplify(gradient, FloatingPoint.Default, fusing: false);
        Schedule schedule = Scheduler.Arrange(simplified, Optimisations.All);
        GivenValues given = GivenValues.In(simplified);
        this.prints = new()
        {
            ["reading"] = GraphPrinter.Print(primal),
            ["differentiation"] = GraphPrinter.Print(gradient),
            ["simplification"] = GraphPrinter.Print(simplified),
            ["scheduling"] = SchedulePrinter.Print(schedule),
            ["emission"] = Explainer.Code<ValueAndGradient>(given),
            ["graph"] = MermaidPrinter.Print(Drawing.Of(given.Graph)),
        };
    }

    public Expression<Func<double[], double>> Function { get; }

    /// <summary>What is printed after a stage, or as its picture.</summary>
    public string After(string stage) => this.prints[stage];
}
