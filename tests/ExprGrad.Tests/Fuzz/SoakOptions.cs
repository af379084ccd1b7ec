using System.Globalization;

namespace ExprGrad.Tests.Fuzz;

/// <summary>What a <see cref="Soak"/> runs.</summary>
internal sealed record SoakOptions
{
    public const string Usage = """
        --programs loops|statements   which generator (loops)
        --from SEED                   the first seed (0); where a soak that was stopped goes on
        --count N                     how many seeds, each at every depth (10000)
        --depths 1,2,3,4,5,6          how deep loops are nested; of statements: how many there are
        --threads N                   how many at once (as many as there are processors)
        --compiled N                  of N seeds one is compiled to machine code, the others are interpreted (20)
        --minutes M                   stop after that time (no limit)
        --failures N                  stop after so many failures (20)
        """;

    public string Programs { get; init; } = "loops";

    public int From { get; init; }

    public int Count { get; init; } = 10_000;

    public IReadOnlyList<int> Depths { get; init; } = [1, 2, 3, 4, 5, 6];

    public int Threads { get; init; } = Environment.ProcessorCount;

    public int Compiled { get; init; } = 20;

    public double Minutes { get; init; } = double.PositiveInfinity;

    public int Failures { get; init; } = 20;

    /// <exception cref="ArgumentException">An option is not known.</exception>
    /// <exception cref="FormatException">A number is none.</exception>
    public static SoakOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new SoakOptions();
        for (int k = 0; k < arguments.Count; k += 2)
        {
            string value = k + 1 < arguments.Count ? arguments[k + 1] : throw new ArgumentException($"{arguments[k]} needs a value.");
            int Number() => int.Parse(value, CultureInfo.InvariantCulture);
            options = arguments[k] switch
            {
                "--programs" when value is "loops" or "statements" => options with { Programs = value },
                "--from" => options with { From = Number() },
                "--count" => options with { Count = Number() },
                "--depths" => options with { Depths = [.. value.Split(',').Select(depth => int.Parse(depth, CultureInfo.InvariantCulture))] },
                "--threads" when int.TryParse(value, out int threads) && threads > 0 => options with { Threads = threads },
                "--compiled" => options with { Compiled = Number() },
                "--minutes" => options with { Minutes = double.Parse(value, CultureInfo.InvariantCulture) },
                "--failures" => options with { Failures = Number() },
                _ => throw new ArgumentException($"{arguments[k]} {value} is no option."),
            };
        }
        return options;
    }
}
