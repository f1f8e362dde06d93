using System.Globalization;
using System.Text.Json;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Crash.Tests;

/// <summary>Compares what the API answers with what must be there, at every resolution, for each series and in sum.</summary>
internal sealed class ApiComparison(CrashNode node, Expected expected)
{
    private static readonly (string Name, long Ms)[] Coarse = [("1m", Resolution.OneMinute), ("5m", Resolution.FiveMinutes), ("1h", Resolution.OneHour), ("1d", Resolution.OneDay)];

    /// <summary>Minutes and coarser: right at once.</summary>
    /// <returns>The first difference; null when there is none.</returns>
    public async Task<string?> DifferenceAsync()
    {
        foreach ((string name, long ms) in Coarse)
        {
            if (await DifferenceAsync(name, ms) is { } difference)
            {
                return difference;
            }
        }
        return null;
    }

    /// <summary>Ten seconds: beyond the last hour out of raw blocks, so right when they are written.</summary>
    public Task<string?> RawDifferenceAsync() => DifferenceAsync("10s", Resolution.TenSeconds);

    private async Task<string?> DifferenceAsync(string resolution, long stepMs)
    {
        foreach ((string metric, string type) in expected.Metrics)
        {
            // A running total's increase within raw samples is counted in the order of their times, in rollups in the order of their coming.
            bool increases = type is "counter" or "distribution" || (type == "cumulative_counter" && stepMs > Resolution.TenSeconds);
            foreach (bool bySeries in (bool[])[true, false])
            {
                Dictionary<(string, long), Tally> want = expected.Of(metric, stepMs, bySeries);
                string? difference = await DifferenceAsync(metric, resolution, "count", bySeries, want, t => t.Count)
                    ?? (type == "set" ? null : await DifferenceAsync(metric, resolution, "sum", bySeries, want, t => t.Sum))
                    ?? (increases ? await DifferenceAsync(metric, resolution, "increase", bySeries, want, t => t.Increase) : null);
                if (difference is not null)
                {
                    return difference;
                }
            }
        }
        return null;
    }

    private async Task<string?> DifferenceAsync(string metric, string resolution, string statistic, bool bySeries, Dictionary<(string, long), Tally> want, Func<Tally, double> valueOf)
    {
        Dictionary<(string Series, long Bucket), double> got = await ReadAsync(metric, resolution, statistic, bySeries);
        foreach ((string Series, long Bucket) key in want.Keys.Union(got.Keys).Order())
        {
            double wanted = want.TryGetValue(key, out Tally tally) ? valueOf(tally) : 0, found = got.GetValueOrDefault(key);
            if (wanted != found)
            {
                return $"API, {statistic} of {metric} {key.Series} at {resolution}, bucket {key.Bucket} ({DateTimeOffset.FromUnixTimeMilliseconds(key.Bucket):u}): {found}, must be {wanted}; in all {got.Values.Sum()}, must be {want.Values.Sum(valueOf)}";
            }
        }
        return null;
    }

    private async Task<Dictionary<(string, long), double>> ReadAsync(string metric, string resolution, string statistic, bool bySeries)
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        (int status, JsonElement answer) = await node.GetAsync($"/metrics?name={metric}&resolution={resolution}&stat={statistic}&from={now - PointSource.OldestMs - Resolution.OneHour}&to={now + (5 * Resolution.OneMinute)}{(bySeries ? "&by=series" : "")}");
        var values = new Dictionary<(string, long), double>();
        if (status == 404)
        {
            return values;
        }
        Assert.True(status == 200, $"{status} {answer}");
        Assert.False(answer.GetProperty("meta").TryGetProperty("groups_left_out", out _), $"{metric} has too many series for one answer");
        if (!bySeries)
        {
            Add(values, "", answer);
            return values;
        }
        foreach (JsonElement group in answer.GetProperty("groups").EnumerateArray())
        {
            Add(values, group.GetProperty("tags").GetProperty("series").GetString()!, group);
        }
        return values;
    }

    private static void Add(Dictionary<(string, long), double> values, string series, JsonElement holder)
    {
        foreach (JsonElement point in holder.GetProperty("datapoints").EnumerateArray())
        {
            long bucket = DateTimeOffset.Parse(point.GetProperty("bucket").GetString()!, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();
            values.Add((series, bucket), point.GetProperty("value").GetDouble());
        }
    }
}
