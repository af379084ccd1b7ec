namespace ExprGrad.Tests.Corpus;

/// <summary>Vision, robotics, graphics, interpolation.</summary>
internal static class GeometryFunctions
{
    private static readonly double[,] Heights = { { 1, 2, 0.5 }, { 3, -1, 2 }, { 0, 4, 1.5 } };

    private sealed class Spline
    {
        public required IReadOnlyList<double> Knots { get; init; }
        public List<double[]> Coefficients { get; init; } = [];
    }

    public static IEnumerable<CorpusEntry> Entries()
    {
        // unit quaternion w, i, j, k rotates (1, 2, 3); residual against (3, 1, 2) in its first two components
        yield return new("Quaternion rotation residual", x =>
            Math.Pow((1 - 2 * (x[2] * x[2] + x[3] * x[3])) * 1 + 2 * (x[1] * x[2] - x[0] * x[3]) * 2 + 2 * (x[1] * x[3] + x[0] * x[2]) * 3 - 3, 2)
            + Math.Pow(2 * (x[1] * x[2] + x[0] * x[3]) * 1 + (1 - 2 * (x[1] * x[1] + x[3] * x[3])) * 2 + 2 * (x[2] * x[3] - x[0] * x[1]) * 3 - 1, 2)
            + Math.Pow(x[0] * x[0] + x[1] * x[1] + x[2] * x[2] + x[3] * x[3] - 1, 2), [0.9, 0.1, -0.3, 0.3]) { Edges = [[1, 0, 0, 0]] };

        double l1 = 1.2, l2 = 0.8;
        yield return new("Two-link arm", x =>
            Math.Pow(l1 * Math.Cos(x[0]) + l2 * Math.Cos(x[0] + x[1]) - 1.1, 2) + Math.Pow(l1 * Math.Sin(x[0]) + l2 * Math.Sin(x[0] + x[1]) - 0.7, 2), [0.3, 0.9]) { Edges = [[0, 0]] };
        yield return new("Two-link arm, closed form", x =>
            Math.Atan2(x[1], x[0]) - Math.Atan2(l2 * Math.Sin(Math.Acos((x[0] * x[0] + x[1] * x[1] - l1 * l1 - l2 * l2) / (2 * l1 * l2))), l1 + l2 * Math.Cos(Math.Acos((x[0] * x[0] + x[1] * x[1] - l1 * l1 - l2 * l2) / (2 * l1 * l2)))), [1.1, 0.7]) { Edges = [[2, 0]] };

        // focal length, k1, point
        yield return new("Pinhole projection with distortion", x =>
            x[4] <= 0 ? 1e6 : Math.Pow(x[0] * (1 + x[1] * (x[2] * x[2] + x[3] * x[3]) / (x[4] * x[4])) * x[2] / x[4] - 12, 2) + Math.Pow(x[0] * (1 + x[1] * (x[2] * x[2] + x[3] * x[3]) / (x[4] * x[4])) * x[3] / x[4] + 5, 2),
            [500, -0.1, 0.2, -0.1, 8], [500, -0.1, 0.2, -0.1, -2]) { Edges = [[500, 0, 0.2, 0.1, 0]] };

        yield return new("Bilinear interpolation", x =>
            (1 - (x[0] - Math.Floor(x[0]))) * (1 - (x[1] - Math.Floor(x[1]))) * Heights[(int)x[0], (int)x[1]]
            + (x[0] - Math.Floor(x[0])) * (1 - (x[1] - Math.Floor(x[1]))) * Heights[(int)x[0] + 1, (int)x[1]]
            + (1 - (x[0] - Math.Floor(x[0]))) * (x[1] - Math.Floor(x[1])) * Heights[(int)x[0], (int)x[1] + 1]
            + (x[0] - Math.Floor(x[0])) * (x[1] - Math.Floor(x[1])) * Heights[(int)x[0] + 1, (int)x[1] + 1], [0.4, 1.3], [1.7, 0.2]) { Edges = [[1, 1]] };

        var spline = new Spline { Knots = [0, 1, 2.5, 4], Coefficients = [[1, 0.5, -0.2, 0.1], [1.4, 0.4, 0.1, -0.05], [2.06, 0.36, -0.12, 0.02]] };
        yield return new("Cubic spline segment", x =>
            spline.Coefficients[x[0] < spline.Knots[1] ? 0 : x[0] < spline.Knots[2] ? 1 : 2][0]
            + (x[0] - spline.Knots[x[0] < spline.Knots[1] ? 0 : x[0] < spline.Knots[2] ? 1 : 2]) * (spline.Coefficients[x[0] < spline.Knots[1] ? 0 : x[0] < spline.Knots[2] ? 1 : 2][1]
            + (x[0] - spline.Knots[x[0] < spline.Knots[1] ? 0 : x[0] < spline.Knots[2] ? 1 : 2]) * spline.Coefficients[x[0] < spline.Knots[1] ? 0 : x[0] < spline.Knots[2] ? 1 : 2][2]), [0.3], [1.9], [3.5]) { Edges = [[1], [2.5], [9]] };

        yield return new("Bézier curve distance", x =>
            double.Hypot(Math.Pow(1 - x[0], 3) * 0 + 3 * Math.Pow(1 - x[0], 2) * x[0] * x[1] + 3 * (1 - x[0]) * x[0] * x[0] * 2 + Math.Pow(x[0], 3) * 3 - 1,
                3 * Math.Pow(1 - x[0], 2) * x[0] * x[2] + 3 * (1 - x[0]) * x[0] * x[0] * -1 + Math.Pow(x[0], 3) - 0.5), [0.4, 1, 2], [0.8, -1, 0.5]) { Edges = [[0, 1, 2], [1, 1, 2]] };

        yield return new("Smoothstep", x => x[0] <= 0 ? 0.0 : x[0] >= 1 ? 1.0 : x[0] * x[0] * (3 - 2 * x[0]), [0.3], [-1], [2]) { Edges = [[0], [1]] };
        yield return new("Smoothstep by Clamp", x => Math.Clamp((x[0] - x[1]) / (x[2] - x[1]), 0, 1) * Math.Clamp((x[0] - x[1]) / (x[2] - x[1]), 0, 1) * (3 - 2 * Math.Clamp((x[0] - x[1]) / (x[2] - x[1]), 0, 1)), [0.3, 0, 1], [-1, 0, 1]) { Edges = [[0, 0, 1]] };
        yield return new("Signed distance of a rounded box", x =>
            Math.Sqrt(Math.Pow(Math.Max(Math.Abs(x[0]) - 1, 0), 2) + Math.Pow(Math.Max(Math.Abs(x[1]) - 0.5, 0), 2)) + Math.Min(Math.Max(Math.Abs(x[0]) - 1, Math.Abs(x[1]) - 0.5), 0) - 0.1, [1.7, 0.9], [1.7, 0.1], [-2, -3]);
        yield return new("Great-circle distance", x =>
            2 * 6371 * Math.Asin(Math.Sqrt(Math.Pow(Math.Sin((x[2] - x[0]) / 2), 2) + Math.Cos(x[0]) * Math.Cos(x[2]) * Math.Pow(Math.Sin((x[3] - x[1]) / 2), 2))), [0.8, 0.1, 0.6, -1.2]) { Edges = [[0.5, 0.5, 0.5, 0.5]] };
        yield return new("Triangle area by Heron", x =>
            Math.Sqrt((x[0] + x[1] + x[2]) / 2 * ((x[0] + x[1] + x[2]) / 2 - x[0]) * ((x[0] + x[1] + x[2]) / 2 - x[1]) * ((x[0] + x[1] + x[2]) / 2 - x[2])), [3, 4, 5], [2, 2, 3]) { Edges = [[1, 2, 3]] };
        yield return new("Angle between vectors", x =>
            Math.Acos(Math.Clamp((x[0] * x[2] + x[1] * x[3]) / (Math.Sqrt(x[0] * x[0] + x[1] * x[1]) * Math.Sqrt(x[2] * x[2] + x[3] * x[3])), -1, 1)), [1, 2, -3, 0.5]) { Edges = [[1, 0, 2, 0], [1, 0, -3, 0]] };
        yield return new("Polar area element", x => Math.SinCos(x[0]).Sin * x[1] * Math.SinCos(x[0]).Cos + Math.Atan2(x[1], x[0]), [0.7, 1.4]) { Edges = [[0, 0]] };
        yield return new("Perspective shade", x => double.Lerp(x[0], x[1], Math.Min(1, double.Exp2(-x[2]))) * double.DegreesToRadians(x[3]) + double.RootN(x[0] * x[0] + 1, 3), [0.2, 0.9, 1.7, 45], [0.2, 0.9, -1, 45]) { Edges = [[0.2, 0.9, 0, 45]] };
    }
}
