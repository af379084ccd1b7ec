namespace ExprGrad.Benchmarks.Workloads;

/// <summary>What an <see cref="Instruction"/> computes from the values a, b, c and its constant k.</summary>
public enum InstructionKind
{
    Add,
    Subtract,
    Multiply,
    Divide,
    Negate,
    AddConstant,
    MultiplyByConstant,
    MultiplyAdd,
    NegatedMultiplyAdd,
    MultiplyByConstantAdd,

    /// <summary>Two values: the sine, and numbered next to it the cosine.</summary>
    SinCos,
    Exp,
    Log,
    Sqrt,
    Constant,

    /// <summary>Stores a as component B of the gradient.</summary>
    Store,
}

/// <summary>One instruction; its operands are numbers of values, −1 if there is none.</summary>
public readonly record struct Instruction(InstructionKind Kind, int Result, int A, int B = -1, int C = -1, double Constant = 0);

/// <summary>Instructions that assign each value once; the inputs are the first values.</summary>
public sealed class StraightLineProgram
{
    private readonly List<Instruction> instructions;
    private readonly RandomGraph graph;
    private readonly int[] numbers;
    private int seed = -1;

    public StraightLineProgram(RandomGraph graph)
    {
        this.graph = graph;
        this.instructions = new List<Instruction>(4 * graph.Steps.Count);
        this.ValueCount = graph.Dimension;
        this.numbers = new int[graph.Dimension + graph.Steps.Count];
        for (int k = 0; k < this.numbers.Length; k++)
            this.numbers[k] = k < graph.Dimension ? k : this.Primal(graph.Steps[k - graph.Dimension]);
    }

    public IReadOnlyList<Instruction> Instructions => this.instructions;

    public int InputCount => this.graph.Dimension;

    public int ValueCount { get; private set; }

    public int Value => this.numbers[^1];

    /// <summary>Operators on numbers, fused ones counted once, and functions.</summary>
    public int Operations => this.instructions.Count(instruction => instruction.Kind is not (InstructionKind.Constant or InstructionKind.Store));

    /// <summary>Appends the adjoint of every value, last first, and the stores of the gradient.</summary>
    public void AddReverseSweep()
    {
        int[] adjoints = new int[this.numbers.Length];
        Array.Fill(adjoints, -1);
        this.seed = this.Append(InstructionKind.Constant, -1, constant: 1);
        adjoints[^1] = this.seed;
        for (int k = this.numbers.Length - 1; k >= this.InputCount; k--)
        {
            Step step = this.graph.Steps[k - this.InputCount];
            int v = this.numbers[k], bar = adjoints[k], a = this.numbers[step.A], b = this.numbers[step.B];
            ref int aBar = ref adjoints[step.A];
            ref int bBar = ref adjoints[step.B];
            switch (step.Kind)
            {
                case StepKind.Add:
                    aBar = this.Sum(aBar, bar);
                    bBar = this.Sum(bBar, bar);
                    break;
                case StepKind.Subtract:
                    aBar = this.Sum(aBar, bar);
                    bBar = bBar < 0 ? this.Append(InstructionKind.Negate, bar) : this.Append(InstructionKind.Subtract, bBar, bar);
                    break;
                case StepKind.Multiply:
                    aBar = this.SumOfProduct(aBar, bar, b);
                    bBar = this.SumOfProduct(bBar, bar, a);
                    break;
                case StepKind.Divide:
                    int quotient = this.Append(InstructionKind.Divide, bar, b);
                    aBar = this.Sum(aBar, quotient);
                    bBar = bBar < 0 ? this.Append(InstructionKind.Negate, this.Append(InstructionKind.Multiply, quotient, v)) : this.Append(InstructionKind.NegatedMultiplyAdd, quotient, v, bBar);
                    break;
                case StepKind.AddConstant:
                    aBar = this.Sum(aBar, bar);
                    break;
                case StepKind.MultiplyByConstant:
                    aBar = this.SumOfScaled(aBar, bar, step.Constant);
                    break;
                case StepKind.Sin:
                    aBar = this.SumOfProduct(aBar, bar, v + 1);
                    break;
                case StepKind.Exp:
                    aBar = this.SumOfProduct(aBar, bar, v);
                    break;
                case StepKind.Log:
                    aBar = this.Sum(aBar, this.Append(InstructionKind.Divide, bar, a));
                    break;
                default:
                    aBar = this.SumOfScaled(aBar, this.Append(InstructionKind.Divide, bar, v), 0.5);
                    break;
            }
        }
        for (int i = 0; i < this.InputCount; i++)
            this.instructions.Add(new Instruction(InstructionKind.Store, -1, adjoints[i], i));
    }

    private int Primal(Step step)
    {
        int a = this.numbers[step.A], b = this.numbers[step.B];
        return step.Kind switch
        {
            StepKind.Add => this.Append(InstructionKind.Add, a, b),
            StepKind.Subtract => this.Append(InstructionKind.Subtract, a, b),
            StepKind.Multiply => this.Append(InstructionKind.Multiply, a, b),
            StepKind.Divide => this.Append(InstructionKind.Divide, a, b),
            StepKind.AddConstant => this.Append(InstructionKind.AddConstant, a, constant: step.Constant),
            StepKind.MultiplyByConstant => this.Append(InstructionKind.MultiplyByConstant, a, constant: step.Constant),
            StepKind.Sin => this.Append(InstructionKind.SinCos, a),
            StepKind.Exp => this.Append(InstructionKind.Exp, a),
            StepKind.Log => this.Append(InstructionKind.Log, a),
            _ => this.Append(InstructionKind.Sqrt, a),
        };
    }

    private int Sum(int sum, int term) => sum < 0 ? term : this.Append(InstructionKind.Add, sum, term);

    private int SumOfProduct(int sum, int a, int b) => a == this.seed ? this.Sum(sum, b) : sum < 0 ? this.Append(InstructionKind.Multiply, a, b) : this.Append(InstructionKind.MultiplyAdd, a, b, sum);

    private int SumOfScaled(int sum, int a, double constant) =>
        sum < 0 ? this.Append(InstructionKind.MultiplyByConstant, a, constant: constant) : this.Append(InstructionKind.MultiplyByConstantAdd, a, c: sum, constant: constant);

    private int Append(InstructionKind kind, int a, int b = -1, int c = -1, double constant = 0)
    {
        int result = this.ValueCount;
        this.ValueCount += kind == InstructionKind.SinCos ? 2 : 1;
        this.instructions.Add(new Instruction(kind, result, a, b, c, constant));
        return result;
    }
}
