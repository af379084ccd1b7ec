using System.Globalization;
using System.Linq.Expressions;

namespace ExprGrad.Tests.Oracle;

/// <summary>Rows of <c>Data/primitives.csv</c>: functions with values and partials rounded from 80 digits.</summary>
internal sealed record PrimitiveRow(string Function, double[] Arguments, double Value, double[] Partials)
{
    public override string ToString() => $"{Function}({string.Join(", ", Arguments)})";

    /// <summary>The function as a lambda of the vector of its arguments.</summary>
    public Expression<Func<double[], double>> Lambda()
    {
        var x = Expression.Parameter(typeof(double[]), "x");
        List<Expression> arguments = [.. Arguments.Select((_, i) => Expression.ArrayIndex(x, Expression.Constant(i)))];
        if (Function.Length == 1)
        {
            var kind = Function[0] switch { '+' => ExpressionType.Add, '-' => ExpressionType.Subtract, '*' => ExpressionType.Multiply, '/' => ExpressionType.Divide, _ => ExpressionType.Modulo };
            return Expression.Lambda<Func<double[], double>>(Expression.MakeBinary(kind, arguments[0], arguments[1]), x);
        }
        string[] parts = Function.Split(':', '.');
        if (parts.Length > 2) arguments.Add(Expression.Constant(int.Parse(parts[2], CultureInfo.InvariantCulture)));
        var type = parts[0] == "Math" ? typeof(Math) : typeof(double);
        var method = type.GetMethod(parts[1], [.. arguments.Select(argument => argument.Type)])!;
        return Expression.Lambda<Func<double[], double>>(Expression.Call(method, arguments), x);
    }
}

internal static class PrimitiveTable
{
    public static IReadOnlyList<PrimitiveRow> Rows { get; } =
    [
        .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Data", "primitives.csv")).Skip(1).Select(line =>
        {
            string[] cells = line.Split(',');
            return new PrimitiveRow(cells[0], Numbers(cells[1]), double.Parse(cells[2], CultureInfo.InvariantCulture), Numbers(cells[3]));
        }),
    ];

    private static double[] Numbers(string cell) => [.. cell.Split(';').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
}
