using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace MetricsGrains.Benchmarks.Cluster;

/// <summary>Asks for metrics by GET /metrics, several at a time, and whether all their points are in the answer.</summary>
internal sealed class MetricAsker(KillLoad load, Func<int, NodeUnderLoad> nodeAt, int atOnce)
{
    private readonly Lock _gate = new();
    private readonly int _points = load.PointsEach;
    private int _asked;

    /// <summary>The longest that an answer took, good or bad.</summary>
    public TimeSpan Longest { get; private set; }

    public int Asked => _asked;

    /// <summary>Answers other than 200.</summary>
    public int Failed { get; private set; }

    /// <summary>Answers of 200 in which points were missing, or too many: there must be none.</summary>
    public int Wrong { get; private set; }

    public string Fault { get; private set; } = "";

    /// <summary>Asks for every metric until each was answered in full.</summary>
    /// <returns>When each was, from the beginning of this on.</returns>
    public async Task<TimeSpan[]> AskAllAsync()
    {
        var waiting = new ConcurrentQueue<int>(Enumerable.Range(0, load.Metrics));
        var answered = new TimeSpan[load.Metrics];
        long began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(async _ =>
        {
            while (waiting.TryDequeue(out int metric))
            {
                if (await TryAskAsync(metric))
                {
                    answered[metric] = Stopwatch.GetElapsedTime(began);
                }
                else
                {
                    waiting.Enqueue(metric);
                }
            }
        }));
        return answered;
    }

    /// <summary>Asks for one metric after the other, over and over.</summary>
    public Task AskUntilAsync(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, atOnce).Select(async asker =>
    {
        for (int metric = asker; !stop.IsCancellationRequested; metric += atOnce)
        {
            await TryAskAsync(metric % load.Metrics);
        }
    }));

    private async Task<bool> TryAskAsync(int metric)
    {
        NodeUnderLoad node = nodeAt(Interlocked.Increment(ref _asked));
        long began = Stopwatch.GetTimestamp();
        using HttpResponseMessage answer = await node.Http.GetAsync($"/metrics?name={KillLoad.NameOf(metric)}&stat=count&resolution=1m&from=now-1h&to=now");
        string body = await answer.Content.ReadAsStringAsync();
        double count = answer.IsSuccessStatusCode ? CountOf(body) : 0;
        TimeSpan took = Stopwatch.GetElapsedTime(began);
        lock (_gate)
        {
            Longest = took > Longest ? took : Longest;
            Failed += answer.IsSuccessStatusCode ? 0 : 1;
            Wrong += answer.IsSuccessStatusCode && count != _points ? 1 : 0;
            Fault = count != _points && Fault.Length == 0 ? $"{(int)answer.StatusCode}, {count} of {_points} points, {body[..Math.Min(200, body.Length)]}" : Fault;
        }
        return count == _points;
    }

    private static double CountOf(string body)
    {
        using JsonDocument answer = JsonDocument.Parse(body);
        return answer.RootElement.GetProperty("datapoints").EnumerateArray().Sum(p => p.GetProperty("value").GetDouble());
    }
}
