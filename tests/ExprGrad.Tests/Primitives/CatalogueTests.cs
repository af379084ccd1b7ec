using System.Reflection;
using ExprGrad.Primitives;

namespace ExprGrad.Tests.Primitives;

public class CatalogueTests
{
    /// <summary>Public methods of Math, double and GradMath with a double result that are no primitives, and why.</summary>
    private static readonly Dictionary<string, string> NotPrimitives = new()
    {
        ["BitIncrement"] = "refused: the next double is no function of a real",
        ["BitDecrement"] = "refused: the previous double is no function of a real",
        ["ReciprocalEstimate"] = "refused: its value depends on the processor",
        ["ReciprocalSqrtEstimate"] = "refused: its value depends on the processor",
        ["Parse"] = "its operand is a text",
        ["CreateChecked"] = "generic: a conversion",
        ["CreateSaturating"] = "generic: a conversion",
        ["CreateTruncating"] = "generic: a conversion",
        ["LogSumExp"] = "of sequences: read as a loop",
        ["Dot"] = "of sequences: read as a loop",
        ["SumOfSquares"] = "of sequences: read as a loop",
        ["Norm"] = "of sequences: read as a loop",
        ["Polynomial"] = "of sequences: read as a loop",
    };

    public static TheoryData<Type> Types => [typeof(Math), typeof(double), typeof(GradMath)];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_method_with_a_double_result_is_a_primitive_or_has_a_reason_not_to_be(Type type)
    {
        foreach (MethodInfo method in type.GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => method.ReturnType == typeof(double)))
            Assert.True(Catalogue.Find(method) is null == NotPrimitives.ContainsKey(method.Name), method.ToString());
    }

    [Fact]
    public void A_twin_keeps_its_own_method()
    {
        Primitive ofMath = Catalogue.Find(((Func<double, double>)Math.Sin).Method)!;
        Primitive ofDouble = Catalogue.Find(((Func<double, double>)double.Sin).Method)!;

        Assert.Equal(typeof(Math), ofMath.Method!.DeclaringType);
        Assert.Equal(typeof(double), ofDouble.Method!.DeclaringType);
        Assert.NotEqual(ofMath, ofDouble);
    }

    [Fact]
    public void A_method_of_somebody_else_is_not_found() =>
        Assert.Null(Catalogue.Find(((Func<string, double>)double.Parse).Method));
}
