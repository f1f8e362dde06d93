using System.Diagnostics;

namespace MetricsGrains.Browser.Tests;

internal static class Poll
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    /// <exception cref="TimeoutException">It did not come true within half a minute.</exception>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        long began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(began) > s_timeout)
            {
                throw new TimeoutException("waited in vain for " + what);
            }
            await Task.Delay(s_interval);
        }
    }
}
