using System.Diagnostics;
using MetricsGrains.Storage.Alerting;
using Npgsql;
using NpgsqlTypes;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Runs the alert tables' statements within a transaction.</summary>
internal sealed class PostgresAlertSession(Session session, AlertPartitions partitions, CancellationToken cancel) : IAlertSession
{
    /// <summary>Statements sent at a time: one round trip for all of them, and no more of them in memory than that.</summary>
    private const int BatchSize = 500;

    public async ValueTask LockEditsAsync() => await session.RunAsync(StoreLock.Exclusive(StoreLock.EditAlerting), cancel);

    public async ValueTask PrepareEventsAsync(IEnumerable<long> atMs) => await partitions.EnsureAsync(session, atMs, cancel);

    public async ValueTask<int> RunAsync(string sql, params AlertValue[] values) => await session.RunAsync(sql, cancel, Array.ConvertAll(values, ParameterOf));

    public async ValueTask RunManyAsync(string sql, IEnumerable<AlertValue[]> rows)
    {
        foreach (AlertValue[][] some in rows.Chunk(BatchSize))
        {
            await session.RunAllAsync(cancel, Array.ConvertAll(some, row => (sql, Array.ConvertAll(row, ParameterOf))));
        }
    }

    public async ValueTask<List<T>> ReadAsync<T>(string sql, Func<IAlertRow, T> map, params AlertValue[] values)
    {
        var rows = new List<T>();
        await using NpgsqlCommand command = session.Command(sql, Array.ConvertAll(values, ParameterOf));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        var row = new PostgresAlertRow(reader);
        while (await reader.ReadAsync(cancel))
        {
            rows.Add(map(row));
        }
        return rows;
    }

    private static NpgsqlParameter ParameterOf(AlertValue value)
    {
        (NpgsqlDbType type, object sent) = value.Kind switch
        {
            AlertValueKind.Text => (NpgsqlDbType.Text, (object)PgText.Of(value.Text)),
            // Assigned to json and jsonb columns alike.
            AlertValueKind.Json => (NpgsqlDbType.Unknown, PgText.OfJson(value.Text)),
            AlertValueKind.Number => (NpgsqlDbType.Bigint, value.Number),
            AlertValueKind.Real => (NpgsqlDbType.Double, value.Real),
            AlertValueKind.Flag => (NpgsqlDbType.Boolean, value.Number != 0),
            AlertValueKind.Uuid => (NpgsqlDbType.Uuid, value.Uuid),
            AlertValueKind.Time => (NpgsqlDbType.TimestampTz, PgTime.FromUnixMs(value.Number)),
            _ => throw new UnreachableException($"BUG: a parameter of kind {value.Kind}"),
        };
        return new NpgsqlParameter { Value = value.IsNull ? DBNull.Value : sent, NpgsqlDbType = type };
    }
}
