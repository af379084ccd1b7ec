using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.InteropServices;
using ExprGrad.IR;
using ExprGrad.Runtime;
using ExprGrad.Scheduling;

namespace ExprGrad.Emission;

/// <summary>Turns the statements of a <see cref="Table"/> into an <see cref="OperationTable"/>.</summary>
/// <remarks>
/// Statements are encoded block by block. The page of a block is the one that most of its values are in. Constants, and values that other pages hold, are brought into it before, and what belongs into other pages is taken there after the block:
/// locals are used again soon after they are free, so that what is used together is mostly near.
/// </remarks>
internal sealed class TableEncoder
{
    // Each statement brings in at most three operands, and takes one result out; and sums and products share three constants.
    private const int BlockLength = OperationTable.ImportSlots / 4 - 1;

    private readonly IReadOnlyDictionary<Node, Local> locals;
    private readonly List<uint> words = [];
    private readonly List<TableRun> runs = [];
    private readonly Dictionary<long, int> constants = [];
    private readonly Dictionary<MethodInfo, int> functions = [];
    private readonly List<Delegate> delegates = [];

    // Of a block: its page, what stands for what among the first slots of that, and what is brought in and taken out.
    private readonly Dictionary<long, int> constantsHere = [];
    private readonly Dictionary<Node, int> valuesHere = [];
    private readonly List<(int Near, int Far)> results = [];
    private int page = -1;

    private TableEncoder(IReadOnlyDictionary<Node, Local> locals) => this.locals = locals;

    // How many of the first slots stand for something.
    private int Used => this.constantsHere.Count + this.valuesHere.Count;

    /// <summary>The table of some statements.</summary>
    public static OperationTable Encode(Table table, IReadOnlyDictionary<Node, Local> locals)
    {
        var encoder = new TableEncoder(locals);
        for (int start = 0; start < table.Body.Count; start += BlockLength)
            encoder.EncodeBlock(table, start, Math.Min(start + BlockLength, table.Body.Count));
        double[] constants = new double[encoder.constants.Count];
        foreach ((long bits, int number) in encoder.constants)
            constants[number] = BitConverter.Int64BitsToDouble(bits);
        return new OperationTable([.. encoder.words], [.. encoder.runs], constants, [.. encoder.delegates]);
    }

    private void EncodeBlock(Table table, int start, int end)
    {
        this.EnterPage(this.MostUsedPage(table, start, end));
        this.BringIn(table, start, end);
        for (int k = start; k < end; k++)
            this.Encode(table.Body[k], table.Operations[k]);
        foreach ((int near, int far) in this.results)
            this.Add(TableKind.Export, near, far);
    }

    private int MostUsedPage(Table table, int start, int end)
    {
        var counts = new Dictionary<int, int>();
        void Count(Node node)
        {
            if (this.SlotOf(node) is { } slot)
                CollectionsMarshal.GetValueRefOrAddDefault(counts, slot / OperationTable.PageSize, out _)++;
        }
        for (int k = start; k < end; k++)
        {
            foreach (Node node in table.Body[k].References)
                Count(node);
            if (table.Body[k].Target is { } target)
                Count(target);
        }
        return counts.Count == 0 ? 0 : counts.MaxBy(count => count.Value).Key;
    }

    private void EnterPage(int next)
    {
        this.constantsHere.Clear();
        this.valuesHere.Clear();
        this.results.Clear();
        if (next == this.page)
            return;
        this.page = next;
        this.runs.Add(new TableRun(TableKind.Page, 0, next * OperationTable.PageSize));
    }

    // In runs: first all constants, then all values. A result of the block itself is brought from nowhere.
    private void BringIn(Table table, int start, int end)
    {
        var values = new List<Node>();
        for (int k = start; k < end; k++)
        {
            (Statement statement, TableOperation operation) = (table.Body[k], table.Operations[k]);
            foreach (Node node in statement.References)
            {
                if (node is Constant { Value: double constant })
                    this.BringIn(constant);
                else if (this.IsFar(node) && this.valuesHere.TryAdd(node, this.Used))
                    values.Add(node);
            }
            if (operation.Kind == TableKind.MultiplyAdd)
            {
                foreach (double constant in ConstantsOf(operation.Code))
                    this.BringIn(constant);
            }
            if (statement.Target is { } target && this.IsFar(target))
            {
                this.results.Add((this.Used, this.SlotOf(target)!.Value));
                this.valuesHere.Add(target, this.Used);
            }
        }
        foreach (Node node in values)
            this.Add(TableKind.Import, this.valuesHere[node], this.SlotOf(node)!.Value);
    }

    private void BringIn(double constant)
    {
        long bits = BitConverter.DoubleToInt64Bits(constant);
        if (!this.constantsHere.TryAdd(bits, this.Used))
            return;
        this.constants.TryAdd(bits, this.constants.Count);
        this.Add(TableKind.Constant, this.constantsHere[bits], this.constants[bits]);
    }

    // With these a sum, a product and a negation have the bits of a fused multiply–add: x · ±1 is exact, and adding −0 changes nothing, not even 0.
    private static double[] ConstantsOf(ExpressionType code) => code switch
    {
        ExpressionType.Add => [1],
        ExpressionType.Subtract => [-1],
        ExpressionType.Multiply => [-0.0],
        ExpressionType.Negate => [-1, -0.0],
        _ => [],
    };

    private void Encode(Statement statement, TableOperation operation)
    {
        if (statement is Store { Component: var component })
        {
            this.Add(TableKind.Store, this.Near(component.Adjoint), component.Index);
            return;
        }
        Node node = ((Assign)statement).Node;
        NodeList operands = node.Operands;
        int d = operation.Kind == TableKind.PairFunction ? 0 : this.Near(node);
        int A() => this.Near(operands[0]);
        int B() => this.Near(operands[1]);
        switch (operation.Kind)
        {
            case TableKind.Load:
                this.Add(TableKind.Load, d, (int)((Constant)((Load)node).Index).Value!);
                break;
            case TableKind.First or TableKind.Second:
                this.Add(operation.Kind, d, this.locals[operands[0]].Number);
                break;
            case TableKind.MultiplyAdd:
                (int a, int b, int c) = operation.Code switch
                {
                    ExpressionType.Add => (A(), this.Near(1), B()),
                    ExpressionType.Subtract => (B(), this.Near(-1), A()),
                    ExpressionType.Multiply => (A(), B(), this.Near(-0.0)),
                    ExpressionType.Negate => (A(), this.Near(-1), this.Near(-0.0)),
                    _ => (A(), B(), this.Near(operands[2])),
                };
                this.Add(TableKind.MultiplyAdd, d, a, b, c);
                break;
            case TableKind.Divide:
                this.Add(TableKind.Divide, d, A(), B(), 0);
                break;
            case TableKind.PairFunction:
                this.AddWords(TableKind.PairFunction, this.NumberOf(operation.Function!), (uint)A() << 16, (uint)this.locals[node].Number);
                break;
            case TableKind.BinaryFunction:
                this.Add(TableKind.BinaryFunction, d, A(), B(), 0, this.NumberOf(operation.Function!));
                break;
            case TableKind.Function:
                this.Add(TableKind.Function, d, A(), 0, 0, this.NumberOf(operation.Function!));
                break;
            default:
                this.Add(operation.Kind, d, A(), 0, 0);
                break;
        }
    }

    private int NumberOf(MethodInfo function)
    {
        if (!this.functions.TryGetValue(function, out int number))
        {
            this.functions[function] = number = this.delegates.Count;
            Type[] types = [.. function.GetParameters().Select(parameter => parameter.ParameterType), function.ReturnType];
            this.delegates.Add(function.CreateDelegate(Expression.GetFuncType(types)));
        }
        return number;
    }

    // The slot of a value among those of its page; that which stands for it, if it is in another page.
    private int Near(Node node) =>
        node is Constant { Value: double constant } ? this.Near(constant)
        : this.IsFar(node) ? this.valuesHere[node] : this.SlotOf(node)!.Value % OperationTable.PageSize;

    private int Near(double constant) => this.constantsHere[BitConverter.DoubleToInt64Bits(constant)];

    private bool IsFar(Node node) => this.SlotOf(node) is { } slot && slot / OperationTable.PageSize != this.page;

    private int? SlotOf(Node node) => node.Type == typeof(double) && this.locals.TryGetValue(node, out Local? local) ? local.Number : null;

    private void Add(TableKind kind, int near, int far) => this.AddWords(kind, 0, (uint)near, (uint)far);

    private void Add(TableKind kind, int d, int a, int b, int c, int argument = 0) => this.AddWords(kind, argument, (uint)d | ((uint)a << 16), (uint)c | ((uint)b << 16));

    private void AddWords(TableKind kind, int argument, uint first, uint second)
    {
        this.words.Add(first);
        this.words.Add(second);
        if (this.runs.Count > 0 && this.runs[^1] is var last && last.Kind == kind && last.Argument == argument)
            this.runs[^1] = last with { Count = last.Count + 1 };
        else
            this.runs.Add(new TableRun(kind, 1, argument));
    }
}
