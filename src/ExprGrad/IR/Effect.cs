namespace ExprGrad.IR;

/// <summary>
/// <c>gradient[index] += term</c>, run in <see cref="Region"/>. An effect is not a value: it is owned by the graph in an ordered list, and is never interned, merged, moved or hoisted.
/// </summary>
internal sealed record Effect(Region Region, Node Index, Node Term);
