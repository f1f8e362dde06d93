using System.Collections.Concurrent;
using System.Globalization;
using Npgsql;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Postgres;

/// <summary>The months that the history is cut into. Remembers which exist, so that a write need not look. Thread-safe.</summary>
internal sealed class AlertPartitions
{
    private const string Parent = "alert_events";

    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    /// <summary>Makes the months of these times, Unix ms, where they are missing. Call before rows are locked.</summary>
    public async Task EnsureAsync(Session session, IEnumerable<long> atMs, CancellationToken cancel)
    {
        NativePartition[] unknown = [.. atMs.Select(MonthOf).Distinct().Where(m => !_known.ContainsKey(m.Name))];
        if (unknown.Length == 0)
        {
            return;
        }
        // From here on nobody drops one until the transaction ends; without this a repeated write could come upon a drop each time.
        await session.RunAsync($"LOCK TABLE ONLY {Parent} IN ROW EXCLUSIVE MODE", cancel);
        // What was made is remembered the next time, when it is sure to be committed.
        if (!await NativePartitions.MakeMissingAsync(session, unknown, cancel))
        {
            foreach (NativePartition month in unknown)
            {
                _known.TryAdd(month.Name, true);
            }
        }
    }

    /// <summary>Drops the oldest month that lies wholly before then.</summary>
    /// <returns>False: there is none.</returns>
    public async Task<bool> TryDropOldestAsync(Session session, long beforeMs, CancellationToken cancel)
    {
        const string Sql = """
            SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid,
              LATERAL regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''([^'']+)''\)') AS b(bounds)
            WHERE i.inhparent = to_regclass($1) AND (b.bounds)[1]::timestamptz <= $2 ORDER BY (b.bounds)[1]::timestamptz LIMIT 1
            """;
        string? oldest;
        await using (NpgsqlCommand command = session.Command(Sql, Text(Parent), Time(beforeMs)))
        {
            oldest = (string?)await command.ExecuteScalarAsync(cancel);
        }
        if (oldest is null)
        {
            return false;
        }
        await NativePartitions.LockAsync(session, Parent, cancel);
        await session.RunAsync($"DROP TABLE IF EXISTS {oldest}", cancel);
        return true;
    }

    /// <summary>After a failure: another node may have dropped one.</summary>
    public void Forget() => _known.Clear();

    private static NativePartition MonthOf(long unixMs)
    {
        DateTimeOffset at = DateTimeOffset.FromUnixTimeMilliseconds(unixMs);
        var month = new DateTimeOffset(at.Year, at.Month, 1, 0, 0, 0, TimeSpan.Zero);
        return new NativePartition(Parent, string.Create(CultureInfo.InvariantCulture, $"{Parent}_{month:yyyyMM}"), month, month.AddMonths(1));
    }
}
