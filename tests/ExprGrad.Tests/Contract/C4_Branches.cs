using System.Linq.Expressions;
using ExprGrad.Tests.Oracle;

namespace ExprGrad.Tests.Contract;

/// <summary>The branch taken is differentiated; the other is never evaluated; what was not selected does not reach the gradient.</summary>
public class C4_Branches
{
    [Fact]
    public void A_guarded_logarithm_is_silent_where_the_guard_fails()
    {
        Expect.Gradient(x => x[0] > 0 ? Math.Log(x[0]) : 0.0, [-1], 0);
        Expect.Gradient(x => x[0] > 0 ? Math.Log(x[0]) : 0.0, [0], 0);
        Expect.Gradient(x => x[0] > 0 ? Math.Log(x[0]) : 0.0, [double.NaN], 0);
        Expect.Gradient(x => x[0] > 0 ? Math.Log(x[0]) : 0.0, [4], 0.25);
    }

    [Fact]
    public void A_guarded_load_reads_nothing_where_the_guard_fails()
    {
        Expect.Gradient(x => x.Length > 2 ? x[2] : 0.0, [1, 2], 0, 0);
        Expect.Gradient(x => x.Length > 2 ? x[2] : 0.0, [1, 2, 3], 0, 0, 1);
    }

    [Fact]
    public void The_same_guarded_load_in_two_sibling_branches_stays_guarded()
    {
        Expression<Func<double[], double>> f = x => x[0] > 0 ? (x.Length > 2 ? x[2] * x[0] : x[1]) : (x.Length > 2 ? x[2] - x[0] : 2 * x[1]);
        Expect.Gradient(f, [3, 5], 0, 1);
        Expect.Gradient(f, [-3, 5], 0, 2);
        Expect.Gradient(f, [3, 5, 7], 7, 0, 3);
        Expect.Gradient(f, [-3, 5, 7], -1, 0, 1);
        Expect.Gradient(x => x[0] > 0 ? x[2] : x[0] < -1 ? x[2] * 2 : x[1], [-0.5, 4], 0, 1);
    }

    [Fact]
    public void The_same_guarded_value_under_two_tests_is_computed_under_neither_when_both_fail()
    {
        Expect.Gradient(x => (x[1] > 0 ? Math.Log(x[0]) : 0.0) + (x[2] > 0 ? Math.Log(x[0]) * 2 : x[0]), [0, -1, -1], 1, 0, 0);
        Expect.Gradient(x => (x[1] > 0 ? Math.Log(x[0]) : 0.0) + (x[2] > 0 ? Math.Log(x[0]) * 2 : x[0]), [4, -1, 1], 0.5, 0, 0);
    }

    [Fact]
    public void What_Max_Min_and_Clamp_did_not_return_contributes_nothing()
    {
        Expect.Gradient(x => Math.Max(Math.Sqrt(x[0]), 1), [0], 0);
        Expect.Gradient(x => Math.Max(1, Math.Sqrt(x[0])), [0], 0);
        Expect.Gradient(x => Math.Min(Math.Log(x[0]), -10) * 0 + Math.Max(Math.Log(x[0]), x[1]), [0, 2], double.NaN, 1);
        Expect.Gradient(x => Math.Max(Math.Log(x[0]), x[1]), [0, 2], 0, 1);
        Expect.Gradient(x => Math.Clamp(Math.Log(x[0]), -1, 1), [0], 0);
        Expect.Gradient(x => Math.Clamp(x[1], Math.Log(x[0]), 1), [0, 0.5], 0, 1);
        Expect.Gradient(x => Math.MaxMagnitude(Math.Sqrt(x[0]), x[1]), [0, 2], 0, 1);
        Expect.Gradient(x => double.MaxNumber(Math.Sqrt(x[0]), x[1]), [0, 2], 0, 1);
        Expect.Gradient(x => Math.Max(Math.Sqrt(x[0]) * x[1], 1) + x[0], [0, 3], 1, 0);
    }

    [Fact]
    public void A_value_computed_outside_and_selected_by_a_test_is_silent_where_it_is_not_selected()
    {
        Expression<Func<double, double, double>> select = (root, other) => other > 0 ? other : root;
        Expect.Gradient(x => select.Compile()(Math.Sqrt(x[0]), x[1]), [0, 2], 0, 1);
        Expect.Gradient(x => select.Compile()(Math.Sqrt(x[0]), x[1]), [4, -2], 0.25, 0);
        Expect.Gradient(x => select.Compile()(Math.Log(x[0]), x[1]) * select.Compile()(1 / x[0], x[1]), [0, 3], 0, 6);
    }

    [Fact]
    public void A_value_selected_in_a_nested_branch_only_is_silent_elsewhere()
    {
        Expression<Func<double, double, double, double>> nested = (root, p, q) => p > 0 ? (q > 0 ? root : p) : (q > 0 ? q : root * 2);
        Expect.Gradient(x => nested.Compile()(Math.Sqrt(x[0]), x[1], x[2]), [0, 1, -1], 0, 1, 0);
        Expect.Gradient(x => nested.Compile()(Math.Sqrt(x[0]), x[1], x[2]), [0, -1, 1], 0, 0, 1);
        Expect.Gradient(x => nested.Compile()(Math.Sqrt(x[0]), x[1], x[2]), [4, 1, 1], 0.25, 0, 0);
        Expect.Gradient(x => nested.Compile()(Math.Sqrt(x[0]), x[1], x[2]), [4, -1, -1], 0.5, 0, 0);
    }

    [Fact]
    public void A_value_used_outside_a_branch_too_is_not_silenced()
    {
        Expect.Gradient(x => (x[1] > 0 ? Math.Sqrt(x[0]) : 0.0) + Math.Sqrt(x[0]), [4, -1], 0.25, 0);
        Expect.Gradient(x => (x[1] > 0 ? Math.Sqrt(x[0]) : 0.0) + Math.Sqrt(x[0]), [4, 1], 0.5, 0);
        Expect.Gradient(x => (x[1] > 0 ? Math.Sqrt(x[0]) : 0.0) + Math.Sqrt(x[0]), [0, -1], double.PositiveInfinity, 0);
    }

    [Fact]
    public void A_numerical_zero_is_not_a_selection()
    {
        Expect.Gradient(x => Math.Sqrt(x[0]) * Math.Sqrt(x[0]), [0], double.NaN);
        Expect.Gradient(x => Math.Sqrt(x[0]) * x[1], [0, 0], double.NaN, 0);
    }

    [Fact]
    public void A_zero_by_structure_stays_zero_next_to_infinity_and_NaN()
    {
        Expect.Gradient(x => Math.Floor(Math.Sqrt(x[0])) + x[1], [0, 1], 0, 1);
        Expect.Gradient(x => (int)Math.Log(x[0] + 1) * x[1] + Math.Round(Math.Sqrt(x[0])), [0, 1], 0, 0);
        Expect.Gradient(x => Math.CopySign(x[1], Math.Sqrt(x[0])), [0, 1], 0, 1);
    }

    [Fact]
    public void And_or_not_evaluate_what_CSharp_evaluates()
    {
        Expect.Gradient(x => x.Length > 1 && x[1] > 0 ? x[1] * x[0] : x[0], [3], 1);
        Expect.Gradient(x => x.Length > 1 && x[1] > 0 ? x[1] * x[0] : x[0], [3, 5], 5, 3);
        Expect.Gradient(x => x.Length < 2 || !(x[1] > 0) ? x[0] * x[0] : x[1], [3], 6);
        Expect.Gradient(x => x.Length < 2 || !(x[1] > 0) ? x[0] * x[0] : x[1], [3, -1], 6, 0);
        Expect.Gradient(x => (x[0] > 0 && x[1] > 0) || (x[0] < 0 && !(x[1] > 0)) ? x[0] * x[1] : 0, [-2, -3], -3, -2);
        Expect.Gradient(x => (x[0] > 0 && x[1] > 0) || (x[0] < 0 && !(x[1] > 0)) ? x[0] * x[1] : 0, [-2, 3], 0, 0);
    }

    [Fact]
    public void Null_coalescing_reads_the_right_side_only_when_needed()
    {
        double? given = 2, missing = null;
        double[]? nothing = null;
        Expect.Gradient(x => x[0] * (given ?? nothing![0]), [3], 2);
        Expect.Gradient(x => x[0] * (missing ?? 5), [3], 5);
    }

    [Fact]
    public void A_switch_differentiates_the_case_taken()
    {
        var x = Expression.Parameter(typeof(double[]), "x");
        Expression x0 = Expression.ArrayIndex(x, Expression.Constant(0)), x1 = Expression.ArrayIndex(x, Expression.Constant(1));
        var f = Expression.Lambda<Func<double[], double>>(Expression.Switch(Expression.Convert(x1, typeof(int)), Expression.Call(typeof(Math), "Log", null, x0),
            Expression.SwitchCase(Expression.Multiply(x0, x0), Expression.Constant(1), Expression.Constant(2)),
            Expression.SwitchCase(Expression.ArrayIndex(x, Expression.Constant(9)), Expression.Constant(3))), x);
        Expect.Gradient(f, [5, 1], 10, 0);
        Expect.Gradient(f, [5, 2.5], 10, 0);
        Expect.Gradient(f, [5, 4], 0.2, 0);
        Expect.Gradient(f, [0, 1], 0, 0);
        Assert.Throws<IndexOutOfRangeException>(() => Grad.Compile(f)([5, 3]));
    }

    [Fact]
    public void The_branch_that_is_not_taken_is_never_evaluated()
    {
        int calls = 0;
        Func<double> count = () => ++calls;
        Func<double> fail = () => throw new InvalidOperationException("the other branch was evaluated");
        var f = Grad.Compile(x => x[0] > 0 ? x[0] * count() : x[0] * fail());
        var (value, gradient) = f([2]);
        Assert.Equal((2.0, 1.0, 1), (value, gradient[0], calls));
        Assert.Throws<InvalidOperationException>(() => f([-2]));
        Assert.Equal(1, calls);
    }

    [Fact]
    public void An_impure_call_is_made_as_often_and_in_the_order_of_the_plain_lambda()
    {
        List<string> log = [];
        Func<string, double> note = text =>
        {
            log.Add(text);
            return log.Count;
        };
        Expression<Func<double[], double>> f = x =>
            note("a") * x[0] + (note("b") > 1 && x[0] > 0 ? note("c") * x[1] : note("d")) + note("a") * 0 + (x[1] > 100 ? note("e") : x[1] * note("f"));
        double plain = f.Compile()([2, 3]);
        string[] expected = [.. log];
        log.Clear();
        var (value, gradient) = Grad.Compile(f)([2, 3]);
        Assert.Equal(expected, log);
        Expect.SameBits(plain, value, "the value");
        Expect.Close([1, 3 + 5], gradient, "the gradient");
    }

    [Fact]
    public void An_impure_argument_of_an_inlined_lambda_is_evaluated_once()
    {
        int calls = 0;
        Func<double> next = () => ++calls;
        Expression<Func<double, double, double>> f = (u, v) => u * u * v + u;
        var (value, gradient) = Grad.Compile(x => f.Compile()(next(), x[0]))([7]);
        Assert.Equal((7.0 + 1, 1.0, 1), (value, gradient[0], calls));
    }

    [Fact]
    public void An_impure_result_that_is_not_used_is_computed_nevertheless()
    {
        int calls = 0;
        Func<double> next = () => ++calls;
        Grad.Compile(x => ValueTuple.Create(x[0], next()).Item1)([7]);
        Assert.Equal(1, calls);
        Expression<Func<double, double, double>> first = (u, _) => u;
        Grad.Compile(x => first.Compile()(x[0], next()))([7]);
        Assert.Equal(2, calls);
    }

    [Fact]
    public void Many_nested_branches_agree_with_the_oracle()
    {
        Expression<Func<double[], double>> f = x =>
            x[0] > 0 ? (x[1] > 0 ? (x[2] > 0 ? x[0] * x[1] * x[2] : Math.Log(x[0]) * x[1]) : x[0] / x[1]) + Math.Sqrt(x[0])
                : (x[1] > 0 ? Math.Pow(x[1], x[0]) : x[2] > 0 ? Math.Sqrt(x[2]) * x[0] : x[0] * x[1]) - Math.Abs(x[0]);
        var compiled = Grad.Compile(f);
        foreach (double a in new[] { -1.5, 0, 2 })
            foreach (double b in new[] { -0.5, 0, 3 })
                foreach (double c in new[] { -2, 0, 0.25 })
                {
                    double[] x = [a, b, c];
                    string? error = Agreement.GradientError(DualOracle.Evaluate(f, x), compiled(x).Gradient);
                    Assert.True(error is null, $"at {Expect.Text(x)}: {error}");
                }
    }
}
