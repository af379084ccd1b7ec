using System.Linq.Expressions;
using System.Runtime.CompilerServices;

namespace ExprGrad.Benchmarks.Workloads;

/// <summary>Bundle adjustment: how far from where a camera saw a point the model of both puts it. As in the ADBench suite.</summary>
/// <remarks>A camera is its rotation (axis times angle), its centre, focal length, principal point and two radial distortions: 11 numbers.</remarks>
internal static class Reprojection
{
    public const int CameraSize = 11, PointSize = 3;

    private static readonly Expression<Func<Vector, Vector, double>> Dot = (a, b) => a.X * b.X + a.Y * b.Y + a.Z * b.Z;

    private static readonly Expression<Func<Vector, Vector, Vector>> Cross = (a, b) => new Vector(a.Y * b.Z - a.Z * b.Y, a.Z * b.X - a.X * b.Z, a.X * b.Y - a.Y * b.X);

    private static readonly Expression<Func<Vector, Vector, Vector>> Plus = (a, b) => new Vector(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    private static readonly Expression<Func<double, Vector, Vector>> Times = (s, a) => new Vector(s * a.X, s * a.Y, s * a.Z);

    private static readonly Expression<Func<double, Vector, Vector, Vector>> Turned = (angle, axis, v) =>
        Plus.Compile()(Plus.Compile()(Times.Compile()(Math.Cos(angle), v), Times.Compile()(Math.Sin(angle), Cross.Compile()(axis, v))), Times.Compile()(Dot.Compile()(axis, v) * (1 - Math.Cos(angle)), axis));

    private static readonly Expression<Func<Vector, double, Vector, Vector>> TurnedBy = (rotation, squared, v) =>
        squared == 0 ? Plus.Compile()(v, Cross.Compile()(rotation, v)) : Turned.Compile()(Math.Sqrt(squared), Times.Compile()(1 / Math.Sqrt(squared), rotation), v);

    private static readonly Expression<Func<double, double, double, double, Plane>> Distorted = (x, y, k1, k2) =>
        new Plane((1 + k1 * (x * x + y * y) + k2 * (x * x + y * y) * (x * x + y * y)) * x, (1 + k1 * (x * x + y * y) + k2 * (x * x + y * y) * (x * x + y * y)) * y);

    private static readonly Expression<Func<double[], int, Vector, Plane>> Projected = (x, camera, v) => Distorted.Compile()(v.X / v.Z, v.Y / v.Z, x[camera + 9], x[camera + 10]);

    private static readonly Expression<Func<double[], int, Plane, double, Plane, Plane>> Compared = (x, camera, seen, weight, feature) =>
        new Plane(weight * (x[camera + 6] * seen.X + x[camera + 7] - feature.X), weight * (x[camera + 6] * seen.Y + x[camera + 8] - feature.Y));

    private static readonly Expression<Func<double[], int, Vector, Vector, double, Plane, Plane>> Seen = (x, camera, rotation, v, weight, feature) =>
        Compared.Compile()(x, camera, Projected.Compile()(x, camera, TurnedBy.Compile()(rotation, Dot.Compile()(rotation, rotation), v)), weight, feature);

    /// <summary>The two errors of the camera and the point that begin at these indices.</summary>
    public static readonly Expression<Func<double[], int, int, double, Plane, Plane>> Errors = (x, camera, point, weight, feature) =>
        Seen.Compile()(x, camera, new Vector(x[camera], x[camera + 1], x[camera + 2]), new Vector(x[point] - x[camera + 3], x[point + 1] - x[camera + 4], x[point + 2] - x[camera + 5]), weight, feature);

    /// <summary>Three numbers.</summary>
    public readonly record struct Vector(double X, double Y, double Z);

    /// <summary>Two numbers.</summary>
    public readonly record struct Plane(double X, double Y);

    /// <summary>A camera that looks at points around (0, 0, 5).</summary>
    public static double[] Camera(Random random)
    {
        double Near(double value, double distance) => value + distance * (2 * random.NextDouble() - 1);
        return [Near(0, 0.3), Near(0, 0.3), Near(0, 0.3), Near(0, 0.5), Near(0, 0.5), Near(0, 0.5), Near(500, 50), Near(320, 10), Near(240, 10), Near(-0.1, 0.05), Near(0.02, 0.01)];
    }

    /// <summary>A point before the cameras.</summary>
    public static double[] Point(Random random) => [2 * random.NextDouble() - 1, 2 * random.NextDouble() - 1, 4 + 2 * random.NextDouble()];

    /// <summary>By hand: the two errors, before they are weighted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (double X, double Y) Value(ref double camera, ref double point, double featureX, double featureY)
    {
        double rx = camera, ry = At(ref camera, 1), rz = At(ref camera, 2), vx = point - At(ref camera, 3), vy = At(ref point, 1) - At(ref camera, 4), vz = At(ref point, 2) - At(ref camera, 5);
        double squared = rx * rx + ry * ry + rz * rz, x, y, z;
        if (squared == 0)
        {
            x = vx + (ry * vz - rz * vy);
            y = vy + (rz * vx - rx * vz);
            z = vz + (rx * vy - ry * vx);
        }
        else
        {
            double angle = Math.Sqrt(squared), perAngle = 1 / angle;
            (double sin, double cos) = Math.SinCos(angle);
            rx *= perAngle;
            ry *= perAngle;
            rz *= perAngle;
            double along = (rx * vx + ry * vy + rz * vz) * (1 - cos);
            x = cos * vx + sin * (ry * vz - rz * vy) + along * rx;
            y = cos * vy + sin * (rz * vx - rx * vz) + along * ry;
            z = cos * vz + sin * (rx * vy - ry * vx) + along * rz;
        }
        double perZ = 1 / z;
        x *= perZ;
        y *= perZ;
        double radius = x * x + y * y, scale = At(ref camera, 6) * (1 + radius * (At(ref camera, 9) + radius * At(ref camera, 10)));
        return (scale * x + At(ref camera, 7) - featureX, scale * y + At(ref camera, 8) - featureY);
    }

    public static ref double At(ref double first, int k) => ref Unsafe.Add(ref first, k);
}
