using System.Linq.Expressions;
using ExprGrad.Tests.Fuzz;
using static ExprGrad.Tests.Corpus.Statements;
using static System.Linq.Expressions.Expression;

namespace ExprGrad.Tests.Contract;

/// <summary>The contract for hand-built trees with statements: values are compared with the compiled tree, gradients with dual numbers.</summary>
public class StatementTests
{
    // ---------------------------------------------------------------- assignments and branches

    [Fact]
    public void Compound_assignments_and_steps_are_assignments()
    {
        Expect.Oracle(Function(Assign(S, At(0)), AddAssign(S, At(1)), MultiplyAssign(S, At(0)), SubtractAssign(S, Constant(0.5)), DivideAssign(S, At(1)), PreIncrementAssign(S),
            Assign(T, PostDecrementAssign(S)), PowerAssign(T, Constant(3.0)), ModuloAssign(S, Constant(1.5)), Add(S, T)), [0.7, 1.3], [3, -2]);
        Expect.Oracle(Function(Assign(I, Constant(5)), LeftShiftAssign(I, Constant(2)), OrAssign(I, Constant(3)), ExclusiveOrAssign(I, Constant(7)), Assign(J, PostIncrementAssign(I)), AddAssignChecked(J, PreDecrementAssign(I)), Multiply(Real(J), At(0))), [0.7]);
    }

    [Fact]
    public void What_is_assigned_in_a_branch_is_joined_after_it()
    {
        var f = Function(Assign(S, At(0)), Assign(T, Constant(1.0)),
            IfThen(GreaterThan(S, Constant(1.0)), Assign(S, Multiply(S, S))),
            IfThenElse(LessThan(At(1), Constant(0.0)), Block(Assign(T, At(1)), IfThen(LessThan(S, Constant(0.0)), AddAssign(T, S))), Assign(S, Sin(S))),
            Multiply(S, T));
        Expect.Oracle(f, [0.5, 2], [2, 3], [2, -3], [-2, -3], [-2, 5]);
    }

    [Fact]
    public void A_switch_of_statements_assigns_in_its_cases()
    {
        var f = Function(Assign(S, At(0)), Assign(T, Constant(1.0)),
            Switch(Convert(At(1), typeof(int)), SwitchCase(Block(typeof(void), Assign(S, Log(S))), Constant(1)), SwitchCase(Block(typeof(void), Assign(T, S), Assign(S, Constant(3.0))), Constant(2), Constant(3))),
            Multiply(S, T));
        Expect.Oracle(f, [0.5, 0], [0.5, 1], [0.5, 2], [0.5, 3.2]);
    }

    [Fact]
    public void C4_A_branch_of_statements_that_is_not_taken_is_silent()
    {
        Expect.Gradient(Function(Assign(S, Constant(2.0)), IfThen(GreaterThan(At(0), Constant(0.0)), Assign(S, Log(At(0)))), Add(S, At(1))), [0, 1], 0, 1);
        Expect.Gradient(Function(Assign(S, Log(At(0))), IfThen(LessThan(At(1), Constant(2.0)), Assign(S, At(1))), S), [0, 1], 0, 1);
        Expect.Gradient(Function(UpTo(Length, I, IfThen(GreaterThan(At(I), Constant(0.0)), AddAssign(S, Log(At(I))))), S), [0, 2, -1], 0, 0.5, 0);
    }

    [Fact]
    public void A_return_skips_the_rest()
    {
        LabelTarget end = Label(typeof(double));
        var early = Function(IfThen(LessThan(At(0), Constant(0.0)), Return(end, Sin(At(0)))), Assign(S, Multiply(At(0), At(0))), IfThen(GreaterThan(S, Constant(4.0)), Return(end, S)), AddAssign(S, Log(At(0))), Label(end, Multiply(S, Constant(2.0))));
        Expect.Oracle(early, [-1], [0.5], [1.5], [3]);
        var fromLoop = Function(Assign(S, Constant(1.0)), UpTo(Length, I, MultiplyAssign(S, At(I)), IfThen(GreaterThan(S, Constant(10.0)), Return(end, Multiply(S, Real(I))))), AddAssign(S, At(0)), Label(end, S));
        Expect.Oracle(fromLoop, [2, 3], [2, 3, 4, 5], [11, 1], [-1, -20, 3]);
        var fromNestedLoops = Function(UpTo(Length, I, Assign(J, Constant(0)), UpTo(Length, J, AddAssign(S, Multiply(At(I), At(J))), IfThen(GreaterThan(S, Constant(10.0)), Return(end, Add(S, Real(J)))))), Label(end, Multiply(S, S)));
        Expect.Oracle(fromNestedLoops, [1, 2], [1, 2, 3], [5], [0.1, 0.2, 0.3, 0.4]);
    }

    // ---------------------------------------------------------------- loops that count

    [Fact]
    public void Sums_over_data_and_the_input_are_differentiated()
    {
        double[] weights = [0.5, -2, 3];
        var data = Constant(weights);
        Expect.Oracle(Function(UpTo(ArrayLength(data), I, AddAssign(S, Multiply(ArrayIndex(data, I), Sin(Multiply(At(0), Real(I)))))), S), [0.7], [-2]);
        Expect.Oracle(Function(Assign(S, At(0)), UpTo(Length, I, AddAssign(S, Multiply(At(I), At(I)))), S), [0.7], [1, 2, 3]);
        Expect.Oracle(Function(Assign(S, Constant(1.0)), UpTo(Length, I, MultiplyAssign(S, At(I))), S), [0.7], [1, 0, 3], []);
    }

    [Fact]
    public void Counters_start_stop_and_step_anywhere()
    {
        foreach (var (start, test, step) in new (int, Func<Expression, Expression>, Expression)[]
        {
            (1, n => LessThan(I, n), PostIncrementAssign(I)),
            (1, n => LessThanOrEqual(I, n), PreIncrementAssign(I)),
            (7, n => GreaterThan(I, n), PostDecrementAssign(I)),
            (7, n => GreaterThanOrEqual(I, n), SubtractAssign(I, Constant(2))),
            (0, n => NotEqual(I, n), AddAssign(I, Constant(1))),
            (-3, n => GreaterThan(n, I), AddAssign(I, Constant(3))),
            (0, n => Not(GreaterThanOrEqual(I, n)), AddAssignChecked(I, Constant(1))),
            (0, n => LessThan(I, n), Block(PostIncrementAssign(I), IfThen(Equal(Modulo(I, Constant(3)), Constant(0)), PostIncrementAssign(I)))),
            (0, n => LessThan(Multiply(I, I), n), PostIncrementAssign(I)),
        })
        {
            foreach (int bound in new[] { 0, 1, 4, 5, 6, 7 })
                Expect.Oracle(Function(Assign(I, Constant(start)), For(test(Constant(bound)), step, Assign(S, Add(Sin(S), Multiply(At(0), Real(I))))), Add(Multiply(S, At(0)), Real(I))), [0.7]);
        }
    }

    [Fact]
    public void Nested_loops_are_differentiated()
    {
        // Σᵢ Σⱼ<i sin(xᵢ xⱼ)
        Expect.Oracle(Function(UpTo(Length, I, Assign(J, Constant(0)), UpTo(I, J, AddAssign(S, Sin(Multiply(At(I), At(J)))))), S), [1], [1, 2], [0.1, 0.2, 0.3, 0.4], []);
        Expect.Oracle(Function(Assign(T, At(0)), UpTo(Length, I, Assign(J, I), Assign(S, At(I)), UpTo(Length, J, Assign(S, Multiply(S, Sin(At(J))))), AddAssign(T, S)), T), [1], [1, 2], [0.1, 0.2, 0.3, 0.4]);
        // Horner in a while in a for
        Expect.Oracle(Function(Assign(S, Constant(1.0)), UpTo(Length, I, Assign(T, At(I)), While(GreaterThan(Abs(T), Constant(0.5)), Assign(T, Divide(Multiply(T, At(0)), Constant(3.0)))), AddAssign(S, Multiply(T, S))), S), [1], [1.5, 2], [0.7, 4, -5, 0.4]);
    }

    [Fact]
    public void Coupled_recurrences_are_differentiated()
    {
        // The leapfrog of an oscillator.
        Expect.Oracle(Function(Assign(S, At(0)), Assign(T, At(1)), UpTo(Constant(20), I, Assign(T, Subtract(T, Multiply(Constant(0.1), Sin(S)))), Assign(S, Add(S, Multiply(At(2), T)))), Add(S, T)), [0.7, 0.1, 0.2], [2, -1, 0.05]);
    }

    [Fact]
    public void Loops_without_iterations_leave_everything_as_it_was()
    {
        Expect.Oracle(Function(Assign(S, At(0)), Assign(I, Constant(9)), UpTo(Length, I, Assign(S, Log(S))), Add(S, Real(I))), [0.7], [-1, 2]);
        Expect.Oracle(Function(Assign(S, At(0)), While(GreaterThan(S, Constant(1.0)), DivideAssign(S, At(1))), S), [0.5, 2], [1.5, 2], [100, 2]);
    }

    // ---------------------------------------------------------------- loops of unknown length

    [Fact]
    public void A_while_that_converges_is_differentiated()
    {
        var r = S;
        var newton = Function(Assign(r, At(1)), While(GreaterThan(Abs(Subtract(Multiply(r, r), At(0))), Constant(1e-9)), Assign(r, Divide(Add(r, Divide(At(0), r)), Constant(2.0)))), r);
        Expect.Oracle(newton, [2, 1], [1, 1], [1000, 3], [0.01, 50]);
        double slope = Grad.Compile(newton)([2, 1]).Gradient[0];
        Assert.Equal(0.5 / Math.Sqrt(2), slope, 1e-9);
    }

    [Fact]
    public void A_loop_that_tests_at_its_end_or_in_the_middle_is_differentiated()
    {
        LabelTarget end = Label();
        Expect.Oracle(Function(Assign(S, At(0)), DoWhile(LessThan(S, Constant(10.0)), Assign(S, Multiply(S, At(1)))), S), [1, 2], [20, 3], [5, 1.01]);
        Expect.Oracle(Function(Assign(S, At(0)), Loop(Block(Assign(T, Multiply(S, At(1))), IfThen(GreaterThan(Abs(T), Constant(10.0)), Break(end)), Assign(S, Add(T, Constant(0.5)))), end), Multiply(S, T)), [1, 2], [20, 3], [5, 1.01]);
        Expect.Oracle(Function(Assign(S, At(0)), DoWhile(LessThan(PreIncrementAssign(I), Constant(4)), Assign(S, Sin(S))), Add(S, Real(I))), [1], [-2]);
    }

    [Fact]
    public void Breaks_with_values_and_continues_are_differentiated()
    {
        LabelTarget found = Label(typeof(double)), next = Label();
        var search = Loop(Block(
            IfThen(GreaterThanOrEqual(I, Length), Break(found, Negate(S))),
            IfThen(LessThan(At(I), Constant(0.0)), Block(PostIncrementAssign(I), Continue(next))),
            AddAssign(S, Multiply(At(I), At(I))),
            IfThen(GreaterThan(S, Constant(5.0)), Break(found, Multiply(S, At(I)))),
            PostIncrementAssign(I)), found, next);
        Expect.Oracle(Function(search), [1, -1, 2, 3], [1, 1], [-1, -2], [], [3, 7]);
        Expect.Oracle(Function(Assign(T, search), Add(T, S)), [1, -1, 2, 3], [1, 1], [-1, -2], [], [3, 7]);
    }

    [Fact]
    public void Several_ways_out_and_conditions_that_depend_on_the_input_are_followed()
    {
        LabelTarget end = Label();
        var f = Function(Assign(S, At(0)), Assign(T, Constant(1.0)), Loop(Block(
            IfThen(GreaterThan(S, Constant(50.0)), Break(end)),
            IfThenElse(LessThan(T, At(1)), Block(Assign(T, Add(T, Multiply(S, Constant(0.25)))), IfThen(Equal(I, Constant(30)), Break(end))), Block(Assign(S, Multiply(S, T)), Assign(T, Constant(0.5)))),
            AddAssign(I, Constant(3))), end), Add(Multiply(S, T), Real(I)));
        Expect.Oracle(f, [1, 2], [0.1, 3], [60, 1], [0.001, 1.5]);
    }

    // ---------------------------------------------------------------- with LINQ

    [Fact]
    public void States_are_numbers_of_any_type_and_what_is_made_of_them()
    {
        var (single, wide, flag, pair) = (Variable(typeof(float), "single"), Variable(typeof(long), "wide"), Variable(typeof(bool), "flag"), Variable(typeof((double, int)), "pair"));
        Expression Pair(Expression a, Expression b) => New(typeof((double, int)).GetConstructor([typeof(double), typeof(int)])!, a, b);
        Expect.Oracle(Function(Block([single, wide, flag], Assign(single, Constant(1f)), UpTo(Length, I, Assign(single, Multiply(single, Convert(At(I), typeof(float)))), AddAssign(wide, Convert(I, typeof(long))), Assign(flag, Not(flag)), IfThen(flag, AddAssign(S, Real(single)))), Add(S, Real(wide)))), [0.7, 1.3, 2], []);
        Expect.Oracle(Function(Block([pair], Assign(pair, Pair(At(0), Constant(1))), UpTo(Length, I, Assign(pair, Pair(Multiply(Field(pair, "Item1"), At(I)), Add(Field(pair, "Item2"), I)))), Multiply(Field(pair, "Item1"), Real(Field(pair, "Item2"))))), [0.7, 1.3, 2], [3]);
        double[][] rows = [[1, 2], [3], []];
        var row = Variable(typeof(double[]), "row");
        Expect.Oracle(Function(Block([row], UpTo(Constant(3), I, Assign(row, ArrayIndex(Constant(rows), I)), Assign(J, Constant(0)), UpTo(ArrayLength(row), J, AddAssign(S, Multiply(ArrayIndex(row, J), Sin(At(J)))))), S)), [0.7, 1.3]);
    }

    [Fact]
    public void Queries_in_loops_and_loops_in_queries_are_differentiated()
    {
        Expression<Func<double[], double>> sum = x => x.Sum(v => v * v);
        var inner = (LambdaExpression)sum;
        Expect.Oracle(Function(Assign(S, Constant(0.1)), UpTo(Constant(3), I, Assign(S, Sin(Multiply(S, Invoke(inner, X))))), S), [0.7, 2]);
        // x.Sum(v => { s = v; while (s > 1) s = s / 2 * x[0]; return s; })
        var v = Parameter(typeof(double), "v");
        var u = Variable(typeof(double), "u");
        var selector = Lambda<Func<double, double>>(Block([u], Assign(u, v), While(GreaterThan(u, Constant(1.0)), Assign(u, Multiply(Divide(u, Constant(2.0)), At(0)))), u), v);
        Expression query = Call(typeof(Enumerable), nameof(Enumerable.Sum), [typeof(double)], X, selector);
        Expect.Oracle(Lambda<Func<double[], double>>(query, X), [0.7, 2, 5, 0.1], [1.5, 3]);
        var k = Variable(typeof(int), "k");
        var powers = Lambda<Func<double, double>>(Block([u, k], Assign(u, Constant(1.0)), UpTo(Constant(3), k, MultiplyAssign(u, v)), u), v);
        Expect.Oracle(Lambda<Func<double[], double>>(Call(typeof(Enumerable), nameof(Enumerable.Sum), [typeof(double)], X, powers), X), [0.7, 2, 5, 0.1], []);
    }

    // ---------------------------------------------------------------- effects

    [Fact]
    public void Calls_in_loops_run_as_often_and_in_the_same_order()
    {
        Expression Next(Expression id) => Call(typeof(ImpureCalls), nameof(ImpureCalls.Next), null, id);
        foreach (var f in new[]
        {
            Function(UpTo(Length, I, AddAssign(S, Multiply(At(I), Next(I)))), S),
            Function(UpTo(Length, I, AddAssign(S, Multiply(At(I), Next(I))), IfThen(GreaterThan(S, Constant(1.0)), AddAssign(S, Next(Constant(7))))), Add(S, Next(Constant(8)))),
            Function(UpTo(Length, I, Assign(T, Next(I)), UpTo(Constant(2), J, AddAssign(T, Next(J))), Assign(J, Constant(0)), AddAssign(S, Multiply(At(I), T))), S),
            // Depends on nothing, so that nobody knows how often it runs, and need not know.
            Function(Assign(S, Constant(0.0)), While(LessThan(S, Constant(1.5)), AddAssign(S, Next(Constant(1)))), Multiply(S, At(0))),
        })
        {
            double[] x = [0.5, 2, 4];
            var (plain, compiled) = (f.Compile(), Grad.Compile(f));
            ImpureCalls.Reset();
            double value = plain(x);
            string[] calls = [.. ImpureCalls.Log];
            ImpureCalls.Reset();
            Expect.SameBits(value, compiled(x).Value, f.ToString());
            Assert.Equal(calls, ImpureCalls.Log);
        }
    }

    [Fact]
    public void What_a_call_may_change_is_read_in_each_iteration()
    {
        var f = Function(UpTo(Length, I, AddAssign(S, Multiply(At(I), Real(Field(null, typeof(Counted), nameof(Counted.Calls))))), AddAssign(S, Call(typeof(Counted), nameof(Counted.Count), null))), S);
        Counted.Calls = 0;
        double value = f.Compile()([1, 2, 3]);
        Counted.Calls = 0;
        var (actual, gradient) = Grad.Compile(f)([1, 2, 3]);
        Expect.SameBits(value, actual, "the value");
        Assert.Equal([0.0, 1, 2], gradient);
    }

    [Fact]
    public void A_loop_that_writes_to_an_array_is_over_before_the_array_is_read()
    {
        var written = Variable(typeof(double[]), "written");
        Expect.Oracle(Function(Block([written], Assign(written, NewArrayBounds(typeof(double), Constant(3))), UpTo(Constant(3), I, Assign(ArrayAccess(written, I), Real(I))), Multiply(At(0), ArrayIndex(written, Constant(2))))), [0.7]);
    }

    private static class Counted
    {
        public static int Calls;

        public static double Count() => ++Calls;
    }

    // ---------------------------------------------------------------- exceptions, size, closures

    [Fact]
    public void Exceptions_come_from_the_iteration_that_throws_them()
    {
        double[] data = [1, 2, 3];
        foreach (var f in new[]
        {
            Function(UpTo(Constant(5), I, AddAssign(S, Multiply(At(0), ArrayIndex(Constant(data), I)))), S),
            Function(Assign(S, At(0)), While(LessThan(S, Constant(100.0)), MultiplyAssign(S, ArrayIndex(Constant(data), PostIncrementAssign(I)))), S),
            Function(Assign(S, At(0)), While(LessThan(S, Constant(1e301)), AddAssign(S, ArrayIndex(Constant(data), PostIncrementAssign(I))), IfThen(GreaterThan(S, Constant(1e300)), Assign(S, Constant(0.0)))), S),
            Function(Assign(S, At(0)), While(LessThan(S, Constant(100.0)), IfThen(GreaterThan(PostIncrementAssign(I), Constant(3)), Throw(New(typeof(InvalidOperationException)))), AddAssign(S, Constant(0.5))), S),
            Function(Assign(I, Constant(3)), For(GreaterThan(I, Constant(-3)), PostDecrementAssign(I), AddAssign(S, Multiply(At(0), Real(Divide(Constant(6), I))))), S),
        })
            Expect.Oracle(f, [1]);
    }

    [Fact]
    public void C5_Code_does_not_grow_with_the_number_of_iterations()
    {
        int Nodes(int count) => LoopTests.Count(Grad.Differentiate(Function(Assign(S, At(0)), UpTo(Constant(count), I, Assign(S, Sin(Multiply(S, At(1))))), S)));
        Assert.Equal(Nodes(100), Nodes(100_000_000));
    }

    [Fact]
    public void C6_Loops_of_statements_read_captured_arrays_at_every_call()
    {
        var box = new Box { Data = [1, 2], Count = 2 };
        Expression data = Field(Constant(box), nameof(Box.Data));
        var f = Function(UpTo(Field(Constant(box), nameof(Box.Count)), I, AddAssign(S, Multiply(ArrayIndex(data, I), Multiply(At(0), At(0))))), S);
        var compiled = Grad.Compile(f);
        Assert.Equal(12.0, compiled([2]).Value);
        box.Data[1] = 5;
        Assert.Equal((24.0, 24.0), (compiled([2]).Value, compiled([2]).Gradient[0]));
        (box.Data, box.Count) = ([7, 1, 1], 3);
        Assert.Equal((36.0, 36.0), (compiled([2]).Value, compiled([2]).Gradient[0]));
        box.Count = 0;
        Assert.Equal((0.0, 0.0), (compiled([2]).Value, compiled([2]).Gradient[0]));
    }

    private sealed class Box
    {
        public double[] Data = [];
        public int Count;
    }
}
