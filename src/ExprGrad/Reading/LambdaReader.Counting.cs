using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;
using ExprGrad.Primitives;
using ExprGrad.Runtime;

namespace ExprGrad.Reading;

/// <summary>Loops that count: a variable goes up or down by the same number in each iteration, and the loop is left when it has reached what the loop does not change.</summary>
internal sealed partial class LambdaReader
{
    private static readonly MethodInfo CountWhile = ((Func<int, int, int, bool, int>)Counting.While).Method, CountUntil = ((Func<int, int, int, int>)Counting.Until).Method;

    /// <summary>Computes how often a loop runs that was read once, where it stands; null if that cannot be known before.</summary>
    private Func<Trips>? TryCount(Iteration iteration, bool isLeading)
    {
        if (iteration.Left is Constant)
            return () => new Trips(this.Integer(1), null);
        (Node test, bool isLeft) = (iteration.Left!, true);
        while (test is Apply { Operation: Operator { Kind: ExpressionType.Not } } not && not.Type == typeof(bool))
            (test, isLeft) = (not.Operands[0], !isLeft);
        if (test is not Apply { Operation: Operator { Kind: var comparison } } || test.Operands.Count != 2 || test.Operands[0].Type != typeof(int) || test.Operands[1].Type != typeof(int))
            return null;
        return Try(test.Operands[0], comparison, test.Operands[1]) ?? Try(test.Operands[1], Mirrored(comparison), test.Operands[0]);

        Func<Trips>? Try(Node counted, ExpressionType goesOn, Node bound)
        {
            if (!bound.Region.Encloses(iteration.Loop.Parent))
                return null;
            goesOn = isLeft ? Negated(goesOn) : goesOn;
            foreach ((Variable variable, Value begin) in iteration.Begin)
            {
                if (begin is Scalar { Node: State state } && iteration.End[variable] is Scalar { Node: var end } && CounterOf(variable, state, end, iteration.Left!, test) is var (counter, isEven)
                    && (ReferenceEquals(counted, state) || (isEven && ReferenceEquals(counted, end))))
                {
                    return !IsReached(counter.Step, goesOn) ? null
                        : () => this.TripsOf(counter, ReferenceEquals(counted, state) ? counter.Start : this.Integer(ExpressionType.Add, counter.Start, this.Integer(counter.Step)), goesOn, bound, isLeading, isEven);
                }
            }
            return null;
        }
    }

    // Whether a state is a counter, and whether it counts in the last iteration too.
    private static (Counter Counter, bool IsEven)? CounterOf(Variable variable, State state, Node end, Node left, Node test)
    {
        if (state.Type != typeof(int))
            return null;
        bool isEven = true;
        if (end is Choice choice && (ReferenceEquals(choice.Selector, left) || ReferenceEquals(choice.Selector, test)))
        {
            (end, isEven) = (ReferenceEquals(choice.Arm(0), state) ? choice.Arm(1) : choice.Arm(0), false);
            if (!ReferenceEquals(choice.Arm(0), state) && !ReferenceEquals(choice.Arm(1), state))
                return null;
        }
        int? step = end is not Apply { Operation: Operator { Kind: var kind } } ? null : (kind, end.Operands[0], end.Operands.Count > 1 ? end.Operands[1] : null) switch
        {
            (ExpressionType.Add or ExpressionType.AddChecked, var a, Constant { Value: int added }) when ReferenceEquals(a, state) => added,
            (ExpressionType.Add or ExpressionType.AddChecked, Constant { Value: int added }, var b) when ReferenceEquals(b, state) => added,
            (ExpressionType.Subtract or ExpressionType.SubtractChecked, var a, Constant { Value: int and > int.MinValue and var taken }) when ReferenceEquals(a, state) => -taken,
            _ => null,
        };
        return step is { } known and not 0 ? (new Counter(variable, state.Initial, known, null!), isEven) : null;
    }

    // Whether steps lead to where a comparison becomes false.
    private static bool IsReached(int step, ExpressionType goesOn) => goesOn switch
    {
        ExpressionType.LessThan or ExpressionType.LessThanOrEqual => step > 0,
        ExpressionType.GreaterThan or ExpressionType.GreaterThanOrEqual => step < 0,
        ExpressionType.NotEqual => step is 1 or -1,
        _ => false,
    };

    private Trips TripsOf(Counter counter, Node first, ExpressionType goesOn, Node bound, bool isLeading, bool isEven)
    {
        int step = counter.Step;
        bool isInclusive = goesOn is ExpressionType.LessThanOrEqual or ExpressionType.GreaterThanOrEqual;
        // Iterations that go on.
        Node count = goesOn is ExpressionType.LessThan && step == 1 && first is Constant { Value: 0 } && isLeading ? bound
            : goesOn is ExpressionType.NotEqual ? this.Computed(CountUntil, first, bound, this.Integer(step))
            : this.Computed(CountWhile, first, bound, this.Integer(step), this.Boolean(isInclusive));
        Node all = isLeading ? count : this.Integer(ExpressionType.Add, count, this.Integer(1));
        Node steps = isLeading ? this.Extremum(Extreme.Larger, count, this.Integer(0)) : isEven ? all : count;
        return new Trips(all, counter with { Last = this.Integer(ExpressionType.Add, counter.Start, this.Times(step, steps)) });
    }

    private Node Computed(MethodInfo method, params Node[] operands)
    {
        if (!operands.All(operand => operand is Constant))
            return this.Check(method, operands);
        try
        {
            return this.Integer((int)method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [.. operands.Select(operand => ((Constant)operand).Value)], null)!);
        }
        catch (OverflowException)
        {
            return this.Check(method, operands);
        }
    }

    private Node Times(int factor, Node number) => (factor, number) switch
    {
        (1, _) => number,
        (_, Constant { Value: int known }) => this.Integer(unchecked(factor * known)),
        _ => this.builder.Apply(Operator.Integer(ExpressionType.Multiply), number, this.Integer(factor)),
    };

    private static ExpressionType Negated(ExpressionType comparison) => comparison switch
    {
        ExpressionType.LessThan => ExpressionType.GreaterThanOrEqual,
        ExpressionType.LessThanOrEqual => ExpressionType.GreaterThan,
        ExpressionType.GreaterThan => ExpressionType.LessThanOrEqual,
        ExpressionType.GreaterThanOrEqual => ExpressionType.LessThan,
        ExpressionType.Equal => ExpressionType.NotEqual,
        _ => ExpressionType.Equal,
    };

    private static ExpressionType Mirrored(ExpressionType comparison) => comparison switch
    {
        ExpressionType.LessThan => ExpressionType.GreaterThan,
        ExpressionType.LessThanOrEqual => ExpressionType.GreaterThanOrEqual,
        ExpressionType.GreaterThan => ExpressionType.LessThan,
        ExpressionType.GreaterThanOrEqual => ExpressionType.LessThanOrEqual,
        _ => comparison,
    };

    /// <summary>How often a loop runs.</summary>
    /// <param name="Count">The number of iterations, not positive for none.</param>
    /// <param name="Counter">The variable that counts them, if there is one.</param>
    private sealed record Trips(Node Count, Counter? Counter);

    /// <summary>A variable that is no state of its loop, as the number of the iteration gives it.</summary>
    /// <param name="Variable">The variable.</param>
    /// <param name="Start">Its value in the first iteration.</param>
    /// <param name="Step">What is added in each.</param>
    /// <param name="Last">Its value after the loop.</param>
    private sealed record Counter(Variable Variable, Node Start, int Step, Node Last);
}
