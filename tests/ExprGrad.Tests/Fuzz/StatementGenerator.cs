using System.Linq.Expressions;
using static System.Linq.Expressions.Expression;

namespace ExprGrad.Tests.Fuzz;

/// <summary>
/// Random functions <c>double[] → double</c> made of statements: assignments, branches, switches, loops that count and loops of unknown length, jumps out of all of them, queries in between. The same seed and size give the same program.
/// </summary>
public sealed class StatementGenerator
{
    private const int LongestLoop = 5, DeepestLoop = 3, FewestOfLong = 8, MostOfLong = 40;

    private readonly Random random;
    private readonly ParameterExpression x = Parameter(typeof(double[]), "x");
    private readonly Expression data = Constant(new[] { 0.5, -1.25, 2, 0.75 }), many = Constant(Enumerable.Range(0, 64).Select(i => Math.Round(1.2 * Math.Sin(1 + 2.3 * i), 3)).ToArray());
    private readonly List<ParameterExpression> reals = [], integers = [], all = [];
    private readonly Stack<(LabelTarget Break, LabelTarget? Continue)> loops = [];
    private readonly LabelTarget end = Label(typeof(double), "end");
    private readonly int inputs;
    private bool mayReturn;
    private int budget;

    private StatementGenerator(int seed, int size)
    {
        random = new Random(unchecked((int)((uint)seed * 2654435769u ^ 0x5bd1e995u) + size));
        inputs = random.Next(2, 5);
        budget = size;
    }

    public static (Expression<Func<double[], double>> Lambda, int Inputs) Generate(int seed, int size)
    {
        var generator = new StatementGenerator(seed, size);
        return (generator.Function(), generator.inputs);
    }

    private Expression<Func<double[], double>> Function()
    {
        for (int k = 0; k < 3; k++) reals.Add(New(typeof(double), "s"));
        integers.Add(New(typeof(int), "n"));
        mayReturn = random.Next(3) == 0;
        List<Expression> statements = [.. reals.Select(s => Assign(s, Real(1)))];
        while (budget > 0) statements.Add(Statement());
        Expression result = Add(reals[0], Multiply(reals[1], reals[2]));
        statements.Add(mayReturn ? Label(end, result) : result);
        return Lambda<Func<double[], double>>(Block(all, statements), x);
    }

    private ParameterExpression New(Type type, string name)
    {
        all.Add(Variable(type, name + all.Count));
        return all[^1];
    }

    private T Any<T>(IReadOnlyList<T> list) => list[random.Next(list.Count)];

    private Expression Statements(int count)
    {
        var statements = new List<Expression>();
        for (int k = 0; k < count; k++) statements.Add(Statement());
        return Block(typeof(void), statements);
    }

    private Expression Statement()
    {
        budget--;
        switch (random.Next(16))
        {
            case 0 or 1 or 2:
                return Assign(Any(reals), Bounded(Real(3)));
            case 14 or 15: // each becomes something of the other
                Expression one = Any(reals), other = Any(reals);
                var before = Variable(typeof(double), "t" + budget);
                return Block(typeof(void), [before], Assign(before, one), Assign(one, Multiply(other, Real(1))), Assign(other, Bounded(Multiply(before, Real(1)))));
            case 3:
                return random.Next(3) switch { 0 => AddAssign(Any(reals), Real(2)), 1 => SubtractAssign(Any(reals), Real(2)), _ => MultiplyAssign(Any(reals), Real(1)) };
            case 4:
                return random.Next(2) == 0 ? IfThen(Test(), Statements(random.Next(1, 3))) : IfThenElse(Test(), Statements(random.Next(1, 3)), Statements(random.Next(1, 3)));
            case 5:
                return Switch(And(Integer(), Constant(3)), random.Next(2) == 0 ? Statements(1) : null, SwitchCase(Statements(1), Constant(0)), SwitchCase(Statements(random.Next(1, 3)), Constant(1), Constant(3)));
            case 6:
                return random.Next(2) == 0 ? PreIncrementAssign(integers[0]) : Assign(integers[0], And(Integer(), Constant(7)));
            case 7:
                // Each run assigns it first: what a compiled tree has there otherwise depends on the compiler.
                var local = Variable(typeof(double), "t" + budget);
                var initial = Assign(local, Real(2));
                reals.Add(local);
                var body = Statements(random.Next(1, 3));
                reals.Remove(local);
                return Block(typeof(void), [local], initial, body);
            case 8 when loops.Count > 0:
                return IfThen(Test(), Break(loops.Peek().Break));
            case 9 when loops.Count > 0 && loops.Peek().Continue is { } next:
                return IfThen(Test(), Continue(next));
            case 10 when mayReturn:
                return IfThen(Test(), Return(end, Real(2)));
            case 11 or 12 or 13 when loops.Count < DeepestLoop:
                return random.Next(2) == 0 ? For() : Until();
            default:
                return Assign(Any(reals), Real(2));
        }
    }

    private Expression For()
    {
        var counter = New(typeof(int), "i");
        int step = random.Next(4) == 0 ? 2 : 1;
        bool isUp = random.Next(4) > 0;
        Expression length = loops.Count == 0 && random.Next(3) == 0 ? Constant(random.Next(FewestOfLong, MostOfLong + 1)) : random.Next(3) switch { 0 => Constant(random.Next(LongestLoop)), 1 => And(Integer(), Constant(3)), _ => ArrayLength(x) };
        (Expression start, Expression bound) = isUp ? (random.Next(2) == 0 ? (Expression)Constant(0) : And(Integer(), Constant(1)), length) : (length, Constant(0));
        Expression test = (isUp, random.Next(3)) switch
        {
            (true, 0) => LessThanOrEqual(counter, bound),
            (true, 1) => GreaterThan(bound, counter),
            (true, _) => LessThan(counter, bound),
            (false, 0) => GreaterThanOrEqual(counter, bound),
            (false, _) => GreaterThan(counter, bound),
        };
        Expression advance = step == 1 ? isUp ? PostIncrementAssign(counter) : PreDecrementAssign(counter) : isUp ? AddAssign(counter, Constant(step)) : SubtractAssign(counter, Constant(step));
        LabelTarget exit = Label(), next = Label();
        loops.Push((exit, next));
        integers.Add(counter);
        Expression body = Statements(random.Next(1, 4));
        integers.Remove(counter);
        loops.Pop();
        return Block(typeof(void), Assign(counter, start), Loop(Block(IfThen(Not(test), Break(exit)), body, Label(next), advance), exit));
    }

    // Left by a test at its beginning, in the middle or at the end; and after some iterations in any case.
    private Expression Until()
    {
        var cap = New(typeof(int), "k");
        LabelTarget exit = Label(), next = Label();
        bool hasNext = random.Next(2) == 0;
        Expression isOver = GreaterThanOrEqual(PreIncrementAssign(cap), Constant(random.Next(1, LongestLoop)));
        Expression leave = IfThen(random.Next(2) == 0 ? isOver : OrElse(isOver, Test()), Break(exit));
        loops.Push((exit, hasNext ? next : null));
        integers.Add(cap);
        Expression first = Statements(random.Next(0, 2)), second = Statements(random.Next(1, 3));
        integers.Remove(cap);
        loops.Pop();
        Expression[] body = random.Next(3) switch { 0 => [leave, first, second], 1 => [IfThen(isOver, Break(exit)), first, IfThen(Test(), Break(exit)), second], _ when !hasNext => [first, second, leave], _ => [leave, second] };
        return Block(typeof(void), Assign(cap, Constant(0)), hasNext ? Loop(Block(body), exit, next) : Loop(Block(body), exit));
    }

    private Expression Integer() => random.Next(4) switch
    {
        0 => Constant(random.Next(4)),
        1 => Add(Any(integers), Constant(random.Next(3))),
        2 => Convert(Multiply(Any(reals), Constant(2.0)), typeof(int)),
        _ => Any(integers),
    };

    private Expression Test() => random.Next(4) switch
    {
        0 => Equal(And(Integer(), Constant(1)), Constant(0)),
        1 => AndAlso(LessThan(Integer(), Constant(2)), GreaterThan(Real(1), Constant(0.25))),
        _ => LessThan(Real(1), Real(1)),
    };

    private Expression Real(int height)
    {
        if (height == 0)
        {
            return random.Next(7) switch
            {
                6 => ArrayIndex(many, And(Integer(), Constant(63))),
                0 => Constant(Math.Round(random.NextDouble() * 4 - 2, 2)),
                1 => ArrayIndex(x, Constant(random.Next(inputs))),
                2 => ArrayIndex(x, And(Integer(), Constant(1))),
                3 => ArrayIndex(data, And(Integer(), Constant(3))),
                4 => Convert(Any(integers), typeof(double)),
                _ => Any(reals),
            };
        }
        Expression Next() => Real(random.Next(height));
        return random.Next(11) switch
        {
            0 or 1 => Add(Next(), Next()),
            2 => Subtract(Next(), Next()),
            3 => Multiply(Next(), Next()),
            4 => Call(typeof(Math), nameof(Math.Sin), null, Next()),
            5 => Call(typeof(Math), nameof(Math.Exp), null, Negate(Call(typeof(Math), nameof(Math.Abs), null, Next()))),
            6 => Divide(Next(), Add(Constant(1.5), Call(typeof(Math), nameof(Math.Cos), null, Next()))),
            7 => Condition(Test(), Next(), Next()),
            8 => Call(typeof(Math), nameof(Math.Max), null, Next(), Next()),
            9 => Query(),
            _ => Real(0),
        };
    }

    /// <summary>What loops repeat may grow without end, or not.</summary>
    private Expression Bounded(Expression node) => loops.Count > 0 && random.Next(2) == 0 ? Call(typeof(Math), nameof(Math.Sin), null, node) : node;

    private Expression Query()
    {
        var v = Parameter(typeof(double), "v");
        return Call(typeof(Enumerable), nameof(Enumerable.Sum), [typeof(double)], random.Next(2) == 0 ? x : data, Lambda<Func<double, double>>(Multiply(v, Call(typeof(Math), nameof(Math.Sin), null, Any(reals))), v));
    }
}
