using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Tests;

public class GraphInterpreterTests
{
    private readonly GraphBuilder builder = new();
    private readonly Parameter x;

    public GraphInterpreterTests() => this.x = this.builder.Parameter("x", typeof(double[]));

    [Fact]
    public void It_evaluates_loads_constants_and_operations() =>
        Assert.Equal(0.75 - 2, this.Evaluate(this.builder.Apply(Arithmetic.Subtract, this.Load(1), this.builder.Constant(2.0)), [0.5, 0.75]));

    [Fact]
    public void It_never_evaluates_the_arm_not_taken()
    {
        Node test = this.builder.Apply(Operator.Compare(ExpressionType.GreaterThan, typeof(double)), this.Load(0), this.builder.Constant(0.0));
        Node choice = this.builder.Choice(test, this.builder.Constant(7.0), this.Load(99));

        Assert.Equal(7.0, this.Evaluate(choice, [-1.0]));
        Assert.Throws<IndexOutOfRangeException>(() => this.Evaluate(choice, [1.0]));
    }

    [Fact]
    public void It_evaluates_a_shared_node_once_and_a_deep_graph_without_recursion()
    {
        Node node = this.Load(0);
        for (int depth = 0; depth < 100_000; depth++)
            node = this.builder.Apply(Arithmetic.Multiply, node, node);

        Assert.Equal(1.0, this.Evaluate(node, [-1.0]));
    }

    [Fact]
    public void It_runs_a_graph_with_its_gradient_effects_and_anchors()
    {
        Node zero = this.builder.Constant(0, typeof(int)), one = this.builder.Constant(1, typeof(int));
        Node x0 = this.builder.Load(this.x, zero, []);
        Node test = this.builder.Apply(Operator.Compare(ExpressionType.GreaterThan, typeof(double)), x0, this.builder.Constant(0.0));
        Branch positive = this.builder.Regions.Branch(this.builder.Root, test, 1), other = this.builder.Regions.Branch(this.builder.Root, test, 0);
        Node unused = this.builder.In(other, () => this.Load(9));
        var graph = new Graph
        {
Nodes = this.builder.Nodes, Regions = this.builder.Regions, Input = this.x, Value = x0, Anchors = [unused], RequiredLength = 1,
            Gradient = [new Component(0, this.builder.Constant(3.0))],
            Effects = [new Effect(positive, one, x0), new Effect(other, zero, x0), new Effect(this.builder.Root, zero, x0)],
        };

        (double value, double[] gradient) = GraphInterpreter.Run(graph, [2.0, 5.0]);

        Assert.Equal(2.0, value);
        Assert.Equal([5.0, 2.0], gradient);
        Assert.Throws<IndexOutOfRangeException>(() => GraphInterpreter.Run(graph, [-2.0, 5.0]));
    }

    private Node Load(int index) => this.builder.Load(this.x, this.builder.Constant(index, typeof(int)), []);

    private object? Evaluate(Node node, double[] point) => new GraphInterpreter(new Dictionary<Parameter, object?> { [this.x] = point }).Evaluate(node);
}
