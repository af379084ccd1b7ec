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
        Assert.All(settings, own => Assert.Equal(Optimisations.All, own[0]));
        Assert.All(settings, own => Assert.True(own[1].HasFlag(Optimisations.All | Optimisations.EagerLanes)));
        Assert.All(rotating, setting => Assert.Equal(200, settings.Count(own => own[2] == setting)));
        Optimisations[] random = [.. settings.Select(own => own[3])];
        Assert.True(random.Distinct().Count() > 2000, "sets that are random repeat themselves");
        Assert.All(Enum.GetValues<Optimisations>().Where(single => int.PopCount((int)single) == 1), single => Assert.InRange(random.Count(set => set.HasFlag(single)), 1000, 1600));
    }

    [Fact]
    public void What_is_no_option_is_said()
    {
        var output = new StringWriter();
        Assert.Equal(2, Soak.Run(["--depth", "3"], output));
        Assert.Contains("--depth 3 is no option", output.ToString(), StringComparison.Ordinal);
    }
}
