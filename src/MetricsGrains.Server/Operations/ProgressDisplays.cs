using Spectre.Console;

namespace MetricsGrains.Server.Operations;

/// <summary>Picks the display that suits where the output goes.</summary>
internal static class ProgressDisplays
{
    public static IProgressDisplay ForConsole(TimeProvider time) =>
        Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Interactive ? new ProgressLines(Console.Out, time) : new ProgressBars(AnsiConsole.Console, time);
}
