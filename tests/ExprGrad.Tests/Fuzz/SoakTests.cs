using ExprGrad.Scheduling;

namespace ExprGrad.Tests.Fuzz;

/// <summary>The command that runs random programs by the ten thousand.</summary>
public class SoakTests
{
    [Fact]
    public void A_short_soak_agrees_interpreted_and_compiled()
    {
        var output = new StringWriter();
        int exitCode = Soak.Run(["--from", "19", "--count", "3", "--depths", "3,4"], output);
        Assert.True(exitCode == 0, output.ToString());
        Assert.Contains("seeds 19 to 21: all agree; to go on: --from 22", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_short_soak_of_statements_agrees()
    {
        var output = new StringWriter();
        Assert.True(Soak.Run(["--programs", "statements", "--count", "3", "--depths", "6,9"], output) == 0, output.ToString());
    }

    [Fact]
    public void Every_setting_comes_up_in_turn()
    {
        Optimisations[] rotating = [.. Settings.OneOff, Optimisations.None];
        Optimisations[][] settings = [.. Enumerable.Range(0, 200 * rotating.Length).Select(seed => Soak.SettingsOf(seed).Select(pair => pair.Optimisations).ToArray())];
        Assert.All(settings, pair => Assert.Equal(Optimisations.All, pair[0]));
        var inTurn = settings.Where((_, seed) => seed % 2 == 1).Select(pair => pair[1]).ToArray();
        Assert.All(rotating, setting => Assert.Equal(100, inTurn.Count(other => other == setting)));
        var random = settings.Where((_, seed) => seed % 2 == 0).Select(pair => pair[1]).ToArray();
        Assert.True(random.Distinct().Count() > 120, "a set has never come up");
    }

    [Fact]
    public void What_is_no_option_is_said()
    {
        var output = new StringWriter();
        Assert.Equal(2, Soak.Run(["--depth", "3"], output));
        Assert.Contains("--depth 3 is no option", output.ToString(), StringComparison.Ordinal);
    }
}
