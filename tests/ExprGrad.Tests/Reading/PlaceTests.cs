using ExprGrad.Tests.Contract;

namespace ExprGrad.Tests.Reading;

/// <summary>Structs that code may write to stay in place; what they are reached through is evaluated once.</summary>
public class PlaceTests
{
    private int calls;

    private TimeSpan Elapsed() => TimeSpan.FromSeconds(++this.calls);

    [Fact]
    public void A_property_of_a_struct_evaluates_the_struct_once()
    {
        var f = Grad.Compile(x => this.Elapsed().TotalSeconds * x[0]);
        Assert.Equal(3, f([3]).Value);
        Assert.Equal(1, this.calls);
    }

    [Fact]
    public void A_method_of_a_struct_evaluates_struct_and_arguments_once()
    {
        var f = Grad.Compile(x => this.Elapsed().Add(this.Elapsed()).TotalSeconds * x[0]);
        Assert.Equal(9, f([3]).Value);
        Assert.Equal(2, this.calls);
    }

    [Fact]
    public void A_method_of_an_element_of_x_uses_its_value()
    {
        Expect.Gradient(x => x[1].CompareTo(0.5) * x[0], [3, 7], 1, 0);
        Assert.Throws<ArgumentException>(() => Grad.Compile(x => x[1].CompareTo(0.5) * x[0])([3]));
    }
}
