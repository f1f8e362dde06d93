using System.Globalization;
using System.Text;

namespace MetricsGrains.Benchmarks.Cluster;

/// <summary>Metrics of one series each: a metric is a grain, so it is by the number of metrics that a silo's death is dear.</summary>
internal sealed class KillLoad(int metrics)
{
    private const int PerRequest = 5_000;

    public int Metrics => metrics;

    /// <summary>Points of each metric that were sent so far.</summary>
    public int PointsEach { get; private set; }

    public static string NameOf(int metric) => string.Create(CultureInfo.InvariantCulture, $"bench.kill.m{metric:D6}");

    /// <summary>Sends a point of each metric, half of the metrics through each of two silos and the other way round the next time, so that both logs have something of each.</summary>
    public async Task SendAsync(IReadOnlyList<NodeUnderLoad> through, TimeSpan ago)
    {
        long at = (TimeProvider.System.GetUtcNow() - ago).ToUnixTimeMilliseconds();
        int turn = PointsEach++;
        await Task.WhenAll(through.Select(async (node, place) =>
        {
            int[] mine = [.. Enumerable.Range(0, metrics).Where(m => (m + turn) % through.Count == place)];
            foreach (int[] part in mine.Chunk(PerRequest))
            {
                var body = new StringBuilder();
                foreach (int metric in part)
                {
                    body.Append(CultureInfo.InvariantCulture, $$$"""{"name":"{{{NameOf(metric)}}}","value":{{{metric % 100}}},"tags":{"host":"h1"},"timestamp":{{{at}}}}""").Append('\n');
                }
                using HttpResponseMessage answer = await node.Http.PostAsync("/api/v1/points", new StringContent(body.ToString()));
                answer.EnsureSuccessStatusCode();
            }
        }));
    }
}
