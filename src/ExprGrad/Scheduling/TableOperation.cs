using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;
using ExprGrad.Runtime;

namespace ExprGrad.Scheduling;

/// <summary>What a table does for a statement. Statements with equal ones can be one run.</summary>
/// <param name="Kind">The kind of the run.</param>
/// <param name="Code">For sums and products, which of them: all are fused multiply–adds, with the operands in other places.</param>
/// <param name="Function">The function that is called, if one is.</param>
internal sealed record TableOperation(TableKind Kind, ExpressionType Code = ExpressionType.Call, MethodInfo? Function = null)
{
    private static readonly TableOperation Load = new(TableKind.Load), Store = new(TableKind.Store);

    /// <summary>Whether the two can be in one run.</summary>
    public bool RunsWith(TableOperation other) => this.Kind == other.Kind && this.Function == other.Function;

    /// <summary>That of a statement; null if it can only be code.</summary>
    /// <param name="graph">What the statement is of.</param>
    /// <param name="statement">The statement.</param>
    /// <param name="known">Those of operations that were asked for already.</param>
    public static TableOperation? Of(Graph graph, Statement statement, Dictionary<Operation, TableOperation?> known)
    {
        switch (statement)
        {
            case Store { Component.Index: var index }:
                return index < graph.RequiredLength && graph.Effects.Count == 0 ? Store : null;
            case Assign { Node: Load load }:
                return graph.IsCheckedAtEntry(load) ? Load : null;
            case Assign { Node: Apply { Operation: var operation } apply } when apply.Predecessors.Count == 0 && operation.Behaviour == Behaviour.Total:
                if (!known.TryGetValue(operation, out TableOperation? found))
                    known[operation] = found = Of(operation, apply.Operands);
                return found;
            default:
                return null;
        }
    }

    // By the code of the operation, so that nothing has to be said about it a second time.
    private static TableOperation? Of(Operation operation, NodeList operands)
    {
        ParameterExpression[] parameters = new ParameterExpression[operands.Count];
        for (int k = 0; k < parameters.Length; k++)
            parameters[k] = Expression.Parameter(operands[k].Type);
        return operation.Emit(parameters) switch
        {
            BinaryExpression { NodeType: ExpressionType.Add or ExpressionType.Subtract or ExpressionType.Multiply, Method: null } sum when Takes(parameters, sum.Left, sum.Right) => new(TableKind.MultiplyAdd, sum.NodeType),
            BinaryExpression { NodeType: ExpressionType.Divide, Method: null } quotient when Takes(parameters, quotient.Left, quotient.Right) => new(TableKind.Divide),
            UnaryExpression { NodeType: ExpressionType.Negate, Method: null } negation when Takes(parameters, negation.Operand) => new(TableKind.MultiplyAdd, ExpressionType.Negate),
            MethodCallExpression { Object: null } call when Takes(parameters, [.. call.Arguments]) => OfCall(call.Method),
            MemberExpression { Member.Name: var name, Expression: ParameterExpression pair } when pair.Type == typeof((double, double)) => new(name == "Item1" ? TableKind.First : TableKind.Second),
            _ => null,
        };
    }

    private static TableOperation? OfCall(MethodInfo method)
    {
        int arity = method.GetParameters().Length;
        return method == ((Func<double, double, double, double>)Math.FusedMultiplyAdd).Method ? new(TableKind.MultiplyAdd)
            : method == ((Func<double, double>)Math.Sqrt).Method ? new(TableKind.SquareRoot)
            : method.ReturnType == typeof((double, double)) && arity == 1 ? new(TableKind.PairFunction, Function: method)
            : method.ReturnType == typeof(double) && arity == 1 ? new(TableKind.Function, Function: method)
            : method.ReturnType == typeof(double) && arity == 2 ? new(TableKind.BinaryFunction, Function: method)
            : null;
    }

    private static bool Takes(ParameterExpression[] parameters, params Expression[] arguments) =>
        arguments.AsSpan().SequenceEqual(parameters) && arguments.All(argument => argument.Type == typeof(double));
}
