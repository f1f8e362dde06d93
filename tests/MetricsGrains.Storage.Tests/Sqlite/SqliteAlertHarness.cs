using MetricsGrains.Contracts.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Tests.Sqlite;

/// <summary>A SQLite alert store in a folder of its own, removed afterwards.</summary>
internal sealed class SqliteAlertHarness(string folder) : AlertStoreHarness
{
    private readonly List<SqliteAlertStore> _killed = [];
    private SqliteAlertStore _store = New(Path.Combine(folder, "alerts.db"));
    private string _path = Path.Combine(folder, "alerts.db");

    public override IAlertStore Store => _store;

    public static async Task<AlertStoreHarness> NewAsync()
    {
        var harness = new SqliteAlertHarness(Directory.CreateTempSubdirectory("mg-alerts-").FullName);
        await harness._store.OpenAsync(CancellationToken.None);
        return harness;
    }

    public override async Task ReopenAsync(bool killed)
    {
        if (killed)
        {
            // The file and its journal as they are, without the mark of an orderly end.
            string copy = Path.Combine(folder, $"copy{_killed.Count}.db");
            File.Copy(_path, copy);
            File.Copy(_path + "-wal", copy + "-wal");
            _path = copy;
            _killed.Add(_store);
        }
        else
        {
            await _store.DisposeAsync();
        }
        _store = New(_path);
        await _store.OpenAsync(CancellationToken.None);
    }

    public override Task<string> DumpWithoutSecretsAsync()
    {
        using var connection = new SqliteConnection($"Data Source={_path};Pooling=False");
        connection.Open();
        var lines = new List<string>();
        foreach (string table in Texts(connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'alert_channel_secrets'"))
        {
            string columns = string.Join(" || '|' || ", Texts(connection, $"SELECT 'coalesce(' || name || ', '''')' FROM pragma_table_info('{table}')"));
            lines.AddRange(Texts(connection, $"SELECT {columns} FROM {table}"));
        }
        return Task.FromResult(string.Join('\n', lines));
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (SqliteAlertStore store in _killed.Append(_store))
        {
            await store.DisposeAsync();
        }
        Directory.Delete(folder, recursive: true);
    }

    private static SqliteAlertStore New(string path) => new(path, TimeProvider.System);

    private static List<string> Texts(SqliteConnection connection, string sql)
    {
        var texts = new List<string>();
        using var statement = new Statement(connection, sql);
        while (statement.Step())
        {
            texts.Add(statement.Text(0));
        }
        return texts;
    }
}
