using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using static System.Linq.Expressions.Expression;
using Function = System.Linq.Expressions.Expression<System.Func<double[], double>>;

namespace ExprGrad.Tests.Fuzz;

/// <summary>Makes a sum over many rows of a random program: what it reads of <see cref="LoopData"/> comes from the row.</summary>
[SuppressMessage("Design", "CA1051", Justification = "captured variables are public fields of a closure")]
internal sealed class ManyRows
{
    // Two times eight and some.
    public const int Count = 19;

    public double[] Factors = [.. Enumerable.Range(0, Count).Select(i => 0.25 * i - 1.5)];
    public double[][] Tables = [.. Enumerable.Range(0, Count).Select(i => new[] { 0.5 + i, -1.25 * i, 2, 0, 1.5 - i })];
    public int[] Positions = [.. Enumerable.Range(0, Count).Select(i => i * 7 % 5)];

    /// <summary>The sum over the rows; every fourth program has one row that is longer than the others.</summary>
    public static Function SumOf(Function f, int seed)
    {
        var rows = new ManyRows();
        if (seed % 4 == 0)
        {
            int longer = (int)((uint)seed % Count);
            rows.Tables[longer] = [.. rows.Tables[longer], 0.5];
        }
        ParameterExpression i = Parameter(typeof(int), "row");
        Expression body = new OfRow(Constant(rows), i).Visit(f.Body);
        if (seed % 2 == 0)
            body = Multiply(ArrayIndex(Field(Constant(rows), nameof(Factors)), i), body);
        return Lambda<Func<double[], double>>(
            Call(typeof(Enumerable), nameof(Enumerable.Sum), [typeof(int)], Call(typeof(Enumerable), nameof(Enumerable.Range), null, Constant(0), Constant(Count)), Lambda<Func<int, double>>(body, i)), f.Parameters);
    }

    private sealed class OfRow(Expression rows, ParameterExpression i) : ExpressionVisitor
    {
        protected override Expression VisitMember(MemberExpression node) => (node.Expression, node.Member.Name) switch
        {
            (ConstantExpression { Value: LoopData }, nameof(LoopData.Factor)) => ArrayIndex(Field(rows, nameof(Factors)), i),
            (ConstantExpression { Value: LoopData }, nameof(LoopData.Table)) => ArrayIndex(Field(rows, nameof(Tables)), i),
            _ => base.VisitMember(node),
        };

        // An element of the point that varies with the row.
        protected override Expression VisitBinary(BinaryExpression node) =>
            node is { NodeType: ExpressionType.ArrayIndex, Left: ParameterExpression { Name: "x" }, Right: ConstantExpression { Value: 1 } }
                ? ArrayIndex(node.Left, Modulo(ArrayIndex(Field(rows, nameof(Positions)), i), ArrayLength(node.Left)))
                : base.VisitBinary(node);
    }
}
