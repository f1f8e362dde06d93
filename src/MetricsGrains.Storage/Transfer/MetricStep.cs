using System.Text;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Transfer;

/// <summary>Copies the metrics under their ids, so that every row keeps pointing at its own.</summary>
internal sealed class MetricStep(SqliteConnection source, int batchRows) : ITransferStep
{
    public const string Columns = "id, name, folded, kind, unit, series_count, series_version, last_seen";

    public string Name => "metrics";

    public async Task<TransferPart> AdvanceAsync(Session session, TransferPart part, CancellationToken cancel)
    {
        long after = part.After is [long id] ? id : long.MinValue, rows = 0;
        using var statement = new Statement(source, $"SELECT {Columns} FROM metric WHERE id > ?1 ORDER BY id LIMIT ?2");
        statement.Bind(1, after).Bind(2, batchRows);
        await using CopyWriter copy = await CopyWriter.BeginAsync(session, $"metric ({Columns})", cancel);
        while (statement.Step())
        {
            await copy.BeginRowAsync(8, cancel);
            after = statement.Int64(0);
            copy.Int64(after);
            copy.Bytes(Encoding.UTF8.GetBytes(PgText.Of(statement.Text(1))));
            copy.Bytes(Encoding.UTF8.GetBytes(PgText.Of(statement.Text(2))));
            copy.Int16((short)statement.Int64(3));
            copy.Bytes(Encoding.UTF8.GetBytes(PgText.Of(statement.Text(4))));
            copy.Int64(statement.Int64(5));
            copy.Int64(statement.Int64(6));
            copy.Time(statement.Int64(7));
            rows++;
        }
        await copy.CompleteAsync(cancel);
        return part with { After = [after], Rows = part.Rows + rows, Done = rows < batchRows };
    }
}
