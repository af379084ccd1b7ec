namespace ExprGrad.IR;

/// <summary>Finds nodes by what makes them equal: region, operation, operands and predecessors. It keeps two numbers for each node and no keys: graphs have millions.</summary>
internal sealed class NodeTable(List<Node> nodes)
{
    /// <summary>Stands for the operation of a <see cref="Load"/>, and of a <see cref="Choice"/>.</summary>
    public static readonly object LoadKind = typeof(Load), ChoiceKind = typeof(Choice);

    // 1 + the id of the last node with a hash, 0 if there is none; the one before it, by id; and the hashes.
    private int[] last = new int[64];
    private int[] previous = new int[64];
    private int[] hashes = new int[64];

    public static int HashOfConstant(object? bits, Type type) => HashCode.Combine(bits, type);

    public static int HashOf(object operation, ReadOnlySpan<Node> operands, ReadOnlySpan<Node> predecessors)
    {
        int hash = operation.GetHashCode();
        foreach (Node operand in operands)
            hash = Mix(hash, operand.Id);
        // A member read again and again between impure calls differs in its predecessors only.
        foreach (Node predecessor in predecessors)
            hash = Mix(hash, predecessor.Id);
        return hash;
    }

    public static int HashOf(Node node) => node switch
    {
        Constant constant => HashOfConstant(Bits(constant.Value), constant.Type),
        Apply apply => HashOf(apply.Operation, apply.Operands.AsSpan(), apply.Predecessors.AsSpan()),
        Load load => HashOf(LoadKind, load.Operands.AsSpan(), load.Predecessors.AsSpan()),
        Choice choice => HashOf(ChoiceKind, choice.Operands.AsSpan(), []),
        _ when KindOf(node) is { } kind => HashOf(kind, node.Operands.AsSpan(), []),
        _ => node.Id,
    };

    /// <summary>The bits of a constant, not its number: 0 and −0 differ, NaN equals itself.</summary>
    public static object? Bits(object? value) => value switch
    {
        double d => BitConverter.DoubleToInt64Bits(d),
        float f => BitConverter.SingleToInt32Bits(f),
        null or string or Enum => value,
        _ when value.GetType().IsPrimitive => value,
        _ => new Reference(value),
    };

    public void Add(Node node, int hash)
    {
        if (node.Id >= this.previous.Length)
            this.Grow(node.Id + 1);
        this.hashes[node.Id] = hash = Mix(hash, node.Region.Id);
        ref int head = ref this.last[hash & (this.last.Length - 1)];
        (this.previous[node.Id], head) = (head, node.Id + 1);
    }

    public Constant? FindConstant(int hash, object? bits, Type type)
    {
        hash = Mix(hash, 0);
        for (int id = this.last[hash & (this.last.Length - 1)] - 1; id >= 0; id = this.previous[id] - 1)
        {
            if (this.hashes[id] == hash && nodes[id] is Constant constant && constant.Type == type && Equals(Bits(constant.Value), bits))
                return constant;
        }
        return null;
    }

    public Node? Find(int hash, Region region, object operation, Type type, ReadOnlySpan<Node> operands, ReadOnlySpan<Node> predecessors)
    {
        hash = Mix(hash, region.Id);
        for (int id = this.last[hash & (this.last.Length - 1)] - 1; id >= 0; id = this.previous[id] - 1)
        {
            if (this.hashes[id] != hash)
                continue;
            Node node = nodes[id];
            if (ReferenceEquals(node.Region, region) && node.Type == type && Same(node.Operands.AsSpan(), operands) && Same(node.Predecessors.AsSpan(), predecessors) && IsOf(node, operation))
                return node;
        }
        return null;
    }

    private static bool IsOf(Node node, object operation) => node switch
    {
        Apply apply => ReferenceEquals(apply.Operation, operation) || apply.Operation.Equals(operation),
        Load => ReferenceEquals(operation, LoadKind),
        Choice => ReferenceEquals(operation, ChoiceKind),
        _ => KindOf(node) is { } kind && kind.Equals(operation),
    };

    /// <summary>What nodes of loops have in common if they are equal on equal operands; null for those that are never equal.</summary>
    public static object? KindOf(Node node) => node switch
    {
        LoopIndex index => index.Loop,
        Final final => (typeof(Final), final.Number),
        Sum sum => (typeof(Sum), sum.Site, sum.KeepsSign),
        Vector vector => (typeof(Vector), vector.Site),
        _ => null,
    };

    private static bool Same(ReadOnlySpan<Node> a, ReadOnlySpan<Node> b)
    {
        if (a.Length != b.Length)
            return false;
        for (int k = 0; k < a.Length; k++)
        {
            if (!ReferenceEquals(a[k], b[k]))
                return false;
        }
        return true;
    }

    // Ids follow one another: the multiplication spreads them over all bits.
    private static int Mix(int hash, int id)
    {
        ulong product = ((uint)hash ^ ((ulong)(uint)id << 32) ^ 0x9E3779B97F4A7C15) * 0xD6E8FEB86659FD93;
        return (int)(product >> 32) ^ (int)product;
    }

    private void Grow(int count)
    {
        int size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)count);
        Array.Resize(ref this.previous, size);
        Array.Resize(ref this.hashes, size);
        int[] old = this.last;
        this.last = new int[size];
        // From the oldest on, so that the order within a hash stays.
        var chain = new Stack<int>();
        foreach (int head in old)
        {
            for (int id = head - 1; id >= 0; id = this.previous[id] - 1)
                chain.Push(id);
            while (chain.TryPop(out int id))
            {
                ref int bucket = ref this.last[this.hashes[id] & (size - 1)];
                (this.previous[id], bucket) = (bucket, id + 1);
            }
        }
    }

    private readonly struct Reference(object value) : IEquatable<Reference>
    {
        private readonly object value = value;

        public bool Equals(Reference other) => ReferenceEquals(this.value, other.value);

        public override bool Equals(object? obj) => obj is Reference other && this.Equals(other);

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this.value);
    }
}
