using System.Data;
using MetricsGrains.Storage.Postgres;
using Npgsql;

namespace MetricsGrains.Storage.Tests.Postgres.Cluster;

/// <summary>A database prepared for Orleans' providers, which is asked as they ask: statements from the table of theirs, parameters by name and type.</summary>
internal sealed class ClusterDatabase : IAsyncDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    private readonly NpgsqlDataSource _source;

    private ClusterDatabase(string connectionString)
    {
        ConnectionString = connectionString;
        _source = NpgsqlDataSource.Create(connectionString);
    }

    public string ConnectionString { get; }

    public static async Task<ClusterDatabase> OpenAsync()
    {
        var database = new ClusterDatabase(await PostgresTestServer.CreateDatabaseAsync());
        await new PostgresClusterSchema(database.ConnectionString, TimeProvider.System).PrepareAsync(CancellationToken.None);
        return database;
    }

    public static NpgsqlParameter Text(string name, string? value) => New(name, DbType.String, value);

    public static NpgsqlParameter Int(string name, int? value) => New(name, DbType.Int32, value);

    public static NpgsqlParameter Long(string name, long value) => New(name, DbType.Int64, value);

    public static NpgsqlParameter Bytes(string name, byte[] value) => New(name, DbType.Binary, value);

    public static NpgsqlParameter Time(string name, DateTime value) => New(name, DbType.DateTime, value);

    /// <returns>Every row by its columns' names, which providers find whatever their case.</returns>
    public async Task<IReadOnlyList<IReadOnlyDictionary<string, object?>>> AskAsync(string key, params NpgsqlParameter[] parameters)
    {
        await using NpgsqlConnection connection = await _source.OpenConnectionAsync();
        return await AskAsync(connection, key, parameters);
    }

    /// <summary>The same within what else goes on over the connection.</summary>
    public static async Task<IReadOnlyList<IReadOnlyDictionary<string, object?>>> AskAsync(NpgsqlConnection connection, string key, params NpgsqlParameter[] parameters)
    {
        await using var find = new NpgsqlCommand("SELECT QueryText FROM OrleansQuery WHERE QueryKey = $1", connection) { Parameters = { new() { Value = key } } };
        await using var command = new NpgsqlCommand(Assert.IsType<string>(await find.ExecuteScalarAsync()), connection);
        foreach (NpgsqlParameter parameter in parameters)
        {
            command.Parameters.Add(parameter.Clone());
        }
        var rows = new List<IReadOnlyDictionary<string, object?>>();
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, i => reader.IsDBNull(i) ? null : reader.GetValue(i), StringComparer.OrdinalIgnoreCase));
        }
        return rows;
    }

    /// <summary>A statement that answers yes or no, in a single column of a single row.</summary>
    public async Task<bool> DecideAsync(string key, params NpgsqlParameter[] parameters) =>
        Assert.IsType<bool>(Assert.Single(Assert.Single(await AskAsync(key, parameters))).Value);

    public Task<NpgsqlConnection> ConnectAsync() => _source.OpenConnectionAsync().AsTask();

    /// <summary>Returns when some statement waits for another transaction.</summary>
    public async Task SomeoneWaitsAsync()
    {
        using var deadline = new CancellationTokenSource(s_deadline);
        while (await PostgresTestServer.ExecuteAsync(ConnectionString, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0") is 0L)
        {
            await Task.Delay(10, deadline.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await PostgresTestServer.DropDatabaseAsync(ConnectionString);
    }

    private static NpgsqlParameter New(string name, DbType type, object? value) => new() { ParameterName = name, DbType = type, Value = value ?? DBNull.Value };
}
