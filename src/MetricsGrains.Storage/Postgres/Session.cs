using Npgsql;
using NpgsqlTypes;

namespace MetricsGrains.Storage.Postgres;

/// <summary>A connection inside of a transaction. Not thread-safe, and valid only during the call it was made for.</summary>
internal sealed class Session(NpgsqlConnection connection, PostgresServer server)
{
    public NpgsqlConnection Connection => connection;

    public PostgresServer Server => server;

    public NpgsqlCommand Command(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (NpgsqlParameter parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }
        return command;
    }

    public async Task<int> RunAsync(string sql, CancellationToken cancel, params NpgsqlParameter[] parameters)
    {
        await using NpgsqlCommand command = Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Runs several statements in one round trip, each seeing what committed before it began.</summary>
    public async Task RunAllAsync(CancellationToken cancel, params (string Sql, NpgsqlParameter[] Parameters)[] statements)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach ((string sql, NpgsqlParameter[] parameters) in statements)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (NpgsqlParameter parameter in parameters)
            {
                command.Parameters.Add(parameter);
            }
            batch.BatchCommands.Add(command);
        }
        await batch.ExecuteNonQueryAsync(cancel);
    }

    public async Task<long> NumberAsync(string sql, CancellationToken cancel, params NpgsqlParameter[] parameters)
    {
        await using NpgsqlCommand command = Command(sql, parameters);
        return await command.ExecuteScalarAsync(cancel) is long number ? number : 0;
    }

    /// <summary>The first column of all rows, as 64-bit numbers.</summary>
    public async Task<List<long>> NumbersAsync(string sql, CancellationToken cancel, params NpgsqlParameter[] parameters)
    {
        var numbers = new List<long>();
        await using NpgsqlCommand command = Command(sql, parameters);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            numbers.Add(reader.GetInt64(0));
        }
        return numbers;
    }

    public static NpgsqlParameter Number(long value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Bigint };

    public static NpgsqlParameter Small(int value) => new() { Value = (short)value, NpgsqlDbType = NpgsqlDbType.Smallint };

    public static NpgsqlParameter Text(string value) => new() { Value = PgText.Of(value), NpgsqlDbType = NpgsqlDbType.Text };

    public static NpgsqlParameter Id(Guid value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Uuid };

    public static NpgsqlParameter Ids(Guid[] values) => new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid };

    public static NpgsqlParameter Blobs(byte[][] values) => new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };

    /// <param name="unixMs">Unix ms.</param>
    public static NpgsqlParameter Time(long unixMs) => new() { Value = PgTime.FromUnixMs(unixMs), NpgsqlDbType = NpgsqlDbType.TimestampTz };

    public static NpgsqlParameter Numbers(long[] values) => new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint };

    public static NpgsqlParameter Smalls(short[] values) => new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Smallint };

    public static NpgsqlParameter Unsigned(ulong[] values) =>
        new() { Value = Array.ConvertAll(values, v => (decimal)v), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Numeric };

    public static NpgsqlParameter Texts(string[] values) => new() { Value = Array.ConvertAll(values, PgText.Of), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    public static NpgsqlParameter Times(long[] unixMs) => new() { Value = Array.ConvertAll(unixMs, PgTime.FromUnixMs), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz };
}
