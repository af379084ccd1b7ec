using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;

namespace ExprGrad.Reading;

/// <summary>What an expression stands for while reading.</summary>
internal abstract class Value;

/// <summary>One node of the graph.</summary>
internal sealed class Scalar(Node node) : Value
{
    public Node Node { get; } = node;
}

/// <summary>An object that the lambda builds from parts (tuple, anonymous type, record), so that it can be taken apart without existing.</summary>
/// <param name="creation">The expression that builds it, for when it must exist after all.</param>
/// <param name="parts">The values of the sub-expressions of <paramref name="creation"/>.</param>
/// <param name="stores">The number of the part that each field holds; a field that is not among them has its default value.</param>
internal sealed class Composite(Expression creation, IReadOnlyList<Value> parts, IReadOnlyDictionary<FieldInfo, int> stores) : Value
{
    public Expression Creation { get; } = creation;

    public IReadOnlyList<Value> Parts { get; } = parts;

    public IReadOnlyDictionary<FieldInfo, int> Stores { get; } = stores;

    /// <summary>The object, if it had to be built.</summary>
    public Node? Built { get; set; }

    /// <summary>Whether the other is built in the same way, so that a choice between them is a choice between their parts.</summary>
    public bool HasShapeOf(Composite other) =>
        this.Creation.Type == other.Creation.Type && this.Creation.NodeType == other.Creation.NodeType && this.Parts.Count == other.Parts.Count
        && this.Stores.Count == other.Stores.Count && this.Stores.All(store => other.Stores.TryGetValue(store.Key, out int part) && part == store.Value);
}

/// <summary>An array literal <c>new[] { a, b }</c>.</summary>
internal sealed class VectorLiteral(NewArrayExpression creation, IReadOnlyList<Value> elements) : Value
{
    public NewArrayExpression Creation { get; } = creation;

    public IReadOnlyList<Value> Elements { get; } = elements;

    /// <summary>The array, if it had to be built.</summary>
    public Node? Built { get; set; }
}

/// <summary>A lambda with the scope that it was written in.</summary>
internal sealed class Closure(LambdaExpression lambda, Scope scope) : Value
{
    public LambdaExpression Lambda { get; } = lambda;

    public Scope Scope { get; } = scope;
}

/// <summary>What the parameters and variables of the enclosing lambdas and blocks stand for.</summary>
/// <param name="outer">The enclosing scope.</param>
/// <param name="source">The text that an error in this scope is shown in: the body of the lambda that the user wrote.</param>
/// <param name="region">Where variables of this scope may be assigned; null if it declares parameters.</param>
internal sealed class Scope(Scope? outer, Expression source, Region? region = null)
{
    private readonly Dictionary<ParameterExpression, Value> values = [];

    public Expression Source { get; } = source;

    public Region? Region { get; } = region;

    public void Declare(ParameterExpression parameter, Value value) => this.values[parameter] = value;

    public Value? Find(ParameterExpression parameter) => this.Declaring(parameter)?.values[parameter];

    /// <summary>The scope that declares a variable, or null.</summary>
    public Scope? Declaring(ParameterExpression parameter)
    {
        Scope? scope = this;
        while (scope is not null && !scope.values.ContainsKey(parameter))
            scope = scope.Outer;
        return scope;
    }

    private Scope? Outer { get; } = outer;
}
