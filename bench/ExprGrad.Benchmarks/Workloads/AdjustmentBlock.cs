using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static ExprGrad.Benchmarks.Workloads.Reprojection;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>The two errors of one observation and their derivatives by camera, point and weight: a 2 × 15 block of the Jacobian of bundle adjustment. For ExprGrad that is two functions.</summary>
public sealed class AdjustmentBlock : ObjectiveWorkload
{
    private const int Camera = 0, Point = CameraSize, Weight = CameraSize + PointSize, Inputs = Weight + 1;

    private readonly Plane feature = new(330, 250);

    /// <summary>Computes two errors and their gradients.</summary>
    private delegate (double X, double Y) Block(double[] x, double[] ofX, double[] ofY);

    public override string Name => "BA, one 2 × 15 block";

    public override int Dimension => Inputs;

    public override int PointCount => 2048;

    public override int GradientLength => 2 * Inputs;

    /// <summary>The first error; the second is like it.</summary>
    public override Expression<Func<double[], double>> Function
    {
        get
        {
            Plane feature = this.feature;
            return x => Errors.Compile()(x, Camera, Point, x[Weight], feature).X;
        }
    }

    public override double? RatioInCpp => 1.47;

    private Expression<Func<double[], double>> SecondFunction
    {
        get
        {
            Plane feature = this.feature;
            return x => Errors.Compile()(x, Camera, Point, x[Weight], feature).Y;
        }
    }

    public override IReadOnlyList<Implementation> Implementations()
    {
        Expression<Func<double[], double>> first = this.Function, second = this.SecondFunction;
        static Func<double[], (double, double)> Both(Func<double[], double> x, Func<double[], double> y) => point => (x(point), y(point));
        return
        [
            new BothErrors("by hand", Role.HandValue, () => this.Value),
            new BothErrors("f.Compile(), twice", Role.Plain, () => Both(Inlining.OfCompiledLambdas(first).Compile(), Inlining.OfCompiledLambdas(second).Compile())),
            new BothErrors("value as Grad.Compile(f) compiles it, twice", Role.ExprGradValue, () => Both(CompileValue(first), CompileValue(second))),
            new BlockImplementation("by hand, both rows at once", Role.HandGradient, () => this.BothRows),
            new BlockImplementation("by hand, one gradient after the other", Role.HandSameWork, () => this.OneAfterTheOther),
            new BlockImplementation("Grad.Compile(f), twice", Role.ExprGrad, () =>
            {
                ValueAndGradient x = Grad.Compile(first), y = Grad.Compile(second);
                return (point, ofX, ofY) => (x(point, ofX).Value, y(point, ofY).Value);
            }),
        ];
    }

    protected override double[] Sample(Random random) => [.. Reprojection.Camera(random), .. Reprojection.Point(random), Uniform(random, 0.5, 1.5)];

    [MethodImpl(HandWritten)]
    private (double X, double Y) Value(double[] x)
    {
        ref double start = ref MemoryMarshal.GetArrayDataReference(x);
        double weight = x[Weight];
        (double ex, double ey) = Reprojection.Value(ref start, ref At(ref start, Point), this.feature.X, this.feature.Y);
        return (weight * ex, weight * ey);
    }

    [MethodImpl(HandWritten)]
    private (double X, double Y) OneAfterTheOther(double[] x, double[] ofX, double[] ofY) => (this.Row(x, ofX, isX: true), this.Row(x, ofY, isX: false));

    [MethodImpl(HandWritten)]
    private double Row(double[] x, double[] gradient, bool isX)
    {
        if (x.Length != Inputs)
            throw new ArgumentException("15 elements.", nameof(x));
        ref double camera = ref MemoryMarshal.GetArrayDataReference(x), point = ref At(ref camera, Point), bar = ref Checked(gradient);
        double rx = camera, ry = At(ref camera, 1), rz = At(ref camera, 2), vx = point - At(ref camera, 3), vy = At(ref point, 1) - At(ref camera, 4), vz = At(ref point, 2) - At(ref camera, 5);
        double squared = Fma(rx, rx, Fma(ry, ry, rz * rz)), sin = 1, cos = 1, versed = 0, perAngleSin = 1, perAngleVersed = 0;
        // Without a rotation r itself is the axis, sine and cosine are 1.
        if (squared != 0)
        {
            double angle = Math.Sqrt(squared), perAngle = 1 / angle;
            (sin, cos) = Math.SinCos(angle);
            versed = 1 - cos;
            perAngleSin = perAngle * sin;
            perAngleVersed = perAngle * versed;
            rx *= perAngle;
            ry *= perAngle;
            rz *= perAngle;
        }
        double tx = versed * rx, ty = versed * ry, tz = versed * rz, sx = sin * rx, sy = sin * ry, sz = sin * rz;
        double a = Fma(tx, rx, cos), b = Fma(tx, ry, -sz), c = Fma(tx, rz, sy), d = Fma(tx, ry, sz), e = Fma(ty, ry, cos), f = Fma(ty, rz, -sx), g = Fma(tx, rz, -sy), h = Fma(ty, rz, sx), i = Fma(tz, rz, cos);
        double perZ = 1 / Fma(g, vx, Fma(h, vy, i * vz)), u = Fma(a, vx, Fma(b, vy, c * vz)) * perZ, v = Fma(d, vx, Fma(e, vy, f * vz)) * perZ;
        double focal = At(ref camera, 6), k1 = At(ref camera, 9), k2 = At(ref camera, 10), weight = At(ref camera, Weight);
        double radius = Fma(u, u, v * v), bend = Fma(radius, Fma(radius, k2, k1), 1), scale = focal * bend;
        double ofU = isX ? u : v, error = isX ? Fma(scale, u, At(ref camera, 7)) - this.feature.X : Fma(scale, v, At(ref camera, 8)) - this.feature.Y;
        At(ref bar, Weight) = error;
        double w = weight * ofU, focalW = focal * w, bent = focalW * radius;
        At(ref bar, 6) = bend * w;
        At(ref bar, 7) = isX ? weight : 0;
        At(ref bar, 8) = isX ? 0 : weight;
        At(ref bar, 9) = bent;
        At(ref bar, 10) = bent * radius;
        double slope = 2 * Fma(2 * radius, k2, k1) * perZ * focalW, direct = weight * scale * perZ, byU = slope * u, byV = slope * v;
        if (isX)
            byU += direct;
        else
            byV += direct;
        Turn(ref bar, rx, ry, rz, vx, vy, vz, a, b, c, d, e, f, g, h, i, perAngleSin, perAngleVersed, byU, byV, -Fma(byU, u, byV * v));
        return weight * error;
    }

    [MethodImpl(HandWritten)]
    private (double X, double Y) BothRows(double[] x, double[] ofX, double[] ofY)
    {
        if (x.Length != Inputs)
            throw new ArgumentException("15 elements.", nameof(x));
        ref double camera = ref MemoryMarshal.GetArrayDataReference(x), point = ref At(ref camera, Point), barX = ref Checked(ofX), barY = ref Checked(ofY);
        double rx = camera, ry = At(ref camera, 1), rz = At(ref camera, 2), vx = point - At(ref camera, 3), vy = At(ref point, 1) - At(ref camera, 4), vz = At(ref point, 2) - At(ref camera, 5);
        double squared = Fma(rx, rx, Fma(ry, ry, rz * rz)), sin = 1, cos = 1, versed = 0, perAngleSin = 1, perAngleVersed = 0;
        // Without a rotation r itself is the axis, sine and cosine are 1.
        if (squared != 0)
        {
            double angle = Math.Sqrt(squared), perAngle = 1 / angle;
            (sin, cos) = Math.SinCos(angle);
            versed = 1 - cos;
            perAngleSin = perAngle * sin;
            perAngleVersed = perAngle * versed;
            rx *= perAngle;
            ry *= perAngle;
            rz *= perAngle;
        }
        double tx = versed * rx, ty = versed * ry, tz = versed * rz, sx = sin * rx, sy = sin * ry, sz = sin * rz;
        double a = Fma(tx, rx, cos), b = Fma(tx, ry, -sz), c = Fma(tx, rz, sy), d = Fma(tx, ry, sz), e = Fma(ty, ry, cos), f = Fma(ty, rz, -sx), g = Fma(tx, rz, -sy), h = Fma(ty, rz, sx), i = Fma(tz, rz, cos);
        double perZ = 1 / Fma(g, vx, Fma(h, vy, i * vz)), u = Fma(a, vx, Fma(b, vy, c * vz)) * perZ, v = Fma(d, vx, Fma(e, vy, f * vz)) * perZ;
        double focal = At(ref camera, 6), k1 = At(ref camera, 9), k2 = At(ref camera, 10), weight = At(ref camera, Weight);
        double radius = Fma(u, u, v * v), bend = Fma(radius, Fma(radius, k2, k1), 1), scale = focal * bend;
        double ex = Fma(scale, u, At(ref camera, 7)) - this.feature.X, ey = Fma(scale, v, At(ref camera, 8)) - this.feature.Y;
        At(ref barX, Weight) = ex;
        At(ref barY, Weight) = ey;

        double wu = weight * u, wv = weight * v, focalU = focal * wu, focalV = focal * wv, bent = focalU * radius, bentV = focalV * radius;
        At(ref barX, 6) = bend * wu;
        At(ref barY, 6) = bend * wv;
        At(ref barX, 7) = weight;
        At(ref barY, 7) = 0;
        At(ref barX, 8) = 0;
        At(ref barY, 8) = weight;
        At(ref barX, 9) = bent;
        At(ref barY, 9) = bentV;
        At(ref barX, 10) = bent * radius;
        At(ref barY, 10) = bentV * radius;
        double slope = 2 * Fma(2 * radius, k2, k1) * perZ, direct = weight * scale * perZ, slopeU = slope * focalU, slopeV = slope * focalV;
        // The second error's derivative by u is the first one's by v.
        double xx = Fma(slopeU, u, direct), xy = slopeU * v, yy = Fma(slopeV, v, direct);
        Turn(ref barX, rx, ry, rz, vx, vy, vz, a, b, c, d, e, f, g, h, i, perAngleSin, perAngleVersed, xx, xy, -Fma(xx, u, xy * v));
        Turn(ref barY, rx, ry, rz, vx, vy, vz, a, b, c, d, e, f, g, h, i, perAngleSin, perAngleVersed, xy, yy, -Fma(xy, u, yy * v));
        return (weight * ex, weight * ey);
    }

    private static ref double Checked(double[] gradient) =>
        ref MemoryMarshal.GetArrayDataReference(gradient.Length == Inputs ? gradient : throw new ArgumentException("15 elements.", nameof(gradient)));

    // From the adjoint of the turned point to those of rotation, centre and point. The derivative of a rotation by its vector is that of a turned frame: R·(w×), w by the right Jacobian of the rotation.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Turn(ref double bar, double rx, double ry, double rz, double vx, double vy, double vz, double a, double b, double c, double d, double e, double f, double g, double h, double i,
        double perAngleSin, double perAngleVersed, double pxBar, double pyBar, double pzBar)
    {
        double vxBar = Fma(a, pxBar, Fma(d, pyBar, g * pzBar)), vyBar = Fma(b, pxBar, Fma(e, pyBar, h * pzBar)), vzBar = Fma(c, pxBar, Fma(f, pyBar, i * pzBar));
        At(ref bar, Point) = vxBar;
        At(ref bar, Point + 1) = vyBar;
        At(ref bar, Point + 2) = vzBar;
        At(ref bar, 3) = -vxBar;
        At(ref bar, 4) = -vyBar;
        At(ref bar, 5) = -vzBar;
        double wx = Fma(vy, vzBar, -(vz * vyBar)), wy = Fma(vz, vxBar, -(vx * vzBar)), wz = Fma(vx, vyBar, -(vy * vxBar));
        double along = (1 - perAngleSin) * Fma(rx, wx, Fma(ry, wy, rz * wz));
        bar = Fma(perAngleSin, wx, Fma(perAngleVersed, Fma(ry, wz, -(rz * wy)), along * rx));
        At(ref bar, 1) = Fma(perAngleSin, wy, Fma(perAngleVersed, Fma(rz, wx, -(rx * wz)), along * ry));
        At(ref bar, 2) = Fma(perAngleSin, wz, Fma(perAngleVersed, Fma(rx, wy, -(ry * wx)), along * rz));
    }

    /// <summary>Two errors, whatever computes them.</summary>
    private sealed class BothErrors(string name, Role role, Func<Func<double[], (double X, double Y)>> make) : Implementation(name, role)
    {
        private Func<double[], (double X, double Y)> f = null!;

        public override double Evaluate(double[] x, double[] gradient) => Sum(this.f(x));

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override double Pass(double[][] points)
        {
            Func<double[], (double X, double Y)> f = this.f;
            double sum = 0;
            foreach (double[] point in points)
                sum += Sum(f(point));
            return sum;
        }

        public override double MakeAndCall(double[] x) => Sum((this.f = make())(x));
    }

    /// <summary>Two errors and their gradients, whatever computes them.</summary>
    private sealed class BlockImplementation(string name, Role role, Func<Block> make) : Implementation(name, role)
    {
        private readonly double[] ofX = new double[Inputs], ofY = new double[Inputs];
        private Block f = null!;

        public override double Evaluate(double[] x, double[] gradient)
        {
            double value = Sum(this.f(x, this.ofX, this.ofY));
            this.ofX.CopyTo(gradient, 0);
            this.ofY.CopyTo(gradient, Inputs);
            return value;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override double Pass(double[][] points)
        {
            Block f = this.f;
            double[] ofX = this.ofX, ofY = this.ofY;
            double sum = 0;
            foreach (double[] point in points)
                sum += Sum(f(point, ofX, ofY)) + ofX[0] + ofY[0];
            return sum;
        }

        public override double MakeAndCall(double[] x) => Sum((this.f = make())(x, this.ofX, this.ofY));
    }

    private static double Sum((double X, double Y) errors) => errors.X + errors.Y;
}
