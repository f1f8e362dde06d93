using MetricsGrains.Contracts.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Postgres;

namespace MetricsGrains.Storage.Tests.Postgres;

/// <summary>A PostgreSQL alert store in a database of its own, dropped afterwards.</summary>
internal sealed class PostgresAlertHarness(string connectionString) : AlertStoreHarness
{
    private readonly List<PostgresAlertStore> _killed = [];
    private PostgresAlertStore _store = New(connectionString);

    public override IAlertStore Store => _store;

    public string ConnectionString => connectionString;

    public static async Task<PostgresAlertHarness> OpenAsync()
    {
        var harness = new PostgresAlertHarness(await PostgresTestServer.CreateDatabaseAsync());
        await harness._store.OpenAsync(CancellationToken.None);
        return harness;
    }

    public static async Task<AlertStoreHarness> NewAsync() => await OpenAsync();

    public override async Task ReopenAsync(bool killed)
    {
        if (killed)
        {
            // Its connections stay open, as those of a machine that lost its power do for a while.
            _killed.Add(_store);
        }
        else
        {
            await _store.DisposeAsync();
        }
        _store = New(connectionString);
        await _store.OpenAsync(CancellationToken.None);
    }

    public override async Task<string> DumpWithoutSecretsAsync()
    {
        object? tables = await PostgresTestServer.ExecuteAsync(
            connectionString, "SELECT string_agg(format('SELECT t::text FROM %I t', relname), ' UNION ALL ') FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND relname <> 'alert_channel_secrets'");
        return (string)(await PostgresTestServer.ExecuteAsync(connectionString, $"SELECT string_agg(t, E'\\n') FROM ({tables}) AS x(t)"))!;
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (PostgresAlertStore store in _killed.Append(_store))
        {
            await store.DisposeAsync();
        }
        await PostgresTestServer.DropDatabaseAsync(connectionString);
    }

    private static PostgresAlertStore New(string connectionString) => new(connectionString, TimeProvider.System);
}
