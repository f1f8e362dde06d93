using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace MetricsGrains.Storage.Tests.Postgres;

/// <summary>
/// The server that the tests use, one a test run: the one that the environment variable MG_TEST_POSTGRES names (its user must be
/// allowed to create databases), or else a cluster of our own in a temporary folder, gone a second after this process is.
/// MG_TEST_POSTGRES_CONFIG adds settings to our own ("shared_preload_libraries=timescaledb"), and MG_TEST_POSTGRES_EXTENSION
/// an extension to every database made.
/// </summary>
internal static class PostgresTestServer
{
    /// <summary>The one role that our own cluster asks for a password; a test makes it.</summary>
    public const string PasswordRole = "mg_password";

    private const string Binaries = "/usr/lib/postgresql/15/bin";

    private static readonly string? s_given = Environment.GetEnvironmentVariable("MG_TEST_POSTGRES");
    private static readonly string? s_extension = Environment.GetEnvironmentVariable("MG_TEST_POSTGRES_EXTENSION");
    private static readonly Lazy<Task<string>> s_server = new(() => s_given is { Length: > 0 } ? Task.FromResult(s_given) : StartAsync());

    private static int s_databases;

    /// <summary>Null: there is a server. Else why there is none.</summary>
    public static string? Missing { get; } = s_given is { Length: > 0 } || File.Exists($"{Binaries}/initdb")
        ? null
        : $"no PostgreSQL: set MG_TEST_POSTGRES to a connection string, or install PostgreSQL 15 ({Binaries})";

    /// <summary>Whether the cluster is our own, so that tests may make roles and stop backends in it.</summary>
    public static bool IsOwn => s_given is not { Length: > 0 };

    /// <summary>A connection string for a database that is new and empty.</summary>
    public static async Task<string> CreateDatabaseAsync()
    {
        string server = await s_server.Value;
        string name = $"mg_test_{Environment.ProcessId}_{Interlocked.Increment(ref s_databases)}";
        await ExecuteAsync(server, $"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'");
        string database = new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString;
        if (s_extension is { Length: > 0 })
        {
            await ExecuteAsync(database, $"CREATE EXTENSION {s_extension}");
        }
        return database;
    }

    public static async Task DropDatabaseAsync(string database) =>
        await ExecuteAsync(await s_server.Value, $"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(database).Database} WITH (FORCE)");

    public static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private static async Task<string> StartAsync()
    {
        string folder = Directory.CreateTempSubdirectory("mg-pg-").FullName;
        int port = FreePort();
        string extra = string.Concat((Environment.GetEnvironmentVariable("MG_TEST_POSTGRES_CONFIG") ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Select(s => $" -c {s}"));
        string settings = $"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=300 -c max_locks_per_transaction=256{extra}";
        // A server refuses to run as root. The watch stops it however this process ends.
        string script = $"""
            set -e
            chmod 755 {folder}
            as=''
            if [ "$(id -u)" = 0 ]; then chown postgres {folder}; as='runuser -u postgres --'; fi
            $as {Binaries}/initdb -D {folder}/data -U postgres -A trust -E UTF8 --no-sync >{folder}/log 2>&1
            printf '%s\n' 'host all {PasswordRole} all scram-sha-256' | cat - {folder}/data/pg_hba.conf >{folder}/hba
            cat {folder}/hba >{folder}/data/pg_hba.conf
            $as {Binaries}/pg_ctl -D {folder}/data -l {folder}/server.log -w -o '{settings}' start >>{folder}/log 2>&1
            (setsid sh -c "while kill -0 {Environment.ProcessId} 2>/dev/null; do sleep 1; done; $as {Binaries}/pg_ctl -D {folder}/data -m immediate stop; rm -rf {folder}" >/dev/null 2>&1 </dev/null &)
            """;
        using Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script]))!;
        await shell.WaitForExitAsync();
        if (shell.ExitCode != 0)
        {
            string said = string.Join('\n', Directory.GetFiles(folder, "*log").Select(File.ReadAllText));
            throw new InvalidOperationException($"PostgreSQL did not start in {folder}: {said}");
        }
        return $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;Include Error Detail=true";
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
