using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;

namespace ExprGrad.Primitives;

/// <summary>
/// A differentiable function: its value (the method that lambdas call) and its partials, in one place. A new primitive is one new class
/// with a parameterless constructor: <see cref="Catalogue"/> finds it.
/// </summary>
internal abstract class Primitive : Operation
{
    private readonly MethodInfo[] methods;

    /// <param name="method">The static method that is recognised in lambdas, called on constants and emitted; null for an operator.</param>
    /// <param name="twins">Other methods of the same value and partials, such as <c>double.Sin</c> beside <c>Math.Sin</c>.</param>
    protected Primitive(Delegate? method, params Delegate[] twins)
    {
        this.Method = method?.Method;
        this.methods = [.. new[] { method }.Concat(twins).OfType<Delegate>().Select(twin => twin.Method)];
    }

    /// <summary>The method that gives the value; null for an operator.</summary>
    public MethodInfo? Method { get; private set; }

    public override string Name => this.Method!.Name.ToLowerInvariant();

    public override Type Type => typeof(double);

    /// <summary>Intervals on which tests sample the operands, one for each.</summary>
    public abstract IReadOnlyList<Domain> Samples { get; }

    public override Expression Emit(IReadOnlyList<Expression> operands) => Expression.Call(this.Method!, operands);

    public override bool IsDifferentiable(int operand) => true;

    /// <summary>The partial with respect to an operand, as arithmetic on the operands and the primal result <paramref name="f"/>; asked for differentiable, active operands only.</summary>
    public abstract Real Partial(int operand, Operands x, Real f);

    /// <summary>Whether all partials are 1 or −1, so that the chain rule multiplies nothing.</summary>
    public virtual bool HasUnitPartials => false;

    /// <summary>Whether <see cref="EmitLanes"/> knows it: vectors have it, and each lane gets the bits of the single number.</summary>
    public virtual bool HasLanes => false;

    /// <summary>Whether the first two operands may change places.</summary>
    public virtual bool IsSymmetric => false;

    /// <summary>The same on the lanes of vectors: the method of that name.</summary>
    public virtual Expression EmitLanes(LaneShape shape, IReadOnlyList<Expression> operands) =>
        shape.Operations.GetMethod(this.Method!.Name, [.. operands.Select(operand => operand.Type)]) is { } method
            ? Expression.Call(method, operands)
            : Expression.Call(shape.Operations, this.Method.Name, [typeof(double)], [.. operands]);

    /// <summary>
    /// The test that this operand was selected, for functions that return one of their operands (max, min, clamp): where it is false nothing flows to the operand, not even 0 · ∞.
    /// Null: every operand always contributes.
    /// </summary>
    public virtual Truth? Selects(int operand, Operands x, Real f) => null;

    /// <summary>This primitive for each of its methods. Each keeps the method that the user wrote, so that the value is the plain call's.</summary>
    public IEnumerable<Primitive> ForEachMethod() => this.methods.Select(method =>
    {
        var twin = (Primitive)this.MemberwiseClone();
        twin.Method = method;
        return twin;
    });
}

/// <summary>A function of one real.</summary>
internal abstract class UnaryPrimitive(Func<double, double> method, params Func<double, double>[] twins) : Primitive(method, twins)
{
    /// <summary>f′(x), with f = f(x) at hand.</summary>
    protected abstract Real Derivative(Real x, Real f);

    /// <summary>The interval on which tests sample x.</summary>
    protected virtual Domain Sample => Domain.Reals;

    public sealed override IReadOnlyList<Domain> Samples => [this.Sample];

    public sealed override Real Partial(int operand, Operands x, Real f) => this.Derivative(x[0], f);
}

/// <summary>A function of two reals.</summary>
internal abstract class BinaryPrimitive(Func<double, double, double> method, params Func<double, double, double>[] twins) : Primitive(method, twins)
{
    /// <summary>∂f/∂x.</summary>
    protected abstract Real PartialX(Real x, Real y, Real f);

    /// <summary>∂f/∂y.</summary>
    protected abstract Real PartialY(Real x, Real y, Real f);

    protected virtual Domain SampleX => Domain.Reals;

    protected virtual Domain SampleY => Domain.Reals;

    public sealed override IReadOnlyList<Domain> Samples => [this.SampleX, this.SampleY];

    public sealed override Real Partial(int operand, Operands x, Real f) =>
        operand == 0 ? this.PartialX(x[0], x[1], f) : this.PartialY(x[0], x[1], f);
}

/// <summary>A closed interval on which tests sample an operand; for an integer operand the integers in it.</summary>
internal readonly record struct Domain(double Low, double High)
{
    public static Domain Reals => new(-20, 20);

    public static Domain Positive => new(1e-3, 40);
}
