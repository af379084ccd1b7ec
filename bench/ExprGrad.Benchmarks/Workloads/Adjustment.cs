using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static ExprGrad.Benchmarks.Workloads.Reprojection;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>Bundle adjustment as one number: the sum of squares of all weighted errors, and of 1 − weight². 49 cameras, 7,776 points, 31,843 observations, as in the first instance of the ADBench suite.</summary>
/// <remarks>The inputs: the cameras, the points, the weight of each observation.</remarks>
public sealed class Adjustment : ObjectiveWorkload
{
    private const int CameraCount = 49, PointCountOfProblem = 7776, ObservationCount = 31_843, FirstPoint = CameraCount * CameraSize, FirstWeight = FirstPoint + PointCountOfProblem * PointSize;

    private readonly int[] cameras, points;
    private readonly Plane[] features;
    private readonly double[] truth;

    public Adjustment()
    {
        var random = new Random(5);
        this.truth =
        [
            .. Enumerable.Range(0, CameraCount).SelectMany(_ => Camera(random)),
            .. Enumerable.Range(0, PointCountOfProblem).SelectMany(_ => Point(random)),
            .. Enumerable.Repeat(1.0, ObservationCount),
        ];
        // Observations are sorted by point in practice, and each point is seen by several cameras.
        this.points = [.. Enumerable.Range(0, ObservationCount).Select(n => (int)((long)n * PointCountOfProblem / ObservationCount))];
        this.cameras = [.. this.points.Select(_ => random.Next(CameraCount))];
        this.features = [.. this.points.Select((point, n) =>
        {
            (double x, double y) = Value(ref this.truth[this.cameras[n] * CameraSize], ref this.truth[FirstPoint + point * PointSize], 0, 0);
            return new Plane(x + Uniform(random, -1, 1), y + Uniform(random, -1, 1));
        })];
    }

    public override string Name => "BA, 31843 observations";

    public override int Dimension => FirstWeight + ObservationCount;

    public override int PointCount => 1;

    public override Expression<Func<double[], double>> Function
    {
        get
        {
            int[] cameras = this.cameras, points = this.points;
            Plane[] features = this.features;
            Expression<Func<Plane, double, double>> squares = (error, weight) => error.X * error.X + error.Y * error.Y + (1 - weight * weight) * (1 - weight * weight);
            return x => Enumerable.Range(0, features.Length).Sum(n =>
                squares.Compile()(Errors.Compile()(x, cameras[n] * CameraSize, FirstPoint + points[n] * PointSize, x[FirstWeight + n], features[n]), x[FirstWeight + n]));
        }
    }

    protected override IEnumerable<(string Name, Func<double[], double> Value)> HandValues => [("by hand", this.ValueByHand)];

    protected override IEnumerable<(string Name, ValueAndGradient Gradient)> HandGradients => [("by hand", this.Gradient)];

    protected override double[] Sample(Random random) => [.. this.truth.Select(v => v * Uniform(random, 0.99, 1.01))];

    [MethodImpl(HandWritten)]
    private double ValueByHand(double[] x)
    {
        int[] cameras = this.cameras, points = this.points;
        Plane[] features = this.features;
        ref double start = ref MemoryMarshal.GetArrayDataReference(x);
        double sum = 0;
        for (int n = 0; n < features.Length; n++)
        {
            double weight = At(ref start, FirstWeight + n), off = 1 - weight * weight;
            (double ex, double ey) = Value(ref At(ref start, cameras[n] * CameraSize), ref At(ref start, FirstPoint + points[n] * PointSize), features[n].X, features[n].Y);
            ex *= weight;
            ey *= weight;
            sum += ex * ex + ey * ey + off * off;
        }
        return sum;
    }

    [MethodImpl(HandWritten)]
    private (double Value, double[] Gradient) Gradient(double[] x, double[]? gradient)
    {
        gradient = Buffer(x, gradient);
        int[] cameras = this.cameras, points = this.points;
        Plane[] features = this.features;
        // The weights need no clearing: each is stored once.
        Clear(gradient.AsSpan(0, FirstWeight));
        ref double start = ref MemoryMarshal.GetArrayDataReference(x), startBar = ref MemoryMarshal.GetArrayDataReference(gradient);
        double sum = 0;
        for (int n = 0; n < features.Length; n++)
        {
            ref double camera = ref At(ref start, cameras[n] * CameraSize), point = ref At(ref start, FirstPoint + points[n] * PointSize);
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
            double focal = At(ref camera, 6), k1 = At(ref camera, 9), k2 = At(ref camera, 10);
            double radius = Fma(u, u, v * v), bend = Fma(radius, Fma(radius, k2, k1), 1), scale = focal * bend;
            double ex = Fma(scale, u, At(ref camera, 7)) - features[n].X, ey = Fma(scale, v, At(ref camera, 8)) - features[n].Y;
            double weight = At(ref start, FirstWeight + n), off = Fma(-weight, weight, 1), squares = Fma(ex, ex, ey * ey), weight2 = weight * weight;
            sum += Fma(weight2, squares, off * off);
            At(ref startBar, FirstWeight + n) = 2 * weight * Fma(-2, off, squares);

            double xBar = 2 * weight2 * ex, yBar = 2 * weight2 * ey, m = Fma(xBar, u, yBar * v), bendBar = focal * m, radiusBar = 2 * bendBar * Fma(2 * radius, k2, k1);
            double pxBar = Fma(radiusBar, u, scale * xBar) * perZ, pyBar = Fma(radiusBar, v, scale * yBar) * perZ, pzBar = -Fma(pxBar, u, pyBar * v);
            ref double cameraBar = ref At(ref startBar, cameras[n] * CameraSize), pointBar = ref At(ref startBar, FirstPoint + points[n] * PointSize);
            At(ref cameraBar, 6) = Fma(bend, m, At(ref cameraBar, 6));
            At(ref cameraBar, 7) += xBar;
            At(ref cameraBar, 8) += yBar;
            At(ref cameraBar, 9) = Fma(bendBar, radius, At(ref cameraBar, 9));
            At(ref cameraBar, 10) = Fma(bendBar * radius, radius, At(ref cameraBar, 10));

            double vxBar = Fma(a, pxBar, Fma(d, pyBar, g * pzBar)), vyBar = Fma(b, pxBar, Fma(e, pyBar, h * pzBar)), vzBar = Fma(c, pxBar, Fma(f, pyBar, i * pzBar));
            pointBar += vxBar;
            At(ref pointBar, 1) += vyBar;
            At(ref pointBar, 2) += vzBar;
            At(ref cameraBar, 3) -= vxBar;
            At(ref cameraBar, 4) -= vyBar;
            At(ref cameraBar, 5) -= vzBar;
            // The derivative of a rotation by its vector is that of a turned frame: R·(w×), w by the right Jacobian of the rotation.
            double wx = Fma(vy, vzBar, -(vz * vyBar)), wy = Fma(vz, vxBar, -(vx * vzBar)), wz = Fma(vx, vyBar, -(vy * vxBar)), along = (1 - perAngleSin) * Fma(rx, wx, Fma(ry, wy, rz * wz));
            cameraBar = Fma(perAngleSin, wx, Fma(perAngleVersed, Fma(ry, wz, -(rz * wy)), Fma(along, rx, cameraBar)));
            At(ref cameraBar, 1) = Fma(perAngleSin, wy, Fma(perAngleVersed, Fma(rz, wx, -(rx * wz)), Fma(along, ry, At(ref cameraBar, 1))));
            At(ref cameraBar, 2) = Fma(perAngleSin, wz, Fma(perAngleVersed, Fma(rx, wy, -(ry * wx)), Fma(along, rz, At(ref cameraBar, 2))));
        }
        return (sum, gradient);
    }
}
