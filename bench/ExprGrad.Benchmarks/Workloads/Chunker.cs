using System.Linq.Expressions;
using System.Reflection;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>Cuts a <see cref="StraightLineProgram"/> into methods. What is used in the method that computes it is a local; what is used in a later one goes through an element of the scratch array, which is free again afterwards.</summary>
internal sealed class Chunker
{
    private static readonly ParameterExpression X = Expression.Parameter(typeof(double[]), "x"), Scratch = Expression.Parameter(typeof(double[]), "scratch"), Gradient = Expression.Parameter(typeof(double[]), "gradient");
    private static readonly MethodInfo Fma = ((Func<double, double, double, double>)Math.FusedMultiplyAdd).Method;
    private static readonly MethodInfo SinCos = ((Func<double, (double, double)>)Math.SinCos).Method;
    private static readonly MethodInfo Exp = ((Func<double, double>)Math.Exp).Method, Log = ((Func<double, double>)Math.Log).Method, Sqrt = ((Func<double, double>)Math.Sqrt).Method;

    private readonly StraightLineProgram program;
    private readonly int[] lastChunk;
    private readonly int[] slots;
    private readonly Stack<int> free = [];
    private readonly Dictionary<int, Expression> locals = [];
    private readonly List<ParameterExpression> variables = [];
    private readonly List<Expression> statements = [];
    private readonly List<int> freedAtEnd = [];
    private readonly Dictionary<ParameterExpression, int> highest = [];
    private int chunk;

    private Chunker(StraightLineProgram program, int length)
    {
        this.program = program;
        this.slots = new int[program.ValueCount];
        Array.Fill(this.slots, -1);
        this.lastChunk = new int[program.ValueCount];
        for (int k = 0; k < program.Instructions.Count; k++)
        {
            foreach (int operand in Operands(program.Instructions[k]))
                this.lastChunk[operand] = k / length;
        }
        // The result is read when all is over.
        this.lastChunk[program.Value] = int.MaxValue;
    }

    public int ScratchLength { get; private set; }

    public List<Action<double[], double[], double[]>> Chunks { get; } = [];

    public int SlotOf(int value) => this.slots[value];

    public static Chunker Cut(StraightLineProgram program, int length)
    {
        var chunker = new Chunker(program, length);
        for (int start = 0; start < program.Instructions.Count; start += length)
            chunker.AddChunk(start, Math.Min(start + length, program.Instructions.Count));
        return chunker;
    }

    private static IEnumerable<int> Operands(Instruction instruction)
    {
        if (instruction.A >= 0)
            yield return instruction.A;
        if (instruction.B >= 0 && instruction.Kind != InstructionKind.Store)
            yield return instruction.B;
        if (instruction.C >= 0)
            yield return instruction.C;
    }

    private void AddChunk(int start, int end)
    {
        for (int k = start; k < end; k++)
            this.Add(this.program.Instructions[k]);
        // With the highest element checked, the JIT checks no other.
        foreach ((ParameterExpression array, int index) in this.highest)
            this.statements.Insert(0, Expression.ArrayIndex(array, Expression.Constant(index)));
        this.highest.Clear();
        this.Chunks.Add(Expression.Lambda<Action<double[], double[], double[]>>(Expression.Block(this.variables, this.statements), X, Scratch, Gradient).Compile());
        this.variables.Clear();
        this.statements.Clear();
        this.locals.Clear();
        foreach (int slot in this.freedAtEnd)
            this.free.Push(slot);
        this.freedAtEnd.Clear();
        this.chunk++;
    }

    private void Add(Instruction instruction)
    {
        Expression A() => this.Read(instruction.A);
        Expression B() => this.Read(instruction.B);
        Expression C() => this.Read(instruction.C);
        Expression constant = Expression.Constant(instruction.Constant);
        switch (instruction.Kind)
        {
            case InstructionKind.Store:
                this.statements.Add(Expression.Assign(this.Element(Gradient, instruction.B), instruction.A < 0 ? constant : A()));
                return;
            case InstructionKind.SinCos:
                ParameterExpression both = this.Assigned(Expression.Call(SinCos, A()));
                this.Define(instruction.Result, Expression.Field(both, "Item1"));
                this.Define(instruction.Result + 1, Expression.Field(both, "Item2"));
                return;
            default:
                this.Define(instruction.Result, instruction.Kind switch
                {
                    InstructionKind.Add => Expression.Add(A(), B()),
                    InstructionKind.Subtract => Expression.Subtract(A(), B()),
                    InstructionKind.Multiply => Expression.Multiply(A(), B()),
                    InstructionKind.Divide => Expression.Divide(A(), B()),
                    InstructionKind.Negate => Expression.Negate(A()),
                    InstructionKind.AddConstant => Expression.Add(A(), constant),
                    InstructionKind.MultiplyByConstant => Expression.Multiply(A(), constant),
                    InstructionKind.MultiplyAdd => Expression.Call(Fma, A(), B(), C()),
                    InstructionKind.NegatedMultiplyAdd => Expression.Call(Fma, Expression.Negate(A()), B(), C()),
                    InstructionKind.MultiplyByConstantAdd => Expression.Call(Fma, A(), constant, C()),
                    InstructionKind.Exp => Expression.Call(Exp, A()),
                    InstructionKind.Log => Expression.Call(Log, A()),
                    InstructionKind.Sqrt => Expression.Call(Sqrt, A()),
                    _ => constant,
                });
                return;
        }
    }

    private void Define(int value, Expression computed)
    {
        ParameterExpression local = this.Assigned(computed);
        this.locals[value] = local;
        if (this.lastChunk[value] <= this.chunk)
            return;
        this.slots[value] = this.free.TryPop(out int slot) ? slot : this.ScratchLength++;
        this.statements.Add(Expression.Assign(this.Element(Scratch, this.slots[value]), local));
    }

    private Expression Read(int value)
    {
        if (this.locals.TryGetValue(value, out Expression? local))
            return local;
        bool isInput = value < this.program.InputCount;
        Expression element = isInput ? this.Element(X, value) : this.Element(Scratch, this.slots[value]);
        if (!isInput && this.lastChunk[value] == this.chunk)
            this.freedAtEnd.Add(this.slots[value]);
        return this.locals[value] = this.Assigned(element);
    }

    private IndexExpression Element(ParameterExpression array, int index)
    {
        this.highest[array] = Math.Max(index, this.highest.GetValueOrDefault(array));
        return Expression.ArrayAccess(array, Expression.Constant(index));
    }

    private ParameterExpression Assigned(Expression computed)
    {
        ParameterExpression local = Expression.Variable(computed.Type);
        this.variables.Add(local);
        this.statements.Add(Expression.Assign(local, computed));
        return local;
    }
}
