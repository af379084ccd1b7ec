using System.Linq.Expressions;
using System.Reflection;
using static System.Linq.Expressions.Expression;

namespace ExprGrad.Tests.Fuzz;

/// <summary>Branches, integers, captured data, lambdas, objects, impure calls.</summary>
public sealed partial class LambdaGenerator
{
    // ---------------------------------------------------------------- choices

    private Expression Branch(int depth)
    {
        switch (random.Next(8))
        {
            case 0: // a guarded function of what is tested
                var guarded = Chance(0.7) && Shared() is { } known ? known : Real(depth);
                if (IsLarge(guarded)) guarded = Leaf();
                var function = Any(["Log", "Sqrt", "Log10", "Cbrt"]);
                return Condition(GreaterThan(guarded, Number(0)), Call(function, guarded), Real(depth));
            case 1: // a value from outside that is used in one branch only
                var outside = Chance(0.5) ? Call("Sqrt", Real(depth)) : Real(depth);
                frame.Reals.Add(outside);
                return Add(Condition(Test(depth), outside, Real(depth)), Chance(0.3) ? Condition(Test(depth), Number(), outside) : Number());
            case 2:
                var cases = Enumerable.Range(0, random.Next(1, 4)).Select(k => SwitchCase(Real(depth), Constant(k), Constant(k + 4))).ToArray();
                return Switch(typeof(double), Modulo(Chance(0.7) ? Convert(Multiply(Number(2), Real(depth)), typeof(int)) : Integer(depth), Constant(5)), Real(depth), null, cases);
            default:
                return Condition(Test(depth), Real(depth), Real(depth));
        }
    }

    private Expression Test(int depth)
    {
        if (budget > 0 && depth < Deepest && Chance(0.3))
            return random.Next(3) switch
            {
                0 => AndAlso(Test(depth + 1), Test(depth + 1)),
                1 => OrElse(Test(depth + 1), Test(depth + 1)),
                _ => Not(Test(depth + 1)),
            };
        if (May(Features.Captures, 0.1)) return Field(surroundings, "Flag");
        if (May(Features.Impure, 0.08)) return Expression.Call(typeof(ImpureCalls), "Flip", null, Constant(calls++));
        if (May(Features.Integers, 0.15)) return MakeBinary(Comparison(), Integer(depth), Constant(random.Next(-1, 3)));
        if (Chance(0.05)) return Expression.Call(typeof(double), "IsNaN", null, Real(depth));
        var left = Chance(0.5) && Shared() is { } shared ? shared : Real(depth);
        return MakeBinary(Comparison(), left, Chance(0.5) ? Number() : Chance(0.3) && Shared() is { } other ? other : Real(depth));
    }

    private ExpressionType Comparison() => Any([ExpressionType.LessThan, ExpressionType.LessThanOrEqual, ExpressionType.GreaterThan,
        ExpressionType.GreaterThanOrEqual, ExpressionType.Equal, ExpressionType.NotEqual]);

    private Expression Selection(int depth)
    {
        var a = Chance(0.25) ? Call(Any(["Sqrt", "Log"]), Real(depth)) : Real(depth);
        switch (random.Next(7))
        {
            case 0: return Call("Clamp", a, Number(-1), Number(1));
            case 1:
                var low = Real(depth);
                return Call("Clamp", a, low, Add(low, Number(1)));
            case 2: return Call("Abs", a);
            case 3: return Call(Any(["MaxMagnitude", "MinMagnitude"]), a, Real(depth));
            case 4: return Call(Any(["Max", "Min"]), a, Number());
            case 5: return Expression.Call(typeof(double), Any(["MaxNumber", "MinNumber", "Max", "Min"]), null, a, Real(depth));
            default: return Call(Any(["Max", "Min"]), a, Real(depth));
        }
    }

    // ---------------------------------------------------------------- integers and elements

    private Expression Integer(int depth)
    {
        budget--;
        if (budget <= 0 || depth >= Deepest) return Constant(random.Next(-2, 6));
        depth++;
        Expression[] variables = [.. frame.Variables.Where(variable => variable.Type == typeof(int))];
        if (variables.Length > 0 && Chance(0.3)) return Any(variables);
        switch (random.Next(10))
        {
            case 0 or 1: return Convert(Real(depth), typeof(int));
            case 2: return ConvertChecked(Multiply(Number(3), Bounded(Real(depth))), typeof(int));
            case 3: return frame.SeesPoint ? ArrayLength(x) : Constant(4);
            case 4: return Add(Integer(depth), Integer(depth));
            case 5: return Chance(0.5) ? Multiply(Integer(depth), Constant(random.Next(-2, 4))) : Subtract(Integer(depth), Integer(depth));
            case 6: return May(Features.Throwing, 0.1) ? Divide(Integer(depth), Integer(depth)) : Divide(Integer(depth), Constant(random.Next(2, 5)));
            case 7: return features.HasFlag(Features.Captures) ? Chance(0.5) ? Field(surroundings, "Count") : ArrayIndex(Field(surroundings, "Order"), Position(Surroundings.TableLength, depth)) : Constant(2);
            case 8: return Convert(And(Convert(Integer(depth), typeof(long)), Constant(7L)), typeof(int));
            default: return features.HasFlag(Features.Branches) ? Condition(Test(depth), Integer(depth), Integer(depth)) : ExclusiveOr(Integer(depth), Constant(3));
        }
    }

    /// <summary>An index below <paramref name="length"/>, in range unless the generator may throw.</summary>
    private Expression Position(int length, int depth)
    {
        if (Chance(0.2)) return Constant(random.Next(length));
        var integer = Integer(depth);
        if (May(Features.Throwing, 0.05)) return integer;
        return Chance(0.5) || IsLarge(integer) ? Modulo(Add(Modulo(integer, Constant(length)), Constant(length)), Constant(length))
            : Condition(AndAlso(GreaterThanOrEqual(integer, Constant(0)), LessThan(integer, Constant(length))), integer, Constant(0));
    }

    private Expression Captured(int depth)
    {
        int length = Surroundings.TableLength;
        switch (random.Next(7))
        {
            case 0: return ArrayIndex(Field(surroundings, "Table"), Position(length, depth));
            case 1: return ArrayIndex(Field(surroundings, "Grid"), Position(Surroundings.GridRows, depth), Position(Surroundings.GridColumns, depth));
            case 2: return ArrayIndex(ArrayIndex(Field(surroundings, "Rows"), Position(3, depth)), Constant(0));
            case 3: return Property(Field(surroundings, "List"), "Item", Position(length, depth));
            case 4: return Expression.Call(Field(surroundings, "View"), typeof(IReadOnlyList<double>).GetMethod("get_Item")!, Position(length, depth));
            case 5: return Coalesce(Field(surroundings, Chance(0.5) ? "Missing" : "Given"), Number());
            default: return Multiply(Real(depth), ArrayIndex(Field(surroundings, "Table"), Position(length, depth)));
        }
    }

    private Expression Impure(int depth)
    {
        int id = calls++;
        Expression value = Chance(0.6) ? Expression.Call(typeof(ImpureCalls), "Next", null, Constant(id))
            : Expression.Call(typeof(ImpureCalls), "Observe", null, Constant(id), Integer(depth));
        return Chance(0.5) ? value : Multiply(value, Real(depth));
    }

    // ---------------------------------------------------------------- lambdas and objects

    private Expression Inlined(int depth)
    {
        int count = random.Next(1, 4);
        ParameterExpression[] parameters = [.. Enumerable.Range(0, count).Select(k => Parameter(
            k == 1 && Chance(0.3) ? typeof(int) : k == 2 && Chance(0.4) ? typeof(ValueTuple<double, double>) : typeof(double), $"p{calls++}"))];
        Expression[] arguments = [.. parameters.Select(parameter =>
            parameter.Type == typeof(int) ? Integer(depth)
            : parameter.Type == typeof(double) ? (Chance(0.2) ? Call("Sqrt", Real(depth)) : Real(depth))
            : PairOf(Real(depth), Real(depth)))];
        bool captured = Chance(0.2);

        var outside = frame;
        frame = captured ? new Frame(null, SeesPoint: false) : new Frame(outside, outside.SeesPoint);
        foreach (var parameter in parameters)
        {
            frame.Parameters.Add(parameter);
            if (parameter.Type == typeof(double)) frame.Reals.Add(parameter);
            else if (parameter.Type != typeof(int)) frame.Reals.AddRange([Field(parameter, "Item1"), Field(parameter, "Item2")]);
        }
        // A parameter used more than once, and one that is only selected in a branch.
        var body = Real(depth);
        var first = parameters[0];
        if (Chance(0.4)) body = Multiply(Bounded(body), Add(first, Multiply(first, first)));
        if (May(Features.Branches, 0.4)) body = Condition(Test(depth), body, Chance(0.5) ? first : Number());
        frame = outside;

        var lambda = Lambda(body, parameters);
        if (!captured) return Invoke(lambda, arguments);
        var holder = Activator.CreateInstance(typeof(Captured<>).MakeGenericType(lambda.GetType().BaseType!.IsGenericType && lambda.GetType().BaseType!.GetGenericTypeDefinition() == typeof(Expression<>)
            ? lambda.GetType().BaseType! : lambda.GetType()), lambda)!;
        Expression variable = Field(Constant(holder), "Value");
        return Chance(0.5) ? Invoke(Expression.Call(variable, variable.Type.GetMethod("Compile", Type.EmptyTypes)!), arguments) : Invoke(variable, arguments);
    }

    private static readonly ConstructorInfo NewPair = typeof(ValueTuple<double, double>).GetConstructor([typeof(double), typeof(double)])!;
    private static readonly ConstructorInfo NewSample = typeof(Sample).GetConstructor([typeof(double), typeof(int), typeof(double)])!;
    private static readonly (ConstructorInfo Constructor, MemberInfo[] Members) Anonymous = AnonymousType(() => new { a = 1.0, b = 2, c = new { d = 1.0 } });

    private static (ConstructorInfo, MemberInfo[]) AnonymousType(Expression<Func<object>> example)
    {
        var node = (NewExpression)example.Body;
        return (node.Constructor!, [.. node.Members!]);
    }

    private Expression PairOf(Expression a, Expression b) => Chance(0.5) ? New(NewPair, a, b)
        : Expression.Call(typeof(ValueTuple), "Create", [typeof(double), typeof(double)], a, b);

    private Expression TakenApart(int depth)
    {
        Expression a = Real(depth), b = Real(depth);
        switch (random.Next(8))
        {
            case 0: return Field(PairOf(a, b), Any(["Item1", "Item2"]));
            case 1:
                var pair = PairOf(a, b); // shared by reference
                return Multiply(Field(pair, "Item1"), Field(pair, "Item2"));
            case 2: return Property(New(NewSample, a, Integer(depth), b), Any(["Level", "Slope"]));
            case 3:
                var inner = Anonymous.Constructor.GetParameters()[2].ParameterType;
                var built = New(Anonymous.Constructor, [a, Integer(depth), New(inner.GetConstructors()[0], [b], inner.GetProperty("d")!)], Anonymous.Members);
                return Chance(0.5) ? Property(built, "a") : Property(Property(built, "c"), "d");
            case 4:
                return Chance(0.5)
                    ? Field(MemberInit(New(typeof(Cell)), Bind(typeof(Cell).GetField("Mass")!, a), Bind(typeof(Cell).GetProperty("Charge")!, b)), "Mass")
                    : Property(MemberInit(New(typeof(Cell)), Bind(typeof(Cell).GetField("Mass")!, a), Bind(typeof(Cell).GetProperty("Charge")!, b)), "Charge");
            case 5: return ArrayIndex(NewArrayInit(typeof(double), a, b, Number()), Position(3, depth));
            case 6: return Field(Call("SinCos", a), Any(["Item1", "Item2"]));
            default:
                Expression tuple = Condition(Test(depth), PairOf(a, b), PairOf(b, Real(depth)));
                return features.HasFlag(Features.Branches) ? Field(tuple, Any(["Item1", "Item2"])) : Field(PairOf(a, b), "Item2");
        }
    }
}
