namespace MetricsGrains.Crash.Tests;

/// <summary>Waits for what another process is about to do.</summary>
internal static class Eventually
{
    /// <summary>Generous: only a failing test ever waits this long.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    /// <param name="what">Said when it never happens.</param>
    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> what)
    {
        DateTime end = DateTime.UtcNow + Deadline;
        while (!await condition())
        {
            Assert.True(DateTime.UtcNow < end, $"did not happen within {Deadline.TotalSeconds} s: {what()}");
            await Task.Delay(50);
        }
    }

    /// <summary>Repeats a comparison until it finds no difference.</summary>
    public static async Task SameAsync(Func<Task<string?>> difference, string context)
    {
        string? last = null;
        await TrueAsync(async () => (last = await difference()) is null, () => $"{context}: {last}");
    }
}
