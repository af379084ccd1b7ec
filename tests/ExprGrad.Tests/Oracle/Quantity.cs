using System.Linq.Expressions;
using System.Reflection;

namespace ExprGrad.Tests.Oracle;

/// <summary>A value of the interpreted lambda: the CLR value, and what the CLR value cannot carry: a tangent, or the duals inside an object that the lambda built.</summary>
internal sealed class Quantity
{
    private readonly object? clr;
    private readonly Type? elementType;
    private object? plain;

    public static Quantity Null { get; } = new((object?)null);

    public Quantity(object? clr, Tangent? tangent = null) => (this.clr, Tangent) = (clr, tangent);

    public Quantity(Closure function) => Function = function;

    public Quantity(IEnumerable<Quantity> sequence, Type elementType) => (Sequence, this.elementType) = (sequence, elementType);

    public Tangent? Tangent { get; }

    /// <summary>What a query will yield, computed when it is asked for, each time anew.</summary>
    public IEnumerable<Quantity>? Sequence { get; }

    /// <summary>Members of an object built by the lambda, by name.</summary>
    public IReadOnlyDictionary<string, Quantity>? Parts { get; init; }

    /// <summary>Elements of an array built by the lambda, or of the point itself.</summary>
    public Quantity[]? Elements { get; init; }

    public Closure? Function { get; }

    public object? Clr => Function is { } function ? function.Compiled : Sequence is null ? clr : plain ??= PlainSequence();

    public bool IsActive => Tangent is not null
        || (Parts is not null && Parts.Values.Any(part => part.IsActive))
        || (Elements is not null && Elements.Any(element => element.IsActive));

    /// <summary>Whether the CLR value alone would lose something.</summary>
    public bool HasMore => IsActive || Sequence is not null;

    private object PlainSequence() => typeof(Quantity).GetMethod(nameof(Plain), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(elementType!).Invoke(null, [Sequence])!;

    /// <summary>For methods that the oracle does not know: they get no tangents.</summary>
    private static IEnumerable<T> Plain<T>(IEnumerable<Quantity> sequence)
    {
        foreach (var item in sequence)
            yield return item.IsActive ? throw new OracleUnsupportedException("a sequence with active elements in a method that is not known") : (T)item.Clr!;
    }

    public double Real => Convert.ToDouble(Clr);
}

/// <summary>A lambda together with the variables around it.</summary>
internal sealed class Closure(LambdaExpression lambda, Scope scope)
{
    private Delegate? compiled;

    public LambdaExpression Lambda => lambda;

    public Scope Scope => scope;

    /// <summary>For callees that the oracle does not look into: the outer variables become constants.</summary>
    public Delegate Compiled => compiled ??= ((LambdaExpression)new Bind(scope, lambda.Parameters).Visit(lambda)).Compile();

    private sealed class Bind(Scope scope, IReadOnlyCollection<ParameterExpression> own) : ExpressionVisitor
    {
        protected override Expression VisitParameter(ParameterExpression node)
        {
            if (own.Contains(node) || scope.Find(node) is not { } found) return node;
            if (found.IsActive) throw new OracleUnsupportedException($"active variable {node} captured by a lambda that is passed to a method");
            return Expression.Constant(found.Clr, node.Type);
        }
    }
}

/// <summary>Variables and their values, innermost first.</summary>
internal sealed class Scope(Scope? outer)
{
    private readonly Dictionary<ParameterExpression, Quantity> variables = [];

    public void Declare(ParameterExpression variable, Quantity value) => variables[variable] = value;

    public Quantity? Find(ParameterExpression variable) =>
        variables.TryGetValue(variable, out var value) ? value : outer?.Find(variable);

    public void Assign(ParameterExpression variable, Quantity value)
    {
        if (variables.ContainsKey(variable) || outer is null) variables[variable] = value;
        else outer.Assign(variable, value);
    }
}

/// <summary>The oracle has no derivative for what it met; not a statement about the library.</summary>
internal sealed class OracleUnsupportedException(string message) : Exception(message);
