using MetricsGrains.Storage.Postgres;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Transfer;

/// <summary>Copies the series under their ids.</summary>
internal sealed class SeriesStep(SqliteConnection source, int batchRows) : ITransferStep
{
    public string Name => "series";

    public async Task<TransferPart> AdvanceAsync(Session session, TransferPart part, CancellationToken cancel)
    {
        long after = part.After is [long id] ? id : long.MinValue, rows = 0;
        using var statement = new Statement(source, "SELECT id, metric_id, series_hash, kind, tags_json, tags, first_seen, last_seen FROM series WHERE id > ?1 ORDER BY id LIMIT ?2");
        statement.Bind(1, after).Bind(2, batchRows);
        await using CopyWriter copy = await CopyWriter.BeginAsync(session, "series (id, metric_id, series_hash, kind, tags, canonical, first_seen, last_seen)", cancel);
        while (statement.Step())
        {
            await copy.BeginRowAsync(8, cancel);
            after = statement.Int64(0);
            copy.Int64(after);
            copy.Int64(statement.Int64(1));
            copy.Int64(statement.Int64(2));
            copy.Int16((short)statement.Int64(3));
            copy.Json(PgText.OfJson(statement.Text(4)));
            copy.Bytes(statement.Blob(5));
            copy.Time(statement.Int64(6));
            copy.Time(statement.Int64(7));
            rows++;
        }
        await copy.CompleteAsync(cancel);
        return part with { After = [after], Rows = part.Rows + rows, Done = rows < batchRows };
    }
}
