using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Storage.Sqlite;
using MetricsGrains.Testbed;
using Npgsql;

namespace MetricsGrains.Benchmarks.Stores;

/// <summary>
/// A store in a temporary folder: SQLite, or a PostgreSQL of our own with its disk writes on. <see cref="PostgresCluster"/> says how to have
/// TimescaleDB in it.
/// </summary>
internal sealed class BenchStore : IAsyncDisposable
{
    private readonly PostgresCluster? _cluster;
    private readonly string _folder;

    private BenchStore(PostgresCluster? cluster, string folder, string? connectionString)
    {
        (_cluster, _folder, ConnectionString) = (cluster, folder, connectionString);
        Store = Open();
    }

    /// <summary>Null: SQLite.</summary>
    public string? ConnectionString { get; }

    /// <summary>A node started over this folder has the SQLite store.</summary>
    public string DataPath => _folder;

    /// <summary>The file, when it is SQLite.</summary>
    public string StorePath => Path.Combine(_folder, "metrics.db");

    public IMetricStore Store { get; private set; }

    public static Task<BenchStore> SqliteAsync()
    {
        var store = new BenchStore(null, Directory.CreateTempSubdirectory("metricsgrains-bench-").FullName, null);
        return OpenAsync(store);
    }

    public static async Task<BenchStore> PostgresAsync()
    {
        PostgresCluster cluster = await PostgresCluster.StartAsync("fsync=on", "full_page_writes=on", "shared_buffers=1GB", "max_wal_size=8GB", "wal_compression=on");
        string database = await cluster.CreateDatabaseAsync("bench");
        return await OpenAsync(new BenchStore(cluster, Directory.CreateTempSubdirectory("metricsgrains-bench-").FullName, database));
    }

    public static Task<BenchStore> NamedAsync(string? name) => name switch
    {
        "sqlite" => SqliteAsync(),
        "postgres" or null => PostgresAsync(),
        _ => throw new ArgumentException($"'{name}' must be sqlite or postgres"),
    };

    /// <summary>
    /// Processor seconds, user and system, of the server's processes that serve our connections, and of all that have ended: workers of a parallel
    /// query end with it. PostgreSQL only.
    /// </summary>
    public async Task<double> BackendSecondsAsync()
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString!);
        await using NpgsqlCommand command = source.CreateCommand("SELECT pid FROM pg_stat_activity WHERE application_name = 'metricsgrains'");
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        double ticks = 0;
        int postmaster = 0;
        while (await reader.ReadAsync())
        {
            double[] fields = await StatAsync(reader.GetInt32(0));
            postmaster = (int)fields[0];
            ticks += fields[10] + fields[11];
        }
        if (postmaster > 0)
        {
            double[] fields = await StatAsync(postmaster);
            ticks += fields[12] + fields[13];
        }
        // The kernel counts in hundredths of a second for whoever reads this file.
        return ticks / 100;
    }

    /// <summary>The numbers of /proc/PID/stat behind the state: the parent, …; [10] user and [11] system time, [12] and [13] the same of children that have ended.</summary>
    private static async Task<double[]> StatAsync(int process)
    {
        string stat = await File.ReadAllTextAsync($"/proc/{process}/stat");
        return [.. stat[(stat.LastIndexOf(')') + 4)..].Split(' ').Select(f => double.Parse(f, System.Globalization.CultureInfo.InvariantCulture))];
    }

    public Task<object?> ExecuteAsync(string sql) => PostgresCluster.ExecuteAsync(ConnectionString!, sql);

    /// <summary>Lets go of the store, so that a node may have it.</summary>
    public ValueTask CloseAsync() => Store.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<BenchStore> OpenAsync(BenchStore store)
    {
        await store.Store.OpenAsync(CancellationToken.None);
        Console.WriteLine(store.Store.Description);
        return store;
    }

    private IMetricStore Open() => ConnectionString is null
        ? new SqliteStore(new SqliteStoreOptions { Path = StorePath }, TimeProvider.System)
        : new PostgresStore(new PostgresStoreOptions { ConnectionString = ConnectionString }, TimeProvider.System);
}
