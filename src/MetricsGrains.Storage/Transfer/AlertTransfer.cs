using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Alerting;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Transfer;

/// <summary>
/// Copies alerting from SQLite into PostgreSQL: rules with their versions and states, channels with their secrets, silences, the outbox and the
/// history. A node goes on there as if it had always been there: what fires goes on firing, what was told is not told again.
/// </summary>
/// <remarks>
/// The history goes first, by portions that may be written twice without harm; then all the rest in one transaction. Killed at any moment, it
/// goes on when it is run again.
/// </remarks>
/// <param name="path">The SQLite file. No other process may have it open meanwhile.</param>
/// <param name="connectionString">The PostgreSQL database, as Npgsql takes it. It must hold no alerting of its own.</param>
public sealed class AlertTransfer(string path, string connectionString, TimeProvider time)
{
    private const int RowsAtOnce = 2_000;

    private readonly AlertPartitions _partitions = new();

    /// <param name="progress">Called with rows of the history copied so far, one call at a time.</param>
    /// <returns>Null: there is no such file, so there is nothing to copy.</returns>
    /// <exception cref="StoreConfigurationException">One of the stores can't be used for this; the message says what to do.</exception>
    /// <exception cref="StoreUnavailableException">The source is in use, or the target failed. Running it again goes on from there.</exception>
    public async Task<AlertTransferResult?> RunAsync(Action<long> progress, CancellationToken cancel)
    {
        if (!File.Exists(path))
        {
            return null;
        }
        long nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        using SqliteConnection connection = await Task.Run(() => AlertTransferSource.Open(path, nowMs), cancel);
        var source = new SqliteAlertSession(connection, cancel);
        await using var target = new PostgresDatabase(new PostgresStoreOptions { ConnectionString = connectionString }, time);
        await target.OpenAsync((opened, stop) => new PostgresSchema(target.Name, readOnly: false, nowMs, Migration.All).PrepareAsync(opened, stop), cancel);
        AlertTransferResult before = await CompareAsync(source, target, cancel);
        if (before.IsVerified)
        {
            return before;
        }
        await RefuseForeignAsync(source, target, cancel);
        long copied = await CopyEventsAsync(source, target, progress, cancel);
        copied += await CopyOthersAsync(source, target, cancel);
        return await CompareAsync(source, target, cancel) with { Copied = copied };
    }

    /// <summary>Only what an earlier run has brought may be there: the history, or a part of it.</summary>
    private async Task RefuseForeignAsync(SqliteAlertSession source, PostgresDatabase target, CancellationToken cancel)
    {
        string? foreign = await ReadAsync(
            target,
            async session =>
            {
                foreach (AlertTable table in AlertTable.Others)
                {
                    if ((await table.ReadAsync(session, table.CopyKey, null, 1)).Count > 0)
                    {
                        return table.Name;
                    }
                }
                AlertValue[]? after = null;
                while (await AlertTable.Events.ReadAsync(session, AlertTable.Events.CompareKey, after, RowsAtOnce) is { Count: > 0 } events)
                {
                    foreach (AlertTableRow theirs in events)
                    {
                        if ((await source.ReadAsync("SELECT 1 FROM alert_events WHERE at = $1 AND digest = $2", r => r.Number(0), theirs.Key)).Count == 0)
                        {
                            return AlertTable.Events.Name;
                        }
                    }
                    after = events[^1].Key;
                }
                return null;
            }, cancel);
        if (foreign is not null)
        {
            throw new StoreConfigurationException(
                $"{target.Name} holds alerting already ({foreign}), another than '{path}' holds now, and two can't be joined; migrate into an empty database (or an empty schema, through 'Search Path').");
        }
    }

    private async Task<long> CopyEventsAsync(SqliteAlertSession source, PostgresDatabase target, Action<long> progress, CancellationToken cancel)
    {
        long copied = 0;
        AlertValue[]? after = null;
        while (await AlertTable.Events.ReadAsync(source, AlertTable.Events.CopyKey, after, RowsAtOnce) is { Count: > 0 } events)
        {
            await WriteAsync(
                target,
                async session =>
                {
                    await session.PrepareEventsAsync(events.Select(e => e.Values[0].Number));
                    await session.RunManyAsync(AlertTable.Events.InsertSql, events.Select(e => e.Values));
                    return 0;
                }, cancel);
            copied += events.Count;
            progress(copied);
            after = events[^1].Key;
        }
        return copied;
    }

    private Task<long> CopyOthersAsync(SqliteAlertSession source, PostgresDatabase target, CancellationToken cancel) => WriteAsync(
        target,
        async session =>
        {
            await session.LockEditsAsync();
            long copied = 0;
            foreach (AlertTable table in AlertTable.Others)
            {
                // An attempt before this one, whose answer was lost, has written everything.
                if (copied == 0 && (await table.ReadAsync(session, table.CopyKey, null, 1)).Count > 0)
                {
                    return copied;
                }
                AlertValue[]? after = null;
                while (await table.ReadAsync(source, table.CopyKey, after, RowsAtOnce) is { Count: > 0 } rows)
                {
                    await session.RunManyAsync(table.InsertSql, rows.Select(r => r.Values));
                    copied += rows.Count;
                    after = rows[^1].Key;
                }
            }
            return copied;
        }, cancel);

    private async Task<AlertTransferResult> CompareAsync(SqliteAlertSession source, PostgresDatabase target, CancellationToken cancel)
    {
        var tables = new List<(string, long)>();
        var mismatches = new List<string>();
        foreach (AlertTable table in AlertTable.Others.Append(AlertTable.Events))
        {
            (long rows, bool same) = await ReadAsync(target, session => CompareAsync(table, source, session), cancel);
            tables.Add((table.Name, rows));
            if (!same)
            {
                mismatches.Add($"{table.Name}: the rows from the {rows + 1}. on are not the same");
            }
        }
        return new AlertTransferResult(0, tables, mismatches);
    }

    /// <returns>How many rows are the same from the first on, and whether these are all.</returns>
    private static async Task<(long Rows, bool Same)> CompareAsync(AlertTable table, SqliteAlertSession source, PostgresAlertSession target)
    {
        long rows = 0;
        AlertValue[]? afterOurs = null, afterTheirs = null;
        while (true)
        {
            List<AlertTableRow> ours = await table.ReadAsync(source, table.CompareKey, afterOurs, RowsAtOnce), theirs = await table.ReadAsync(target, table.CompareKey, afterTheirs, RowsAtOnce);
            for (int i = 0; i < Math.Max(ours.Count, theirs.Count); i++)
            {
                if (i == ours.Count || i == theirs.Count || !AreSame(table, ours[i].Values, theirs[i].Values))
                {
                    return (rows, false);
                }
                rows++;
            }
            if (ours.Count < RowsAtOnce)
            {
                return (rows, true);
            }
            (afterOurs, afterTheirs) = (ours[^1].Key, theirs[^1].Key);
        }
    }

    private static bool AreSame(AlertTable table, AlertValue[] ours, AlertValue[] theirs)
    {
        for (int i = 0; i < ours.Length; i++)
        {
            if (table.Columns[i].Compared && AlertColumn.InPostgres(ours[i]) != theirs[i])
            {
                return false;
            }
        }
        return true;
    }

    private Task<T> ReadAsync<T>(PostgresDatabase target, Func<PostgresAlertSession, Task<T>> body, CancellationToken cancel) =>
        target.ReadAsync((session, stop) => body(new PostgresAlertSession(session, _partitions, stop)), cancel);

    private Task<T> WriteAsync<T>(PostgresDatabase target, Func<PostgresAlertSession, Task<T>> body, CancellationToken cancel) =>
        target.WriteAsync((session, stop) => body(new PostgresAlertSession(session, _partitions, stop)), repeatable: true, _partitions.Forget, cancel);
}
