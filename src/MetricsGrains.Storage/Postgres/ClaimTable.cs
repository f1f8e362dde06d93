using MetricsGrains.Core.Ports;
using Npgsql;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Who may write a metric's rows; see <see cref="IMetricClaims"/>.</summary>
internal static class ClaimTable
{
    /// <summary>
    /// Raises the epochs and reads the cursors, in two statements: the first waits for every write under an earlier epoch, each of which holds its row until it
    /// commits, so that the second sees the cursors they moved.
    /// </summary>
    public static async Task<IReadOnlyList<MetricClaim>> ClaimAsync(Session session, IReadOnlyList<string> metrics, CancellationToken cancel)
    {
        await session.RunAsync("SET LOCAL lock_timeout = '20s'", cancel);
        Dictionary<string, ulong> epochs = await ReadAsync(
            session,
            """
            INSERT INTO metric_claim AS c (metric, epoch) SELECT name, 1 FROM unnest($1) AS name ORDER BY name COLLATE "C"
            ON CONFLICT (metric) DO UPDATE SET epoch = c.epoch + 1
            RETURNING metric, epoch
            """, metrics, cancel);
        ILookup<string, FlushCursor> cursors = (await CursorTable.LoadAsync(session, metrics, cancel)).ToLookup(c => c.Metric, StringComparer.Ordinal);
        return [.. metrics.Select(m => new MetricClaim(m, epochs[PgText.Of(m)], [.. cursors[PgText.Of(m)]]))];
    }

    /// <summary>Leaves out what was taken under an epoch that is not the newest any more, and keeps the others from being superseded until the transaction ends.</summary>
    public static async Task<IReadOnlyList<RollupFlush>> KeepCurrentAsync(Session session, IReadOnlyList<RollupFlush> flushes, CancellationToken cancel)
    {
        string[] claimed = [.. flushes.Where(f => f.Epoch > 0).Select(f => f.Metric).Distinct(StringComparer.Ordinal)];
        if (claimed.Length == 0)
        {
            return flushes;
        }
        // The same order in every transaction, so that two of them never wait for each other crosswise.
        Dictionary<string, ulong> epochs = await ReadAsync(session, """SELECT metric, epoch FROM metric_claim WHERE metric = ANY($1) ORDER BY metric COLLATE "C" FOR SHARE""", claimed, cancel);
        return [.. flushes.Where(f => f.Epoch == 0 || epochs.GetValueOrDefault(PgText.Of(f.Metric)) == f.Epoch)];
    }

    public static async Task<IReadOnlyList<string>> FindSupersededAsync(Session session, IReadOnlyList<KeyValuePair<string, ulong>> epochs, CancellationToken cancel)
    {
        Dictionary<string, ulong> newest = await ReadAsync(session, "SELECT metric, epoch FROM metric_claim WHERE metric = ANY($1)", [.. epochs.Select(e => e.Key)], cancel);
        return [.. epochs.Where(e => newest.GetValueOrDefault(PgText.Of(e.Key)) > e.Value).Select(e => e.Key)];
    }

    private static async Task<Dictionary<string, ulong>> ReadAsync(Session session, string sql, IReadOnlyList<string> metrics, CancellationToken cancel)
    {
        var epochs = new Dictionary<string, ulong>(metrics.Count, StringComparer.Ordinal);
        await using NpgsqlCommand command = session.Command(sql, Texts([.. metrics]));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            epochs[reader.GetString(0)] = (ulong)reader.GetInt64(1);
        }
        return epochs;
    }
}
