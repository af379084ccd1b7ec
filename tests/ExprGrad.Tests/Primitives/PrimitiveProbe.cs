using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Tests.Primitives;

/// <summary>Evaluates the value and the partials of a primitive as reverse mode would ask for them.</summary>
internal sealed class PrimitiveProbe
{
    private static readonly ConcurrentDictionary<Primitive, PrimitiveProbe> OnParameters = [];

    private readonly Node[] operands;
    private readonly Node value;
    private readonly Node?[] selects;
    private readonly Node?[] partials;

    private PrimitiveProbe(Primitive primitive, Func<GraphBuilder, int, Node> operand)
    {
        var builder = new GraphBuilder();
        this.operands = [.. primitive.Samples.Select((_, k) => operand(builder, k))];
        this.value = builder.Apply(primitive, this.operands);
        var x = new Operands(builder, this.operands);
        var f = new Real(builder, this.value);
        int[] all = [.. Enumerable.Range(0, this.operands.Length)];
        this.selects = [.. all.Select(k => primitive.IsDifferentiable(k) ? primitive.Selects(k, x, f)?.Node : null)];
        this.partials = [.. all.Select(k => primitive.IsDifferentiable(k) ? primitive.Partial(k, x, f).In(builder) : null)];
    }

    /// <summary>The types of the operands.</summary>
    public static Type[] OperandTypes(Primitive primitive) =>
        primitive.Method is { } method ? [.. method.GetParameters().Select(parameter => parameter.ParameterType)] : [.. primitive.Samples.Select(_ => primitive.Type)];

    /// <summary>The primitive named as in the tables: <c>Math.Sin</c>, <c>double.RootN:3</c> (with its integer operand), <c>%</c>.</summary>
    public static (Primitive Primitive, object[] Arguments) Parse(string function, double[] arguments)
    {
        Primitive? found = function switch
        {
            "+" => Arithmetic.Add,
            "-" => Arithmetic.Subtract,
            "*" => Arithmetic.Multiply,
            "/" => Arithmetic.Divide,
            "%" => new Modulo(typeof(double)),
            _ => null,
        };
        if (found is not null)
            return (found, [.. arguments]);
        string[] parts = function.Split('.', ':');
        Type type = parts[0] switch { "Math" => typeof(Math), "double" => typeof(double), _ => typeof(GradMath) };
        object[] all = [.. arguments, .. parts.Skip(2).Select(integer => (object)int.Parse(integer, CultureInfo.InvariantCulture))];
        MethodInfo method = type.GetMethod(parts[1], [.. all.Select(argument => argument.GetType())]) ?? throw new InvalidOperationException($"No {function} on {arguments.Length} numbers");
        return (Catalogue.Find(method) ?? throw new InvalidOperationException($"{function} is not in the catalogue"), all);
    }

    public static double Value(Primitive primitive, params object[] arguments) => (double)On(primitive).Interpret(arguments, probe => probe.value)!;

    /// <summary>What reaches operand <paramref name="k"/> for an adjoint of 1: 0 if it was not selected.</summary>
    public static double Partial(Primitive primitive, int k, params object[] arguments) => On(primitive).PartialAt(k, arguments);

    /// <summary>The same where <paramref name="literals"/> of the operands stand as constants in the lambda.</summary>
    public static double PartialWithLiterals(Primitive primitive, int k, int[] literals, params object[] arguments) =>
        new PrimitiveProbe(primitive, (builder, j) => literals.Contains(j) ? builder.Constant(arguments[j], arguments[j].GetType()) : Parameter(primitive, builder, j)).PartialAt(k, arguments);

    private static PrimitiveProbe On(Primitive primitive) =>
        OnParameters.GetOrAdd(primitive, static primitive => new PrimitiveProbe(primitive, (builder, k) => Parameter(primitive, builder, k)));

    private static Parameter Parameter(Primitive primitive, GraphBuilder builder, int k) => builder.Parameter("x" + k, OperandTypes(primitive)[k]);

    private double PartialAt(int k, object[] arguments)
    {
        bool reaches = this.partials[k] is not null && (this.selects[k] is null || (bool)this.Interpret(arguments, probe => probe.selects[k]!)!);
        return reaches ? (double)this.Interpret(arguments, probe => probe.partials[k]!)! : 0;
    }

    private object? Interpret(object[] arguments, Func<PrimitiveProbe, Node> node)
    {
        var values = new Dictionary<Parameter, object?>();
        for (int k = 0; k < this.operands.Length; k++)
        {
            if (this.operands[k] is Parameter parameter)
                values[parameter] = arguments[k];
        }
        return new GraphInterpreter(values).Evaluate(node(this));
    }
}
