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
        var months = new SortedSet<DateTimeOffset>(atMs.Select(MonthOf));
        months.RemoveWhere(m => _known.ContainsKey(NameOf(m)));
        if (months.Count == 0 || (await MissingAsync(session, months, cancel)).Count == 0)
        {
            foreach (DateTimeOffset month in months)
            {
                _known.TryAdd(NameOf(month), true);
            }
            return;
        }
        await session.RunAsync(StoreLock.Exclusive(StoreLock.MakePartition), cancel);
        foreach (DateTimeOffset month in await MissingAsync(session, months, cancel))
        {
            // Made apart and attached: PARTITION OF would lock out every read of the whole table. Remembered the next time, when it is sure to be committed.
            await session.RunAsync($"CREATE TABLE {NameOf(month)} (LIKE {Parent} INCLUDING ALL)", cancel);
            await session.RunAsync($"ALTER TABLE {Parent} ATTACH PARTITION {NameOf(month)} FOR VALUES FROM ('{Literal(month)}') TO ('{Literal(month.AddMonths(1))}')", cancel);
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
        // Whoever writes queues up behind a lock that waits; better to come back later than to hold up a page.
        await session.RunAsync("SET LOCAL lock_timeout = '3s'", cancel);
        await session.RunAsync($"LOCK TABLE ONLY {Parent} IN ACCESS EXCLUSIVE MODE", cancel);
        await session.RunAsync($"DROP TABLE IF EXISTS {oldest}", cancel);
        return true;
    }

    /// <summary>After a failure: another node may have dropped one.</summary>
    public void Forget() => _known.Clear();

    private static async Task<List<DateTimeOffset>> MissingAsync(Session session, IReadOnlyCollection<DateTimeOffset> months, CancellationToken cancel)
    {
        // Asks the catalog's tables, which are read as of now: to_regclass may answer from a cache of before the lock was had.
        const string Sql = "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass($1) AND c.relname = ANY($2)";
        var there = new HashSet<string>(StringComparer.Ordinal);
        await using NpgsqlCommand command = session.Command(Sql, Text(Parent), Texts([.. months.Select(NameOf)]));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            there.Add(reader.GetString(0));
        }
        return [.. months.Where(m => !there.Contains(NameOf(m)))];
    }

    private static DateTimeOffset MonthOf(long unixMs)
    {
        DateTimeOffset at = DateTimeOffset.FromUnixTimeMilliseconds(unixMs);
        return new DateTimeOffset(at.Year, at.Month, 1, 0, 0, 0, TimeSpan.Zero);
    }

    private static string NameOf(DateTimeOffset month) => string.Create(CultureInfo.InvariantCulture, $"{Parent}_{month:yyyyMM}");

    private static string Literal(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ssK", CultureInfo.InvariantCulture);
}
