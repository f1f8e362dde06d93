using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Storage.Alerting;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Transfer;

/// <summary>
/// Copies alerting: rules with their versions and states, channels with their secrets, silences, the outbox and the history. A node goes on
/// with it as if it had always been there: what fires goes on firing, what was told is not told again.
/// </summary>
/// <remarks>
/// The history goes first, in portions that may be written twice without harm; then all the rest in one transaction. So it can be killed at any
/// moment, and done again.
/// </remarks>
internal sealed class AlertTransfer(SqliteConnection connection, PostgresDatabase target, CancellationToken cancel)
{
    private const int RowsAtOnce = 2_000;

    private readonly SqliteAlertSession _source = new(connection, cancel);
    private readonly AlertPartitions _partitions = new();

    /// <summary>All tables of alerting, in the order in which they are compared.</summary>
    public static IReadOnlyList<AlertTable> Tables { get; } = [.. AlertTable.Others, AlertTable.Events];

    /// <param name="progress">Called with rows of the history done, and how many there are.</param>
    /// <returns>Rows of the source, whether they were in the target already or not.</returns>
    public async Task<long> CopyAsync(Action<long, long> progress)
    {
        long events = connection.Scalar("SELECT count(*) FROM alert_events"), copied = 0;
        AlertValue[]? after = null;
        while (await AlertTable.Events.ReadAsync(_source, AlertTable.Events.CopyKey, after, RowsAtOnce) is { Count: > 0 } some)
        {
            progress(copied, events);
            await WriteAsync(
                async session =>
                {
                    await session.PrepareEventsAsync(some.Select(e => e.Values[0].Number));
                    await session.RunManyAsync(AlertTable.Events.InsertSql, some.Select(e => e.Values));
                    return 0;
                });
            copied += some.Count;
            after = some[^1].Key;
        }
        return copied + await WriteAsync(CopyOthersAsync);
    }

    /// <summary>Reads both databases and adds up what is in each table.</summary>
    public async Task<IReadOnlyList<TableComparison>> CompareAsync()
    {
        var tables = new List<TableComparison>();
        foreach (AlertTable table in Tables)
        {
            TransferTotals theirs = await target.ReadAsync((session, stop) => TotalsAsync(table, new PostgresAlertSession(session, _partitions, stop)), cancel);
            tables.Add(new TableComparison(table.Name.Replace('_', ' '), await TotalsAsync(table, _source), theirs));
        }
        return tables;
    }

    private async Task<long> CopyOthersAsync(PostgresAlertSession session)
    {
        long rows = AlertTable.Others.Sum(t => connection.Scalar($"SELECT count(*) FROM {t.Name}"));
        foreach (AlertTable table in AlertTable.Others)
        {
            if ((await table.ReadAsync(session, table.CopyKey, null, 1)).Count > 0)
            {
                // An attempt before this one has committed, and with it all of them.
                return rows;
            }
        }
        foreach (AlertTable table in AlertTable.Others)
        {
            AlertValue[]? after = null;
            while (await table.ReadAsync(_source, table.CopyKey, after, RowsAtOnce) is { Count: > 0 } some)
            {
                await session.RunManyAsync(table.InsertSql, some.Select(r => r.Values));
                after = some[^1].Key;
            }
        }
        return rows;
    }

    /// <summary>The digest is over the rows in their order, which for messages and versions is a part of what they say.</summary>
    private static async Task<TransferTotals> TotalsAsync(AlertTable table, IAlertSession session)
    {
        long rows = 0;
        ulong digest = 0;
        AlertValue[]? after = null;
        while (await table.ReadAsync(session, table.CompareKey, after, RowsAtOnce) is { Count: > 0 } some)
        {
            foreach (AlertTableRow row in some)
            {
                string text = string.Join('\u001f', row.Values.Where((_, i) => table.Columns[i].Compared).Select(AlertColumn.TextInPostgres));
                digest = StableHash.Of(Encoding.UTF8.GetBytes(text), digest);
            }
            rows += some.Count;
            after = some[^1].Key;
        }
        return new TransferTotals(rows, null, null, digest);
    }

    private Task<T> WriteAsync<T>(Func<PostgresAlertSession, Task<T>> body) =>
        target.WriteAsync((session, stop) => body(new PostgresAlertSession(session, _partitions, stop)), repeatable: true, _partitions.Forget, cancel);
}
