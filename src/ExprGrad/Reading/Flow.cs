using System.Linq.Expressions;
using ExprGrad.IR;

namespace ExprGrad.Reading;

/// <summary>A variable of a block, as many as there are scopes that declare it.</summary>
internal readonly record struct Variable(Scope Scope, ParameterExpression Name)
{
    public Value Value
    {
        get => this.Scope.Find(this.Name)!;
        set => this.Scope.Declare(this.Name, value);
    }
}

/// <summary>A region that statements are read in: a case of a conditional, or the body of a loop. What they assign to variables from around it is joined where it ends.</summary>
/// <param name="outer">The flow around it; null for the function.</param>
/// <param name="from">The region around it.</param>
/// <param name="region">The region.</param>
/// <param name="carried">Of a loop, the variables that are carried from one iteration to the next: only they may be assigned.</param>
internal sealed class Flow(Flow? outer, Region from, Region region, IReadOnlySet<Variable>? carried = null)
{
    private readonly Dictionary<Variable, Value> before = [];

    public Flow? Outer { get; } = outer;

    /// <summary>Whether this is inside a loop of statements.</summary>
    public bool IsInLoop { get; } = carried is not null || outer?.IsInLoop == true;

    /// <summary>Whether a variable may be assigned where the reader stands: everything that was entered since its declaration joins what is assigned.</summary>
    public bool CanAssign(Variable variable, Region current)
    {
        Flow? flow = this;
        for (; flow is not null && !ReferenceEquals(flow, variable.Scope.Flow); flow = flow.Outer)
        {
            if (!flow.Continues(variable, ref current))
                return false;
        }
        return flow is not null && ReferenceEquals(current, variable.Scope.Region);
    }

    /// <summary>Assigns a variable; what is from around here is remembered.</summary>
    public void Assign(Variable variable, Value value)
    {
        if (!ReferenceEquals(variable.Scope.Flow, this))
            this.before.TryAdd(variable, variable.Value);
        variable.Value = value;
    }

    /// <summary>Undoes all assignments to variables from around and returns what was assigned last.</summary>
    public Dictionary<Variable, Value> Leave()
    {
        var assigned = new Dictionary<Variable, Value>();
        foreach ((Variable variable, Value old) in this.before)
        {
            Variable changed = variable;
            assigned[variable] = variable.Value;
            changed.Value = old;
        }
        return assigned;
    }

    private bool Continues(Variable variable, ref Region current)
    {
        if (!ReferenceEquals(region, current) || carried?.Contains(variable) == false)
            return false;
        current = from;
        return true;
    }
}
