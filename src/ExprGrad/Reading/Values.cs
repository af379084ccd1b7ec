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
/// <param name="type">The type of the object.</param>
/// <param name="fields">The values of its fields; a field that is not among them has its default value.</param>
/// <param name="build">Builds the object, for when it must exist after all.</param>
/// <param name="with">Makes an object of the same kind with other values in its fields.</param>
internal sealed class Composite(Type type, IReadOnlyDictionary<FieldInfo, Value> fields, Func<Node> build, Func<IReadOnlyDictionary<FieldInfo, Value>, Composite> with) : Value
{
    public Type Type { get; } = type;

    public IReadOnlyDictionary<FieldInfo, Value> Fields { get; } = fields;

    public Func<Node> Build { get; } = build;

    public Func<IReadOnlyDictionary<FieldInfo, Value>, Composite> With { get; } = with;

    /// <summary>Whether the object exists, because a method might change it: its members are read from memory.</summary>
    public bool IsInMemory { get; init; }

    /// <summary>The object, if it had to be built.</summary>
    public Node? Built { get; set; }
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

/// <summary>What a variable holds that nobody can tell: it must be assigned before it is read.</summary>
internal sealed class Lost(string reason) : Value
{
    /// <summary>Why it cannot be read.</summary>
    public string Reason { get; } = reason;
}

/// <summary>What the parameters and variables of the enclosing lambdas and blocks stand for.</summary>
/// <param name="outer">The enclosing scope.</param>
/// <param name="source">The text that an error in this scope is shown in: the body of the lambda that the user wrote.</param>
/// <param name="region">The region that variables of this scope were declared in; null if it declares parameters, which cannot be assigned.</param>
/// <param name="flow">The statements that they were declared among.</param>
internal sealed class Scope(Scope? outer, Expression source, Region? region = null, Flow? flow = null)
{
    private readonly Dictionary<ParameterExpression, Value> values = [];

    public Expression Source { get; } = source;

    public Region? Region { get; } = region;

    public Flow? Flow { get; } = flow;

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
