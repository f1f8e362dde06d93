using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Common;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Storage.Sqlite;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Transfer;

/// <summary>
/// Copies what says how far the store is: flush cursors, what is to be derived again, what retention dropped, and the numbers
/// that come next. All in one transaction, after all rows.
/// </summary>
internal sealed class LedgerStep(TransferSource source, int batchRows) : ITransferStep
{
    public const string PartName = "cursors";

    public string Name => PartName;

    public async Task<TransferPart> AdvanceAsync(Session session, TransferPart part, CancellationToken cancel)
    {
        List<FlushCursor> cursors = Sqlite.CursorTable.Load(source.Connection);
        foreach (FlushCursor[] chunk in cursors.Chunk(batchRows))
        {
            await Postgres.CursorTable.MoveAsync(session, chunk, cancel);
        }
        foreach (PartitionKind kind in (PartitionKind[])[PartitionKind.OneHour, PartitionKind.OneDay])
        {
            foreach ((long, long)[] chunk in Sqlite.DirtyBuckets.All(source.Connection, kind, long.MinValue, long.MaxValue, int.MaxValue).Chunk(batchRows))
            {
                await Postgres.DirtyBuckets.MarkAsync(session, kind, chunk, cancel);
            }
        }
        foreach (PartitionKind kind in Enum.GetValues<PartitionKind>())
        {
            if (Sqlite.Partitions.DroppedThrough(source.Connection, kind) is var dropped and not long.MinValue)
            {
                await StoreState.NoteDroppedAsync(session, kind, dropped, cancel);
            }
        }
        await AdvanceNumbersAsync(session, cancel);
        return part with { Rows = cursors.Count, Done = true };
    }

    /// <summary>Ids are not given again while rows may still point at them, and rows written from now on come after those copied.</summary>
    private async Task AdvanceNumbersAsync(Session session, CancellationToken cancel)
    {
        foreach (string table in (string[])["metric", "series"])
        {
            long last = source.Connection.Scalar($"SELECT seq FROM sqlite_sequence WHERE name = '{table}'");
            if (last > 0)
            {
                await session.RunAsync($"SELECT setval(pg_get_serial_sequence('{table}', 'id'), $1)", cancel, Number(last));
            }
        }
        await session.RunAsync("SELECT setval('append_seq', greatest($1, last_value)) FROM append_seq", cancel, Number(StoreState.AppendOf(source.NewestSeq) + 1));
    }
}
