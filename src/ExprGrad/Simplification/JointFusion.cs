using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Simplification;

/// <summary>Two functions of one number become one call that computes both, where there is a <see cref="Joint"/> of them that gives the same bits.</summary>
internal static class JointFusion
{
    public static Graph Fuse(Graph graph)
    {
        int[] uses = Liveness.CountUses(graph);
        Dictionary<Node, Joint> joints = Find(graph, uses);
        var builder = new GraphBuilder();
        return GraphCopy.Of(graph, uses, builder, (node, copy) =>
            joints.TryGetValue(node, out Joint? joint) ? builder.Apply(new Item((Primitive)((Apply)node).Operation, joint), builder.Apply(new JointCall(joint), ((Apply)copy).Operands[0])) : copy);
    }

    private static Dictionary<Node, Joint> Find(Graph graph, int[] uses)
    {
        HashSet<Operation> functions = [.. Joint.All.SelectMany(joint => new[] { joint.First, joint.Second })];
        Apply[] calls = [.. graph.Nodes.OfType<Apply>().Where(node => uses[node.Id] > 0 && functions.Contains(node.Operation))];
        var joints = new Dictionary<Node, Joint>();
        foreach (Joint joint in calls.Length == 0 ? [] : Joint.All)
        {
            foreach (IGrouping<Node, Apply> same in calls.Where(call => !joints.ContainsKey(call)).GroupBy(call => call.Operands[0]))
            {
                Apply[] first = [.. same.Where(call => ReferenceEquals(call.Operation, joint.First))], second = [.. same.Where(call => ReferenceEquals(call.Operation, joint.Second))];
                // What has no method of its own is a result of the joint call wherever it stands.
                if (joint.First.Method is null || (first.Any(a => second.Any(b => AreComputedTogether(a, b))) && joint.IsExact))
                {
                    foreach (Apply call in first.Concat(second))
                        joints.Add(call, joint);
                }
            }
        }
        return joints;
    }

    // Both are computed where the one is that encloses the other; in sibling branches they stay apart.
    private static bool AreComputedTogether(Node a, Node b) => a.Region.Encloses(b.Region) || b.Region.Encloses(a.Region);

    /// <summary>One of its results.</summary>
    private sealed class Item(Primitive function, Joint joint) : Operation
    {
        public override string Name => function.Name[(function.Name.IndexOf('.') + 1)..];

        public override Type Type => typeof(double);

        public override Expression Emit(IReadOnlyList<Expression> operands) => Expression.Field(operands[0], this.Field);

        public override bool Equals(object? obj) => obj is Item other && ReferenceEquals(other.Joint, joint) && other.Field == this.Field;

        public override int GetHashCode() => HashCode.Combine(joint, this.Field);

        private Joint Joint => joint;

        private string Field => ReferenceEquals(function, joint.First) ? "Item1" : "Item2";
    }
}
