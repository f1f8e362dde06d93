using System.Diagnostics;
using MetricsGrains.Testbed;
using Npgsql;

namespace MetricsGrains.Crash.Tests.Stores;

/// <summary>A database of its own, owned by an ordinary user as whom the node connects.</summary>
internal sealed class PostgresCrashStore : ICrashStore
{
    private const string Owner = "mg_crash";

    private static int s_made;

    private PostgresCrashStore(string admin, string connectionString) => (Admin, ConnectionString) = (admin, connectionString);

    /// <summary>The superuser's connection string.</summary>
    public string Admin { get; }

    /// <summary>The node's.</summary>
    public string ConnectionString { get; private set; }

    public string[] Settings => [$"Store:ConnectionString={ConnectionString}"];

    public static async Task<PostgresCrashStore> CreateAsync(PostgresCluster cluster)
    {
        string admin = await cluster.CreateDatabaseAsync($"crash_{Interlocked.Increment(ref s_made)}");
        await PostgresCluster.ExecuteAsync(admin, $"DO $$ BEGIN IF to_regrole('{Owner}') IS NULL THEN CREATE ROLE {Owner} LOGIN; END IF; END $$; GRANT CREATE, USAGE ON SCHEMA public TO {Owner}");
        return new PostgresCrashStore(admin, new NpgsqlConnectionStringBuilder(admin) { Username = Owner, IncludeErrorDetail = false }.ConnectionString);
    }

    /// <summary>The same database, for a node that is to reach it otherwise.</summary>
    public PostgresCrashStore Through(Action<NpgsqlConnectionStringBuilder> change)
    {
        var builder = new NpgsqlConnectionStringBuilder(ConnectionString);
        change(builder);
        return new PostgresCrashStore(Admin, builder.ConnectionString);
    }

    public Task WaitForOpenAsync(TimeSpan most) => UntilAsync(async () => await NumberAsync("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'metricsgrains' AND datname = current_database()") > 0, most);

    public async Task WaitForWritesAsync(int writes)
    {
        // A transaction that wrote anything takes a number.
        const string Written = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
        await using NpgsqlConnection connection = await OpenAsync();
        long wanted = await NumberAsync(connection, Written) + writes;
        await UntilAsync(async () => await NumberAsync(connection, Written) >= wanted, TimeSpan.FromSeconds(5));
    }

    public async Task<string> WatchAsync(Func<Task> kill)
    {
        await using NpgsqlConnection connection = await OpenAsync();
        await using var look = new NpgsqlCommand("SELECT query FROM pg_stat_activity WHERE application_name = 'metricsgrains' AND datname = current_database() AND state <> 'idle' AND backend_xid IS NOT NULL", connection);
        var seen = new List<string>();
        await using (NpgsqlDataReader reader = await look.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                seen.Add(reader.GetString(0));
            }
        }
        await kill();
        return seen.Count == 0 ? "between two writes" : "in " + KindOf(seen[0]);
    }

    public IStoredRows OpenRows() => new PostgresRows(Admin);

    public Task<object?> ExecuteAsync(string sql) => PostgresCluster.ExecuteAsync(Admin, sql);

    private static string KindOf(string statement) => statement switch
    {
        _ when statement.StartsWith("COMMIT", StringComparison.Ordinal) => "a commit",
        _ when statement.Contains("raw_block", StringComparison.Ordinal) => "a write of raw blocks",
        _ when statement.Contains("rollup_1h", StringComparison.Ordinal) || statement.Contains("rollup_1d", StringComparison.Ordinal) || statement.Contains("dirty_bucket WHERE", StringComparison.Ordinal) => "a derivation",
        _ when statement.Contains("partial_hour", StringComparison.Ordinal) || statement.Contains("row_count RETURNING", StringComparison.Ordinal) || statement.StartsWith("DELETE", StringComparison.Ordinal) => "maintenance",
        _ => "a flush",
    };

    private async Task<NpgsqlConnection> OpenAsync()
    {
        // A pooled one may be of a server that was killed since.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Admin) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private async Task<long> NumberAsync(string sql)
    {
        await using NpgsqlConnection connection = await OpenAsync();
        return await NumberAsync(connection, sql);
    }

    private static async Task<long> NumberAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task UntilAsync(Func<Task<bool>> happened, TimeSpan most)
    {
        var clock = Stopwatch.StartNew();
        while (!await happened() && clock.Elapsed < most)
        {
            await Task.Delay(1);
        }
    }
}
