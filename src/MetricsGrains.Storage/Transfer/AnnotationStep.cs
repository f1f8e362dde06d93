using System.Text;
using MetricsGrains.Storage.Common;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Transfer;

/// <summary>Copies one partition of annotations.</summary>
internal sealed class AnnotationStep(SqliteConnection source, Partition partition, StoreTransferOptions options) : ITransferStep
{
    public string Name => partition.Name;

    public async Task<TransferPart> AdvanceAsync(Session session, TransferPart part, CancellationToken cancel)
    {
        await Postgres.Partitions.EnsureAsync(session, new HashSet<PartitionSpan> { new(partition.Kind, partition.StartMs, partition.EndMs) }, cancel);
        long[] after = part.After;
        long rows = 0, bytes = 0;
        bool more;
        using (var stored = new StoredAnnotations(source, partition.Name, after))
        {
            await using CopyWriter copy = await CopyWriter.BeginAsync(session, "annotation (at, id, level, title, text, host, source, aggregation_key, folded, tags, canonical)", cancel);
            while ((more = stored.Read()) && rows < options.BatchRows && bytes < options.BatchBytes)
            {
                await copy.BeginRowAsync(11, cancel);
                bytes += Write(copy, stored);
                after = stored.Key;
                rows++;
            }
            await copy.CompleteAsync(cancel);
        }
        return part with { After = after, Rows = part.Rows + rows, Done = !more };
    }

    /// <returns>Bytes, about.</returns>
    private static long Write(CopyWriter copy, StoredAnnotations row)
    {
        copy.Time(row.AtMs);
        copy.Bytes(row.Id);
        long bytes = 100;
        foreach (string text in row.Texts)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(PgText.Of(text));
            copy.Bytes(utf8);
            bytes += utf8.Length;
        }
        copy.Json(PgText.OfJson(row.TagsJson));
        copy.Bytes(row.Canonical);
        return bytes + (2 * row.Canonical.Length);
    }
}
