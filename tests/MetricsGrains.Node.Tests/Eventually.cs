namespace MetricsGrains.Node.Tests;

/// <summary>Waits for what another process is about to do.</summary>
internal static class Eventually
{
    /// <summary>Generous: only a failing test ever waits this long.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <param name="what">Said when it never happens.</param>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        DateTime end = DateTime.UtcNow + Deadline;
        while (!await condition())
        {
            Assert.True(DateTime.UtcNow < end, $"did not happen within {Deadline.TotalSeconds} s: {what}");
            await Task.Delay(50);
        }
    }

    public static async Task EqualAsync<T>(T expected, Func<Task<T>> read, string what)
    {
        T last = default!;
        DateTime end = DateTime.UtcNow + Deadline;
        while (!EqualityComparer<T>.Default.Equals(expected, last = await read()))
        {
            Assert.True(DateTime.UtcNow < end, $"{what}: expected {expected}, still {last} after {Deadline.TotalSeconds} s");
            await Task.Delay(50);
        }
    }
}
