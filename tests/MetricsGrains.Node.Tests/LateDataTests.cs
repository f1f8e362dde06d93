using System.Globalization;

namespace MetricsGrains.Node.Tests;

/// <summary>A sample that comes late by as much as the raw retention allows changes what it belongs to: for whoever asks next, and for good.</summary>
public sealed class LateDataTests : IDisposable
{
    private const long Minute = 60_000, Hour = 60 * Minute, Day = 24 * Hour;

    private readonly DataFolder _data = new();

    private readonly long _now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / Minute * Minute;

    public void Dispose() => _data.Dispose();

    [Fact]
    public Task Points_OfMinutesAndDaysAgo_ChangeEveryResolutionAtOnce_Sqlite() => CheckAsync("");

    [PostgresFact]
    public async Task Points_OfMinutesAndDaysAgo_ChangeEveryResolutionAtOnce_Postgres() => await CheckAsync(await NodeDatabase.CreateAsync());

    private async Task CheckAsync(string connectionString)
    {
        string[] store = [$"Store:ConnectionString={connectionString}"];
        long[] ages = [30 * Minute, 5 * Hour, 2 * Day, (6 * Day) + (23 * Hour)];
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path, [.. store, "Flush:Interval=100ms", "Flush:RawInterval=100ms", "Flush:DeriveInterval=100ms"]))
        {
            await SendAsync(node, ages, 1);
            await AnswersAreAsync(node, ages, 1);
            // Hours and days are derived from the minutes, and the late ones below will find them so.
            await Eventually.TrueAsync(
                async () => (await node.GetJsonAsync("/api/v1/status")).GetProperty("store").GetProperty("rollups_1m").GetInt64() >= ages.Length, "the minutes are in the store");
            Assert.Equal(0, await node.StopAsync());
        }
        // Too slow to write anything before it is asked: what is seen is seen without waiting.
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path, [.. store, "Flush:Interval=1m", "Flush:RawInterval=1h", "Flush:DeriveInterval=1h"]))
        {
            for (int times = 2; times < 5; times++)
            {
                await SendAsync(node, ages, 1);
                await AnswersAreAsync(node, ages, times);
            }
            await node.KillAsync();
        }
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path, store))
        {
            await AnswersAreAsync(node, ages, 4);
            Assert.Equal(0, await node.StopAsync());
        }
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path, store))
        {
            await AnswersAreAsync(node, ages, 4);
        }
    }

    private async Task SendAsync(NodeProcess node, long[] ages, int value)
    {
        PointsReply reply = await node.PostAsync(string.Join('\n', ages.Select(age => string.Create(
            CultureInfo.InvariantCulture, $$"""{"name":"late.sum","type":"counter","value":{{value}},"timestamp":{{_now - age + 1_000}}}"""))));
        Assert.Equal((200, (long)ages.Length), (reply.Status, reply.Accepted));
    }

    /// <summary>Asked once, of the bucket itself; the last hour from memory too.</summary>
    private async Task AnswersAreAsync(NodeProcess node, long[] ages, double sum)
    {
        foreach (long age in ages)
        {
            foreach ((string resolution, long length) in ((string, long)[])[("1m", Minute), ("1h", Hour), ("1d", Day)])
            {
                long bucket = (_now - age) / length * length;
                // Ages are hours apart, but a day may hold two of them.
                double want = sum * ages.Count(a => (_now - a) / length * length == bucket);
                Assert.True(want == await SumAsync(node, bucket, length, resolution), $"{age / Hour} h ago at {resolution}: not {want}\n{node.Output}");
            }
        }
        Assert.Equal(sum, await SumAsync(node, _now - ages[0], 10_000, "10s"));
    }

    private static Task<double> SumAsync(NodeProcess node, long from, long length, string resolution) =>
        node.TotalAsync("late.sum", "sum", $"from={from}&to={from + length}&resolution={resolution}");
}
