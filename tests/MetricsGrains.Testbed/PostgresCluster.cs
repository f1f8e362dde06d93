using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace MetricsGrains.Testbed;

/// <summary>
/// A PostgreSQL server of our own in a temporary folder, to be stopped, killed and started again. It listens on a free port of 127.0.0.1 and
/// trusts everybody but <see cref="PasswordRole"/>. Gone a second after this process is, however that ends.
/// </summary>
/// <remarks>
/// The environment variable MG_TEST_POSTGRES_CONFIG adds settings ("shared_preload_libraries=timescaledb", separated by ';'), and
/// MG_TEST_POSTGRES_EXTENSION an extension to every database made, so that all that uses a cluster can be run on TimescaleDB.
/// </remarks>
public sealed class PostgresCluster : IAsyncDisposable
{
    /// <summary>The one role that is asked for a password; a test makes it.</summary>
    public const string PasswordRole = "mg_password";

    private readonly string _folder;
    private readonly string _binaries;
    private readonly string _settings;

    private PostgresCluster(string folder, string binaries, int port, string settings)
    {
        (_folder, _binaries, Port) = (folder, binaries, port);
        // Nothing here outlives the machine, only processes; so what the kernel has is as good as what the disk has.
        _settings = $"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=300 -c max_locks_per_transaction=256{settings}";
    }

    /// <summary>Where initdb and the others are: MG_TEST_POSTGRES_BIN, or the newest of Debian's. Null: there is none.</summary>
    public static string? Binaries { get; } = FindBinaries();

    /// <summary>Null: a cluster can be started here. Else why not.</summary>
    public static string? Missing { get; } = Binaries is null ? "no PostgreSQL here: install it, or set MG_TEST_POSTGRES_BIN to the folder of initdb" : null;

    /// <summary>What MG_TEST_POSTGRES_EXTENSION names; null: nothing.</summary>
    public static string? Extension { get; } = Environment.GetEnvironmentVariable("MG_TEST_POSTGRES_EXTENSION") is { Length: > 0 } given ? given : null;

    public int Port { get; }

    /// <summary>The superuser's, to the database "postgres".</summary>
    public string ConnectionString => $"Host=127.0.0.1;Port={Port};Username=postgres;Database=postgres;Include Error Detail=true";

    /// <summary>Where its Unix socket is: a connection string's Host, for who can't reach 127.0.0.1.</summary>
    public string SocketFolder => _folder;

    /// <summary>What the server logged.</summary>
    public string Log => string.Join('\n', Directory.GetFiles(_folder, "*log").Select(File.ReadAllText));

    /// <param name="settings">"name=value", as in postgresql.conf.</param>
    public static async Task<PostgresCluster> StartAsync(params string[] settings)
    {
        string folder = Directory.CreateTempSubdirectory("mg-pg-").FullName;
        var cluster = new PostgresCluster(folder, Binaries ?? throw new InvalidOperationException(Missing), FreePort(), string.Concat(settings.Concat(Given()).Select(s => $" -c {s}")));
        // A server refuses to run as root.
        await cluster.RunAsync($"""
            set -e
            chmod 755 {folder}
            if [ "$(id -u)" = 0 ]; then chown postgres {folder}; fi
            $as {cluster._binaries}/initdb -D {folder}/data -U postgres -A trust -E UTF8 --no-sync >{folder}/log 2>&1
            printf '%s\n' 'host all {PasswordRole} all scram-sha-256' | cat - {folder}/data/pg_hba.conf >{folder}/hba
            cat {folder}/hba >{folder}/data/pg_hba.conf
            (setsid sh -c "while kill -0 {Environment.ProcessId} 2>/dev/null; do sleep 1; done; $as {cluster._binaries}/pg_ctl -D {folder}/data -m immediate stop; rm -rf {folder}" >/dev/null 2>&1 </dev/null &)
            """);
        await cluster.StartAgainAsync();
        return cluster;
    }

    /// <summary>After a stop or a kill. Returns when the server takes connections: what it had to recover is recovered.</summary>
    public Task StartAgainAsync() => RunAsync($"$as {_binaries}/pg_ctl -D {_folder}/data -l {_folder}/server.log -w -t 120 -o '{_settings}' start >>{_folder}/log 2>&1");

    /// <summary>Stops without the checkpoint that an orderly stop makes: the next start recovers, as after a crash.</summary>
    public Task StopImmediatelyAsync() => RunAsync($"$as {_binaries}/pg_ctl -D {_folder}/data -m immediate stop >>{_folder}/log 2>&1");

    /// <summary>kill -9 of the server's first process. Returns when the others have noticed and ended too.</summary>
    public async Task KillAsync()
    {
        string[] file = File.ReadAllLines($"{_folder}/data/postmaster.pid");
        int pid = int.Parse(file[0], CultureInfo.InvariantCulture);
        int[] children = [.. ChildrenOf(pid)];
        Process.GetProcessById(pid).Kill();
        foreach (int child in children.Append(pid))
        {
            while (IsAlive(child))
            {
                await Task.Delay(10);
            }
        }
        // The server goes by its number to tell whether it still runs, and where nobody reaps the dead the number stays taken.
        string memory = file.ElementAtOrDefault(6)?.Split(' ', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "0";
        await RunAsync($"rm -f {_folder}/data/postmaster.pid {_folder}/.s.PGSQL.*; ipcrm -m {memory} 2>/dev/null || true");
    }

    /// <summary>Makes a database in UTF-8 that is empty, but for <see cref="Extension"/>.</summary>
    /// <returns>Its connection string, the superuser's.</returns>
    public async Task<string> CreateDatabaseAsync(string name)
    {
        await ExecuteAsync(ConnectionString, $"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'");
        string database = new NpgsqlConnectionStringBuilder(ConnectionString) { Database = name }.ConnectionString;
        if (Extension is not null)
        {
            await ExecuteAsync(database, $"CREATE EXTENSION {Extension}");
        }
        return database;
    }

    /// <summary>Runs a statement over a connection of its own.</summary>
    /// <returns>The first column of the first row, if there is one.</returns>
    public static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await RunAsync($"$as {_binaries}/pg_ctl -D {_folder}/data -m immediate stop >/dev/null 2>&1 || true; rm -rf {_folder}");
    }

    private async Task RunAsync(string script)
    {
        using Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "as=''; if [ \"$(id -u)\" = 0 ]; then as='runuser -u postgres --'; fi\n" + script]))!;
        await shell.WaitForExitAsync();
        if (shell.ExitCode != 0)
        {
            throw new InvalidOperationException($"PostgreSQL in {_folder}: {script}\n{Log}");
        }
    }

    private static IEnumerable<int> ChildrenOf(int parent)
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc").Where(f => char.IsAsciiDigit(Path.GetFileName(f)[0])))
        {
            int pid = int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture);
            if (StatOf(pid) is { } stat && stat.Parent == parent)
            {
                yield return pid;
            }
        }
    }

    /// <summary>A zombie is dead: only whoever started it has not heard yet.</summary>
    private static bool IsAlive(int pid) => StatOf(pid) is { State: not 'Z' };

    private static (char State, int Parent)? StatOf(int pid)
    {
        try
        {
            // The name, in parentheses, may hold anything.
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string[] Given() => (Environment.GetEnvironmentVariable("MG_TEST_POSTGRES_CONFIG") ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries);

    private static string? FindBinaries()
    {
        if (Environment.GetEnvironmentVariable("MG_TEST_POSTGRES_BIN") is { Length: > 0 } given)
        {
            return given;
        }
        const string Debian = "/usr/lib/postgresql";
        return Directory.Exists(Debian)
            ? Directory.GetDirectories(Debian).Where(v => File.Exists($"{v}/bin/initdb")).MaxBy(v => int.TryParse(Path.GetFileName(v), out int major) ? major : 0) is { } newest ? $"{newest}/bin" : null
            : null;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
