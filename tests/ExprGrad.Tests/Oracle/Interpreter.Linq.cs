using System.Collections;
using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;

namespace ExprGrad.Tests.Oracle;

/// <summary>
/// LINQ over quantities. Sequences are made by LINQ's own operators on sequences of quantities, so that selectors run as late and as often as in the plain lambda;
/// sums, means and extrema have the value that LINQ computes from the plain numbers and the tangent that their definition gives.
/// </summary>
internal sealed partial class Interpreter
{
    private static readonly ConcurrentDictionary<MethodInfo, Delegate> SpanCalls = new();

    /// <summary>The result of a method of <see cref="Enumerable"/>, or null for one that is applied to plain numbers only.</summary>
    private Quantity? Linq(MethodCallExpression call, Quantity[] a)
    {
        string name = call.Method.Name;
        Type[] types = [.. call.Method.GetParameters().Select(parameter => parameter.ParameterType)];
        // How many arguments the function in place k takes; −1 if there is none.
        int Arity(int k) => k < types.Length && typeof(Delegate).IsAssignableFrom(types[k]) ? types[k].GenericTypeArguments.Length - 1 : -1;
        Func<Quantity, Quantity> Function(int k) => item => Invoke(a[k], [item]);
        Func<Quantity, int, Quantity> Indexed(int k) => (item, index) => Invoke(a[k], [item, new Quantity(index)]);
        Func<Quantity, Quantity, Quantity> Binary(int k) => (left, right) => Invoke(a[k], [left, right]);
        Func<Quantity, bool> Test(int k) => item => (bool)Invoke(a[k], [item]).Clr!;
        Func<Quantity, int, bool> IndexedTest(int k) => (item, index) => (bool)Invoke(a[k], [item, new Quantity(index)]).Clr!;
        Quantity Sequence(IEnumerable<Quantity> items) => new(items, ElementType(call.Type));

        switch (name, a.Length)
        {
            case ("Range", 2): return Sequence(Enumerable.Range((int)a[0].Clr!, (int)a[1].Clr!).Select(i => new Quantity(i)));
            case ("Repeat", 2): return Sequence(Enumerable.Repeat(a[0], (int)a[1].Clr!));
            case ("Empty", 0): return Sequence([]);
        }
        if (a.Length == 0 || ElementTypeOrNull(types[0]) is not { } elementType) return null;
        var source = Items(a[0]);
        switch (name, a.Length)
        {
            case ("Select", 2): return Sequence(Arity(1) == 2 ? source.Select(Indexed(1)) : source.Select(Function(1)));
            case ("Where", 2): return Sequence(Arity(1) == 2 ? source.Where(IndexedTest(1)) : source.Where(Test(1)));
            case ("SelectMany", 2):
                return Sequence(Arity(1) == 2 ? source.SelectMany((item, index) => Items(Indexed(1)(item, index))) : source.SelectMany(item => Items(Function(1)(item))));
            case ("SelectMany", 3):
                return Sequence(Arity(1) == 2 ? source.SelectMany((item, index) => Items(Indexed(1)(item, index)), Binary(2)) : source.SelectMany(item => Items(Function(1)(item)), Binary(2)));
            case ("Zip", 2): return Sequence(source.Zip(Items(a[1]), (first, second) => TupleOf(ElementType(call.Type), first, second)));
            case ("Zip", 3) when Arity(2) == 2: return Sequence(source.Zip(Items(a[1]), Binary(2)));
            case ("Zip", 3): return Sequence(source.Zip(Items(a[1]), Items(a[2])).Select(items => TupleOf(ElementType(call.Type), items.First, items.Second, items.Third)));
            case ("Index", 1): return Sequence(source.Select((item, index) => TupleOf(ElementType(call.Type), new Quantity(index), item)));
            case ("Skip", 2): return Sequence(source.Skip((int)a[1].Clr!));
            case ("Take", 2) when types[1] == typeof(int): return Sequence(source.Take((int)a[1].Clr!));
            case ("Take", 2): return Sequence(source.Take((Range)a[1].Clr!));
            case ("SkipLast", 2): return Sequence(source.SkipLast((int)a[1].Clr!));
            case ("TakeLast", 2): return Sequence(source.TakeLast((int)a[1].Clr!));
            case ("SkipWhile", 2): return Sequence(Arity(1) == 2 ? source.SkipWhile(IndexedTest(1)) : source.SkipWhile(Test(1)));
            case ("TakeWhile", 2): return Sequence(Arity(1) == 2 ? source.TakeWhile(IndexedTest(1)) : source.TakeWhile(Test(1)));
            case ("Reverse", 1): return Sequence(source.Reverse());
            case ("Concat", 2): return Sequence(source.Concat(Items(a[1])));
            case ("Append", 2): return Sequence(source.Append(a[1]));
            case ("Prepend", 2): return Sequence(source.Prepend(a[1]));
            case ("DefaultIfEmpty", _): return Sequence(source.DefaultIfEmpty(a.Length == 2 ? a[1] : new Quantity(DefaultOf(elementType))));
            case ("Chunk", 2): return Sequence(source.Chunk((int)a[1].Clr!).Select(chunk => ArrayOf(elementType, chunk)));
            case ("AsEnumerable", 1): return Sequence(source);
            case ("ToArray", 1): return ArrayOf(elementType, source.ToArray());
            case ("ToList", 1): return ListOf(elementType, source.ToArray());

            case ("First" or "Last" or "Single" or "ElementAt" or "FirstOrDefault" or "LastOrDefault" or "SingleOrDefault" or "ElementAtOrDefault", _):
                return One(name, source, a, Arity(1) == 1 ? Test(1) : null, elementType);
            case ("Count", 1): return new Quantity(source.Count());
            case ("Count", 2): return new Quantity(source.Count(Test(1)));
            case ("LongCount", 1): return new Quantity(source.LongCount());
            case ("LongCount", 2): return new Quantity(source.LongCount(Test(1)));
            case ("Any", 1): return new Quantity(source.Any());
            case ("Any", 2): return new Quantity(source.Any(Test(1)));
            case ("All", 2): return new Quantity(source.All(Test(1)));
            case ("Contains", 2): return new Quantity(source.Select(item => item.Clr).Contains(a[1].Clr));

            case ("Aggregate", 2): return source.Aggregate(Binary(1));
            case ("Aggregate", 3): return source.Aggregate(a[1], Binary(2));
            case ("Aggregate", 4): return source.Aggregate(a[1], Binary(2), Function(3));
            case ("Sum" or "Average" or "Min" or "Max", 1): return Reduce(name, elementType, source, a[0]);
            case ("Sum" or "Average" or "Min" or "Max", 2) when Arity(1) == 1: return Reduce(name, types[1].GenericTypeArguments[^1], source.Select(Function(1)));
            default: return null;
        }
    }

    /// <summary>The quantities of a sequence, made when they are asked for unless they are in an array or a list.</summary>
    private static IEnumerable<Quantity> Items(Quantity source) =>
        source.Sequence ?? source.Elements ?? source.Clr switch
        {
            null => throw new ArgumentNullException(nameof(source)),
            Array { Rank: 1 } or IList { IsFixedSize: false } => ((IEnumerable)source.Clr).Cast<object?>().Select(item => new Quantity(item)).ToArray(),
            IEnumerable items => items.Cast<object?>().Select(item => new Quantity(item)),
            var other => throw new OracleUnsupportedException($"{other.GetType().Name} is no sequence"),
        };

    private static Type? ElementTypeOrNull(Type type) =>
        type.IsArray ? type.GetElementType()
        : new[] { type }.Concat(type.GetInterfaces()).FirstOrDefault(candidate => candidate.IsGenericType && candidate.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GenericTypeArguments[0];

    private static Type ElementType(Type type) => ElementTypeOrNull(type) ?? throw new OracleUnsupportedException($"{type.Name} is no sequence");

    private static Quantity TupleOf(Type type, params Quantity[] items) =>
        new(Activator.CreateInstance(type, [.. items.Select(item => item.Clr)])) { Parts = items.Select((item, k) => (item, k)).ToDictionary(pair => $"Item{pair.k + 1}", pair => pair.item) };

    private static Quantity ListOf(Type elementType, Quantity[] elements)
    {
        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(elementType))!;
        foreach (var element in elements) list.Add(element.Clr);
        return new Quantity(list) { Elements = elements };
    }

    private static Quantity One(string name, IEnumerable<Quantity> source, Quantity[] a, Func<Quantity, bool>? test, Type elementType)
    {
        var absent = a.Length > 1 && test is null && name is not ("ElementAt" or "ElementAtOrDefault") ? a[^1] : a.Length == 3 ? a[2] : new Quantity(DefaultOf(elementType));
        return name switch
        {
            "First" => test is null ? source.First() : source.First(test),
            "Last" => test is null ? source.Last() : source.Last(test),
            "Single" => test is null ? source.Single() : source.Single(test),
            "FirstOrDefault" => test is null ? source.FirstOrDefault(absent) : source.FirstOrDefault(test, absent),
            "LastOrDefault" => test is null ? source.LastOrDefault(absent) : source.LastOrDefault(test, absent),
            "SingleOrDefault" => test is null ? source.SingleOrDefault(absent) : source.SingleOrDefault(test, absent),
            "ElementAt" => a[1].Clr is Index index ? source.ElementAt(index) : source.ElementAt((int)a[1].Clr!),
            _ => (a[1].Clr is Index index ? source.ElementAtOrDefault(index) : source.ElementAtOrDefault((int)a[1].Clr!)) ?? absent,
        };
    }

    /// <summary>A sum, a mean or an extremum: LINQ's own value; the tangent of the sum of all, of their mean, of the element that was returned.</summary>
    private Quantity Reduce(string name, Type type, IEnumerable<Quantity> items, Quantity? source = null)
    {
        // LINQ treats arrays and lists apart: the mean of an array of −0 is +0, that of a query is −0.
        bool isStored = source is { Sequence: null, Clr: Array or IList };
        List<Quantity> seen = isStored ? [.. items] : [];
        var method = typeof(Enumerable).GetMethod(name, [typeof(IEnumerable<>).MakeGenericType(type)])
            ?? typeof(Enumerable).GetMethods().Single(candidate => candidate.Name == name && candidate.GetGenericArguments().Length == 1 && candidate.GetParameters().Length == 1).MakeGenericMethod(type);
        object recording = isStored ? source!.Clr! : Generic(nameof(Recorded), type).Invoke(null, [items, seen])!;
        object? result = method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [recording], null);
        if (!IsReal(method.ReturnType) || result is null) return new Quantity(result);
        Quantity[] present = [.. seen.Where(item => item.Clr is not null)];
        if (name is "Min" or "Max")
        {
            // LINQ returns the first of the numbers with these bits; the smallest is the first NaN, the largest of nothing but NaN the last.
            double chosen = Convert.ToDouble(result);
            var element = double.IsNaN(chosen) ? name == "Min" ? present.First(item => double.IsNaN(item.Real)) : present[^1] : present.First(item => Agreement.SameBits(item.Real, chosen));
            return new Quantity(result, element.Tangent);
        }
        Operations += present.Length;
        return new Quantity(result, Chain([.. present.Select(_ => (double?)(name == "Sum" ? 1.0 : 1.0 / present.Length))], [.. present.Select(item => item.Tangent)], unspecified: false));
    }

    private static MethodInfo Generic(string name, Type type) => typeof(Interpreter).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type);

    private static IEnumerable<T> Recorded<T>(IEnumerable<Quantity> items, List<Quantity> seen)
    {
        foreach (var item in items)
        {
            seen.Add(item);
            yield return (T)item.Clr!;
        }
    }

    /// <summary>A method that C# binds to spans of arrays: what it returns has no derivative. A span cannot be boxed, so the arrays are passed to a compiled call.</summary>
    private static Quantity CallOnSpans(MethodInfo method, Quantity[] arguments)
    {
        var compiled = SpanCalls.GetOrAdd(method, static method =>
        {
            ParameterExpression[] parameters = [.. method.GetParameters().Select(parameter =>
                Expression.Parameter(parameter.ParameterType.IsByRefLike ? parameter.ParameterType.GenericTypeArguments[0].MakeArrayType() : parameter.ParameterType))];
            return Expression.Lambda(Expression.Call(method, method.GetParameters().Zip(parameters, (parameter, argument) => Expression.Convert(argument, parameter.ParameterType))), parameters).Compile();
        });
        if (method.ReturnType.IsByRefLike || IsReal(method.ReturnType)) throw new OracleUnsupportedException($"MemoryExtensions.{method.Name}");
        return new Quantity(compiled.DynamicInvoke([.. arguments.Select(argument => argument.Clr)]));
    }
}
