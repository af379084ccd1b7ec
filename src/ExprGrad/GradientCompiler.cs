using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using ExprGrad.Compilation;
using ExprGrad.Differentiation;
using ExprGrad.Emission;
using ExprGrad.IR;
using ExprGrad.Reading;
using ExprGrad.Scheduling;
using ExprGrad.Simplification;

namespace ExprGrad;

/// <summary>The map of the compiler: its stages in order.</summary>
internal static class GradientCompiler
{
    /// <summary>The compiled function, in several methods if it is large.</summary>
    public static Compiled<TDelegate> Compile<TDelegate>(LambdaExpression f, GradOptions? options, Optimisations optimisations = Optimisations.All)
        where TDelegate : Delegate
    {
        Graph? primal = LambdaReader.Read(f, optimisations.HasFlag(Optimisations.Sharing));
        return DeepStack.Run(primal.Nodes.Count, () => DelegateCompiler.Compile(Emit<TDelegate>(LargeGraph.Take(ref primal), options, optimisations, splitting: true)));
    }

    /// <summary>The function as one expression.</summary>
    public static Expression<TDelegate> Differentiate<TDelegate>(LambdaExpression f, GradOptions? options, Optimisations optimisations = Optimisations.All)
        where TDelegate : Delegate
    {
        Graph? primal = LambdaReader.Read(f, optimisations.HasFlag(Optimisations.Sharing));
        return DeepStack.Run(primal.Nodes.Count, () => Emit<TDelegate>(LargeGraph.Take(ref primal), options, optimisations, splitting: false).Main);
    }

    // Optimised at once, as is WithGradient: code that is not optimised yet keeps to its end whatever its variables held.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static EmittedFunction<TDelegate> Emit<TDelegate>(Graph primal, GradOptions? options, Optimisations optimisations, bool splitting)
        where TDelegate : Delegate
    {
        options ??= new GradOptions();
        Graph graph = WithGradient(primal, options, optimisations);
        Schedule schedule = Scheduler.Arrange(graph, Allowed(optimisations, options), splitting);
        return ScalarEmitter.Emit<TDelegate>(schedule);
    }

    /// <summary>What may be done about speed: lanes add up in another order where the processor has them.</summary>
    public static Optimisations Allowed(Optimisations optimisations, GradOptions options) => options.FloatingPoint == FloatingPoint.Reproducible ? optimisations & ~Optimisations.Lanes : optimisations;

    /// <summary>What is scheduled: the graph of value and gradient, with little work.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Graph WithGradient(Graph primal, GradOptions options, Optimisations optimisations = Optimisations.All)
    {
        bool sharing = optimisations.HasFlag(Optimisations.Sharing);
        // One variable: a graph that is not needed any more can be large.
        Graph graph = optimisations.HasFlag(Optimisations.Hoisting) ? LoopHoisting.Apply(RangeChecks.Apply(primal, sharing), sharing) : primal;
        graph = ReverseMode.Differentiate(graph, sharing);
        return optimisations.HasFlag(Optimisations.Simplification) ? Simplifier.Simplify(graph, options.FloatingPoint, sharing) : graph;
    }
}
