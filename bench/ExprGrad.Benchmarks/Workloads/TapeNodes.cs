namespace ExprGrad.Benchmarks.Workloads;

/// <summary>A value on an <see cref="ObjectTape"/>.</summary>
internal abstract class TapeNode(double value = 0)
{
    public double Value = value, Adjoint;

    /// <summary>Computes the value from those of the operands and forgets the adjoint.</summary>
    public abstract void Forward();

    /// <summary>Adds its contributions to the adjoints of the operands.</summary>
    public abstract void Backward();
}

/// <summary>An input or a constant, whose adjoint nobody reads.</summary>
internal sealed class LeafNode(double value) : TapeNode(value)
{
    public override void Forward()
    {
    }

    public override void Backward()
    {
    }
}

internal sealed class AddNode(TapeNode a, TapeNode b) : TapeNode
{
    public override void Forward() => (this.Value, this.Adjoint) = (a.Value + b.Value, 0);

    public override void Backward()
    {
        a.Adjoint += this.Adjoint;
        b.Adjoint += this.Adjoint;
    }
}

internal sealed class SubtractNode(TapeNode a, TapeNode b) : TapeNode
{
    public override void Forward() => (this.Value, this.Adjoint) = (a.Value - b.Value, 0);

    public override void Backward()
    {
        a.Adjoint += this.Adjoint;
        b.Adjoint -= this.Adjoint;
    }
}

internal sealed class MultiplyNode(TapeNode a, TapeNode b) : TapeNode
{
    public override void Forward() => (this.Value, this.Adjoint) = (a.Value * b.Value, 0);

    public override void Backward()
    {
        a.Adjoint += this.Adjoint * b.Value;
        b.Adjoint += this.Adjoint * a.Value;
    }
}

internal sealed class DivideNode(TapeNode a, TapeNode b) : TapeNode
{
    public override void Forward() => (this.Value, this.Adjoint) = (a.Value / b.Value, 0);

    public override void Backward()
    {
        double quotient = this.Adjoint / b.Value;
        a.Adjoint += quotient;
        b.Adjoint -= quotient * this.Value;
    }
}

internal sealed class NegateNode(TapeNode a) : TapeNode
{
    public override void Forward() => (this.Value, this.Adjoint) = (-a.Value, 0);

    public override void Backward() => a.Adjoint -= this.Adjoint;
}

internal sealed class AbsNode(TapeNode a) : TapeNode
{
    public override void Forward() => (this.Value, this.Adjoint) = (Math.Abs(a.Value), 0);

    public override void Backward() => a.Adjoint += a.Value > 0 ? this.Adjoint : a.Value < 0 ? -this.Adjoint : 0;
}

internal sealed class SqrtNode(TapeNode a) : TapeNode
{
    public override void Forward() => (this.Value, this.Adjoint) = (Math.Sqrt(a.Value), 0);

    public override void Backward() => a.Adjoint += 0.5 * this.Adjoint / this.Value;
}

internal sealed class ExpNode(TapeNode a) : TapeNode
{
    public override void Forward() => (this.Value, this.Adjoint) = (Math.Exp(a.Value), 0);

    public override void Backward() => a.Adjoint += this.Adjoint * this.Value;
}

internal sealed class LogNode(TapeNode a) : TapeNode
{
    public override void Forward() => (this.Value, this.Adjoint) = (Math.Log(a.Value), 0);

    public override void Backward() => a.Adjoint += this.Adjoint / a.Value;
}

internal sealed class SinNode(TapeNode a) : TapeNode
{
    public override void Forward() => (this.Value, this.Adjoint) = (Math.Sin(a.Value), 0);

    public override void Backward() => a.Adjoint += this.Adjoint * Math.Cos(a.Value);
}

internal sealed class CosNode(TapeNode a) : TapeNode
{
    public override void Forward() => (this.Value, this.Adjoint) = (Math.Cos(a.Value), 0);

    public override void Backward() => a.Adjoint -= this.Adjoint * Math.Sin(a.Value);
}

/// <summary>One of two values, both computed.</summary>
internal sealed class WhereNode(Func<double, double, bool> compare, TapeNode left, TapeNode right, TapeNode ifTrue, TapeNode ifFalse) : TapeNode
{
    private TapeNode? chosen;

    public override void Forward()
    {
        this.chosen = compare(left.Value, right.Value) ? ifTrue : ifFalse;
        (this.Value, this.Adjoint) = (this.chosen.Value, 0);
    }

    public override void Backward() => this.chosen!.Adjoint += this.Adjoint;
}

internal sealed class NormalCdfNode(TapeNode a) : TapeNode
{
    private double density;

    public override void Forward()
    {
        (this.Value, this.density) = GradMath.NormalCdfAndPdf(a.Value);
        this.Adjoint = 0;
    }

    public override void Backward() => a.Adjoint += this.Adjoint * this.density;
}
