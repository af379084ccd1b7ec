using System.Linq.Expressions;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Reading;

/// <summary>
/// Loops of statements. A loop is read twice: first as a loop that goes on until it is left, to find how often it runs; then as a loop of that many iterations, like those of LINQ.
/// Where a variable counts up to what the loop does not change, the number is computed before, and nothing remains of the first reading. Where no derivative is asked for, the first is enough.
/// </summary>
internal sealed partial class LambdaReader
{
    // The conditionals that leave the loops that are being read, in iterations that do not leave them.
    private readonly HashSet<ConditionalExpression> staying = [];

    // Whether all that matters is how often a loop around runs.
    private bool isCounting;

    private async Step<Value> ReadLoop(LoopExpression loop)
    {
        LoopStatements statements = this.Survey(loop);
        (int refusalCount, Node? link) = (this.refusals.Count, this.chain.Save().Link);
        var pass = new Pass(this, statements.MayBeImpure, writesOut: false) { IsOfStatements = true, IsInactive = statements.IsInactive };
        Carried count = pass.Carry(0);
        Value[] begin = [.. statements.Assigned.Select(variable => variable.Value)];
        (bool wasCounting, Func<Trips>? trips) = (this.isCounting, null);
        this.isCounting = true;
        await this.ReadIterations(statements, pass, pass.OpenLoop, null, (index, iteration) =>
        {
            trips = wasCounting || iteration.Left is null ? null : this.TryCount(iteration, statements.Leading is not null);
            pass.Test = iteration.Left is { } left ? this.builder.Apply(Operator.Not, left) : null;
            // An iteration that does nothing but leave the loop is none.
            count.Value = new Scalar(statements.Leading is null ? this.Integer(ExpressionType.Add, index, this.Integer(1)) : index);
            if (pass.Test is not null && trips is null)
                return;
            pass.IsAbandoned = true;
            Region abandoned = this.builder.Region;
            this.anchors.RemoveAll(anchor => abandoned.Encloses(anchor.Region));
            this.refusals.RemoveRange(refusalCount, this.refusals.Count - refusalCount);
        });
        this.isCounting = wasCounting;
        if (pass.Test is null)
            return this.Refuse(loop, RefusalCode.Statement, "A loop that nothing leaves.");
        bool isDone = trips is null && (wasCounting || statements.IsInactive);
        if (trips is null && !isDone && !ReferenceEquals(this.chain.Save().Link, link))
            return this.Refuse(loop, RefusalCode.Statement, "Nobody knows before how often this loop runs, and it has code that may have effects: it cannot be run once more to find out.");
        if (!isDone)
        {
            for (int k = 0; k < begin.Length; k++)
                this.Assign(statements.Assigned[k], begin[k]);
            await this.ReadIterations(statements, trips?.Invoke() ?? new Trips(this.Materialize(count.Value), null));
        }
        return loop.Type == typeof(void) ? this.Nothing(loop.Type) : statements.Exit.Value.Value;
    }

    // As often as is known.
    private async Step<Done> ReadIterations(LoopStatements statements, Trips trips)
    {
        var pass = new Pass(this, statements.MayBeImpure, writesOut: false) { IsOfStatements = true, IsInactive = statements.IsInactive };
        if (statements.Leading is { } leading)
            this.staying.Add(leading);
        await this.ReadIterations(statements, pass, body => pass.Loop(trips.Count, body), trips.Counter, (_, _) => { });
        if (statements.Leading is { } left)
        {
            this.staying.Remove(left);
            if (BreakOf(left)!.Value is { } value)
                this.Assign(statements.Exit.Value, await this.ReadOperand(value));
        }
        if (trips.Counter is { } counter)
            this.Assign(counter.Variable, new Scalar(counter.Last));
        return default;
    }

    /// <summary>Reads a body in a loop, with the variables that it assigns as states.</summary>
    private async Step<Done> ReadIterations(LoopStatements statements, Pass pass, Func<Func<Node, Step<Done>>, Step<Done>> enter, Counter? counter, Action<Node, Iteration> end)
    {
        (Region outer, Flow outerFlow) = (this.builder.Region, this.flow);
        var states = new Dictionary<Variable, Carried?>();
        foreach (Variable variable in statements.Assigned.Where(variable => variable != counter?.Variable))
            states[variable] = IsCarried(variable.Value) ? pass.Carry(await this.Settle(statements.Loop, variable.Value)) : null;
        bool isEntered = false;
        await enter(async index =>
        {
            isEntered = true;
            this.flow = new Flow(outerFlow, outer, this.builder.Region, new HashSet<Variable>([.. statements.Assigned, statements.Exit.Flag]));
            this.chain.Assign();
            Dictionary<Variable, Value> begin = states.ToDictionary(state => state.Key, state => state.Value?.Value ?? Kept(state.Key));
            foreach ((Variable variable, Value value) in begin)
                this.flow.Assign(variable, value);
            foreach (Jump jump in statements.Jumps)
                this.flow.Assign(jump.Flag, new Scalar(this.Boolean(false)));
            if (counter is not null)
                this.flow.Assign(counter.Variable, new Scalar(this.Integer(ExpressionType.Add, counter.Start, this.Times(counter.Step, index))));
            Node? left = await this.ReadIteration(statements);
            Dictionary<Variable, Value> assigned = this.flow.Leave();
            this.flow = outerFlow;
            this.chain.Assign();
            foreach ((Variable variable, Carried? state) in states.Where(state => state.Value is not null))
                state!.Value = assigned[variable];
            end(index, new Iteration((Loop)this.builder.Region, begin, assigned, left));
            return default;
        });
        if (!isEntered || pass.IsAbandoned)
            return default;
        foreach ((Variable variable, Carried? state) in states)
            this.Assign(variable, state?.Value ?? Kept(variable));
        return default;
    }

    // The node that says whether the loop is left.
    private async Step<Node?> ReadIteration(LoopStatements statements)
    {
        int known = this.jumps.Count;
        this.jumps.Add(statements.Exit);
        if (statements.Loop.ContinueLabel is { } next)
            this.jumps.Add(this.NewJump(next));
        await this.ReadStatement(statements.Loop.Body);
        if (statements.Loop.ContinueLabel is not null)
            this.jumps.RemoveAt(this.jumps.Count - 1);
        Node? left = this.Jumped();
        this.jumps.RemoveRange(known, this.jumps.Count - known);
        return left;
    }

    private static Lost Kept(Variable variable) => new($"keeps an object of type {TypeName(variable.Name.Type)} from one iteration of a loop of statements to the next, or beyond it.");

    // What has parts that are numbers. Arrays and other objects live for an iteration.
    private static bool IsCarried(Value value) => value is Composite { IsInMemory: false } or Scalar { Node.Type: { IsValueType: true } or { FullName: "System.String" } };

    // ---- before a loop is read

    private LoopStatements Survey(LoopExpression loop)
    {
        Jump exit = this.NewJump(loop.BreakLabel ?? Expression.Label());
        Expression[] body = [.. Children.AllOf(loop.Body)];
        HashSet<LabelTarget> targets = [.. body.OfType<GotoExpression>().Select(jump => jump.Target)];
        Jump[] further = [.. this.jumps.Skip(this.hidden).Where(jump => targets.Contains(jump.Target))];
        IEnumerable<Variable> variables = body.SelectMany(AssignedBy).OfType<ParameterExpression>().Distinct()
            .Where(name => this.scope.Declaring(name) is { Region: not null }).Select(name => new Variable(this.scope.Declaring(name)!, name));
        bool hasOneExit = further.Length == 0 && body.OfType<GotoExpression>().Count(jump => jump.Target == loop.BreakLabel) == 1;
        return new LoopStatements(loop, exit, [exit, .. further], [.. variables, .. further.Select(jump => jump.Flag), .. new[] { exit }.Concat(further).Where(jump => jump.Target.Type != typeof(void)).Select(jump => jump.Value)],
            hasOneExit ? LeadingExit(loop) : null, this.IsInactive(loop), this.MayBeImpure(loop.Body, this.scope, 0));
    }

    // The conditional that each iteration begins with, if it leaves the loop or does nothing.
    private static ConditionalExpression? LeadingExit(LoopExpression loop)
    {
        Expression first = loop.Body;
        while (first is BlockExpression { Expressions.Count: > 0 } block)
            first = block.Expressions[0];
        return first is ConditionalExpression conditional && BreakOf(conditional)?.Target == loop.BreakLabel && Children.AllOf(conditional.Test).All(expression => AssignedBy(expression).Count == 0) ? conditional : null;
    }

    private static GotoExpression? BreakOf(ConditionalExpression conditional) => Single(conditional.IfTrue) as GotoExpression ?? Single(conditional.IfFalse) as GotoExpression;

    private static Expression Single(Expression statement)
    {
        while (statement is BlockExpression { Variables.Count: 0, Expressions: [var only] })
            statement = only;
        return statement;
    }

    /// <summary>What can be told of a loop before it is read.</summary>
    /// <param name="Loop">The loop.</param>
    /// <param name="Exit">The jump to its end.</param>
    /// <param name="Jumps">This and those further out.</param>
    /// <param name="Assigned">The variables that its body assigns; what jumps out of it take along, and the flags of those that go further.</param>
    /// <param name="Leading">The conditional that each iteration begins with, if only that leaves the loop.</param>
    /// <param name="IsInactive">Whether nothing in it depends on the input.</param>
    /// <param name="MayBeImpure">Whether impure code may run in it.</param>
    private sealed record LoopStatements(LoopExpression Loop, Jump Exit, Jump[] Jumps, Variable[] Assigned, ConditionalExpression? Leading, bool IsInactive, bool MayBeImpure);

    /// <summary>One iteration, as it was read.</summary>
    /// <param name="Loop">The loop.</param>
    /// <param name="Begin">What the variables are where it begins.</param>
    /// <param name="End">What they are where it ends.</param>
    /// <param name="Left">Whether it leaves the loop; null if it never does.</param>
    private sealed record Iteration(Loop Loop, IReadOnlyDictionary<Variable, Value> Begin, IReadOnlyDictionary<Variable, Value> End, Node? Left);
}
