using System.Diagnostics;
using MetricsGrains.Crash.Tests;

namespace MetricsGrains.Silo.Tests;

/// <summary>Asks the silos in turn, over and over, as a dashboard behind a load balancer: what fails at one is asked of the next at once.</summary>
internal sealed class QueryProbe(SiloCluster cluster, string metric)
{
    public int Asked { get; private set; }

    public int FailedOnce { get; private set; }

    /// <summary>The longest that an answer took, both attempts together.</summary>
    public TimeSpan Slowest { get; private set; }

    /// <summary>A query that failed at two silos, if there was one.</summary>
    public string? Fault { get; private set; }

    public async Task RunAsync(CancellationToken stop)
    {
        for (int place = 0; !stop.IsCancellationRequested && Fault is null; place++)
        {
            long started = Stopwatch.GetTimestamp();
            if (await TryAsync(place) is { } first)
            {
                FailedOnce++;
                Fault = await TryAsync(place + 1) is { } second ? $"a query failed at silo {place % SiloCluster.Places}, {first}; and then at the next, {second}" : null;
            }
            TimeSpan took = Stopwatch.GetElapsedTime(started);
            Slowest = took > Slowest ? took : Slowest;
            Asked++;
            await Task.Delay(20, CancellationToken.None);
        }
    }

    /// <returns>What went wrong; null: nothing.</returns>
    private async Task<string?> TryAsync(int turn)
    {
        try
        {
            CrashNode silo = cluster.At(turn % SiloCluster.Places);
            long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            (int status, System.Text.Json.JsonElement body) = await silo.GetAsync($"/metrics?name={metric}&resolution=1m&stat=count&by=series&from={now - 3_600_000}&to={now}");
            return status is 200 or 404 ? null : $"{status} {body}";
        }
        // Cancelled: the client of a silo that is stopped ends with what is under way.
        catch (Exception error) when (error is HttpRequestException or IOException or System.Text.Json.JsonException or ObjectDisposedException or OperationCanceledException)
        {
            return error.Message;
        }
    }
}
