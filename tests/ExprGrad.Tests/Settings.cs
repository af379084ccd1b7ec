using ExprGrad.Scheduling;

namespace ExprGrad.Tests;

/// <summary>The settings of the optimiser that tests compare: everything on, each optimisation off in turn, everything off, and tables and lanes where they are not needed.</summary>
internal static class Settings
{
    public static IReadOnlyList<Optimisations> All { get; } = [Optimisations.All, .. OneOff, Optimisations.None, Optimisations.All | Optimisations.EagerLanes | Optimisations.FourLanes];

    /// <summary>Each optimisation off in turn.</summary>
    public static IEnumerable<Optimisations> OneOff =>
        Enum.GetValues<Optimisations>().Where(single => int.PopCount((int)single) == 1 && Optimisations.All.HasFlag(single)).Select(single => Optimisations.All & ~single);
}
