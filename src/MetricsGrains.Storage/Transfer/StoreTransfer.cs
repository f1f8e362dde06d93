using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Common;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Storage.Sqlite;

namespace MetricsGrains.Storage.Transfer;

/// <summary>
/// Copies a SQLite store into PostgreSQL: the catalog, rollups of every resolution with their partial rows and sketches, raw
/// blocks, annotations, flush cursors and what was dropped, and alerting with it. A node can go on in PostgreSQL with the log it has, as if it had always been there.
/// </summary>
/// <remarks>
/// How far each table is copied is kept in the target and moved in the transactions that write the rows. So a transfer that is
/// killed at any moment goes on where it was when it is run again, and no row is written twice.
/// </remarks>
public sealed class StoreTransfer(StoreTransferOptions options, TimeProvider time)
{
    /// <summary>One statement may read a whole partition, or wait for a busy server: an operator watches, and can stop it.</summary>
    private static readonly TimeSpan s_commandTimeout = TimeSpan.FromHours(6);

    /// <param name="progress">Called often, one call at a time.</param>
    /// <exception cref="StoreConfigurationException">One of the stores can't be used for this; the message says what to do.</exception>
    /// <exception cref="StoreUnavailableException">The source is in use, or the target failed. Running it again goes on from there.</exception>
    /// <exception cref="OperationCanceledException">What was copied stays; running it again goes on from there.</exception>
    public async Task<TransferResult> RunAsync(Action<TransferProgress> progress, CancellationToken cancel)
    {
        progress(new TransferProgress(TransferStage.Opening, options.SqlitePath, 0, 0));
        long nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        using TransferSource source = await Task.Run(() => TransferSource.Open(options.SqlitePath, options.AlertsPath, nowMs), cancel);
        await using var target = new PostgresDatabase(new PostgresStoreOptions { ConnectionString = options.ConnectionString, CommandTimeout = s_commandTimeout }, time);
        await target.OpenAsync((connection, stop) => new PostgresSchema(target.Name, readOnly: false, nowMs, Migration.All).PrepareAsync(connection, stop), cancel);
        TransferState? found = await target.WriteAsync((session, stop) => TransferState.BeginAsync(session, source, options.Restart, target.Name, stop), repeatable: true, Nothing, cancel);
        if (found?.FinishedAtMs is { } finishedAt)
        {
            return new TransferResult(finishedAt, true, 0, default, default, 0, [], [], []);
        }
        long started = time.GetTimestamp();
        AlertTransfer? alerts = source.Alerts is null ? null : new AlertTransfer(source.Alerts, target, cancel);
        long copied = alerts is null ? 0 : await alerts.CopyAsync((done, total) => progress(new TransferProgress(TransferStage.Copying, AlertTable.Events.Name, done, total)));
        copied += await CopyAsync(source, target, progress, cancel);
        TimeSpan copying = time.GetElapsedTime(started);
        started = time.GetTimestamp();
        IReadOnlyList<TableComparison> alerting = alerts is null ? [] : await alerts.CompareAsync();
        TransferVerification verification = await VerifyAsync(source, target, progress, cancel);
        string[] mismatches = [.. alerting.Where(t => t.Source.Digest != t.Target.Digest).Select(t => $"{t.Name}: {t.Source.Rows} rows in SQLite, {t.Target.Rows} in PostgreSQL, not the same ones"), .. verification.Mismatches];
        if (mismatches.Length == 0)
        {
            await target.WriteAsync((session, stop) => NoResult(TransferState.FinishAsync(session, stop)), repeatable: true, Nothing, cancel);
        }
        return new TransferResult(
            null, found is not null, copied, copying, time.GetElapsedTime(started), verification.Damaged, [.. verification.Tables, .. alerting], verification.Metrics, mismatches);
    }

    private async Task<long> CopyAsync(TransferSource source, PostgresDatabase target, Action<TransferProgress> progress, CancellationToken cancel)
    {
        Dictionary<string, TransferPart> parts = (await target.ReadAsync(TransferState.PartsAsync, cancel)).ToDictionary(p => p.Name, StringComparer.Ordinal);
        long total = source.Metrics + source.Series + source.Rows, done = parts.Where(p => p.Key != LedgerStep.PartName).Sum(p => p.Value.Rows), before = done;
        foreach (ITransferStep step in Steps(source))
        {
            TransferPart part = parts.GetValueOrDefault(step.Name) ?? TransferPart.Unbegun(step.Name);
            while (!part.Done)
            {
                progress(new TransferProgress(TransferStage.Copying, step.Name, done, total));
                long rows = part.Rows;
                part = await target.WriteAsync((session, stop) => AdvanceAsync(session, step, stop), repeatable: true, Nothing, cancel);
                done += step is LedgerStep ? 0 : part.Rows - rows;
            }
        }
        // Without statistics the first queries of a freshly filled database are planned as if it were empty.
        await target.WriteAsync((session, stop) => session.RunAsync($"ANALYZE {string.Join(", ", TransferState.Tables)}", stop), repeatable: true, Nothing, cancel);
        progress(new TransferProgress(TransferStage.Copying, "", done, total));
        return done - before;
    }

    private IEnumerable<ITransferStep> Steps(TransferSource source)
    {
        yield return new MetricStep(source.Connection, options.BatchRows);
        yield return new SeriesStep(source.Connection, options.BatchRows);
        foreach (Partition partition in source.Partitions)
        {
            yield return partition.Kind switch
            {
                PartitionKind.Raw or PartitionKind.BriefRaw => new RawStep(source.Connection, partition, source.RawSeqBefore[partition.Name], options),
                PartitionKind.Annotation => new AnnotationStep(source.Connection, partition, options),
                _ => new RollupStep(source.Connection, partition, options),
            };
        }
        yield return new LedgerStep(source, options.BatchRows);
    }

    /// <summary>Where to go on is read within the transaction that writes, so a commit whose answer was lost is no second copy when it is repeated.</summary>
    private static async Task<TransferPart> AdvanceAsync(Session session, ITransferStep step, CancellationToken cancel)
    {
        TransferPart part = await TransferState.LockAsync(session, step.Name, cancel);
        if (part.Done)
        {
            return part;
        }
        TransferPart advanced = await step.AdvanceAsync(session, part, cancel);
        await TransferState.SaveAsync(session, advanced, cancel);
        return advanced;
    }

    private static async Task<TransferVerification> VerifyAsync(TransferSource source, PostgresDatabase target, Action<TransferProgress> progress, CancellationToken cancel)
    {
        long done = 0;
        var verification = new TransferVerification(
            source, target, (table, rows) => progress(new TransferProgress(TransferStage.Verifying, table, done += rows, source.Rows)), cancel);
        await verification.RunAsync();
        progress(new TransferProgress(TransferStage.Verifying, "", source.Rows, source.Rows));
        return verification;
    }

    private static async Task<int> NoResult(Task task)
    {
        await task;
        return 0;
    }

    /// <summary>Nothing is remembered between attempts.</summary>
    private static void Nothing()
    {
    }
}
