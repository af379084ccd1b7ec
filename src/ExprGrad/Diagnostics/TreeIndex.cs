using System.Linq.Expressions;

namespace ExprGrad.Diagnostics;

/// <summary>The distinct nodes of a tree, each with the node around its first occurrence. A shared node is walked once; no recursion.</summary>
internal sealed class TreeIndex
{
    private readonly Dictionary<Expression, Expression?> parents = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Expression> branching = new(ReferenceEqualityComparer.Instance);

    public TreeIndex(Expression root)
    {
        var pending = new Stack<(Expression Node, Expression? Parent)>();
        pending.Push((root, null));
        while (pending.TryPop(out var next))
        {
            var (node, parent) = next;
            bool first = parents.TryAdd(node, parent);
            if (IsStatement(node) || branching.Contains(node)) MarkBranching(node, parent);
            if (!first) continue;
            HasLabels |= node is LabelExpression;
            var children = Children(node);
            for (int i = children.Count - 1; i >= 0; i--) pending.Push((children[i], node));
        }
    }

    /// <summary>Whether there are jumps other than those of loops.</summary>
    public bool HasLabels { get; }

    /// <summary>The node around the first occurrence; null for the root and for strangers. A variable's first occurrence is its first use in the order of evaluation.</summary>
    public Expression? Parent(Expression node) => parents.GetValueOrDefault(node);

    public bool Contains(Expression node) => parents.ContainsKey(node);

    /// <summary>Whether C# needs statements to say it: a block, a loop, a jump, or a conditional that leads to one.</summary>
    public bool NeedsStatements(Expression node) => IsStatement(node) || branching.Contains(node);

    /// <summary>The operands of a node in the order of evaluation. An extension node has none.</summary>
    public static List<Expression> Children(Expression node)
    {
        var collector = new Collector();
        collector.Collect(node);
        if (node is BinaryExpression { NodeType: ExpressionType.Assign, Left: ParameterExpression }) collector.Found.Reverse();
        return collector.Found;
    }

    private static bool IsStatement(Expression node)
        => node is BlockExpression or LoopExpression or TryExpression or GotoExpression or LabelExpression
            || node is ConditionalExpression or SwitchExpression && node.Type == typeof(void);

    private void MarkBranching(Expression node, Expression? parent)
    {
        while (parent is ConditionalExpression conditional && node != conditional.Test && branching.Add(conditional))
            (node, parent) = (conditional, Parent(conditional));
    }

    /// <summary>Makes the visitor of the base library yield the children of one node instead of walking into them.</summary>
    private sealed class Collector : ExpressionVisitor
    {
        public List<Expression> Found { get; } = [];

        public void Collect(Expression node) => base.Visit(node);

        public override Expression? Visit(Expression? node)
        {
            if (node is not null) Found.Add(node);
            return node;
        }

        protected override Expression VisitExtension(Expression node) => node;
    }
}
