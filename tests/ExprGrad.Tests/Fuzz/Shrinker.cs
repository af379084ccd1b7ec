using System.Linq.Expressions;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests.Fuzz;

/// <summary>Makes a failing lambda smaller: replaces sub-expressions by one of their own sub-expressions or by a constant as long as it still fails.</summary>
internal static class Shrinker
{
    private const int MostAttempts = 1000;

    public static Function Shrink(Function f, Func<Function, bool> fails)
    {
        int attempts = 0;
        for (bool progress = true; progress && attempts < MostAttempts;)
        {
            progress = false;
            // What did not help before is tried again when everything else was tried.
            int next = 0;
            while (Candidates(f.Body).Skip(next) is var candidates && candidates.Any() && attempts < MostAttempts)
            {
                foreach (var (target, replacement) in candidates)
                {
                    next++;
                    if (++attempts > MostAttempts) break;
                    var smaller = (Function)new Replace(target, replacement).Visit(f)!;
                    if (!IsClosed(smaller) || !fails(smaller)) continue;
                    (f, progress) = (smaller, true);
                    next--;
                    break;
                }
            }
        }
        return f;
    }

    /// <summary>The largest savings first.</summary>
    private static IEnumerable<(Expression Target, Expression Replacement)> Candidates(Expression body)
    {
        foreach (var node in Below(body))
        {
            if (node is ConstantExpression or ParameterExpression) continue;
            foreach (var inner in Below(node).Skip(1).Where(inner => inner.Type == node.Type && inner is not ConstantExpression).Reverse().Take(12)) yield return (node, inner);
            if (IsSequence(node.Type))
                foreach (var inner in Below(node).Skip(1).Where(inner => inner.Type != node.Type && node.Type.IsAssignableFrom(inner.Type) && !inner.Type.IsValueType).Take(12)) yield return (node, inner);
            if (node.Type == typeof(double)) yield return (node, Expression.Constant(1.0));
            if (node.Type == typeof(int)) yield return (node, Expression.Constant(1));
            if (node.Type == typeof(bool)) yield return (node, Expression.Constant(true));
        }
    }

    /// <summary>An array may stand where a query stood.</summary>
    private static bool IsSequence(Type type) => type.IsInterface && type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEnumerable<>);

    private static List<Expression> Below(Expression body)
    {
        var collector = new Collector();
        collector.Visit(body);
        return collector.Nodes;
    }

    private sealed class Collector : ExpressionVisitor
    {
        private readonly HashSet<Expression> seen = new(ReferenceEqualityComparer.Instance);

        public List<Expression> Nodes { get; } = [];

        public override Expression? Visit(Expression? node)
        {
            if (node is null || !seen.Add(node)) return node;
            Nodes.Add(node);
            return base.Visit(node);
        }
    }

    private sealed class Replace(Expression target, Expression replacement) : ExpressionVisitor
    {
        public override Expression? Visit(Expression? node) => ReferenceEquals(node, target) ? replacement : base.Visit(node);
    }

    /// <summary>Whether every variable is bound: a parameter may have left its lambda.</summary>
    private static bool IsClosed(Function f)
    {
        try
        {
            f.Compile();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
