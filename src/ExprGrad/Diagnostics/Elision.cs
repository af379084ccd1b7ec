using System.Linq.Expressions;

namespace ExprGrad.Diagnostics;

/// <summary>Decides what of a large tree is left out, and what of the part left out must be shown nevertheless.</summary>
internal sealed class Elision
{
    /// <summary>How many nodes are printed, windows apart: a few pages of text.</summary>
    public const int MaxNodes = 2000;

    /// <summary>How many nodes a window shows around a place.</summary>
    public const int WindowNodes = 60;

    /// <summary>How many elements of a list (arguments, statements, array elements) are printed.</summary>
    public const int MaxElements = 100;

    /// <summary>How many levels above a place its window begins.</summary>
    private const int WindowLevels = 2;

    // The paths from the root to the places: every node on one, with the next nodes on them.
    private readonly Dictionary<Expression, List<Expression>> paths = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Expression> windows = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Expression> shown = new(ReferenceEqualityComparer.Instance);

    public Elision(TreeIndex tree, IEnumerable<Expression> places)
    {
        foreach (var place in places.Where(tree.Contains))
        {
            Expression? node = place;
            for (int level = 0; level <= WindowLevels && node is not null; level++, node = tree.Parent(node)) windows.Add(node);

            if (!paths.TryAdd(place, [])) continue;
            for (node = place; tree.Parent(node) is { } parent; node = parent)
            {
                bool known = !paths.TryAdd(parent, [node]);
                if (!known) continue;
                paths[parent].Add(node);
                break;
            }
        }
    }

    /// <summary>The number of levels below <paramref name="root"/> that can be printed with at most <paramref name="nodes"/> nodes, counting a shared node at each occurrence.</summary>
    public static int Depth(Expression root, int nodes)
    {
        List<Expression> level = [root];
        int count = 1;
        for (int depth = 0; level.Count > 0; depth++)
        {
            List<Expression> next = [];
            foreach (var node in level)
            {
                next.AddRange(TreeIndex.Children(node).Take(MaxElements));
                if (count + next.Count > nodes) return depth;
            }
            count += next.Count;
            level = next;
        }
        return int.MaxValue;
    }

    /// <summary>What must be shown of a node that is left out: disjoint sub-expressions that contain its places. Each is returned once.</summary>
    public List<Expression> Windows(Expression node)
    {
        List<Expression> found = [];
        var pending = new Stack<Expression>([node]);
        while (pending.TryPop(out var next))
        {
            if (!paths.TryGetValue(next, out var below) || !shown.Add(next)) continue;
            if (windows.Contains(next)) found.Add(next);
            else foreach (var child in Enumerable.Reverse(below)) pending.Push(child);
        }
        return found;
    }
}
