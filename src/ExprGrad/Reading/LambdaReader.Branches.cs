using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Reading;

/// <summary>What evaluates one of several cases.</summary>
internal sealed partial class LambdaReader
{
    private async Step<Value> ReadConditional(ConditionalExpression conditional)
    {
        if (this.staying.Contains(conditional))
            return await this.ReadFlow(Single(conditional.IfTrue) is GotoExpression ? conditional.IfFalse : conditional.IfTrue);
        Node test = this.Materialize(await this.ReadOperand(conditional.Test));
        return await this.ReadCases(conditional, test, [conditional.IfFalse, conditional.IfTrue]);
    }

    private async Step<Value> ReadLogical(BinaryExpression logical)
    {
        Node left = await this.ReadNode(logical.Left);
        Expression short0 = Expression.Constant(false), short1 = Expression.Constant(true);
        return await this.ReadCases(logical, left, logical.NodeType == ExpressionType.AndAlso ? [short0, logical.Right] : [logical.Right, short1]);
    }

    private async Step<Value> ReadCoalesce(BinaryExpression coalesce)
    {
        Value first = await this.Read(coalesce.Left);
        if (IsOptional(first))
        {
            (Node hasValue, Node number) = this.PartsOfOptional(coalesce, first);
            return await this.ReadCases(coalesce, hasValue, [() => this.Read(coalesce.Right), () => Step<Value>.From(coalesce.Type == coalesce.Left.Type ? first : new Scalar(this.Convert(number, coalesce.Type)))]);
        }
        Node left = this.Materialize(first);
        ParameterExpression slot = Expression.Parameter(left.Type);
        var isPresent = new Opaque([slot], left.Type.IsValueType ? Expression.NotEqual(slot, Expression.Constant(null, left.Type)) : Expression.ReferenceNotEqual(slot, Expression.Constant(null, left.Type)), Behaviour.Total, ("is present", left.Type));
        ParameterExpression present = Expression.Parameter(left.Type);
        var cases = new Scope(this.scope, this.scope.Source);
        cases.Declare(present, new Scalar(left));
        Expression value = left.Type == coalesce.Type ? present : Expression.Convert(present, coalesce.Type);
        Scope outer = this.scope;
        this.scope = cases;
        Value chosen = await this.ReadCases(coalesce, this.Apply(isPresent, left), [coalesce.Right, value]);
        this.scope = outer;
        return chosen;
    }

    private async Step<Value> ReadSwitch(SwitchExpression @switch)
    {
        Node value = this.Materialize(await this.ReadOperand(@switch.SwitchValue));
        if (@switch.Cases.Any(@case => @case.TestValues.Any(test => test is not ConstantExpression)))
            return await this.ReadComputedSwitch(@switch, value);
        // The user's comparison gives the number of the case; 0 is the default.
        ParameterExpression slot = Expression.Parameter(value.Type);
        IEnumerable<SwitchCase> numbers = @switch.Cases.Select((@case, k) => Expression.SwitchCase(Expression.Constant(k + 1), @case.TestValues));
        SwitchExpression number = Expression.Switch(typeof(int), slot, Expression.Constant(0), @switch.Comparison, numbers);
        var selector = new Opaque([slot], number, OfMethod(@switch.Comparison), caseCount: @switch.Cases.Count + 1);
        return await this.ReadCases(@switch, this.Apply(selector, value), [@switch.DefaultBody ?? Expression.Empty(), .. @switch.Cases.Select(@case => @case.Body)]);
    }

    // Values to compare with that are computed are computed one after the other until one is equal.
    private async Step<Value> ReadComputedSwitch(SwitchExpression @switch, Node value)
    {
        ParameterExpression known = Expression.Parameter(value.Type);
        Expression chain = @switch.DefaultBody ?? Expression.Empty();
        foreach (SwitchCase @case in @switch.Cases.Reverse())
        {
            Expression test = @case.TestValues.Select(candidate => (Expression)Expression.Equal(known, candidate, liftToNull: false, @switch.Comparison)).Aggregate(Expression.OrElse);
            chain = Expression.Condition(test, @case.Body, chain, @switch.Type);
        }
        Scope outer = this.scope;
        this.scope = new Scope(outer, outer.Source);
        this.scope.Declare(known, new Scalar(value));
        Value chosen = await this.Read(chain);
        this.scope = outer;
        return chosen;
    }

    private async Step<Value> ReadCases(Expression expression, Node selector, IReadOnlyList<Expression> cases)
    {
        if (this.builder.Regions.KnownCase(this.builder.Region, selector) is null)
        {
            foreach (Expression certain in this.shared.InAll(cases))
                await this.Read(certain);
        }
        return await this.ReadCases(expression, selector, [.. cases.Select<Expression, Func<Step<Value>>>(@case => () => expression.Type == typeof(void) ? this.ReadStatement(@case) : this.ReadFlow(@case))]);
    }

    /// <summary>Reads each case in its own region and joins their values.</summary>
    private async Step<Value> ReadCases(Expression expression, Node selector, IReadOnlyList<Func<Step<Value>>> cases)
    {
        if (this.builder.Regions.KnownCase(this.builder.Region, selector) is { } known)
            return await cases[known]();
        (Region region, Memo outerMemo, ImpureChain.State entry) = (this.builder.Region, this.memo, this.chain.Save());
        var values = new Value[cases.Count];
        var exits = new ImpureChain.State[cases.Count];
        Flow outer = this.flow;
        var assigned = new Dictionary<Variable, Value>[cases.Count];
        // In the order of the source: case 1 of a test is written first.
        foreach (int k in cases.Count == 2 ? [1, 0] : Enumerable.Range(0, cases.Count))
        {
            this.builder.Region = this.builder.Regions.Branch(region, selector, k);
            this.memo = new Memo(outerMemo);
            this.chain.Restore(entry);
            this.flow = new Flow(outer, region, this.builder.Region);
            values[k] = await cases[k]();
            exits[k] = this.chain.Save();
            assigned[k] = this.flow.Leave();
        }
        this.flow = outer;
        // Where no case assigned a variable, what was read before is known after it.
        this.chain.Restore(entry);
        Value joined = this.Join(expression, region, selector, values);
        (Variable Variable, Value Value)[] variables = [.. assigned.SelectMany(all => all.Keys).Distinct().Select(variable =>
            (variable, this.JoinVariable(expression, region, selector, [.. assigned.Select(all => all.GetValueOrDefault(variable, variable.Value))])))];
        this.builder.Region = region;
        foreach ((Variable variable, Value value) in variables)
            this.Assign(variable, value);
        this.memo = outerMemo;
        this.chain.Join(selector, entry, exits);
        return joined;
    }

    private Value JoinVariable(Expression expression, Region region, Node selector, IReadOnlyList<Value> cases) =>
        cases.All(value => ReferenceEquals(value, cases[0])) ? cases[0]
        : cases.FirstOrDefault(value => value is Lost) is { } lost ? lost
        : this.Join(expression, region, selector, cases);

    private Value Join(Expression expression, Region region, Node selector, IReadOnlyList<Value> cases)
    {
        if (cases.Any(value => value is Sequence))
            return this.JoinSequences(expression, region, selector, cases);
        if (cases.Any(IsOptional))
            cases = [.. cases.Select((value, k) => IsOptional(value) || value is not Scalar { Node: var node } ? value : this.builder.In(this.builder.Regions.Branch(region, selector, k), () => this.TakeNullableApart(expression, node)))];
        // Data that is chosen instead of an object with active parts is taken apart too.
        if (cases.FirstOrDefault(value => value is Composite { IsInMemory: false } && this.IsActive(value)) is Composite { Type: var known })
            cases = [.. cases.Select((value, k) => value is Scalar { Node: var node } && node.Type == known ? this.builder.In(this.builder.Regions.Branch(region, selector, k), () => this.TryTakeApart(node)) ?? value : value)];
        if (cases[0] is not Composite { Type: var type } || !cases.All(value => value is Composite composite && composite.Type == type) || cases.All(value => value is Composite { IsInMemory: true }))
            return new Scalar(this.JoinNodes(expression, region, selector, cases));
        Composite[] composites = [.. cases.Cast<Composite>()];
        Value Part(FieldInfo field) => this.Join(expression, region, selector, [.. composites.Select(composite => this.FieldOf(composite, field))]);
        return new Composite(type, composites.SelectMany(composite => composite.Fields.Keys).Distinct().ToDictionary(field => field, Part),
            () => this.JoinNodes(expression, region, selector, cases), composites[0].With);
    }

    private Node JoinNodes(Expression expression, Region region, Node selector, IReadOnlyList<Value> cases)
    {
        Region current = this.builder.Region;
        var nodes = new Node[cases.Count];
        for (int k = 0; k < nodes.Length; k++)
        {
            this.builder.Region = this.builder.Regions.Branch(region, selector, k);
            nodes[k] = this.Materialize(cases[k]);
        }
        this.builder.Region = region;
        Node joined = nodes.Distinct().Count() == 1 && nodes[0].Region.Encloses(region) ? nodes[0]
            : nodes.Contains(this.input) ? this.Refuse(expression, RefusalCode.WholeInput, "The input array is one of the values that a condition chooses from, so that it cannot be seen which elements are used.").Node
            : nodes is [Constant { Value: false }, Constant { Value: true }] ? selector
            : nodes is [Constant { Value: true }, Constant { Value: false }] ? this.builder.Apply(Operator.Not, selector)
            : this.builder.Choice(selector, nodes);
        this.builder.Region = current;
        return joined;
    }
}
