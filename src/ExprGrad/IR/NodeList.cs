using System.Collections;
using System.Runtime.CompilerServices;

namespace ExprGrad.IR;

/// <summary>The operands of a node, or what must have run before it. A value, so that walking a graph of millions of nodes calls no interface.</summary>
[CollectionBuilder(typeof(NodeList), nameof(Create))]
internal readonly struct NodeList(Node[] nodes) : IReadOnlyList<Node>
{
    private readonly Node[]? nodes = nodes;

    public static NodeList Create(ReadOnlySpan<Node> nodes) => nodes.IsEmpty ? default : new NodeList(nodes.ToArray());

    public int Count => this.nodes is null ? 0 : this.nodes.Length;

    public Node this[int index] => this.nodes![index];

    public ReadOnlySpan<Node> AsSpan() => this.nodes;

    public ReadOnlySpan<Node>.Enumerator GetEnumerator() => this.AsSpan().GetEnumerator();

    IEnumerator<Node> IEnumerable<Node>.GetEnumerator() => ((IEnumerable<Node>)(this.nodes ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<Node>)this).GetEnumerator();
}
