using System.Linq.Expressions;
using ExprGrad.Differentiation;
using ExprGrad.Emission;
using ExprGrad.IR;
using ExprGrad.Reading;
using ExprGrad.Runtime;
using ExprGrad.Scheduling;
using ExprGrad.Simplification;
using ExprGrad.Tests.Oracle;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests;

/// <summary>Tables compute what code computes, bit for bit, and take the place of code where there is much of it.</summary>
public class TableTests
{
    private const Optimisations Tables = Optimisations.All | Optimisations.Tabulation;

    private static readonly double[] Special =
    [
        0, -0.0, 1, -1, 0.1, -3, double.Epsilon, -double.Epsilon, 2.2250738585072014e-308, 1.5e-308, double.MaxValue, double.MinValue, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 1e-200, 1e200, Math.PI,
    ];

    public static TheoryData<string> OperatorNames => [.. Operators.Keys];

    private static readonly Dictionary<string, (Function Function, Func<double, double, double> Plain)> Operators = new()
    {
        ["a + b"] = (x => x[0] + x[1], (a, b) => a + b),
        ["a − b"] = (x => x[0] - x[1], (a, b) => a - b),
        ["a · b"] = (x => x[0] * x[1], (a, b) => a * b),
        ["a ÷ b"] = (x => x[0] / x[1], (a, b) => a / b),
        ["−a"] = (x => -x[0] * 1.0, (a, b) => -a),
        ["√a"] = (x => Math.Sqrt(x[0]), (a, b) => Math.Sqrt(a)),
        ["fma(a, b, a)"] = (x => Math.FusedMultiplyAdd(x[0], x[1], x[0]), (a, b) => Math.FusedMultiplyAdd(a, b, a)),
        ["atan2(a, b)"] = (x => Math.Atan2(x[0], x[1]), Math.Atan2),
        ["sin a"] = (x => Math.Sin(x[0]), (a, b) => Math.Sin(a)),
    };

    /// <summary>Sums, products and negations are fused multiply–adds there: of zeros, infinities, subnormal numbers and what overflows, too.</summary>
    [Theory, MemberData(nameof(OperatorNames))]
    public void An_operator_has_its_own_bits_in_a_table(string name)
    {
        (Function function, Func<double, double, double> plain) = Operators[name];
        ValueAndGradient f = GradientCompiler.Compile<ValueAndGradient>(function, null, Tables).Delegate;
        foreach (double a in Special)
        {
            foreach (double b in Special)
                Assert.True(Agreement.SameBits(plain(a, b), f([a, b]).Value), $"of {a:R} and {b:R}: {f([a, b]).Value:R} instead of {plain(a, b):R}");
        }
    }

    [Fact]
    public void All_arithmetic_of_a_large_function_is_in_a_table_and_none_of_a_small_one()
    {
        Assert.True(Tabulation.IsSupported);
        Assert.Equal(0, CountInTables(Chain(Tabulation.MostCode / 20)).InTables);
        (int inTables, int methods) = CountInTables(Chain(Tabulation.MostCode));
        Assert.True(inTables > Tabulation.MostCode, $"{inTables} statements are in tables");
        Assert.Equal(1, methods);
    }

    /// <summary>Each value is needed on the way back, so that the values fill several pages, and some come from far away.</summary>
    [Fact]
    public void Values_in_several_pages_are_those_of_code()
    {
        const int Count = 150_000, Step = 7_919;
        ParameterExpression x = Expression.Parameter(typeof(double[]), "x");
        ParameterExpression[] values = [.. Enumerable.Range(0, Count).Select(k => Expression.Variable(typeof(double), "v" + k))];
        Expression Value(int k) => k < 3 ? Expression.ArrayIndex(x, Expression.Constant(k)) : values[k - 3];
        Expression[] statements = [.. values.Select((value, k) => Expression.Assign(value, (k % 3) switch
        {
            0 => Expression.Add(Expression.Multiply(Value(k + 2), Expression.Constant(0.75)), Expression.Multiply(Value((int)((long)k * Step % (k + 3))), Expression.Constant(0.25))),
            1 => Expression.Call(typeof(Math).GetMethod("Sin", [typeof(double)])!, Expression.Multiply(Value(k + 2), Value(k))),
            _ => Expression.Divide(Value(k + 1), Expression.Add(Expression.Multiply(Value(k + 2), Value(k + 2)), Expression.Constant(1.0))),
        }))];
        Function f = Expression.Lambda<Func<double[], double>>(Expression.Block(values, [.. statements, values[^1]]), x);
        ValueAndGradient compiled = Grad.Compile(f);
        double[] point = [0.5, 0.75, 1.25];
        var (value, gradient) = compiled(point);
        (double expected, double[] expectedGradient, double[] scale) = ReverseSweep(point, Count, Step);
        Assert.Equal(expected, value);
        for (int k = 0; k < 3; k++)
            Assert.True(Math.Abs(gradient[k] - expectedGradient[k]) <= 1e-9 * scale[k], $"component {k} is {gradient[k]:R} instead of {expectedGradient[k]:R}");
        long before = GC.GetAllocatedBytesForCurrentThread();
        compiled(point, gradient);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Scratch_that_is_too_short_is_refused()
    {
        // √ of slot 9 into slot 70,000, which is in another page.
        var table = new OperationTable([9u | (9u << 16), 0, 9, 70_000], [new TableRun(TableKind.SquareRoot, 1, 0), new TableRun(TableKind.Export, 1, 0)], [], []);
        Assert.Equal(70_001, table.ScratchLength);
        Assert.Throws<ArgumentException>(() => table.Run([], [], new double[70_000], []));
        double[] scratch = new double[70_001];
        scratch[9] = 4;
        table.Run([], [], scratch, []);
        Assert.Equal(2, scratch[70_000]);
    }

    // The same function and its reverse sweep, written out; and the sum of what was added up, in absolute terms.
    private static (double Value, double[] Gradient, double[] Scale) ReverseSweep(double[] point, int count, int step)
    {
        double[] v = [.. point, .. new double[count]], bar = new double[v.Length], scale = new double[v.Length];
        int Far(int k) => (int)((long)k * step % (k + 3));
        for (int k = 0; k < count; k++)
        {
            v[k + 3] = (k % 3) switch
            {
                0 => v[k + 2] * 0.75 + v[Far(k)] * 0.25,
                1 => Math.Sin(v[k + 2] * v[k]),
                _ => v[k + 1] / (v[k + 2] * v[k + 2] + 1.0),
            };
        }
        bar[^1] = scale[^1] = 1;
        for (int k = count - 1; k >= 0; k--)
        {
            (double b, double s) = (bar[k + 3], scale[k + 3]);
            void Add(int operand, double partial)
            {
                bar[operand] += b * partial;
                scale[operand] += s * Math.Abs(partial);
            }
            if (k % 3 == 0)
            {
                Add(k + 2, 0.75);
                Add(Far(k), 0.25);
            }
            else if (k % 3 == 1)
            {
                Add(k + 2, Math.Cos(v[k + 2] * v[k]) * v[k]);
                Add(k, Math.Cos(v[k + 2] * v[k]) * v[k + 2]);
            }
            else
            {
                double divisor = v[k + 2] * v[k + 2] + 1;
                Add(k + 1, 1 / divisor);
                Add(k + 2, -2 * v[k + 2] * v[k + 1] / (divisor * divisor));
            }
        }
        return (v[^1], bar[..3], scale[..3]);
    }

    private static Function Chain(int count)
    {
        ParameterExpression x = Expression.Parameter(typeof(double[]), "x");
        Expression sum = Expression.ArrayIndex(x, Expression.Constant(0));
        for (int k = 1; k < count; k++)
            sum = Expression.Add(Expression.Multiply(sum, Expression.ArrayIndex(x, Expression.Constant(k % 9))), Expression.Constant((double)k));
        return Expression.Lambda<Func<double[], double>>(sum, x);
    }

    private static (int InTables, int Methods) CountInTables(LambdaExpression f)
    {
        Graph primal = LambdaReader.Read(f);
        return DeepStack.Run(primal.Nodes.Count, () =>
        {
            Schedule schedule = Scheduler.Arrange(Simplifier.Simplify(ReverseMode.Differentiate(primal), FloatingPoint.Default), Optimisations.All, splitting: true);
            return (schedule.Body.OfType<Table>().Sum(table => table.Body.Count), 1 + ScalarEmitter.Emit<ValueAndGradient>(schedule).Parts.Count);
        });
    }
}
