using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Simplification;

/// <summary>Sine and cosine of one angle become one call that computes both, where the library gives the same bits.</summary>
internal static class SinCosFusion
{
    private static readonly Primitive Sin = Catalogue.Find(((Func<double, double>)Math.Sin).Method)!;
    private static readonly Primitive Cos = Catalogue.Find(((Func<double, double>)Math.Cos).Method)!;
    private static readonly Lazy<bool> Exact = new(static () => IsExact(2_000, new Random(20)));

    public static Graph Fuse(Graph graph, bool sharing = true)
    {
        int[] uses = Liveness.CountUses(graph);
        HashSet<Node> angles = AnglesOfBoth(graph, uses);
        if (angles.Count > 0 && !Exact.Value)
            angles.Clear();
        var builder = new GraphBuilder(sharing: true);
        return GraphCopy.Of(graph, uses, builder, (node, copy) =>
        {
            (SinCos Pair, int Item)? part = node is not Apply apply ? null
                : apply.Operation is SinCos.Part written ? (written.Pair, written.Item)
                : angles.Contains(apply.Operands.FirstOrDefault(apply)) && Number(apply) is { } item ? (SinCos.Radians, item) : null;
            return part is var (pair, number) ? builder.Apply(new Item(number), builder.Apply(new Both(pair), ((Apply)copy).Operands[0])) : copy;
        });
    }

    /// <summary>Whether <see cref="Math.SinCos"/> gives the bits of <see cref="Math.Sin"/> and <see cref="Math.Cos"/> at <paramref name="count"/> points of all magnitudes.</summary>
    internal static bool IsExact(int count, Random random)
    {
        for (int k = 0; k < count; k++)
        {
            double x = (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-8, 8));
            (double sin, double cos) = Math.SinCos(x);
            if (BitConverter.DoubleToInt64Bits(sin) != BitConverter.DoubleToInt64Bits(Math.Sin(x)) || BitConverter.DoubleToInt64Bits(cos) != BitConverter.DoubleToInt64Bits(Math.Cos(x)))
                return false;
        }
        return true;
    }

    private static int? Number(Apply node) => ReferenceEquals(node.Operation, Sin) ? 0 : ReferenceEquals(node.Operation, Cos) ? 1 : null;

    // Both are computed where the one is that encloses the other; in sibling branches they stay apart.
    private static HashSet<Node> AnglesOfBoth(Graph graph, int[] uses)
    {
        var angles = new HashSet<Node>();
        var seen = new Dictionary<Node, Apply>();
        foreach (Node node in graph.Nodes)
        {
            if (uses[node.Id] == 0 || node is not Apply apply || Number(apply) is null)
                continue;
            Node angle = apply.Operands[0];
            if (!seen.TryGetValue(angle, out Apply? first))
                seen[angle] = apply;
            else if (!ReferenceEquals(first.Operation, apply.Operation) && (first.Region.Encloses(apply.Region) || apply.Region.Encloses(first.Region)))
                angles.Add(angle);
        }
        return angles;
    }

    /// <summary>The call.</summary>
    private sealed class Both(SinCos pair) : Operation
    {
        public override string Name => "sincos";

        public override Type Type => typeof((double, double));

        public override Expression Emit(IReadOnlyList<Expression> operands) => Expression.Call(pair.Method, operands[0]);

        public override bool Equals(object? obj) => obj is Both other && ReferenceEquals(other.Method, this.Method);

        public override int GetHashCode() => pair.GetHashCode();

        private object Method => pair;
    }

    /// <summary>One of its results.</summary>
    private sealed class Item(int number) : Operation
    {
        public override string Name => number == 0 ? "sin" : "cos";

        public override Type Type => typeof(double);

        public override Expression Emit(IReadOnlyList<Expression> operands) => Expression.Field(operands[0], number == 0 ? "Item1" : "Item2");

        public override bool Equals(object? obj) => obj is Item other && other.Name == this.Name;

        public override int GetHashCode() => number;
    }
}
