using System.Globalization;
using Npgsql;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Makes and drops the partitions of tables that PostgreSQL itself partitions. Several nodes may do so at once.</summary>
internal static class NativePartitions
{
    /// <summary>Makes those that are missing. Call before rows are locked, so that nodes that need the same one don't wait for each other crosswise.</summary>
    /// <returns>False: all were there, and committed.</returns>
    public static async Task<bool> MakeMissingAsync(Session session, IReadOnlyCollection<NativePartition> partitions, CancellationToken cancel)
    {
        if (partitions.Count == 0 || (await MissingAsync(session, partitions, cancel)).Count == 0)
        {
            return false;
        }
        await session.RunAsync(StoreLock.Exclusive(StoreLock.MakePartition), cancel);
        foreach (NativePartition partition in await MissingAsync(session, partitions, cancel))
        {
            // Made apart and attached: PARTITION OF would lock out every read of the whole table.
            await session.RunAsync($"CREATE TABLE {partition.Name} (LIKE {partition.Parent} INCLUDING ALL)", cancel);
            await session.RunAsync($"ALTER TABLE {partition.Parent} ATTACH PARTITION {partition.Name} FOR VALUES FROM ('{Literal(partition.From)}') TO ('{Literal(partition.To)}')", cancel);
        }
        return true;
    }

    /// <summary>Locks a table against all use until the transaction ends, as whoever drops a part of it must.</summary>
    public static async Task LockAsync(Session session, string parent, CancellationToken cancel)
    {
        // Whoever reads or writes queues up behind a lock that waits; better to come back later than to make them wait long.
        await session.RunAsync("SET LOCAL lock_timeout = '3s'", cancel);
        await session.RunAsync($"LOCK TABLE ONLY {parent} IN ACCESS EXCLUSIVE MODE", cancel);
    }

    private static async Task<List<NativePartition>> MissingAsync(Session session, IReadOnlyCollection<NativePartition> partitions, CancellationToken cancel)
    {
        // Asks the catalog's tables, which are read as of now: to_regclass may answer from a cache of before the lock was had.
        const string Sql = """
            SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent IN (SELECT to_regclass(p) FROM unnest($1) AS n(p)) AND c.relname = ANY($2)
            """;
        var there = new HashSet<string>(StringComparer.Ordinal);
        await using NpgsqlCommand command = session.Command(Sql, Texts([.. partitions.Select(p => p.Parent).Distinct()]), Texts([.. partitions.Select(p => p.Name)]));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            there.Add(reader.GetString(0));
        }
        return [.. partitions.Where(p => !there.Contains(p.Name))];
    }

    private static string Literal(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ssK", CultureInfo.InvariantCulture);
}
