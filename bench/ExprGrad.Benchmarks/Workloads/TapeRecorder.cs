using System.Linq.Expressions;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>Makes the objects of an <see cref="ObjectTape"/> from an expression, in the order of evaluation.</summary>
internal sealed class TapeRecorder(ParameterExpression x, TapeNode[] inputs)
{
    private readonly Dictionary<ParameterExpression, TapeNode> variables = [];
    private readonly Dictionary<double, LeafNode> constants = [];

    public List<TapeNode> Nodes { get; } = [];

    public TapeNode Record(Expression expression) => expression switch
    {
        ConstantExpression { Value: double value } => this.Constant(value),
        ParameterExpression variable => this.variables[variable],
        BinaryExpression { NodeType: ExpressionType.ArrayIndex, Right: ConstantExpression { Value: int index } } element when element.Left == x => inputs[index],
        BinaryExpression { NodeType: ExpressionType.Assign, Left: ParameterExpression variable, Right: var value } => this.variables[variable] = this.Record(value),
        BinaryExpression binary => this.Add(Binary(binary.NodeType, this.Record(binary.Left), this.Record(binary.Right))),
        UnaryExpression { NodeType: ExpressionType.Negate, Operand: var operand } => this.Add(new NegateNode(this.Record(operand))),
        MethodCallExpression { Method.Name: var function, Arguments: [var argument] } => this.Add(Function(function, this.Record(argument))),
        ConditionalExpression conditional => this.Conditional(conditional),
        InvocationExpression { Expression: LambdaExpression lambda, Arguments: var arguments } => this.Invocation(lambda, [.. arguments.Select(this.Record)]),
        BlockExpression block => this.Block(block),
        _ => throw new NotSupportedException(expression.ToString()),
    };

    private static TapeNode Binary(ExpressionType kind, TapeNode a, TapeNode b) => kind switch
    {
        ExpressionType.Add => new AddNode(a, b),
        ExpressionType.Subtract => new SubtractNode(a, b),
        ExpressionType.Multiply => new MultiplyNode(a, b),
        ExpressionType.Divide => new DivideNode(a, b),
        _ => throw new NotSupportedException(kind.ToString()),
    };

    private static TapeNode Function(string name, TapeNode a) => name switch
    {
        nameof(Math.Abs) => new AbsNode(a),
        nameof(Math.Sqrt) => new SqrtNode(a),
        nameof(Math.Exp) => new ExpNode(a),
        nameof(Math.Log) => new LogNode(a),
        nameof(Math.Sin) => new SinNode(a),
        nameof(Math.Cos) => new CosNode(a),
        nameof(GradMath.NormalCdf) => new NormalCdfNode(a),
        _ => throw new NotSupportedException(name),
    };

    private WhereNode Conditional(ConditionalExpression conditional)
    {
        var test = (BinaryExpression)conditional.Test;
        Func<double, double, bool> compare = test.NodeType switch
        {
            ExpressionType.GreaterThan => (a, b) => a > b,
            ExpressionType.LessThan => (a, b) => a < b,
            _ => throw new NotSupportedException(test.ToString()),
        };
        return this.Add(new WhereNode(compare, this.Record(test.Left), this.Record(test.Right), this.Record(conditional.IfTrue), this.Record(conditional.IfFalse)));
    }

    private TapeNode Invocation(LambdaExpression lambda, TapeNode[] arguments)
    {
        // One lambda may be invoked in the arguments of its own invocation, never in its own body.
        for (int k = 0; k < arguments.Length; k++)
            this.variables[lambda.Parameters[k]] = arguments[k];
        return this.Record(lambda.Body);
    }

    private TapeNode Block(BlockExpression block)
    {
        TapeNode last = null!;
        foreach (Expression statement in block.Expressions)
            last = this.Record(statement);
        return last;
    }

    private TNode Add<TNode>(TNode node)
        where TNode : TapeNode
    {
        this.Nodes.Add(node);
        return node;
    }

    private LeafNode Constant(double value)
    {
        if (!this.constants.TryGetValue(value, out LeafNode? node))
            this.constants[value] = node = new LeafNode(value);
        return node;
    }
}
