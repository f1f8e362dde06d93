using System.Collections.Concurrent;
using System.Globalization;

namespace MetricsGrains.Node.Tests;

/// <summary>kill -9 in the middle of requests. A sender that repeats what was not acknowledged finds every point counted exactly once.</summary>
public sealed class CrashTests : IDisposable
{
    private const int Rounds = 4;
    private const int Senders = 4;
    private const int PointsPerRequest = 20;

    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Kill_InTheMiddleOfPosts_EveryAcknowledgedPointIsThereExactlyOnce()
    {
        long newest = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 60_000 * 60_000;
        long acknowledged = 0, written = 0;
        ConcurrentQueue<string> unacknowledged = [];
        for (int round = 0; round < Rounds; round++)
        {
            await using NodeProcess node = await NodeProcess.StartAsync(_data.Path);
            while (unacknowledged.TryDequeue(out string? key))
            {
                Assert.Equal(200, (await node.PostAsync(Body(key, newest), key)).Status);
                acknowledged++;
            }
            long before = acknowledged;
            Task[] senders = [.. Enumerable.Range(0, Senders).Select(_ => SendUntilKilledAsync(node))];
            long enough = before + 20 + (round * 15);
            await Eventually.TrueAsync(() => Task.FromResult(Interlocked.Read(ref acknowledged) >= enough), "some requests are acknowledged");
            await node.KillAsync();
            await Task.WhenAll(senders);
        }
        for (int start = 0; start < 2; start++)
        {
            await using NodeProcess node = await NodeProcess.StartAsync(_data.Path);
            // Those still unacknowledged may or may not be there; sent again under the same key they are there once.
            while (unacknowledged.TryDequeue(out string? key))
            {
                Assert.Equal(200, (await node.PostAsync(Body(key, newest), key)).Status);
                acknowledged++;
            }
            double expected = acknowledged * PointsPerRequest;
            string recent = $"from={newest - 1_800_000}&to={newest + 60_000}&resolution=1m", old = $"from={newest - 14_400_000}&to={newest - 7_200_000}&resolution=1m";
            await Eventually.TrueAsync(async () => await node.TotalAsync("crash.points", "sum", recent) + await node.TotalAsync("crash.points", "sum", old) >= expected, $"{expected} points are there");
            Assert.Equal(expected / 2, await node.TotalAsync("crash.points", "sum", recent));
            Assert.Equal(expected / 2, await node.TotalAsync("crash.points", "sum", old));
            Assert.Equal(0, await node.StopAsync());
        }

        async Task SendUntilKilledAsync(NodeProcess node)
        {
            while (true)
            {
                string key = Interlocked.Increment(ref written).ToString(CultureInfo.InvariantCulture);
                try
                {
                    Assert.Equal(200, (await node.PostAsync(Body(key, newest), key)).Status);
                    Interlocked.Increment(ref acknowledged);
                }
                catch (Exception error) when (error is HttpRequestException or IOException or System.Text.Json.JsonException)
                {
                    unacknowledged.Enqueue(key);
                    return;
                }
            }
        }
    }

    /// <summary>Half of the points are recent and answered from memory; half are three hours old and answered from the store.</summary>
    private static string Body(string key, long newest) => string.Join('\n', Enumerable.Range(0, PointsPerRequest).Select(i =>
        $$"""{"name":"crash.points","type":"counter","value":1,"tags":{"sender":"{{key[^1]}}"},"timestamp":{{newest - (i % 2 == 0 ? 0 : 10_800_000) - (i * 1_000)}}}"""));
}
