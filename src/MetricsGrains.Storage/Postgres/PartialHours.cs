using Npgsql;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Postgres;

/// <summary>The hours that compaction has something to do in.</summary>
internal static class PartialHours
{
    /// <summary>Those before <paramref name="closedMs"/>, metric by metric.</summary>
    public static async Task<List<(long MetricId, long HourMs)>> ListAsync(Session session, long closedMs, CancellationToken cancel)
    {
        var hours = new List<(long, long)>();
        await using NpgsqlCommand command = session.Command("SELECT metric_id, bucket FROM partial_hour WHERE bucket < $1 ORDER BY 1, 2", Time(closedMs));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            hours.Add((reader.GetInt64(0), PgTime.ToUnixMs(reader.GetFieldValue<long>(1))));
        }
        return hours;
    }
}
