using System.Diagnostics;
using MetricsGrains.Testbed;
using Npgsql;

namespace MetricsGrains.Storage.Tests.Postgres;

/// <summary>
/// The server that the tests use, one a test run: the one that the environment variable MG_TEST_POSTGRES names (its user must be
/// allowed to create databases), or else a cluster of our own. <see cref="PostgresCluster"/> says how to have TimescaleDB in it.
/// </summary>
internal static class PostgresTestServer
{
    /// <summary>The one role that our own cluster asks for a password; a test makes it.</summary>
    public const string PasswordRole = PostgresCluster.PasswordRole;

    private static readonly string? s_given = Environment.GetEnvironmentVariable("MG_TEST_POSTGRES");
    private static readonly Lazy<Task<string>> s_server = new(() => s_given is { Length: > 0 } ? Task.FromResult(s_given) : StartAsync());

    private static PostgresCluster? s_own;
    private static int s_databases;

    /// <summary>Null: there is a server. Else why there is none.</summary>
    public static string? Missing { get; } = s_given is { Length: > 0 } ? null : PostgresCluster.Missing is { } missing ? $"{missing}, or set MG_TEST_POSTGRES to a connection string" : null;

    /// <summary>Whether the cluster is our own, so that tests may make roles and stop backends in it.</summary>
    public static bool IsOwn => s_given is not { Length: > 0 };

    /// <summary>What our own cluster logged so far.</summary>
    public static string Log => s_own?.Log ?? throw new InvalidOperationException("the server is not ours, or not started");

    /// <summary>Null: databases have TimescaleDB, or can be given it. Else why not.</summary>
    public static string? TimescaleMissing => Missing ?? (PostgresCluster.Extension == "timescaledb" ? null : "no TimescaleDB: set MG_TEST_POSTGRES_EXTENSION=timescaledb and give the server its library");

    /// <summary>A connection string for a database that is new and empty.</summary>
    public static async Task<string> CreateDatabaseAsync(bool extension = true)
    {
        string server = await s_server.Value;
        string name = $"mg_test_{Environment.ProcessId}_{Interlocked.Increment(ref s_databases)}";
        await ExecuteAsync(server, $"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'");
        string database = new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString;
        if (extension && PostgresCluster.Extension is { } added)
        {
            await ExecuteAsync(database, $"CREATE EXTENSION {added}");
        }
        return database;
    }

    public static async Task DropDatabaseAsync(string database) =>
        await ExecuteAsync(await s_server.Value, $"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(database).Database} WITH (FORCE)");

    public static Task<object?> ExecuteAsync(string connectionString, string sql) => PostgresCluster.ExecuteAsync(connectionString, sql);

    /// <summary>Runs one of PostgreSQL's tools against a database of our own cluster.</summary>
    public static async Task RunToolAsync(string tool, string database, params string[] arguments)
    {
        var builder = new NpgsqlConnectionStringBuilder(database);
        using Process process = Process.Start(new ProcessStartInfo(
            $"{PostgresCluster.Binaries}/{tool}", ["-h", builder.Host!, "-p", $"{builder.Port}", "-U", builder.Username!, "-d", builder.Database!, .. arguments]))!;
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>Runs statements in psql, as a person would, and stops at the first that fails.</summary>
    /// <returns>What it printed: a line a row, values separated by '|'.</returns>
    public static async Task<string> PsqlAsync(string database, string sql)
    {
        var builder = new NpgsqlConnectionStringBuilder(database);
        string[] arguments = ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", builder.Host!, "-p", $"{builder.Port}", "-U", builder.Username!, "-d", builder.Database!];
        using Process process = Process.Start(new ProcessStartInfo($"{PostgresCluster.Binaries}/psql", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        await process.StandardInput.WriteAsync("SET timezone TO 'UTC';\n" + sql + "\n");
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{sql}\n{await errors}");
        return output.TrimEnd();
    }

    /// <summary>Not disposed: it ends with this process.</summary>
    private static async Task<string> StartAsync()
    {
        s_own = await PostgresCluster.StartAsync();
        return s_own.ConnectionString;
    }
}
