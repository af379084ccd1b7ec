using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.Intrinsics;
using ExprGrad.IR;
using ExprGrad.Primitives;
using ExprGrad.Runtime;
using ExprGrad.Scheduling;

namespace ExprGrad.Emission;

/// <summary>Turns a schedule into a lambda of flat statements. Knows no derivative and calls public members only.</summary>
internal sealed partial class ScalarEmitter
{
    private static readonly ConstructorInfo ResultConstructor = typeof((double, double[])).GetConstructor([typeof(double), typeof(double[])])!;
    private static readonly MethodInfo CheckArguments = ((Func<double[], double[]?, int, double[]>)Arguments.Gradient).Method;
    private static readonly MethodInfo IsSpecial = ((Func<double[], double[]?, int, bool>)Arguments.IsSpecial).Method;
    private static readonly MethodInfo CheckAndClear = ((Func<double[], double[]?, int, double[]>)Arguments.GradientOfLonger).Method;
    private static readonly MethodInfo IsSpecialOrLonger = ((Func<double[], double[]?, int, bool>)Arguments.IsSpecialOrLonger).Method;
    private static readonly MethodInfo ClearFrom = ((Action<double[], int>)Arguments.ClearFrom).Method;
    private static readonly MethodInfo FetchCode = typeof(CodeAhead).GetMethod(nameof(CodeAhead.FetchAfter))!;

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
    private readonly ILookup<Node, int> strandCounts;
    private readonly Dictionary<(Node Index, int Count), ParameterExpression> starts = [];
    private Dictionary<Local, ParameterExpression> variables = new(ReferenceEqualityComparer.Instance);
    // Of the method that is being emitted: how often it uses each array of scratch, and the greatest index.
    private Dictionary<ParameterExpression, (int Uses, int Last)> scratchUses = [];
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
        this.strandCounts = schedule.Graph.Nodes.OfType<Load>().Where(load => load.Array is Vector).Select(load => (Vector: (Vector)load.Array, load.Index))
            .Concat(schedule.Strands.Keys.Select(vector => (Vector: vector, Index: vector.Position)))
            .Where(element => schedule.Strands.ContainsKey(element.Vector)).Select(element => (element.Index, schedule.Strands[element.Vector].Count)).Distinct()
            .ToLookup(element => element.Index, element => element.Count);
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
                    this.EmitStarts(assign.Node, target);
                    break;
                case Move move:
                    Expression arm = this.ValueOf(move.Arm);
                    Expression chosen = this.Variable(this.schedule.Locals[move.Choice]);
                    if (!ReferenceEquals(arm, chosen))
                        target.Add(Expression.Assign(chosen, arm));
                    break;
                case Conditional conditional:
                    target.Add(EmitConditional(conditional, this.ValueOf(conditional.Selector), this.EmitAll));
                    break;
                case Part part:
                    target.Add(this.EmitPart(part));
                    break;
                case Repeat repeat:
                    this.EmitLoop(repeat, target);
                    break;
                case Begin { Node: Vector { } vector } when this.schedule.Strands.TryGetValue(vector, out Strand? strand) && strand.Offset > 0:
                    break;
                case Begin { Node: var collected }:
                    target.Add(this.EmitBegin(collected, this.ValueOf));
                    break;
                case AddTerm { Sum: var sum }:
                    Expression total = this.Variable(this.schedule.Locals[sum]);
                    target.Add(Expression.Assign(total, IsReal(sum.Type) ? Expression.Add(total, this.ValueOf(sum.Term)) : Expression.AddChecked(total, this.ValueOf(sum.Term))));
                    break;
                case StoreElement { Vector: var vector }:
                    target.Add(this.StoreTo(vector));
                    break;
                case AddElement { Scatter: var scatter, Addition: var addition }:
                    target.Add(this.AddTo(this.ValueOf(scatter), addition.Index, addition.Term));
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
                    target.Add(this.AddTo(this.gradient, effect.Index, effect.Term));
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

    // A variable of the method that is no node's.
    internal ParameterExpression Temporary(Type type, string? name = null)
    {
        var local = new Local(type, -1 - this.temporaries++);
        return this.variables[local] = Expression.Variable(type, name ?? "n" + this.temporaries);
    }

    /// <summary>A conditional.</summary>
    /// <param name="conditional">The conditional.</param>
    /// <param name="selector">What selects the case.</param>
    /// <param name="emitBlock">Emits a case.</param>
    internal static Expression EmitConditional(Conditional conditional, Expression selector, Action<IReadOnlyList<Statement>, List<Expression>> emitBlock)
    {
        Expression[] cases = [.. conditional.Cases.Select(block =>
        {
            var statements = new List<Expression>();
            emitBlock(block, statements);
            // FastExpressionCompiler refuses a compound assignment to an element as the last expression of a block.
            statements.Add(Expression.Empty());
            return Expression.Block(typeof(void), statements);
        })];
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

    // Most points have just the elements that the function loads.
    private bool IsMostlyCleared(int start) => start > 0 && start == this.schedule.Graph.RequiredLength;
}
