using System.Linq.Expressions;
using ExprGrad.Compilation;
using ExprGrad.Differentiation;
using ExprGrad.Emission;
using ExprGrad.IR;
using ExprGrad.Reading;
using ExprGrad.Scheduling;
using ExprGrad.Simplification;
using ExprGrad.Tests.Corpus;
using ExprGrad.Tests.Fuzz;

namespace ExprGrad.Tests;

/// <summary>Beyond these sizes the JIT compiles a method without optimising it, or leaves locals in memory.</summary>
public class MethodSizeTests
{
    private const int MaxLocals = 800, MaxReferences = 6_000, MaxInstructions = 15_000, SmallStack = 1 << 20;

    // Sums of n positive terms, each rounded: far below n·ε.
    private const double RelativeError = 1e-11;

    public static TheoryData<string> CorpusNames => FunctionCorpus.Names;

    [Theory, MemberData(nameof(CorpusNames))]
    public void No_method_of_the_corpus_is_too_large(string name) => CompilesToSmallMethods(FunctionCorpus.Named(name).Function);

    [Theory, InlineData(1_000), InlineData(20_000)]
    public void No_method_of_a_random_lambda_is_too_large(int size)
    {
        for (int seed = 900; seed < 903; seed++)
            CompilesToSmallMethods(LambdaGenerator.Generate(seed, size).Lambda);
    }

    [Fact]
    public void No_method_of_a_balanced_tree_or_of_a_value_with_many_uses_is_too_large()
    {
        ParameterExpression x = Expression.Parameter(typeof(double[]), "x");
        Expression Element(int k) => Expression.ArrayIndex(x, Expression.Constant(k % 977));
        Expression Balanced(int level, int k) => level == 0 ? Element(k * k) : Expression.Subtract(Balanced(level - 1, 2 * k), Expression.Multiply(Balanced(level - 1, (2 * k) + 1), Expression.Constant(1.0 / (k + 2))));
        CompilesToSmallMethods(Expression.Lambda<Func<double[], double>>(Balanced(13, 1), x));
        Expression sum = Element(0);
        for (int k = 1; k < 10_000; k++)
            sum = Expression.Add(sum, Expression.Multiply(Expression.Multiply(Element(0), Element(k)), Element(k / 977)));
        CompilesToSmallMethods(Expression.Lambda<Func<double[], double>>(sum, x));
    }

    [Theory, InlineData("max"), InlineData("then"), InlineData("else")]
    public void No_method_of_a_deep_nest_of_branches_is_too_large(string shape)
    {
        ParameterExpression x = Expression.Parameter(typeof(double[]), "x");
        Expression Element(int k) => Expression.ArrayIndex(x, Expression.Constant(k % 13));
        Expression nest = Element(0);
        for (int k = 1; k <= 3_000; k++)
        {
            Expression test = Expression.LessThan(Element(k), Expression.Constant(k * 1e-3)), other = Expression.Multiply(Element(k + 1), Element(k + 2));
            nest = shape switch
            {
                "max" => Expression.Call(typeof(Math), "Max", [], nest, Element(k)),
                "then" => Expression.Condition(test, nest, other),
                _ => Expression.Condition(test, other, nest),
            };
        }
        CompilesToSmallMethods(Expression.Lambda<Func<double[], double>>(nest, x));
    }

    /// <summary>Variables that are assigned again and again, in blocks inside blocks, against a tape that the test keeps itself.</summary>
    [Theory, InlineData(1_000), InlineData(10_000), InlineData(100_000)]
    public void A_block_of_assignments_compiles_to_small_methods_on_a_small_stack(int assignments)
    {
        var program = new RegisterProgram(assignments, inputs: 40, registers: 60, seed: 5);
        double[] x = [.. Enumerable.Range(0, 40).Select(k => 0.7 + (0.02 * k))];
        (double expected, double[] expectedGradient) = program.Evaluate(x);
        OnASmallStack(() =>
        {
            ValueAndGradient f = CompilesToSmallMethods(program.Lambda);
            var (value, gradient) = f(x);
            Assert.Equal(expected, value);
            double scale = expectedGradient.Max(Math.Abs);
            for (int k = 0; k < x.Length; k++)
                Assert.True(Math.Abs(gradient[k] - expectedGradient[k]) <= RelativeError * scale, $"component {k} is {gradient[k]:R}, expected {expectedGradient[k]:R}");
        });
    }

    private static ValueAndGradient CompilesToSmallMethods(LambdaExpression f)
    {
        Graph primal = LambdaReader.Read(f);
        return DeepStack.Run(primal.Nodes.Count, () =>
        {
            Graph graph = Simplifier.Simplify(ReverseMode.Differentiate(primal), FloatingPoint.Default);
            EmittedFunction<ValueAndGradient> emitted = ScalarEmitter.Emit<ValueAndGradient>(Scheduler.Arrange(graph, Optimisations.All, splitting: true));
            foreach (LambdaExpression method in emitted.Parts.Prepend(emitted.Main))
            {
                var size = new Size();
                size.Visit(method.Body);
                Assert.True(size.Locals <= MaxLocals && size.References <= MaxReferences && size.Instructions <= MaxInstructions,
                    $"{size.Locals} locals, {size.References} references to them, about {size.Instructions} instructions");
            }
            Compiled<ValueAndGradient> compiled = DelegateCompiler.Compile(emitted);
            Assert.Equal(emitted.ExceedsLimits ? CompiledBy.ExpressionCompiler : CompiledBy.FastExpressionCompiler, compiled.By);
            return compiled.Delegate;
        });
    }

    private static void OnASmallStack(Action action)
    {
        Exception? thrown = null;
        var thread = new Thread(() => thrown = Record.Exception(action), SmallStack);
        thread.Start();
        thread.Join();
        Assert.Null(thrown);
    }

    /// <summary>Counts what the limits are about. Each expression is about one instruction.</summary>
    private sealed class Size : ExpressionVisitor
    {
        public int Locals { get; private set; }

        public int References { get; private set; }

        public int Instructions { get; private set; }

        public override Expression? Visit(Expression? node)
        {
            this.Instructions += node is null or BlockExpression ? 0 : 1;
            this.References += node is ParameterExpression ? 1 : 0;
            return base.Visit(node);
        }

        // Declarations are no references.
        protected override Expression VisitBlock(BlockExpression node)
        {
            this.Locals += node.Variables.Count;
            foreach (Expression expression in node.Expressions)
                this.Visit(expression);
            return node;
        }
    }

    /// <summary>Means of two registers, arithmetic and harmonic: they stay between the registers, and their partials are positive.</summary>
    private sealed class RegisterProgram
    {
        private readonly List<(bool IsHarmonic, int Target, int A, int B)> steps = [];
        private readonly int registers;

        public RegisterProgram(int count, int inputs, int registers, int seed)
        {
            var random = new Random(seed);
            this.registers = registers;
            ParameterExpression x = Expression.Parameter(typeof(double[]), "x");
            ParameterExpression[] variables = [.. Enumerable.Range(0, registers).Select(k => Expression.Variable(typeof(double), "r" + k))];
            List<Expression> statements = [.. variables.Select((variable, k) => Expression.Assign(variable, Expression.ArrayIndex(x, Expression.Constant(k % inputs))))];
            this.Inputs = inputs;
            for (int k = 0; k < count; k++)
            {
                var step = (IsHarmonic: random.Next(2) == 0, Target: random.Next(registers), A: random.Next(registers), B: random.Next(registers));
                this.steps.Add(step);
                (Expression a, Expression b) = (variables[step.A], variables[step.B]);
                Expression sum = Expression.Add(a, b);
                statements.Add(Expression.Assign(variables[step.Target], step.IsHarmonic
                    ? Expression.Divide(Expression.Multiply(Expression.Multiply(Expression.Constant(2.0), a), b), sum)
                    : Expression.Multiply(Expression.Constant(0.5), sum)));
                // What was assigned so far becomes a block inside the block.
                if (k % 997 == 0)
                    statements = [Expression.Block(statements)];
            }
            this.Lambda = Expression.Lambda<Func<double[], double>>(Expression.Block(variables, [.. statements, variables[0]]), x);
        }

        public Expression<Func<double[], double>> Lambda { get; }

        private int Inputs { get; }

        public (double Value, double[] Gradient) Evaluate(double[] x)
        {
            double[] r = [.. Enumerable.Range(0, this.registers).Select(k => x[k % this.Inputs])];
            var tape = new (double A, double B)[this.steps.Count];
            for (int k = 0; k < tape.Length; k++)
            {
                (double a, double b) = tape[k] = (r[this.steps[k].A], r[this.steps[k].B]);
                r[this.steps[k].Target] = this.steps[k].IsHarmonic ? 2.0 * a * b / (a + b) : 0.5 * (a + b);
            }
            double[] bars = new double[this.registers];
            bars[0] = 1;
            for (int k = tape.Length - 1; k >= 0; k--)
            {
                (bool isHarmonic, int target, int left, int right) = this.steps[k];
                (double a, double b) = tape[k];
                double bar = bars[target];
                bars[target] = 0;
                bars[left] += bar * (isHarmonic ? 2 * b * b / ((a + b) * (a + b)) : 0.5);
                bars[right] += bar * (isHarmonic ? 2 * a * a / ((a + b) * (a + b)) : 0.5);
            }
            double[] gradient = new double[x.Length];
            for (int k = 0; k < this.registers; k++)
                gradient[k % this.Inputs] += bars[k];
            return (r[0], gradient);
        }
    }
}
