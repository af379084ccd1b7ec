using System.Linq.Expressions;
using ExprGrad.Runtime;
using ExprGrad.Tests.Contract;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests;

/// <summary>Functions in so many parts that their code is fetched ahead.</summary>
public class LargeFunctionTests
{
    private static readonly double[][] Points = [.. Enumerable.Range(0, 16).Select(k => new[] { 0.5 + k / 100.0, 0.75, 1.25 })];

    /// <summary>Each value is needed on the way back, and some come from far away.</summary>
    [Fact]
    public void Value_and_gradient_in_hundreds_of_parts_are_those_of_the_reverse_sweep()
    {
        const int Count = 30_000, Step = 7_919;
        ValueAndGradient compiled = Grad.Compile(LongChain(Count, Step));
        double[] point = [0.5, 0.75, 1.25];
        var (value, gradient) = compiled(point);
        (double expected, double[] expectedGradient, double[] scale) = ReverseSweep(point, Count, Step);
        Assert.Equal(expected, value);
        for (int k = 0; k < 3; k++)
            Assert.True(Math.Abs(gradient[k] - expectedGradient[k]) <= 1e-9 * scale[k], $"component {k} is {gradient[k]:R} instead of {expectedGradient[k]:R}");
        Allocations.AssertNone(() => compiled(point, gradient));
    }

    /// <summary>Where code begins is known of parts that have run. A runtime that keeps it elsewhere makes large functions slower, and this test fail.</summary>
    [Fact]
    public void The_code_of_parts_that_ran_is_found()
    {
        const int Count = 300;
        ParameterExpression x = Expression.Parameter(typeof(double), "x");
        Delegate[] parts = new Func<double, double>[Count];
        CodeAhead ahead = CodeAhead.Of(parts)!;
        for (int k = 0; k < Count; k++)
            parts[k] = Expression.Lambda<Func<double, double>>(Expression.Add(x, Expression.Constant((double)k)), x).Compile();
        for (int call = 0; call < 3; call++)
        {
            for (int k = 0; k < Count; k++)
            {
                ahead.FetchAfter(k);
                Assert.Equal(k + 0.5, ((Func<double, double>)parts[k])(0.5));
            }
        }
        Assert.All(ahead.Starts.Take(Count), start => Assert.True(start > 1));
        Assert.Equal(Count, ahead.Starts.Take(Count).Distinct().Count());
        Assert.Null(CodeAhead.Of(new Func<double, double>[10]));
    }

    [Fact]
    public void Several_threads_call_it_at_once()
    {
        ValueAndGradient f = Grad.Compile(LongChain(30_000, 7_919));
        double[] expected = [.. Points.Select(point => f(point).Value)];
        Assert.Equal(expected, Points.AsParallel().AsOrdered().WithDegreeOfParallelism(4).Select(point => f(point).Value).ToArray());
    }

    private static Function LongChain(int count, int step)
    {
        ParameterExpression x = Expression.Parameter(typeof(double[]), "x");
        ParameterExpression[] values = [.. Enumerable.Range(0, count).Select(k => Expression.Variable(typeof(double), "v" + k))];
        Expression Value(int k) => k < 3 ? Expression.ArrayIndex(x, Expression.Constant(k)) : values[k - 3];
        Expression[] statements = [.. values.Select((value, k) => Expression.Assign(value, (k % 3) switch
        {
            0 => Expression.Add(Expression.Multiply(Value(k + 2), Expression.Constant(0.75)), Expression.Multiply(Value((int)((long)k * step % (k + 3))), Expression.Constant(0.25))),
            1 => Expression.Call(typeof(Math).GetMethod("Sin", [typeof(double)])!, Expression.Multiply(Value(k + 2), Value(k))),
            _ => Expression.Divide(Value(k + 1), Expression.Add(Expression.Multiply(Value(k + 2), Value(k + 2)), Expression.Constant(1.0))),
        }))];
        return Expression.Lambda<Func<double[], double>>(Expression.Block(values, [.. statements, values[^1]]), x);
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
}
