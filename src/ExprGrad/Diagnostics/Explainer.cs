using System.Linq.Expressions;
using ExprGrad.Emission;
using ExprGrad.IR;
using ExprGrad.Reading;
using ExprGrad.Scheduling;
using ExprGrad.Simplification;

namespace ExprGrad.Diagnostics;

/// <summary>Shows what the stages of <see cref="GradientCompiler"/> make of a function.</summary>
internal static class Explainer
{
    private const string MethodName = nameof(ValueAndGradient);

    public static Explanation Explain<TDelegate>(LambdaExpression f, GradOptions? options)
        where TDelegate : Delegate
    {
        options ??= new GradOptions();
        Graph primal = LambdaReader.Read(f);
        Graph gradient = GradientCompiler.WithGradient(primal, options);
        GivenValues given = GivenValues.In(gradient);
        Drawing drawing = Drawing.Of(given.Graph);
        return new Explanation
        {
            Code = Code<TDelegate>(given, GradientCompiler.Allowed(Optimisations.All, options)),
            Mermaid = MermaidPrinter.Print(drawing),
            Dot = DotPrinter.Print(drawing),
            RequiredLength = gradient.RequiredLength,
            Primal = OperationCounter.Count(Simplifier.Simplify(primal, options.FloatingPoint)),
            Gradient = OperationCounter.Count(gradient),
        };
    }

    /// <summary>A method with the given values as parameters before the gradient.</summary>
    internal static string Code<TDelegate>(GivenValues given, Optimisations optimisations = Optimisations.All)
        where TDelegate : Delegate
    {
        Schedule schedule = Scheduler.Arrange(given.Graph, optimisations);
        LambdaExpression code = given.Graph.Data is null ? ScalarEmitter.Emit<ValueAndGradient>(schedule).Main : ScalarEmitter.Emit<TDelegate>(schedule).Main;
        LambdaExpression method = Expression.Lambda(code.Body, [.. code.Parameters.SkipLast(1), .. given.Parameters.Select(value => value.Parameter), code.Parameters[^1]]);
        string printed = CSharpPrinter.PrintMethod(method, MethodName);
        // The tree has no annotations of null.
        return "#nullable disable\n" + string.Concat(given.Parameters.Select(Comment)) + printed;
    }

    private static string Comment((ParameterExpression Parameter, Node Node) given)
    {
        string source = GivenName.Source(given.Node);
        return source == given.Parameter.Name ? "" : $"// {given.Parameter.Name}: {source}\n";
    }
}
