using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Runtime;
using ExprGrad.Scheduling;

namespace ExprGrad.Emission;

/// <summary>Loops: what they collect and carry, and what lanes share with single iterations.</summary>
internal sealed partial class ScalarEmitter
{
    private readonly Stack<LabelTarget> ends = [];

    private void EmitLoop(Repeat repeat, List<Expression> target) => this.EmitLoop(repeat, this.ValueOf(repeat.Loop.Count), this.EmitAll, target);

    /// <summary>A loop.</summary>
    /// <param name="repeat">The loop.</param>
    /// <param name="length">How often it runs.</param>
    /// <param name="emitBody">Emits its body.</param>
    /// <param name="target">Where it goes.</param>
    internal void EmitLoop(Repeat repeat, Expression length, Action<IReadOnlyList<Statement>, List<Expression>> emitBody, List<Expression> target)
    {
        ParameterExpression index = repeat.Index is { } used ? (ParameterExpression)this.Variable(this.schedule.Locals[used]) : this.Temporary(typeof(int));
        ParameterExpression count = this.Temporary(typeof(int));
        LabelTarget end = Expression.Label();
        bool isBackward = repeat.Loop.IsBackward;
        // A loop that a test ends has no last index to look for; there are no more ints than iterations.
        bool isTested = repeat.Body.Any(statement => statement is Advance { Fold.Test: not null });
        var body = new List<Expression>();
        if (!isTested)
            body.Add(Expression.IfThen(isBackward ? Expression.LessThan(index, Expression.Constant(0)) : Expression.GreaterThanOrEqual(index, count), Expression.Break(end)));
        var iteration = new List<Expression>();
        if (repeat.Index is not null)
            this.EmitStarts(repeat.Index, iteration);
        this.ends.Push(end);
        emitBody(repeat.Body, iteration);
        this.ends.Pop();
        iteration.Add(Expression.Assign(index, isBackward ? Expression.Subtract(index, Expression.Constant(1)) : isTested ? Expression.AddChecked(index, Expression.Constant(1)) : Expression.Add(index, Expression.Constant(1))));
        iteration.Add(Expression.Empty());
        var after = new List<Expression>();
        if (!isTested)
            target.Add(Expression.Assign(count, length));
        target.Add(Expression.Assign(index, isBackward ? Expression.Subtract(count, Expression.Constant(1)) : Expression.Constant(0)));
        if (repeat.Lanes is { } plan)
            body.Add(this.InLanes(repeat, plan, index, count, iteration, target, after));
        else
            body.AddRange(iteration);
        target.Add(Expression.Loop(Expression.Block(typeof(void), body), end));
        target.AddRange(after);
    }

    // Several iterations at once, as long as there are so many and they are alike; else one.
    private ConditionalExpression InLanes(Repeat repeat, LanePlan plan, ParameterExpression index, ParameterExpression count, List<Expression> iteration, List<Expression> before, List<Expression> after)
    {
        var lanes = LaneEmitter.Emit(this, repeat, plan, index, count);
        before.AddRange(lanes.Before);
        after.AddRange(lanes.After);
        MethodCallExpression leave = Expression.Call(plan.Width.Runtime, nameof(EightLanes.Leave), null);
        // A call behind the loop would keep its sums in memory: only where functions come next.
        if (plan.IsFollowedByFunctions)
            after.Add(leave);
        Expression areThere = Expression.LessThanOrEqual(index, Expression.Subtract(count, Expression.Constant(plan.Width.Count)));
        return Expression.IfThenElse(lanes.Guard is null ? areThere : Expression.AndAlso(areThere, lanes.Guard),
            Expression.Block(typeof(void), [.. lanes.Body, Expression.Assign(index, Expression.Add(index, Expression.Constant(plan.Width.Count))), Expression.Empty()]),
            Expression.Block(typeof(void), plan.CallsFunctions ? [leave, .. iteration] : iteration));
    }

    // ---- what lanes share with single iterations

    internal ParameterExpression Gradient => this.gradient;

    internal ParameterExpression Held => this.held;

    internal Parameter Input => this.schedule.Graph.Input;

    internal bool HasLocal(Node node) => this.schedule.Locals.ContainsKey(node);

    internal bool IsLive(State state) => this.schedule.Locals.ContainsKey(state);

    internal Expression Variable(Node node) => this.Variable(this.schedule.Locals[node]);

    /// <summary>The place where the memory of a node is held.</summary>
    internal int PlaceOf(Node collected)
    {
        Local owner = this.schedule.Locals[collected];
        if (!this.rented.Contains(owner))
            this.rented.Add(owner);
        return this.rented.IndexOf(owner);
    }

    /// <summary>A place for an array that is no node's.</summary>
    internal int NewPlace(Type element)
    {
        this.rented.Add(new Local(element.MakeArrayType(), -1 - this.temporaries++));
        return this.rented.Count - 1;
    }

    /// <summary>What a loop is going to collect begins.</summary>
    internal Expression EmitBegin(Node collected, Func<Node, Expression> valueOf)
    {
        Expression local = this.Variable(this.schedule.Locals[collected]);
        Expression Memory(string method, params Expression[] arguments) =>
            Expression.Call(typeof(Scratch), method, [local.Type.GetElementType()!], [this.held, Expression.Constant(this.PlaceOf(collected)), .. arguments]);
        return Expression.Assign(local, collected switch
        {
            Sum { KeepsSign: true } => collected.Type == typeof(double) ? Expression.Constant(-0.0) : Expression.Constant(-0f),
            Sum => Expression.Constant(Activator.CreateInstance(collected.Type), collected.Type),
            Vector vector => Memory(nameof(Scratch.Fit), this.MemoryOf(vector, valueOf)),
            Scatter scatter => Memory(nameof(Scratch.FitZeros), valueOf(scatter.Length)),
            State { Type.IsArray: true } state => Memory(nameof(Scratch.FitCopy), valueOf(state.Initial), Capacity(valueOf(state.Initial))),
            State state => valueOf(state.Initial),
            _ => throw new InvalidOperationException($"{collected} collects nothing."),
        });
    }

    private Expression MemoryOf(Vector vector, Func<Node, Expression> valueOf) =>
        this.schedule.Strands.TryGetValue(vector, out Strand? strand) ? Expression.MultiplyChecked(LongLength(vector.Length, valueOf), Expression.Constant((long)strand.Count))
        : IndexRange.FactorsOf(vector.Length) is null ? valueOf(vector.Length)
        : LongLength(vector.Length, valueOf);

    // A product that does not fit an int must not become the length of less memory.
    private static Expression LongLength(Node length, Func<Node, Expression> valueOf) => IndexRange.FactorsOf(length) is var (rows, row)
        ? Expression.MultiplyChecked(LongLength(rows, valueOf), LongLength(row, valueOf))
        : Expression.Convert(valueOf(length), typeof(long));

    // All at once: a state may be read for the next value of another.
    private void EmitAdvance(Fold fold, List<Expression> target)
    {
        var assignments = new List<Expression>();
        Expression? goesOn = fold.Test is null ? null : this.Temporary(typeof(bool));
        if (goesOn is not null)
            target.Add(Expression.Assign(goesOn, this.ValueOf(fold.Test!)));
        for (int k = 0; k < fold.Count; k++)
        {
            State state = fold.State(k);
            Expression local = this.Variable(this.schedule.Locals[state]);
            Expression next = this.ValueOf(fold.Next(k));
            if (state.Type.IsArray)
            {
                if (ReferenceEquals(next, local))
                    continue;
                Type[] element = [state.Type.GetElementType()!];
                if (IsStateOf(fold, fold.Next(k)))
                {
                    ParameterExpression before = this.Temporary(state.Type);
                    target.Add(Expression.Assign(before, Expression.Call(typeof(Scratch), nameof(Scratch.FitCopy), element, this.held, Expression.Constant(this.NewPlace(element[0])), next, Capacity(next))));
                    next = before;
                }
                assignments.Add(this.BecomesState(fold.Next(k), state) is { } array
                    ? Expression.Assign(local, Expression.Call(typeof(Scratch), nameof(Scratch.Swap), element, this.held, Expression.Constant(this.PlaceOf(state)), Expression.Constant(this.PlaceOf(array)), next, local))
                    : Expression.Call(typeof(Scratch), nameof(Scratch.Copy), element, next, local));
                continue;
            }
            if (ReferenceEquals(next, local))
                continue;
            if (fold.Count > 1)
            {
                ParameterExpression temporary = this.Temporary(state.Type);
                target.Add(Expression.Assign(temporary, next));
                next = temporary;
            }
            assignments.Add(Expression.Assign(local, next));
        }
        target.AddRange(assignments);
        if (goesOn is not null)
            target.Add(Expression.IfThen(Expression.Not(goesOn), Expression.Break(this.ends.Peek())));
    }

    // Arrays are copied as long as there is room for: the local that a length was taken from may be another's by now.
    private static MethodCallExpression Capacity(Expression array) => Expression.Call(typeof(Scratch), nameof(Scratch.Capacity), [array.Type.GetElementType()!], array);

    // Whether an array is, or may be, what a state of the recurrence is now: that may be another one before it is copied.
    private static bool IsStateOf(Fold fold, Node array) => array is State state ? ReferenceEquals(state.Fold, fold) : array is Choice choice && Enumerable.Range(0, choice.CaseCount).Any(k => IsStateOf(fold, choice.Arm(k)));

    // An array that is made anew in each iteration, to become this state and no other: its memory and that of the state can change places.
    private Node? BecomesState(Node next, State state) =>
        OnlyArray(next) is { } array && ReferenceEquals(array.Region.InnermostLoop, state.Loop) && LengthOfOnly(array) is { } length && OnlyArray(state.Initial) is { } initial && ReferenceEquals(LengthOfOnly(initial), length)
            && this.schedule.Graph.Nodes.OfType<Fold>().Sum(fold => Enumerable.Range(0, fold.Count).Count(k => this.IsLive(fold.State(k)) && ReferenceEquals(OnlyArray(fold.Next(k)), array))) == 1
        ? array : null;

    // The array that a choice has unless it has none.
    private static Node? OnlyArray(Node array) => array is not Choice choice ? array
        : Enumerable.Range(0, choice.CaseCount).Select(choice.Arm).Where(arm => arm is not Constant { Value: null }).ToArray() is [var only] ? OnlyArray(only) : null;

    private static Node? LengthOfOnly(Node array) => array switch
    {
        Vector vector => vector.Length,
        Scatter scatter => scatter.Length,
        _ => null,
    };
}
