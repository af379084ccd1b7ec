using System.Linq.Expressions;
using ExprGrad.Diagnostics;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Reading;

/// <summary>
/// Reads a lambda into a graph: recognises what has nodes, inlines lambdas, takes built objects apart, keeps what does not depend on the input as opaque C#, and refuses the rest.
/// Knows C#, no derivative.
/// </summary>
/// <remarks>This file dispatches; the others read one kind of expression each. Every method that descends is a <see cref="Step{T}"/>: depth follows the input.</remarks>
internal sealed partial class LambdaReader
{
    private readonly GraphBuilder builder;
    private readonly ImpureChain chain;
    private readonly Activity activity;
    private readonly Parameter input;
    private readonly List<Node> anchors = [];
    private readonly List<RefusedExpression> refusals = [];
    private readonly SharedExpressions shared = new();
    private Scope scope;
    private Flow flow;
    private Memo memo = new(null);

    // What gets the object that is being built, if it is known.
    private Expression? user;

    private LambdaReader(LambdaExpression f, bool sharing)
    {
        this.builder = new GraphBuilder(sharing);
        this.chain = new ImpureChain(this.builder);
        this.scope = new Scope(null, f.Body);
        this.flow = new Flow(null, this.builder.Root, this.builder.Root);
        this.input = this.builder.Parameter(f.Parameters[0].Name ?? "x", typeof(double[]));
        this.activity = new Activity(this.builder.Nodes, this.input);
        this.scope.Declare(f.Parameters[0], new Scalar(this.input));
        this.shared.Add(f.Body);
    }

    /// <summary>The graph of <c>(x, data?) => value</c>.</summary>
    /// <exception cref="UnsupportedExpressionException">Parts of the lambda cannot be differentiated; all of them are reported.</exception>
    public static Graph Read(LambdaExpression f, bool sharing = true)
    {
        var reader = new LambdaReader(f, sharing);
        Parameter? data = null;
        if (f.Parameters.Count > 1)
        {
            data = reader.builder.Parameter(f.Parameters[1].Name ?? "data", f.Parameters[1].Type);
            reader.scope.Declare(f.Parameters[1], new Scalar(data));
        }
        Node value = Step<Node>.Run(() => reader.ReadNode(f.Body));
        if (reader.refusals.Count > 0)
            throw reader.Refused();
        var graph = new Graph
        {
            Nodes = reader.builder.Nodes,
            Regions = reader.builder.Regions,
            Input = reader.input,
            Data = data,
            Value = value,
            Anchors = [],
            RequiredLength = InputLength.RequiredBy(reader.builder.Nodes, reader.input),
        };
        return graph with { Anchors = [.. reader.anchors.Distinct().Where(graph.IsAnchored)] };
    }

    /// <summary>The node of an expression; an object that was taken apart is built.</summary>
    private async Step<Node> ReadNode(Expression expression) => this.Materialize(await this.Read(expression));

    private Step<Value> Read(Expression expression) => this.shared.Contains(expression) ? this.ReadShared(expression) : this.Dispatch(expression);

    // An expression object that occurs in several places is read once in each region and scope, unless it is impure.
    private async Step<Value> ReadShared(Expression expression)
    {
        if (this.memo.Find(expression, this.chain.Mark) is { } known)
            return known;
        (Node?, int) before = this.chain.Mark;
        Value value = await this.Dispatch(expression);
        if (this.chain.Mark == before)
            this.memo.Add(expression, before, value);
        return value;
    }

    private Step<Value> Dispatch(Expression expression) => expression switch
    {
        ConstantExpression constant => Step<Value>.From(new Scalar(this.builder.Constant(constant.Value, constant.Type))),
        ParameterExpression parameter => Step<Value>.From(this.ReadParameter(parameter)),
        DefaultExpression { Type: var type } => Step<Value>.From(this.Nothing(type)),
        LambdaExpression lambda => Step<Value>.From(new Closure(lambda, this.scope)),
        BinaryExpression { NodeType: ExpressionType.ArrayIndex } index => this.ReadElement(index, index.Left, index.Right),
        BinaryExpression { NodeType: ExpressionType.AndAlso or ExpressionType.OrElse } logical when logical.Type == typeof(bool) && logical.Method is null => this.ReadLogical(logical),
        BinaryExpression { NodeType: ExpressionType.Coalesce, Conversion: null } coalesce => this.ReadCoalesce(coalesce),
        BinaryExpression { NodeType: ExpressionType.Assign, Left: ParameterExpression variable } assignment => this.ReadAssignment(assignment, variable),
        BinaryExpression { Left: ParameterExpression, NodeType: >= ExpressionType.AddAssign and <= ExpressionType.SubtractAssignChecked } compound => this.Read(compound.Reduce()),
        UnaryExpression { Operand: ParameterExpression variable, NodeType: >= ExpressionType.PreIncrementAssign and <= ExpressionType.PostDecrementAssign } step => this.ReadIncrement(step, variable),
        BinaryExpression binary when IsOperator(binary) => this.ReadBinary(binary),
        UnaryExpression unary when IsOperator(unary) => this.ReadUnary(unary),
        ConditionalExpression conditional => this.ReadConditional(conditional),
        SwitchExpression @switch => this.ReadSwitch(@switch),
        MemberExpression member => this.ReadMember(member),
        MethodCallExpression call => this.ReadCall(call),
        InvocationExpression invocation => this.ReadInvocation(invocation, invocation.Expression, invocation.Arguments),
        IndexExpression { Indexer: null, Arguments: [var index] } element => this.ReadElement(element, element.Object!, index),
        NewExpression creation => this.ReadNew(creation),
        MemberInitExpression initialisation => this.ReadMemberInit(initialisation),
        NewArrayExpression { NodeType: ExpressionType.NewArrayInit } array => this.ReadVectorLiteral(array),
        BlockExpression block => this.ReadBlock(block),
        UnaryExpression { NodeType: ExpressionType.Throw, Operand: { } exception, Type: var type } when type == typeof(void) => this.Read(Expression.Throw(exception, typeof(int))),
        LoopExpression loop => this.ReadLoop(loop),
        GotoExpression jump => this.ReadGoto(jump),
        LabelExpression label => this.ReadLabel(label),
        IndexExpression { Indexer.GetMethod: { } getter, Object: { } list, Arguments: [{ } index] } when IsList(list.Type) && index.Type == typeof(int) => this.ReadListElement(expression, getter, list, index),
        IndexExpression { Indexer: { } indexer } => this.ReadOpaque(expression, Purity.Of(indexer)),
        TypeBinaryExpression { Expression.Type.IsValueType: true } test => this.ReadTypeTest(test),
        TypeBinaryExpression => this.ReadOpaque(expression, Behaviour.Total),
        IndexExpression or NewArrayExpression => this.ReadOpaque(expression, Behaviour.Impure | Behaviour.MayThrow),
        _ => Step<Value>.From(this.ReadWhole(expression)),
    };

    private Value ReadParameter(ParameterExpression parameter) => this.scope.Find(parameter) switch
    {
        null => this.Refuse(parameter, RefusalCode.Statement, $"The variable {parameter.Name} is not declared in the lambda, or is read before it is assigned."),
        Lost lost => this.Refuse(parameter, RefusalCode.Statement, $"{parameter.Name} {lost.Reason}"),
        { } value => value,
    };

    private Constant Default(Type type) => this.builder.Constant(type.IsValueType && Nullable.GetUnderlyingType(type) is null ? Activator.CreateInstance(type) : null, type);

    /// <summary>Takes note of a refusal and goes on with a value that causes no further ones.</summary>
    private Scalar Refuse(Expression expression, RefusalCode code, string reason)
    {
        // What is repeated is read several times.
        if (!this.refusals.Exists(known => ReferenceEquals(known.Place, expression) && known.Code == code))
            this.refusals.Add(new RefusedExpression(this.scope.Source, expression, code, reason));
        Type type = expression.Type == typeof(void) || expression.Type.IsByRefLike ? typeof(double) : expression.Type;
        return new Scalar(this.Default(type));
    }

    private UnsupportedExpressionException Refused() => new([.. this.refusals.Select(refusal => refusal.ToRefusal())]);

    /// <summary>Makes a node at this place of the source: in order with what is impure, and run even if unused where it may throw.</summary>
    private Node Apply(Operation operation, params Node[] operands)
    {
        Node node = this.builder.Apply(operation, operands, this.chain.Predecessors(operation.Behaviour));
        return this.Place(node, operation.Behaviour);
    }

    private Node Load(Node array, Node index)
    {
        const Behaviour Reads = Behaviour.ReadsState | Behaviour.MayThrow;
        return this.Place(this.builder.Load(array, index, this.chain.Predecessors(Reads)), Reads);
    }

    private Node Place(Node node, Behaviour behaviour)
    {
        this.chain.Append(node, behaviour);
        if ((behaviour & (Behaviour.MayThrow | Behaviour.Impure)) != 0)
            this.anchors.Add(node);
        return node;
    }

    /// <summary>Whether a value of this type can only change in steps, so that its derivative is zero wherever it has one.</summary>
    private static bool IsDiscrete(Type type)
    {
        Type number = Nullable.GetUnderlyingType(type) ?? type;
        return number.IsEnum || (number.IsPrimitive && number != typeof(double) && number != typeof(float) && number != typeof(IntPtr) && number != typeof(UIntPtr));
    }

    /// <summary>Whether a value computed from this node could have a derivative that would be lost.</summary>
    private bool CarriesDerivative(Node node) => ReferenceEquals(node, this.input) || this.activity[node];

    private sealed record RefusedExpression(Expression Source, Expression Place, RefusalCode Code, string Reason)
    {
        public Refusal ToRefusal()
        {
            PrintedExpression printed = CSharpPrinter.Print(this.Source, [this.Place]);
            if (!printed.TryFind(this.Place, out int start, out int length))
                (start, length) = (0, printed.Text.Length);
            return new Refusal(this.Code.Code, this.Reason, this.Code.Advice, printed.Text, start, length);
        }
    }
}
