using System.Linq.Expressions;

namespace ExprGrad.Tests.Objectives;

/// <summary>One coordinate of one observation of a point by a camera.</summary>
/// <param name="Camera">Where the camera's 11 parameters begin: rotation, centre, focal length, principal point, two radial distortions.</param>
/// <param name="Point">Where the point's 3 begin.</param>
/// <param name="Weight">Where the weight is.</param>
/// <param name="Axis">0 for x, 1 for y.</param>
/// <param name="Feature">What was observed.</param>
public sealed record Sight(int Camera, int Point, int Weight, int Axis, double Feature);

/// <summary>Reprojection errors of bundle adjustment, as the ADBench suite defines them. The parameters are those of the cameras, the points, the weights.</summary>
public static class BundleAdjustment
{
    public const int CameraParameters = 11, PointParameters = 3;

    /// <summary>weight · (projection − feature).</summary>
    public static Expression<Func<double[], Sight[], IEnumerable<double>>> Errors { get; } = (p, sights) =>
        from s in sights
        let dx = p[s.Point] - p[s.Camera + 3]
        let dy = p[s.Point + 1] - p[s.Camera + 4]
        let dz = p[s.Point + 2] - p[s.Camera + 5]
        let rx = p[s.Camera]
        let ry = p[s.Camera + 1]
        let rz = p[s.Camera + 2]
        let square = rx * rx + ry * ry + rz * rz
        // Rodrigues' formula, with r for the axis times the angle.
        let cos = square > 0 ? Math.Cos(Math.Sqrt(square)) : 1
        let sin = square > 0 ? Math.Sin(Math.Sqrt(square)) / Math.Sqrt(square) : 1
        let along = square > 0 ? (rx * dx + ry * dy + rz * dz) * (1 - cos) / square : 0
        let z = dz * cos + (rx * dy - ry * dx) * sin + rz * along
        let u = (dx * cos + (ry * dz - rz * dy) * sin + rx * along) / z
        let v = (dy * cos + (rz * dx - rx * dz) * sin + ry * along) / z
        let radius = u * u + v * v
        let distortion = 1 + p[s.Camera + 9] * radius + p[s.Camera + 10] * radius * radius
        select p[s.Weight] * (p[s.Camera + 6] * distortion * (s.Axis == 0 ? u : v) + p[s.Camera + 7 + s.Axis] - s.Feature);

    /// <summary>The sum of the errors: of one sight, its error.</summary>
    public static Expression<Func<double[], Sight[], double>> Error { get; } = (p, sights) => Errors.Compile()(p, sights).Sum();

    public static Expression<Func<double[], Sight[], double>> SumOfSquares { get; } = (p, sights) => Errors.Compile()(p, sights).Sum(error => error * error);

    /// <summary>1 − weight², for a point that ends with a weight.</summary>
    public static Expression<Func<double[], double>> WeightError { get; } = p => 1 - p[p.Length - 1] * p[p.Length - 1];

    /// <summary>One camera, one point, one weight: all that the files have, again and again.</summary>
    internal static (double[] Parameters, Sight X, Sight Y) Read(string name)
    {
        var numbers = SharedData.Numbers($"adbench/ba/{name}.txt");
        numbers.Take(3);
        double[] parameters = numbers.Take(CameraParameters + PointParameters + 1);
        return (parameters, new Sight(0, CameraParameters, CameraParameters + PointParameters, 0, numbers.Take()), new Sight(0, CameraParameters, CameraParameters + PointParameters, 1, numbers.Take()));
    }

    /// <param name="seed">Of the numbers.</param>
    /// <param name="cameras">How many; the first does not turn.</param>
    /// <param name="points">How many.</param>
    /// <param name="observations">How many, each with a weight.</param>
    internal static (double[] Parameters, Sight[] Sights) Seeded(int seed, int cameras, int points, int observations)
    {
        var random = new Random(seed);
        double Around(double centre, double width) => centre + width * (2 * random.NextDouble() - 1);
        int firstPoint = cameras * CameraParameters, firstWeight = firstPoint + points * PointParameters;
        List<double> parameters = [];
        for (int camera = 0; camera < cameras; camera++)
        {
            parameters.AddRange(camera == 0 ? [0, 0, 0] : [Around(0, 0.3), Around(0, 0.3), Around(0, 0.3)]);
            parameters.AddRange([Around(0, 1), Around(0, 1), Around(-5, 1), Around(2, 0.5), Around(0, 0.2), Around(0, 0.2), Around(0, 0.1), Around(0, 0.1)]);
        }
        for (int k = 0; k < points * PointParameters; k++) parameters.Add(Around(0, 1));
        for (int k = 0; k < observations; k++) parameters.Add(Around(1, 0.3));
        Sight[] sights =
        [
            .. from k in Enumerable.Range(0, observations)
               let camera = random.Next(cameras) * CameraParameters
               let point = firstPoint + random.Next(points) * PointParameters
               from axis in new[] { 0, 1 }
               select new Sight(camera, point, firstWeight + k, axis, Around(0, 1)),
        ];
        return ([.. parameters], sights);
    }
}
