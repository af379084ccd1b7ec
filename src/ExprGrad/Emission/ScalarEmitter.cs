using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.Intrinsics;
using ExprGrad.IR;
using ExprGrad.Primitives;
using ExprGrad.Runtime;
using ExprGrad.Scheduling;

namespace ExprGrad.Emission;

/// <summary>Turns a schedule into a lambda of flat statements. Knows no derivative and calls public members only.</summary>
internal sealed class ScalarEmitter
{
    private static readonly ConstructorInfo ResultConstructor = typeof((double, double[])).GetConstructor([typeof(double), typeof(double[])])!;
    private static readonly MethodInfo CheckArguments = ((Func<double[], double[]?, int, double[]>)Arguments.Gradient).Method;
    private static readonly MethodInfo IsSpecial = ((Func<double[], double[]?, int, bool>)Arguments.IsSpecial).Method;
    private static readonly MethodInfo CheckAndClear = ((Func<double[], double[]?, int, double[]>)Arguments.GradientOfLonger).Method;
    private static readonly MethodInfo IsSpecialOrLonger = ((Func<double[], double[]?, int, bool>)Arguments.IsSpecialOrLonger).Method;
    private static readonly MethodInfo ClearFrom = ((Action<double[], int>)Arguments.ClearFrom).Method;
    private static readonly MethodInfo FetchCode = typeof(CodeAhead).GetMethod(nameof(CodeAhead.FetchAfter))!;
    private static readonly MethodInfo NotGradient = typeof(Arguments).GetMethod(nameof(Arguments.NotGradient))!;

    private readonly Schedule schedule;
    private readonly ParameterExpression x;
    private readonly ParameterExpression? data;
    private readonly ParameterExpression gradient = Expression.Parameter(typeof(double[]), "gradient");
    private readonly SortedDictionary<string, ParameterExpression> scratch = new(StringComparer.Ordinal);
    private readonly LambdaExpression[] parts;
    private readonly CodeAhead? codeAhead;
    // What is held for the call. The handler that gives it back must use nothing else: a local that lives into a handler costs the JIT time with each block.
    private readonly ParameterExpression held = Expression.Variable(typeof(object[]), "held");
    private readonly List<Local> rented = [];
    private readonly ParameterExpression[] parameters;
    private readonly Array table;
    private readonly bool clearsAtEntry;
    private Dictionary<Local, ParameterExpression> variables = new(ReferenceEqualityComparer.Instance);
    // Of the method that is being emitted: how often it uses each array of scratch, and the greatest index.
    private Dictionary<ParameterExpression, (int Uses, int Last)> scratchUses = [];
    private readonly Stack<LabelTarget> ends = [];
    private bool exceedsLimits;
    private int partCount;
    private int temporaries;

    private ScalarEmitter(Schedule schedule)
    {
        this.schedule = schedule;
        this.x = Expression.Parameter(typeof(double[]), schedule.Graph.Input.Name);
        this.data = schedule.Graph.Data is { } data ? Expression.Parameter(data.Type, data.Name) : null;
        IEnumerable<Type> scratchTypes = schedule.Locals.Values.Where(local => local.IsScratch).Select(local => local.Type);
        foreach (Type type in scratchTypes.Distinct())
            this.scratch[type.FullName!] = Expression.Parameter(type.MakeArrayType(), "scratch" + this.scratch.Count);
        this.parameters = this.data is null ? [this.x, this.gradient] : [this.x, this.data, this.gradient];
        Type partType = Expression.GetActionType([.. this.parameters.Concat(this.scratch.Values).Select(parameter => parameter.Type)]);
        this.parts = new LambdaExpression[CountParts(schedule.Body)];
        this.table = Array.CreateInstance(partType, this.parts.Length);
        this.codeAhead = CodeAhead.Of((Delegate[])this.table);
        // With the checks it costs nothing.
        this.clearsAtEntry = schedule.Graph.ReadsPointOnly && schedule.Body.OfType<ClearGradient>().SingleOrDefault() is { Start: var start } && this.IsMostlyCleared(start);
    }

    /// <summary>The lambda of a schedule, and those of its parts.</summary>
    /// <typeparam name="TDelegate">A form of <see cref="ValueAndGradient"/>.</typeparam>
    public static EmittedFunction<TDelegate> Emit<TDelegate>(Schedule schedule)
    {
        var emitter = new ScalarEmitter(schedule);
        var statements = new List<Expression>();
        emitter.EmitArguments(statements);
        emitter.EmitBounds(schedule.Body, statements);
        emitter.EmitAll(schedule.Body, statements);
        emitter.EmitScratchBounds(statements);
        Expression result = Expression.New(ResultConstructor, emitter.ValueOf(schedule.Graph.Value), emitter.gradient);
        Expression body = emitter.WithScratch(statements, result);
        return new EmittedFunction<TDelegate>(Expression.Lambda<TDelegate>(body, emitter.parameters), emitter.parts, emitter.table, emitter.exceedsLimits);
    }

    /// <summary>Rents the scratch that the parts share and returns it, whatever happens.</summary>
    private BlockExpression WithScratch(List<Expression> statements, Expression result)
    {
        if (this.scratch.Count == 0 && this.rented.Count == 0)
            return Expression.Block(result.Type, this.variables.Values, [.. statements, result]);
        ParameterExpression returned = Expression.Variable(result.Type, "result");
        var rents = new List<Expression>();
        var returns = new List<Expression>();
        foreach (ParameterExpression array in this.scratch.Values)
        {
            Type type = array.Type.GetElementType()!;
            int size = this.schedule.Locals.Values.Where(local => local.IsScratch && local.Type == type).Select(local => local.Number + 1).Max();
            rents.Add(Expression.Assign(array, Expression.Call(typeof(Scratch), nameof(Scratch.Rent), [type], Expression.Constant(size))));
            returns.Add(Expression.Call(typeof(Scratch), nameof(Scratch.Return), [type], array));
        }
        if (this.rented.Count > 0)
        {
            rents.Add(Expression.Assign(this.held, Expression.Call(typeof(Scratch), nameof(Scratch.Hold), null, Expression.Constant(this.rented.Count))));
            for (int k = 0; k < this.rented.Count; k++)
                returns.Add(Expression.Call(typeof(Scratch), nameof(Scratch.Return), [this.rented[k].Type.GetElementType()!], this.held, Expression.Constant(k)));
            returns.Add(Expression.Call(typeof(Scratch), nameof(Scratch.Return), [typeof(object)], this.held));
        }
        BlockExpression run = Expression.Block(typeof(void), [.. statements, Expression.Assign(returned, result), Expression.Empty()]);
        return Expression.Block(result.Type, [.. this.variables.Values, .. this.scratch.Values, this.held, returned],
            [.. rents, Expression.TryFinally(run, Expression.Block(typeof(void), [.. returns, Expression.Empty()])), returned]);
    }

    private static int CountParts(IReadOnlyList<Statement> statements) =>
        statements.Sum(statement => (statement is Part ? 1 : 0) + statement.Blocks.Sum(CountParts));

    /// <summary>A call of a method of its own, which is compiled apart and put into the table.</summary>
    private Expression EmitPart(Part part)
    {
        (Dictionary<Local, ParameterExpression> outer, Dictionary<ParameterExpression, (int Uses, int Last)> outerUses) = (this.variables, this.scratchUses);
        (this.variables, this.scratchUses) = ([], []);
        // Parts are numbered in the order in which they begin.
        int number = this.partCount++;
        var statements = new List<Expression>();
        this.EmitBounds(part.Body, statements);
        this.EmitAll(part.Body, statements);
        this.EmitScratchBounds(statements);
        statements.Add(Expression.Empty());
        ParameterExpression[] arguments = [.. this.parameters, .. this.scratch.Values];
        this.parts[number] = Expression.Lambda(this.table.GetType().GetElementType()!, Expression.Block(typeof(void), this.variables.Values, statements), arguments);
        (this.variables, this.scratchUses) = (outer, outerUses);
        InvocationExpression call = Expression.Invoke(Expression.ArrayIndex(Expression.Constant(this.table), Expression.Constant(number)), arguments);
        return this.codeAhead is null ? call : Expression.Block(Expression.Call(Expression.Constant(this.codeAhead), FetchCode, Expression.Constant(number)), call);
    }

    /// <summary>Where a local is: a variable of the method, or an element of scratch.</summary>
    private Expression Variable(Local local)
    {
        if (local.IsScratch)
        {
            ParameterExpression array = this.scratch[local.Type.FullName!];
            (int uses, int last) = this.scratchUses.GetValueOrDefault(array);
            this.scratchUses[array] = (uses + 1, Math.Max(last, local.Number));
            return Expression.ArrayAccess(array, Expression.Constant(local.Number));
        }
        if (!this.variables.TryGetValue(local, out ParameterExpression? variable))
            this.variables[local] = variable = Expression.Variable(local.Type, "t" + local.Number);
        return variable;
    }

    // The common case inline; what is wrong, or missing, in a call.
    private void EmitArguments(List<Expression> statements)
    {
        Graph graph = this.schedule.Graph;
        MethodCallExpression isSpecial = Expression.Call(this.clearsAtEntry ? IsSpecialOrLonger : IsSpecial, this.x, this.gradient, Expression.Constant(graph.RequiredLength));
        MethodCallExpression check = Expression.Call(this.clearsAtEntry ? CheckAndClear : CheckArguments, this.x, this.gradient, Expression.Constant(graph.RequiredLength));
        statements.Add(Expression.IfThen(isSpecial, Expression.Assign(this.gradient, check)));
        if (this.data is not null && MayBeGradient(this.data.Type))
            statements.Add(Expression.Assign(this.data, this.Checked(this.data)));
    }

    // The JIT checks an index unless it has checked a greater one of the same array before: reading the greatest first leaves one check for each array. For two elements that gains nothing.
    private void EmitBounds(IReadOnlyList<Statement> statements, List<Expression> target)
    {
        int required = this.schedule.Graph.RequiredLength;
        var (loads, lastLoad, stores, lastStore) = (0, 0, 0, 0);
        Visit(statements);
        if (loads > 2)
            target.Add(Expression.Assign(this.Temporary(typeof(double), "lastOfX"), Expression.ArrayIndex(this.x, Expression.Constant(lastLoad))));
        if (stores > 2)
            target.Add(Expression.Assign(this.Temporary(typeof(double), "lastOfGradient"), Expression.ArrayIndex(this.gradient, Expression.Constant(lastStore))));

        void Visit(IReadOnlyList<Statement> block)
        {
            foreach (Statement statement in block)
            {
                if (statement is Store { Component: var stored } && stored.Index < required)
                    (stores, lastStore) = (stores + stored.Count, Math.Max(lastStore, stored.Index + stored.Count - 1));
                if (statement is Assign { Node: var assigned })
                    VisitNode(assigned);
                foreach (Node node in statement.References)
                {
                    if (!this.schedule.Locals.ContainsKey(node))
                        VisitNode(node);
                }
                if (statement is not Part)
                    statement.Blocks.ToList().ForEach(Visit);
            }
        }

        // Nesting is bounded, and so is the recursion.
        void VisitNode(Node node)
        {
            if (node is Load { Index: Constant { Value: int index } } load && ReferenceEquals(load.Array, this.schedule.Graph.Input) && index >= 0 && index < required)
                (loads, lastLoad) = (loads + 1, Math.Max(lastLoad, index));
            if (node is Apply { Operation: LoadLanes { Shape.Count: var count }, Operands: [_, Constant { Value: int start }] })
                (loads, lastLoad) = (loads + count, Math.Max(lastLoad, start + count - 1));
            foreach (Node operand in node.Operands)
            {
                if (!this.schedule.Locals.ContainsKey(operand))
                    VisitNode(operand);
            }
        }
    }

    // Without it the JIT not only checks: it makes a second copy of the code, without checks, which takes it twice the time.
    private void EmitScratchBounds(List<Expression> statements)
    {
        foreach ((ParameterExpression array, (int uses, int last)) in this.scratchUses)
        {
            if (uses > 2)
                statements.Insert(0, Expression.Assign(this.Temporary(array.Type.GetElementType()!, "lastOfScratch"), Expression.ArrayIndex(array, Expression.Constant(last))));
        }
    }

    private void EmitAll(IReadOnlyList<Statement> statements, List<Expression> target)
    {
        foreach (Statement statement in statements)
        {
            switch (statement)
            {
                case Assign assign:
                    target.Add(Expression.Assign(this.Variable(this.schedule.Locals[assign.Node]), this.Compute(assign.Node, this.ValueOf)));
                    break;
                case Move move:
                    Expression arm = this.ValueOf(move.Arm);
                    Expression chosen = this.Variable(this.schedule.Locals[move.Choice]);
                    if (!ReferenceEquals(arm, chosen))
                        target.Add(Expression.Assign(chosen, arm));
                    break;
                case Conditional conditional:
                    target.Add(this.EmitConditional(conditional));
                    break;
                case Part part:
                    target.Add(this.EmitPart(part));
                    break;
                case Repeat repeat:
                    this.EmitLoop(repeat, target);
                    break;
                case Begin { Node: var collected }:
                    target.Add(this.EmitBegin(collected, this.ValueOf));
                    break;
                case AddTerm { Sum: var sum }:
                    Expression total = this.Variable(this.schedule.Locals[sum]);
                    target.Add(Expression.Assign(total, IsReal(sum.Type) ? Expression.Add(total, this.ValueOf(sum.Term)) : Expression.AddChecked(total, this.ValueOf(sum.Term))));
                    break;
                case StoreElement { Vector: var vector }:
                    target.Add(Expression.Assign(Expression.ArrayAccess(this.ValueOf(vector), this.ValueOf(vector.Position)), this.ValueOf(vector.Value)));
                    break;
                case AddElement { Scatter: var scatter, Addition: var addition }:
                    target.Add(Expression.AddAssign(Expression.ArrayAccess(this.ValueOf(scatter), this.ValueOf(addition.Index)), this.ValueOf(addition.Term)));
                    break;
                case Advance { Fold: var fold }:
                    this.EmitAdvance(fold, target);
                    break;
                case ClearGradient { Start: var start, Gaps: var gaps }:
                    target.AddRange(gaps.Select(gap => Expression.Assign(Expression.ArrayAccess(this.gradient, Expression.Constant(gap)), Expression.Constant(0.0))));
                    MethodCallExpression clear = Expression.Call(ClearFrom, this.gradient, Expression.Constant(start));
                    if (!this.clearsAtEntry)
                        target.Add(this.IsMostlyCleared(start) ? Expression.IfThen(Expression.NotEqual(Expression.ArrayLength(this.gradient), Expression.Constant(start)), clear) : clear);
                    break;
                case Accumulate { Effect: var effect }:
                    target.Add(Expression.AddAssign(Expression.ArrayAccess(this.gradient, this.ValueOf(effect.Index)), this.ValueOf(effect.Term)));
                    break;
                case Store { Component: { Count: > 1 } several }:
                    target.Add(Expression.Call(LaneShape.Of(several.Adjoint.Type)!.Store, this.ValueOf(several.Adjoint), this.gradient, Expression.Constant(several.Index)));
                    break;
                case Store { Component: var component }:
                    IndexExpression element = Expression.ArrayAccess(this.gradient, Expression.Constant(component.Index));
                    Expression adjoint = this.ValueOf(component.Adjoint);
                    Expression store = this.schedule.Graph.Effects.Count > 0 ? Expression.AddAssign(element, adjoint) : Expression.Assign(element, adjoint);
                    // Where x has no such element no path loaded it.
                    target.Add(component.Index < this.schedule.Graph.RequiredLength ? store
                        : Expression.IfThen(Expression.LessThan(Expression.Constant(component.Index), Expression.ArrayLength(this.gradient)), Expression.Block(typeof(void), store, Expression.Empty())));
                    break;
            }
        }
    }

    private static bool IsReal(Type type) => type == typeof(double) || type == typeof(float);

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
            Vector vector => Memory(nameof(Scratch.Fit), valueOf(vector.Length)),
            Scatter scatter => Memory(nameof(Scratch.FitZeros), valueOf(scatter.Length)),
            State { Type.IsArray: true } state => Memory(nameof(Scratch.FitCopy), valueOf(state.Initial), this.LengthOf(state)),
            State state => valueOf(state.Initial),
            _ => throw new InvalidOperationException($"{collected} collects nothing."),
        });
    }

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
                // As many as there is room for: the local of what the length was taken from may be another's by now.
                assignments.Add(Expression.Call(typeof(Scratch), nameof(Scratch.Copy), [state.Type.GetElementType()!], next, local));
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

    private Expression LengthOf(Node array) => array switch
    {
        Vector vector => this.ValueOf(vector.Length),
        Scatter scatter => this.ValueOf(scatter.Length),
        State state => this.LengthOf(state.Initial),
        Final final => this.LengthOf(final.Fold.State(final.Number)),
        // Of a choice that may be no array, or one that was rented and is longer than what it holds.
        Choice => Expression.Call(typeof(Scratch), nameof(Scratch.Capacity), [array.Type.GetElementType()!], this.ValueOf(array)),
        _ => Expression.ArrayLength(this.ValueOf(array)),
    };

    // A variable of the method that is no node's.
    internal ParameterExpression Temporary(Type type, string? name = null)
    {
        var local = new Local(type, -1 - this.temporaries++);
        return this.variables[local] = Expression.Variable(type, name ?? "n" + this.temporaries);
    }

    private Expression EmitConditional(Conditional conditional)
    {
        Expression[] cases = [.. conditional.Cases.Select(block =>
        {
            var statements = new List<Expression>();
            this.EmitAll(block, statements);
            // FastExpressionCompiler refuses a compound assignment to an element as the last expression of a block.
            statements.Add(Expression.Empty());
            return Expression.Block(typeof(void), statements);
        })];
        Expression selector = this.ValueOf(conditional.Selector);
        bool IsEmpty(int k) => conditional.Cases[k].Count == 0;
        if (selector.Type != typeof(bool))
        {
            return Expression.Switch(typeof(void), selector, cases[0], null,
                Enumerable.Range(1, cases.Length - 1).Where(k => !IsEmpty(k) || !IsEmpty(0)).Select(k => Expression.SwitchCase(cases[k], Expression.Constant(k))));
        }
        return IsEmpty(0) ? Expression.IfThen(selector, cases[1])
            : IsEmpty(1) ? Expression.IfThen(Expression.Not(selector), cases[0])
            : Expression.IfThenElse(selector, cases[1], cases[0]);
    }

    /// <summary>The value of a node: its local, or its expression where it is nested.</summary>
    internal Expression ValueOf(Node node) => node switch
    {
        Constant constant => this.Literal(constant),
        Parameter parameter => ReferenceEquals(parameter, this.schedule.Graph.Input) ? this.x : this.data!,
        _ => this.schedule.Locals.TryGetValue(node, out Local? local) ? this.Variable(local) : this.Compute(node, this.ValueOf),
    };

    private Expression Literal(Constant constant)
    {
        // The JIT makes a vector of literals one literal; an object would be read from the closure.
        if (LaneShape.Of(constant.Type) is { } shape)
        {
            double[] lanes = LaneShape.LanesOf(constant.Value!);
            bool isSpread = lanes.All(lane => BitConverter.DoubleToInt64Bits(lane) == BitConverter.DoubleToInt64Bits(lanes[0]));
            return Expression.Call(shape.Operations, nameof(Vector256.Create), [], [.. lanes[..(isSpread ? 1 : lanes.Length)].Select(lane => Expression.Constant(lane))]);
        }
        ConstantExpression literal = Expression.Constant(constant.Value, constant.Type);
        this.exceedsLimits |= CompilerLimits.ExceededBy(literal);
        return literal;
    }

    /// <summary>The expression of a node on the values of its operands.</summary>
    internal Expression Compute(Node node, Func<Node, Expression> valueOf)
    {
        Expression computed = node switch
        {
            Apply apply => apply.Operation.Emit([.. apply.Operands.Select(valueOf)]),
            Final final => valueOf(final.Fold.State(final.Number)),
            Load load => Expression.ArrayIndex(valueOf(load.Array), valueOf(load.Index)),
            Choice choice => ComputeChoice(choice, valueOf),
            _ => throw new InvalidOperationException($"{node} has no code."),
        };
        this.exceedsLimits |= node switch
        {
            Apply { Operation: Primitive } => false,
            Apply { Operation: Reading.Opaque opaque } => CompilerLimits.ExceededIn(opaque.Body),
            _ => CompilerLimits.ExceededBy(computed),
        };
        return MayBeGradient(node.Type) && node is Apply or Load ? this.Checked(computed) : computed;
    }

    private static Expression ComputeChoice(Choice choice, Func<Node, Expression> valueOf)
    {
        Expression selector = valueOf(choice.Selector);
        if (selector.Type != typeof(bool))
            return Expression.Switch(choice.Type, selector, valueOf(choice.Arm(0)), null, Enumerable.Range(1, choice.CaseCount - 1).Select(k => Expression.SwitchCase(valueOf(choice.Arm(k)), Expression.Constant(k))));
        if (choice.Arm(0) is Constant { Value: false })
            return Expression.AndAlso(selector, valueOf(choice.Arm(1)));
        if (choice.Arm(1) is Constant { Value: true })
            return Expression.OrElse(selector, valueOf(choice.Arm(0)));
        return Expression.Condition(selector, valueOf(choice.Arm(1)), valueOf(choice.Arm(0)), choice.Type);
    }

    // Only an array of doubles, or what it can hide behind, can be the buffer.
    private static bool MayBeGradient(Type type) => !type.IsValueType && type.IsAssignableFrom(typeof(double[])) && type != typeof(object);

    // Most points have just the elements that the function loads.
    private bool IsMostlyCleared(int start) => start > 0 && start == this.schedule.Graph.RequiredLength;

    private MethodCallExpression Checked(Expression array) => Expression.Call(NotGradient.MakeGenericMethod(array.Type), array, this.gradient);
}
