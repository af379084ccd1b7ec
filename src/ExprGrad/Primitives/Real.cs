using System.Linq.Expressions;
using ExprGrad.IR;

namespace ExprGrad.Primitives;

/// <summary>A number in the graph, with the operators of arithmetic, so that partials read like the formulas that they are. Integers and floats are converted to double.</summary>
internal readonly struct Real
{
    private readonly GraphBuilder? builder;
    private readonly Node? node;
    private readonly double constant;

    public Real(GraphBuilder builder, Node node)
    {
        this.builder = builder;
        this.node = node.Type == typeof(double) ? node : builder.Apply(Operator.Convert(node.Type, typeof(double)), node);
    }

    private Real(double constant) => this.constant = constant;

    /// <summary>Whether this is a number written in a formula. It belongs to no graph; arithmetic on such numbers is done at once.</summary>
    private bool IsLiteral => this.builder is null;

    public static implicit operator Real(double constant) => new(constant);

    public static Real operator +(Real a, Real b) => a.IsLiteral && b.IsLiteral ? a.constant + b.constant : Apply(Arithmetic.Add, a, b);

    public static Real operator -(Real a, Real b) => a.IsLiteral && b.IsLiteral ? a.constant - b.constant : Apply(Arithmetic.Subtract, a, b);

    public static Real operator *(Real a, Real b) => a.IsLiteral && b.IsLiteral ? a.constant * b.constant : Apply(Arithmetic.Multiply, a, b);

    public static Real operator /(Real a, Real b) => a.IsLiteral && b.IsLiteral ? a.constant / b.constant : Apply(Arithmetic.Divide, a, b);

    public static Real operator -(Real a) => a.IsLiteral ? -a.constant : Apply(Arithmetic.Negate, a);

    public static Truth operator <(Real a, Real b) => Compare(ExpressionType.LessThan, a, b);

    public static Truth operator >(Real a, Real b) => Compare(ExpressionType.GreaterThan, a, b);

    public static Truth operator <=(Real a, Real b) => Compare(ExpressionType.LessThanOrEqual, a, b);

    public static Truth operator >=(Real a, Real b) => Compare(ExpressionType.GreaterThanOrEqual, a, b);

    /// <summary>a = b; false if either is NaN.</summary>
    public static Truth Equal(Real a, Real b) => Compare(ExpressionType.Equal, a, b);

    /// <summary>Whether a is NaN.</summary>
    public static Truth IsNaN(Real a) => Compare(ExpressionType.NotEqual, a, a);

    /// <summary>The value of <paramref name="operation"/>; at least one operand is not a literal.</summary>
    public static Real Apply(Operation operation, params ReadOnlySpan<Real> operands)
    {
        GraphBuilder builder = BuilderOf(operands);
        var nodes = new Node[operands.Length];
        for (int k = 0; k < nodes.Length; k++)
            nodes[k] = operands[k].In(builder);
        return new Real(builder, builder.Apply(operation, nodes));
    }

    /// <summary>The node in <paramref name="target"/>.</summary>
    public Node In(GraphBuilder target) => this.node ?? target.Constant(this.constant);

    /// <summary><paramref name="then"/> where the test holds, else <paramref name="otherwise"/>; only the one taken is evaluated.</summary>
    public static Real If(Truth test, Func<Real> then, Func<Real> otherwise)
    {
        GraphBuilder builder = test.Builder;
        Region here = builder.Region;
        Node Arm(int @case, Func<Real> make) => builder.In(builder.Regions.Branch(here, test.Node, @case), () => make().In(builder));
        return new Real(builder, builder.Choice(test.Node, Arm(0, otherwise), Arm(1, then)));
    }

    private static Truth Compare(ExpressionType comparison, Real a, Real b)
    {
        GraphBuilder builder = BuilderOf([a, b]);
        return new Truth(builder, builder.Apply(Operator.Compare(comparison, typeof(double)), a.In(builder), b.In(builder)));
    }

    private static GraphBuilder BuilderOf(ReadOnlySpan<Real> operands)
    {
        foreach (Real operand in operands)
        {
            if (operand.builder is { } builder)
                return builder;
        }
        throw new InvalidOperationException("A formula of literals belongs to no graph: write its value.");
    }
}

/// <summary>A test in the graph.</summary>
internal readonly struct Truth(GraphBuilder builder, Node node)
{
    public GraphBuilder Builder { get; } = builder;

    public Node Node { get; } = node;

    public static Truth operator !(Truth a) => new(a.Builder, a.Builder.Apply(Operator.Not, a.Node));

    /// <summary>Both; both are evaluated.</summary>
    public static Truth operator &(Truth a, Truth b) => new(a.Builder, a.Builder.Apply(Operator.And, a.Node, b.Node));

    /// <summary>Either; both are evaluated.</summary>
    public static Truth operator |(Truth a, Truth b) => new(a.Builder, a.Builder.Apply(Operator.Or, a.Node, b.Node));
}

/// <summary>The operands of a primitive as reals. An operand that is no number cannot be asked for.</summary>
internal readonly struct Operands(GraphBuilder builder, IReadOnlyList<Node> nodes)
{
    public Real this[int k] => new(builder, nodes[k]);

    /// <summary>The operand as it is: for partials that need an integer as such.</summary>
    public Node Node(int k) => nodes[k];

    /// <summary>The number that this operand is if it is a literal, else null.</summary>
    public double? Literal(int k) => nodes[k] is Constant { Value: double or float or int } constant ? Convert.ToDouble(constant.Value, null) : null;

    public GraphBuilder Builder => builder;
}
