using System.Collections.Concurrent;
using System.Linq.Expressions;
using ExprGrad.IR;

namespace ExprGrad.Tests;

/// <summary>
/// What a graph means, without a scheduler or an emitter: each node is evaluated when something needs it, once, and of a choice only the arm taken.
/// An oracle for the stages that come after the graph.
/// </summary>
/// <remarks>Operations run through <see cref="Operation.Emit"/> and <see cref="LambdaExpression.Compile()"/>. An explicit stack: graphs may be deep.</remarks>
internal sealed class GraphInterpreter(IReadOnlyDictionary<Parameter, object?> arguments)
{
    private static readonly ConcurrentDictionary<Operation, Func<object?[], object?>> Compiled = [];

    private readonly Dictionary<Node, object?> values = [];

    /// <summary>The value and the gradient of a graph at <paramref name="x"/>; what runs unused (anchors) runs first.</summary>
    public static (double Value, double[] Gradient) Run(Graph graph, double[] x, object? data = null)
    {
        if (x.Length < graph.RequiredLength)
            throw new ArgumentException($"x needs {graph.RequiredLength} elements.", nameof(x));
        var arguments = new Dictionary<Parameter, object?> { [graph.Input] = x };
        if (graph.Data is { } parameter)
            arguments[parameter] = data;
        var interpreter = new GraphInterpreter(arguments);
        foreach (Node anchor in graph.Anchors.OrderBy(node => node.Id).Where(node => interpreter.Runs(node.Region)))
            interpreter.Evaluate(anchor);
        double value = (double)interpreter.Evaluate(graph.Value)!;
        var gradient = new double[x.Length];
        foreach (Effect effect in graph.Effects.Where(effect => interpreter.Runs(effect.Region)))
            gradient[Convert.ToInt64(interpreter.Evaluate(effect.Index), null)] += (double)interpreter.Evaluate(effect.Term)!;
        // Where x has no such element no path loaded it. Without effects a component is not added to 0: −0 stays.
        foreach (Component component in graph.Gradient.Where(component => component.Index < x.Length))
        {
            double adjoint = (double)interpreter.Evaluate(component.Adjoint)!;
            gradient[component.Index] = graph.Effects.Count > 0 ? gradient[component.Index] + adjoint : adjoint;
        }
        return (value, gradient);
    }

    /// <summary>Whether control reaches <paramref name="region"/>.</summary>
    public bool Runs(Region region)
    {
        var path = new Stack<Branch>();
        for (Region? inner = region; inner is Branch branch; inner = branch.Parent)
            path.Push(branch);
        return path.All(branch => Case(this.Evaluate(branch.Selector)) == branch.Case);
    }

    public object? Evaluate(Node node)
    {
        var pending = new Stack<Node>([node]);
        while (pending.TryPeek(out Node? next))
        {
            if (this.values.ContainsKey(next) || !this.Awaits(next, pending))
                pending.Pop();
        }
        return this.values[node];
    }

    /// <summary>Evaluates a node if all that it needs is evaluated; else pushes what is missing.</summary>
    private bool Awaits(Node node, Stack<Node> pending)
    {
        int before = pending.Count;
        foreach (Node needed in this.Needs(node))
        {
            if (!this.values.ContainsKey(needed))
                pending.Push(needed);
        }
        if (pending.Count > before)
            return true;
        this.values[node] = this.ValueOf(node);
        return false;
    }

    private IEnumerable<Node> Needs(Node node) =>
        node is not Choice choice ? node.Operands.Concat(node.Predecessors.Where(predecessor => this.Runs(predecessor.Region)))
        : this.values.TryGetValue(choice.Selector, out object? selector) ? [choice.Arm(Case(selector))]
        : [choice.Selector];

    private object? ValueOf(Node node) => node switch
    {
        Constant constant => constant.Value,
        Parameter parameter => arguments[parameter],
        Load load => ((Array)this.values[load.Array]!).GetValue(Convert.ToInt64(this.values[load.Index], null)),
        Choice choice => this.values[choice.Arm(Case(this.values[choice.Selector]))],
        Apply apply => Compiled.GetOrAdd(apply.Operation, Compile, apply.Operands)([.. apply.Operands.Select(operand => this.values[operand])]),
        _ => throw new NotSupportedException($"{node.GetType().Name} {node}"),
    };

    private static int Case(object? selector) => selector is bool test ? (test ? 1 : 0) : Convert.ToInt32(selector, null);

    private static Func<object?[], object?> Compile(Operation operation, NodeList operands)
    {
        ParameterExpression values = Expression.Parameter(typeof(object?[]));
        Expression code = operation.Emit([.. operands.Select((operand, k) => Expression.Convert(Expression.ArrayIndex(values, Expression.Constant(k)), operand.Type))]);
        Expression result = code.Type == typeof(void) ? Expression.Block(code, Expression.Constant(null)) : Expression.Convert(code, typeof(object));
        return Expression.Lambda<Func<object?[], object?>>(result, values).Compile();
    }
}
