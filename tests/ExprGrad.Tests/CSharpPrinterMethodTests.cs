using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Reflection;
using System.Text;
using ExprGrad.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using static System.Linq.Expressions.Expression;

namespace ExprGrad.Tests;

public class CSharpPrinterMethodTests
{
    private const int Seed = 20250807;
    private const int Programs = 300;

    private static readonly ParameterExpression X = Parameter(typeof(double[]), "x");

    [Fact]
    public void A_method_is_printed_with_one_statement_a_line()
    {
        ParameterExpression n = Parameter(typeof(int), "n"), gradient = Variable(typeof(double[]), "gradient"), sum = Variable(typeof(double), "sum"), i = Variable(typeof(int), "i"), t = Variable(typeof(double), "t");
        var end = Label();
        var body = Block([gradient, sum, i],
            IfThen(LessThan(ArrayLength(X), n), Throw(New(typeof(ArgumentException).GetConstructor([typeof(string)])!, Constant("x")))),
            Assign(gradient, NewArrayBounds(typeof(double), ArrayLength(X))),
            Assign(i, Constant(0)),
            Loop(IfThenElse(
                LessThan(i, n),
                Block([t],
                    Assign(t, Call(typeof(Math), nameof(Math.Sin), null, ArrayIndex(X, i))),
                    IfThenElse(GreaterThan(t, Constant(0.0)), Assign(sum, Add(sum, t)), Assign(sum, Subtract(sum, Constant(-1.0)))),
                    AddAssign(ArrayAccess(gradient, i), Multiply(Constant(2.0), t)),
                    PreIncrementAssign(i)),
                Break(end)), end),
            New(typeof((double, double[])).GetConstructor([typeof(double), typeof(double[])])!, sum, gradient));

        Assert.Equal("""
            public static (double, double[]) Sines(double[] x, int n)
            {
                double sum = default;
                if (x.Length < n)
                {
                    throw new System.ArgumentException("x");
                }
                double[] gradient = new double[x.Length];
                int i = 0;
                while (i < n)
                {
                    double t = System.Math.Sin(x[i]);
                    if (t > 0.0)
                    {
                        sum = sum + t;
                    }
                    else
                    {
                        sum = sum - -1.0;
                    }
                    gradient[i] += 2.0 * t;
                    ++i;
                }
                return new System.ValueTuple<double, double[]>(sum, gradient);
            }

            """.ReplaceLineEndings("\n"), CSharpPrinter.PrintMethod(Lambda(body, X, n), "Sines"));
    }

    [Fact]
    public void A_printed_method_has_the_bits_of_the_tree()
    {
        var random = new Random(Seed);
        AssertSame([.. Enumerable.Range(0, Programs).Select(_ => new RandomProgram(random).Lambda())], [[1.5, -0.0, 3], [double.NaN, 1e-310, double.MaxValue], [-7.25, 0.1, double.NegativeInfinity]]);
    }

    [Fact]
    public void Awkward_constants_and_associations_keep_their_bits()
    {
        ParameterExpression a = Variable(typeof(double), "a"), n = Variable(typeof(int), "n");
        Expression x0 = ArrayIndex(X, Constant(0)), x1 = ArrayIndex(X, Constant(1)), x2 = ArrayIndex(X, Constant(2));
        double[] constants = [0.0, -0.0, 1, 1e-300, double.Epsilon, 2.2250738585072009e-308, double.MaxValue, double.MinValue, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0.1, 1e22, 123456789012345680, BitConverter.Int64BitsToDouble(0x7FF8_0000_0000_1234)];
        float[] floats = [0f, -0f, 1f, float.Epsilon, float.MaxValue, float.NaN, float.NegativeInfinity, 0.1f, 16777216f];
        AssertSame(
        [
            .. constants.Select(c => Lambda(Constant(c), X)),
            .. floats.Select(c => Lambda(Constant(c), X)),
            .. new[] { int.MinValue, int.MaxValue, -1, 0 }.Select(c => Lambda(Constant(c), X)),
            .. new[] { long.MinValue, long.MaxValue, -1, 0 }.Select(c => Lambda(Constant(c), X)),
            Lambda(Add(x0, Add(x1, x2)), X),
            Lambda(Multiply(x0, Multiply(x1, x2)), X),
            Lambda(Subtract(x0, Subtract(x1, x2)), X),
            Lambda(Divide(x0, Divide(x1, x2)), X),
            Lambda(Modulo(x0, Multiply(x1, x2)), X),
            Lambda(Negate(Negate(x0)), X),
            Lambda(Negate(Constant(-0.0)), X),
            Lambda(Negate(Constant(0.0)), X),
            Lambda(Subtract(x0, Negate(Constant(-1.0))), X),
            Lambda(Subtract(Constant(-0.0), Negate(x0)), X),

            // What the C# compiler would refuse to compute.
            Lambda(Add(Constant(int.MaxValue), Constant(1)), X),
            Lambda(AddChecked(Constant(int.MaxValue), Constant(1)), X),
            Lambda(Negate(Constant(int.MinValue)), X),
            Lambda(Divide(Constant(1), Constant(0)), X),
            Lambda(Divide(ArrayLength(X), Constant(0)), X),
            Lambda(Modulo(ArrayLength(X), Default(typeof(int))), X),
            Lambda(Convert(Constant(double.NaN), typeof(int)), X),
            Lambda(ConvertChecked(Constant(1e300), typeof(int)), X),
            Lambda(Convert(Multiply(Constant(1e300), Constant(1e300)), typeof(long)), X),
            Lambda(Convert(Constant(-1), typeof(uint)), X),

            // Types below int.
            Lambda(Add(Convert(ArrayLength(X), typeof(short)), Constant(short.MaxValue)), X),
            Lambda(AddChecked(Convert(ArrayLength(X), typeof(short)), Constant(short.MaxValue)), X),
            Lambda(Not(Convert(ArrayLength(X), typeof(byte))), X),

            // Checked inside unchecked and the reverse.
            Lambda(AddChecked(Multiply(ArrayLength(X), Constant(int.MaxValue)), MultiplyChecked(ArrayLength(X), Constant(2))), X),
            Lambda(Add(Constant(1), MultiplyChecked(Constant(int.MaxValue), Add(ArrayLength(X), Constant(int.MaxValue)))), X),
            Lambda(ConvertChecked(Convert(x0, typeof(int)), typeof(byte)), X),
            Lambda(Block([n], Assign(n, Constant(int.MaxValue)), AddAssignChecked(n, ArrayLength(X)), n), X),

            // Comparisons as arguments look like type arguments.
            Lambda(Block([a], Assign(a, x0), New(typeof((bool, bool)).GetConstructor([typeof(bool), typeof(bool)])!, LessThan(a, a), GreaterThan(a, Convert(ArrayLength(X), typeof(double))))), X),

            // Values of blocks, conditionals with statements, try.
            Lambda(Block([a], Assign(a, Condition(GreaterThan(x0, x1), Block([n], Assign(n, Constant(1)), Convert(n, typeof(double))), x1)), Add(a, a)), X),
            Lambda(Block([a], Assign(a, Condition(GreaterThan(x0, x1), Block(x2, x1), x2))), X),
            Lambda(Condition(GreaterThan(x0, x1), x0, Condition(Equal(x1, x2), Block(Assign(x2Access, Constant(2.0)), x2), x1)), X),
            Lambda(TryCatchFinally(ArrayIndex(X, Constant(100)), Empty(), Catch(typeof(IndexOutOfRangeException), Constant(-1.0))), X),
            Lambda(Condition(GreaterThan(x0, x1), x0, Throw(New(typeof(InvalidOperationException)), typeof(double))), X),
            Lambda(Block([a], AddAssign(a, x0), a), X),
        ], [[1.5, -0.0, 3], [3, 2, 2]]);
    }

    private static readonly Expression x2Access = ArrayAccess(X, Constant(2));

    [Fact]
    public void Names_are_unique_and_valid()
    {
        ParameterExpression[] variables = [Variable(typeof(double), "x"), Variable(typeof(double), "class"), Variable(typeof(double), "a b"), Variable(typeof(double)), Variable(typeof(double)), Variable(typeof(double), "System"), Variable(typeof(double), "_"), Variable(typeof(double), "9")];
        Expression sum = variables.Aggregate((Expression)Constant(0.0), Add);
        var inner = Variable(typeof(double), "x");
        var shared = Block([inner], Assign(inner, ArrayIndex(X, Constant(0))), Assign(ArrayAccess(X, Constant(1)), Call(typeof(Math), nameof(Math.Sin), null, inner)));
        var lambda = Lambda(Block(variables, [.. variables.Select((v, i) => Assign(v, Constant(i + 0.5))), shared, shared, Block([variables[0]], Assign(variables[0], Constant(9.0))), sum]), X);
        string text = CSharpPrinter.PrintMethod(lambda, "F");
        Assert.Contains("double x1 = 0.5;\n    double @class = 1.5;\n    double a_b = 2.5;\n    double v = 3.5;\n    double v1 = 4.5;\n    double System1 = 5.5;", text);
        AssertSame([lambda], [[1, 2]]);
    }

    [Fact]
    public void Jumps_out_of_inner_loops_have_labels()
    {
        ParameterExpression i = Variable(typeof(int), "i"), j = Variable(typeof(int), "j");
        LabelTarget outer = Label("outer"), inner = Label("inner"), next = Label("next");
        var body = Block([i, j],
            Loop(Block(
                IfThen(GreaterThan(PostIncrementAssign(i), Constant(10)), Break(outer)),
                Assign(j, Constant(0)),
                Loop(Block(
                    IfThen(GreaterThan(PreIncrementAssign(j), i), Break(inner)),
                    IfThen(Equal(j, Constant(3)), Continue(next)),
                    IfThen(Equal(j, Constant(7)), Break(outer))), inner)), outer, next),
            Add(Multiply(i, Constant(100)), j));
        AssertSame([Lambda(body, X)], [[]]);
    }

    [Fact]
    public void A_method_of_200000_statements_is_printed_in_linear_time()
    {
        var variables = Enumerable.Range(0, 50_000).Select(_ => Variable(typeof(double), "t")).ToList();
        List<Expression> statements = [];
        for (int i = 0; i < variables.Count; i++)
        {
            statements.Add(Assign(variables[i], ArrayIndex(X, Constant(i))));
            for (int k = 0; k < 3; k++) statements.Add(AddAssign(ArrayAccess(X, Constant(i)), variables[i / 2]));
        }
        statements.Add(variables[0]);
        string text = CSharpPrinter.PrintMethod(Lambda(Block(variables, statements), X), "Long");
        Assert.Equal(200_004, text.Count(c => c == '\n'));
        Assert.EndsWith("    x[49999] += t24999;\n    return t;\n}\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_depth_of_a_tree_costs_no_stack()
    {
        string? text = null;
        var thread = new Thread(() =>
        {
            Expression chain = Constant(0.0);
            for (int i = 0; i < 100_000; i++) chain = Add(ArrayIndex(X, Constant(0)), chain);
            text = CSharpPrinter.PrintMethod(Lambda(chain, X), "Deep");
        }, 1 << 20);
        thread.Start();
        thread.Join();
        Assert.EndsWith("0.0" + new string(')', 99_999) + ";\n}\n", text, StringComparison.Ordinal);
    }

    private static void AssertSame(IReadOnlyList<LambdaExpression> lambdas, double[][] points)
    {
        List<string> methods = [.. lambdas.Select((lambda, i) => CSharpPrinter.PrintMethod(lambda, "F" + i))];
        var type = CompileClass(methods);
        for (int i = 0; i < lambdas.Count; i++)
        {
            var expected = lambdas[i].Compile();
            var actual = type.GetMethod("F" + i)!;
            foreach (double[] point in points)
            {
                double[] x = [.. point], y = [.. point];
                string wanted = $"{Outcome(() => expected.DynamicInvoke(x))}, x = {Show(x)}", found = $"{Outcome(() => actual.Invoke(null, [y]))}, x = {Show(y)}";
                Assert.True(wanted == found, $"seed {Seed}, x = {Show(point)}\ntree: {wanted}\ntext: {found}\n{methods[i]}");
            }
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Which exception is thrown is what is compared.")]
    private static string Outcome(Func<object?> call)
    {
        try
        {
            return Show(call());
        }
        catch (TargetInvocationException e)
        {
            return e.InnerException!.GetType().Name;
        }
    }

    private static string Show(object? value) => value switch
    {
        double.NaN or float.NaN => "NaN",
        double d => $"{BitConverter.DoubleToInt64Bits(d):X16} {d:R}",
        float f => $"{BitConverter.SingleToInt32Bits(f):X8} {f:R}",
        double[] a => string.Join(", ", a.Select(d => Show(d))),
        _ => $"{value?.GetType().Name} {value}",
    };

    private static Type CompileClass(IEnumerable<string> methods)
    {
        var source = new StringBuilder("public static class Printed\n{\n");
        foreach (string method in methods) source.Append(method);
        source.Append("}\n");
        var compilation = CSharpCompilation.Create("Printed", [CSharpSyntaxTree.ParseText(source.ToString())], [MetadataReference.CreateFromFile(typeof(object).Assembly.Location)],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release));
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.True(result.Success, string.Join("\n", result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(10).Select(d => d + "\n" + d.Location.SourceTree!.GetText().Lines[d.Location.GetLineSpan().StartLinePosition.Line])));
        return Assembly.Load(image.ToArray()).GetType("Printed")!;
    }

    /// <summary>A block of random assignments to variables and array elements, branches among them, and a result of a random type.</summary>
    private sealed class RandomProgram(Random random)
    {
        private static readonly Type[] Types = [typeof(double), typeof(double), typeof(float), typeof(int), typeof(long), typeof(bool)];
        private static readonly object[] Constants =
        [
            0.0, -0.0, 1.0, -1.0, 0.1, 1e-300, 1e300, double.Epsilon, double.NaN, double.PositiveInfinity, -3.5, 3.0,
            0f, -0f, 1f, 0.1f, -2.5f, float.NaN, float.MaxValue, 3f,
            0, 1, -1, 7, int.MaxValue, int.MinValue, 0L, -1L, 5L, long.MinValue, true, false,
        ];

        private readonly List<ParameterExpression> variables = [];

        public LambdaExpression Lambda()
        {
            List<Expression> statements = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Statement())];
            statements.Add(Value(Types[random.Next(Types.Length)], 5));
            return Expression.Lambda(Block([.. variables], statements), X);
        }

        private Expression Statement()
        {
            switch (random.Next(4))
            {
                case 0:
                    return IfThenElse(Value(typeof(bool), 3), Store(), random.Next(2) == 0 ? Empty() : Store());
                case 1:
                    return Store();
                default:
                    var type = Types[random.Next(Types.Length)];
                    var assigned = Value(type, 5);
                    var variable = Variable(type, random.Next(3) == 0 ? null : "t");
                    variables.Add(variable);
                    return Assign(variable, assigned);
            }
        }

        private BinaryExpression Store()
        {
            var element = ArrayAccess(X, Constant(random.Next(3)));
            return random.Next(2) == 0 ? AddAssign(element, Value(typeof(double), 4)) : Assign(element, Value(typeof(double), 4));
        }

        private Expression Value(Type type, int depth)
        {
            if (depth == 0 || random.Next(6) == 0) return Leaf(type);
            if (random.Next(8) == 0) return Condition(Value(typeof(bool), depth - 1), Value(type, depth - 1), Value(type, depth - 1));
            if (type == typeof(bool))
            {
                if (random.Next(5) == 0) return Not(Value(type, depth - 1));
                ExpressionType[] logical = [ExpressionType.And, ExpressionType.Or, ExpressionType.ExclusiveOr, ExpressionType.AndAlso, ExpressionType.OrElse, ExpressionType.Equal];
                if (random.Next(2) == 0) return MakeBinary(logical[random.Next(logical.Length)], Value(type, depth - 1), Value(type, depth - 1));
                ExpressionType[] comparisons = [ExpressionType.LessThan, ExpressionType.LessThanOrEqual, ExpressionType.GreaterThan, ExpressionType.GreaterThanOrEqual, ExpressionType.Equal, ExpressionType.NotEqual];
                var compared = Types[random.Next(5)];
                return MakeBinary(comparisons[random.Next(comparisons.Length)], Value(compared, depth - 1), Value(compared, depth - 1));
            }
            bool integral = type == typeof(int) || type == typeof(long);
            switch (random.Next(6))
            {
                case 0:
                    return random.Next(3) == 0 ? NegateChecked(Value(type, depth - 1)) : integral && random.Next(2) == 0 ? Not(Value(type, depth - 1)) : Negate(Value(type, depth - 1));
                case 1:
                    var from = Types[random.Next(5)];
                    return random.Next(4) == 0 ? ConvertChecked(Value(from, depth - 1), type) : Convert(Value(from, depth - 1), type);
                case 2 when type == typeof(double):
                    return random.Next(2) == 0 ? Call(typeof(Math), nameof(Math.Max), null, Value(type, depth - 1), Value(type, depth - 1)) : Call(typeof(Math), nameof(Math.Sqrt), null, Value(type, depth - 1));
                case 3 when integral && random.Next(2) == 0:
                    return random.Next(2) == 0 ? LeftShift(Value(type, depth - 1), Value(typeof(int), depth - 1)) : RightShift(Value(type, depth - 1), Value(typeof(int), depth - 1));
                default:
                    ExpressionType[] arithmetic = integral
                        ? [ExpressionType.Add, ExpressionType.Subtract, ExpressionType.Multiply, ExpressionType.Divide, ExpressionType.Modulo, ExpressionType.And, ExpressionType.Or, ExpressionType.ExclusiveOr, ExpressionType.AddChecked, ExpressionType.SubtractChecked, ExpressionType.MultiplyChecked]
                        : [ExpressionType.Add, ExpressionType.Subtract, ExpressionType.Multiply, ExpressionType.Divide, ExpressionType.Modulo, ExpressionType.Add, ExpressionType.Subtract];
                    return MakeBinary(arithmetic[random.Next(arithmetic.Length)], Value(type, depth - 1), Value(type, depth - 1));
            }
        }

        private Expression Leaf(Type type)
        {
            var known = variables.Where(v => v.Type == type).ToList();
            if (known.Count > 0 && random.Next(2) == 0) return known[random.Next(known.Count)];
            if (type == typeof(double) && random.Next(3) > 0) return ArrayIndex(X, Constant(random.Next(3)));
            if (type == typeof(int) && random.Next(3) == 0) return ArrayLength(X);
            var constants = Constants.Where(c => c.GetType() == type).ToList();
            return Constant(constants[random.Next(constants.Count)]);
        }
    }
}
