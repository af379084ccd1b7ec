using System.Collections.Concurrent;
using System.Linq.Expressions;
using ExprGrad.IR;

namespace ExprGrad.Tests;

/// <summary>
/// What a graph means, without a scheduler or an emitter: each node is evaluated when something needs it, once in each iteration of the loops that it stands in, and of a choice only the arm taken.
/// An oracle for the stages that come after the graph.
/// </summary>
/// <remarks>
/// Operations run through <see cref="Operation.Emit"/> and <see cref="LambdaExpression.Compile()"/>. An explicit stack: graphs may be deep. Only sums and arrays recurse, as deep as loops are nested
/// or wait for one another.
/// </remarks>
internal sealed class GraphInterpreter
{
    private static readonly ConcurrentDictionary<Operation, Func<object?[], object?>> Compiled = [];

    private readonly IReadOnlyDictionary<Parameter, object?> arguments;
    private readonly IReadOnlyList<Node> anchors;
    private readonly Dictionary<Loop, Node> tests = [];
    private readonly Frame root = new(null, null, 0);
    private readonly HashSet<(Loop, Frame)> entered = [];

    /// <param name="arguments">The values of the parameters.</param>
    /// <param name="anchors">What runs unused.</param>
    public GraphInterpreter(IReadOnlyDictionary<Parameter, object?> arguments, IReadOnlyList<Node>? anchors = null) =>
        (this.arguments, this.anchors) = (arguments, [.. (anchors ?? []).OrderBy(node => node.Id)]);

    /// <summary>The value and the gradient of a graph at <paramref name="x"/>; what runs unused (anchors) runs first.</summary>
    public static (double Value, double[] Gradient) Run(Graph graph, double[] x, object? data = null)
    {
        if (x.Length < graph.RequiredLength)
            throw new ArgumentException($"x needs {graph.RequiredLength} elements.", nameof(x));
        var arguments = new Dictionary<Parameter, object?> { [graph.Input] = x };
        if (graph.Data is { } parameter)
            arguments[parameter] = data;
        var interpreter = new GraphInterpreter(arguments, graph.Anchors);
        foreach (Fold fold in graph.Nodes.OfType<Fold>().Where(fold => fold.Test is not null))
            interpreter.tests[fold.Loop] = fold.Test!;
        interpreter.RunAnchors(interpreter.anchors, graph.Root, interpreter.root);
        double value = (double)interpreter.Evaluate(graph.Value)!;
        var gradient = new double[x.Length];
        foreach (Effect effect in graph.Effects)
        {
            foreach (Frame frame in interpreter.FramesOf(effect.Region, graph.Root, interpreter.root))
                gradient[Convert.ToInt64(interpreter.Evaluate(effect.Index, frame), null)] += (double)interpreter.Evaluate(effect.Term, frame)!;
        }
        // Where x has no such element no path loaded it. Without effects a component is not added to 0: −0 stays.
        foreach (Component component in graph.Gradient.Where(component => component.Index < x.Length))
        {
            object known = interpreter.Evaluate(component.Adjoint)!;
            if (component.Count > 1)
            {
                LaneShape.LanesOf(known).CopyTo(gradient, component.Index);
                continue;
            }
            double adjoint = (double)known;
            gradient[component.Index] = graph.Effects.Count > 0 ? gradient[component.Index] + adjoint : adjoint;
        }
        return (value, gradient);
    }

    /// <summary>Whether control reaches <paramref name="region"/>.</summary>
    public bool Runs(Region region)
    {
        Region outermost = region;
        while (outermost.Parent is { } parent)
            outermost = parent;
        return this.FramesOf(region, outermost, this.root).Any();
    }

    public object? Evaluate(Node node) => this.Evaluate(node, this.root);

    private object? Evaluate(Node node, Frame frame)
    {
        Place place = PlaceOf(node, frame);
        var pending = new Stack<Place>([place]);
        while (pending.TryPeek(out Place next))
        {
            if (next.IsKnown || !this.Awaits(next, pending))
                pending.Pop();
        }
        return place.Frame.Values[node];
    }

    // A value belongs to the iteration of the innermost loop around its node.
    private static Place PlaceOf(Node node, Frame frame)
    {
        Loop? loop = node.Region.InnermostLoop;
        Frame? owner = frame;
        while (owner is not null && !ReferenceEquals(owner.Loop, loop))
            owner = owner.Parent;
        return new Place(node, owner ?? throw new InvalidOperationException($"{node} of {node.Region} is used outside of its loop."));
    }

    /// <summary>Evaluates a node if all that it needs is evaluated; else pushes what is missing.</summary>
    private bool Awaits(Place place, Stack<Place> pending)
    {
        int before = pending.Count;
        foreach (Place needed in this.Needs(place))
        {
            if (!needed.IsKnown)
                pending.Push(needed);
        }
        if (pending.Count > before)
            return true;
        place.Frame.Values[place.Node] = this.ValueOf(place.Node, place.Frame);
        return false;
    }

    private IEnumerable<Place> Needs(Place place)
    {
        (Node node, Frame frame) = place;
        return node switch
        {
            Choice choice when PlaceOf(choice.Selector, frame) is { IsKnown: true } selector => [PlaceOf(choice.Arm(Case(selector.Value)), frame)],
            Choice choice => [PlaceOf(choice.Selector, frame)],
            State state => [frame.Previous is null ? PlaceOf(state.Initial, frame) : PlaceOf(state.Fold.NextOf(state), frame.Previous)],
            Final final => this.Iterations(final.Fold.Loop, frame) is [.., var last] ? [PlaceOf(final.Fold.NextOf(final.Fold.State(final.Number)), last)] : [PlaceOf(final.Fold.State(final.Number).Initial, frame)],
            Fold or Sum => [],
            Vector vector => [PlaceOf(vector.Length, frame)],
            Scatter scatter => [PlaceOf(scatter.Length, frame)],
            _ => node.Operands.Concat(node.Predecessors.Where(predecessor => predecessor.Region.Encloses(node.Region))).Select(needed => PlaceOf(needed, frame)),
        };
    }

    private object? ValueOf(Node node, Frame frame)
    {
        object? Known(Node operand) => PlaceOf(operand, frame).Value;
        switch (node)
        {
            case Constant constant:
                return constant.Value;
            case Parameter parameter:
                return this.arguments[parameter];
            case LoopIndex:
                return frame.Index;
            case Load load:
                return ((Array)Known(load.Array)!).GetValue(Convert.ToInt64(Known(load.Index), null));
            case Choice choice:
                return Known(choice.Arm(Case(Known(choice.Selector))));
            case State state:
                return frame.Previous is null ? Known(state.Initial) : PlaceOf(state.Fold.NextOf(state), frame.Previous).Value;
            case Final final:
                Node last = final.Fold.State(final.Number);
                return this.Iterations(final.Fold.Loop, frame) is [.., var iteration] ? PlaceOf(final.Fold.NextOf((State)last), iteration).Value : Known(((State)last).Initial);
            case Fold fold:
                this.RunLoop(fold.Loop, frame);
                return null;
            case Sum sum:
                return this.SumOf(sum, frame);
            case Vector vector:
                var array = Array.CreateInstance(vector.Value.Type, (int)Known(vector.Length)!);
                foreach (Frame run in this.FramesOf(vector.Site, node.Region, frame))
                    array.SetValue(this.Evaluate(vector.Value, run), (int)this.Evaluate(vector.Position, run)!);
                return array;
            case Scatter scatter:
                var sums = new double[(int)Known(scatter.Length)!];
                foreach (Addition addition in scatter.Additions)
                {
                    foreach (Frame run in this.FramesOf(addition.Site, node.Region, frame))
                        sums[(int)this.Evaluate(addition.Index, run)!] += (double)this.Evaluate(addition.Term, run)!;
                }
                return sums;
            case Apply apply:
                return Compiled.GetOrAdd(apply.Operation, Compile, apply.Operands)([.. apply.Operands.Select(Known)]);
            default:
                throw new NotSupportedException($"{node.GetType().Name} {node}");
        }
    }

    private object SumOf(Sum sum, Frame frame)
    {
        IEnumerable<object> terms = this.FramesOf(sum.Site, sum.Region, frame).Select(run => this.Evaluate(sum.Term, run)!);
        if (sum.Type == typeof(double))
            return terms.Aggregate(sum.KeepsSign ? -0.0 : 0.0, (total, term) => total + (double)term);
        if (sum.Type == typeof(float))
            return terms.Aggregate(sum.KeepsSign ? -0f : 0f, (total, term) => total + (float)term);
        if (sum.Type == typeof(long))
            return terms.Aggregate(0L, (total, term) => checked(total + (long)term));
        return terms.Aggregate(0, (total, term) => checked(total + (int)term));
    }

    /// <summary>The iterations in which control reaches <paramref name="region"/> from a region around it, in order.</summary>
    private IEnumerable<Frame> FramesOf(Region region, Region around, Frame frame)
    {
        if (ReferenceEquals(region, around))
            return [frame];
        IEnumerable<Frame> outer = this.FramesOf(region.Parent!, around, frame);
        return region switch
        {
            Branch branch => outer.Where(run => Case(this.Evaluate(branch.Selector, run)) == branch.Case),
            Loop loop => outer.SelectMany(run => this.Iterations(loop, run)),
            _ => throw new NotSupportedException(region.ToString()),
        };
    }

    private IReadOnlyList<Frame> Iterations(Loop loop, Frame frame)
    {
        Frame parent = frame;
        while (!ReferenceEquals(parent.Loop, loop.Parent.InnermostLoop))
            parent = parent.Parent!;
        if (!parent.Loops.TryGetValue(loop, out List<Frame>? frames))
        {
            parent.Loops[loop] = frames = [];
            int count = (int)this.Evaluate(loop.Count, parent)!;
            Node? test = this.tests.GetValueOrDefault(loop);
            for (int k = 0; k < count && (k == 0 || test is null || (bool)this.Evaluate(test, frames[^1])!); k++)
                frames.Add(new Frame(parent, loop, loop.IsBackward ? count - 1 - k : k) { Previous = frames.LastOrDefault() });
        }
        return frames;
    }

    // Everything that runs unused in a region, in order; what is in a loop runs with its loop.
    private void RunAnchors(IReadOnlyList<Node> inside, Region around, Frame frame)
    {
        foreach (Node anchor in inside)
        {
            if (anchor.Region.OutermostLoopIn(around) is { } loop)
            {
                foreach (Frame run in this.FramesOf(loop.Parent, around, frame))
                    this.RunLoop(loop, run);
            }
            else if (this.FramesOf(anchor.Region, around, frame).Any())
            {
                this.Evaluate(anchor, frame);
            }
        }
    }

    private void RunLoop(Loop loop, Frame frame)
    {
        if (!this.entered.Add((loop, frame)))
            return;
        Node[] inside = [.. this.anchors.Where(anchor => loop.Encloses(anchor.Region))];
        foreach (Frame iteration in this.Iterations(loop, frame))
            this.RunAnchors(inside, loop, iteration);
    }

    private static int Case(object? selector) => selector is bool test ? (test ? 1 : 0) : Convert.ToInt32(selector, null);

    private static Func<object?[], object?> Compile(Operation operation, NodeList operands)
    {
        ParameterExpression values = Expression.Parameter(typeof(object?[]));
        Expression code = operation.Emit([.. operands.Select((operand, k) => Expression.Convert(Expression.ArrayIndex(values, Expression.Constant(k)), operand.Type))]);
        Expression result = code.Type == typeof(void) ? Expression.Block(code, Expression.Constant(null)) : Expression.Convert(code, typeof(object));
        return Expression.Lambda<Func<object?[], object?>>(result, values).Compile();
    }

    /// <summary>One iteration of a loop, or the function around all loops; values and inner loops of its own.</summary>
    private sealed class Frame(Frame? parent, Loop? loop, int index)
    {
        public Frame? Parent { get; } = parent;

        public Loop? Loop { get; } = loop;

        public int Index { get; } = index;

        /// <summary>The iteration before.</summary>
        public Frame? Previous { get; init; }

        public Dictionary<Node, object?> Values { get; } = [];

        public Dictionary<Loop, List<Frame>> Loops { get; } = [];
    }

    private readonly record struct Place(Node Node, Frame Frame)
    {
        public bool IsKnown => this.Frame.Values.ContainsKey(this.Node);

        public object? Value => this.Frame.Values[this.Node];
    }
}
