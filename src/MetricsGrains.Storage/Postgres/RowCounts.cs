using MetricsGrains.Storage.Common;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Postgres;

/// <summary>
/// Rows added to and taken from one table, for the status page: counting them there would read all of them. Written as new
/// entries, which never wait for other writers, and folded by maintenance.
/// </summary>
internal sealed class RowCounts(PartitionKind kind)
{
    private readonly Dictionary<long, (long Rows, long OldestMs)> _spans = [];
    private PartitionSpan _last;

    /// <param name="unixMs">What the table is partitioned by.</param>
    /// <param name="rows">Negative: taken away.</param>
    /// <param name="oldestMs">Time of the oldest of them, where that is not <paramref name="unixMs"/>.</param>
    public void Add(long unixMs, long rows, long? oldestMs = null)
    {
        if (unixMs < _last.StartMs || unixMs >= _last.EndMs)
        {
            _last = PartitionSpan.Holding(kind, unixMs);
        }
        (long before, long oldest) = _spans.GetValueOrDefault(_last.StartMs, (0, long.MaxValue));
        _spans[_last.StartMs] = (before + rows, Math.Min(oldest, oldestMs ?? unixMs));
    }

    public async Task WriteAsync(Session session, CancellationToken cancel)
    {
        if (_spans.Count > 0)
        {
            await session.RunAsync(
                "INSERT INTO row_count (kind, span_start, rows, oldest) SELECT $1, * FROM unnest($2, $3, $4)", cancel, Small((int)kind),
                Times([.. _spans.Keys]), Numbers([.. _spans.Values.Select(s => s.Rows)]), Times([.. _spans.Values.Select(s => s.OldestMs)]));
        }
    }

    /// <summary>Makes one entry a span out of many.</summary>
    public static Task FoldAsync(Session session, CancellationToken cancel) => session.RunAsync(
        """
        WITH gone AS (DELETE FROM row_count RETURNING kind, span_start, rows, oldest)
        INSERT INTO row_count SELECT kind, span_start, sum(rows), min(oldest) FROM gone GROUP BY kind, span_start HAVING sum(rows) > 0
        """, cancel);

    /// <summary>Forgets what lay before the oldest partition that is left; null: none is.</summary>
    public static Task ForgetAsync(Session session, PartitionKind kind, PartitionSpan? oldestLeft, CancellationToken cancel)
    {
        // A chunk may begin within one of our spans, and the span's rows count until the last of its chunks is gone.
        long keptFrom = oldestLeft is { } left ? PartitionSpan.Holding(kind, left.StartMs).StartMs : long.MaxValue;
        return session.RunAsync("DELETE FROM row_count WHERE kind = $1 AND span_start < $2", cancel, Small((int)kind), Time(keptFrom));
    }
}
