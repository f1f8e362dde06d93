using System.Diagnostics;

namespace MetricsGrains.Dashboard.Tests.Alerting;

internal static class Poll
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    /// <summary>Waits for what another task is about to do.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        long began = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < s_deadline, "waited in vain");
            await Task.Delay(1);
        }
    }
}
