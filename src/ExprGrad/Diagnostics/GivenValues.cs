using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Reading;
using ExprGrad.Simplification;

namespace ExprGrad.Diagnostics;

/// <summary>Takes captured values and opaque C# out of a graph: what is left is arithmetic that compiles anywhere.</summary>
/// <remarks>What is impure is taken out too, so that no order is left to keep.</remarks>
internal sealed class GivenValues
{
    private readonly List<(ParameterExpression Parameter, Node Node)> taken = [];
    private readonly Func<Node, string> name;

    private GivenValues(Graph graph, Func<Node, string> name)
    {
        this.name = name;
        var builder = new GraphBuilder();
        Graph copy = GraphCopy.Of(graph, Liveness.CountUses(graph), builder, (node, copy) => IsGiven(node) ? this.Take(node, builder) : WithoutOrder(copy, builder));
        copy = copy with { Anchors = [.. copy.Anchors.Where(anchor => anchor is not Apply { Operation: Given })] };
        int[] uses = Liveness.CountUses(copy);
        this.Graph = copy.Data is { } data && uses[data.Id] == 0 ? copy with { Data = null } : copy;
        HashSet<ParameterExpression> used = [.. copy.Nodes.Where(node => uses[node.Id] > 0).OfType<Apply>().Select(apply => apply.Operation).OfType<Given>().Select(given => given.Parameter)];
        this.Parameters = [.. this.taken.Where(value => used.Contains(value.Parameter))];
    }

    /// <summary>The graph that is left. It has no data argument if nothing uses it.</summary>
    public Graph Graph { get; }

    /// <summary>The values that it gets as parameters, each with its node in the old graph.</summary>
    public IReadOnlyList<(ParameterExpression Parameter, Node Node)> Parameters { get; }

    public static GivenValues In(Graph graph)
    {
        // What only other opaque values need gets no name: which those are is known when all are taken out.
        GivenValues draft = new(graph, _ => "");
        var names = new Names(unique: true);
        foreach (string reserved in (string[])[graph.Input.Name, graph.Data?.Name ?? "", "gradient"])
            names.Fresh(reserved);
        Dictionary<Node, string> named = draft.Parameters.ToDictionary(value => value.Node, value => names.Fresh(GivenName.Of(value.Node)));
        return new GivenValues(graph, node => named.GetValueOrDefault(node, ""));
    }

    private Node Take(Node node, GraphBuilder builder)
    {
        var indices = new List<Node>();
        for (Loop? loop = builder.Region.InnermostLoop; loop is not null && node is not Constant; loop = loop.Parent.InnermostLoop)
            indices.Insert(0, builder.Index(loop));
        Type type = indices.Count == 0 ? node.Type : Expression.GetFuncType([.. indices.Select(index => index.Type), node.Type]);
        ParameterExpression parameter = Expression.Parameter(type, this.name(node));
        this.taken.Add((parameter, node));
        return builder.Apply(new Given(parameter, node.Type, node is Apply { Operation: Opaque { CaseCount: var cases } } ? cases : 0), [.. indices]);
    }

    private static Node WithoutOrder(Node copy, GraphBuilder builder) => copy.Predecessors.Count == 0 ? copy : copy switch
    {
        Load load => builder.Load(load.Array, load.Index, []),
        Apply apply => builder.Apply(apply.Operation, [.. apply.Operands]),
        _ => copy,
    };

    private static bool IsGiven(Node node) => node switch
    {
        Constant { Value: var value, Type: var type } => type != typeof(void) && (!IsKnownEverywhere(type) || (value is not null && Literal.Exact(value) is null)),
        Apply { Operation: Opaque opaque } apply => !IsPrintable(opaque) || apply.Operands.Any(operand => !IsKnownEverywhere(operand.Type)),
        Apply apply => apply.Operands.Any(operand => !IsKnownEverywhere(operand.Type)),
        // After an impure call the array may hold something else than before.
        Load load => load.Array is not Parameter && (load.Predecessors.Count > 0 || !IsKnownEverywhere(load.Array.Type)),
        _ => false,
    };

    // The number of a case of a switch on numbers or texts, and what ExprGrad itself looks after: that a row is there.
    private static bool IsPrintable(Opaque opaque) => !opaque.Behaviour.HasFlag(Behaviour.Impure) && Children.AllOf(opaque.Body).All(part => part switch
    {
        MethodCallExpression { Object: null, Method: { IsPublic: true, DeclaringType: { } type } } => type == typeof(Runtime.Sequences),
        SwitchExpression @switch when opaque.CaseCount > 0 => @switch.Comparison is null || @switch.Comparison.DeclaringType == typeof(string),
        ConstantExpression constant => IsKnownEverywhere(constant.Type) && (constant.Value is null || Literal.Exact(constant.Value) is not null),
        ParameterExpression slot => opaque.Slots.Contains(slot),
        _ => false,
    });

    /// <summary>Whether code that refers to nothing but the base library and ExprGrad can name the type.</summary>
    private static bool IsKnownEverywhere(Type type) =>
        type.IsArray ? IsKnownEverywhere(type.GetElementType()!)
        : type.IsVisible && (type.Assembly == typeof(object).Assembly || type.Assembly == typeof(GivenValues).Assembly) && type.GetGenericArguments().All(IsKnownEverywhere);
}
