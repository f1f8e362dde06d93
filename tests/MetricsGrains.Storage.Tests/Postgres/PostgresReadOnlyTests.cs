using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Postgres;
using Npgsql;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Storage.Tests.Postgres;

/// <summary>A second node on the same database, whose user may do nothing but SELECT.</summary>
public sealed class PostgresReadOnlyTests : IAsyncLifetime
{
    private const string Role = "mg_reader";

    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly SeriesDefinition A = Series("requests", MetricKind.Counter, ("host", "a"));
    private static readonly Retention Kept = new(TimeSpan.FromDays(7), TimeSpan.FromDays(30), TimeSpan.FromDays(365), TimeSpan.FromDays(1825));

    private string _database = "";

    public async Task InitializeAsync()
    {
        if (PostgresTestServer.Missing is null && PostgresTestServer.IsOwn)
        {
            _database = await PostgresTestServer.CreateDatabaseAsync();
            await PostgresTestServer.ExecuteAsync(_database, $"DROP ROLE IF EXISTS {Role}; CREATE ROLE {Role} LOGIN");
        }
    }

    public async Task DisposeAsync()
    {
        if (_database.Length > 0)
        {
            await PostgresTestServer.DropDatabaseAsync(_database);
        }
    }

    [PostgresFact(OwnServer = true)]
    public async Task Read_WithSelectOnly_EverythingIsReadAndNothingWritten()
    {
        await using PostgresStore writer = await OpenAsync(_database);
        await writer.AppendAsync([One(A, T0, 1)], None);
        await GrantAsync();
        await using PostgresStore reader = await OpenAsync(ReaderString, readOnly: true);
        Assert.EndsWith("read-only", reader.Description, StringComparison.Ordinal);
        // Partitions that are made later than the grants are read through their tables.
        await writer.AppendAsync([One(A, T0 + (40 * Day), 2), One(A, T0 + (400 * Day), 4)], None);
        await writer.AppendRawAsync(
            [new RawBlock(A, [T0], [7], null), new RawBlock(A, [T0 + 1], [8], null) { Keep = TimeSpan.FromHours(5) }], Cursor("*", 1, stream: FlushStream.Raw), None);
        await writer.AppendAnnotationsAsync([new Annotation(Guid.NewGuid(), T0, "a", "", "info", "", "", "", TagSet.Empty)], None);
        await writer.DeriveAsync(T0 + (500 * Day), None);
        foreach (StoredResolution resolution in Enum.GetValues<StoredResolution>())
        {
            Assert.Equal(7, await SumAsync(reader, resolution));
        }
        Assert.Equal(15, (await reader.ReadRawAsync("requests", Query(T0, T0 + Minute, Minute), None))!.Groups[0].Points[0].Aggregate.Sum);
        Assert.Single(await reader.ReadAnnotationsAsync(new AnnotationQuery(T0, T0 + 1, [], "", AnnotationPosition.End, 10), None));
        Assert.Single(await reader.ListMetricsAsync("req", "", 10, None));
        Assert.Single(await reader.ListSeriesAsync("requests", 10, None));
        Assert.NotNull(await reader.FindMetricAsync("requests", None));
        Assert.Equal((3, 2), ((await reader.StatusAsync(None)).Rollups1m, (await reader.StatusAsync(None)).RawBlocks));
        await writer.RetainAsync(T0 + (420 * Day), Kept, None);
        Assert.Equal(4, await SumAsync(reader, StoredResolution.OneMinute));
        await Assert.ThrowsAsync<InvalidOperationException>(() => reader.AppendAsync([One(A, T0, 1)], None));
        await Assert.ThrowsAsync<InvalidOperationException>(() => reader.RetainAsync(T0, Kept, None));
        await Assert.ThrowsAsync<InvalidOperationException>(() => reader.AppendAnnotationsAsync([], None));
        Assert.Equal(false, await PostgresTestServer.ExecuteAsync(ReaderString, "SELECT has_table_privilege(current_user, 'rollup_1m', 'INSERT')"));
    }

    [PostgresFact(OwnServer = true)]
    public async Task Open_WithoutSelect_SaysWhatToGrant()
    {
        await (await OpenAsync(_database)).DisposeAsync();
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => OpenAsync(ReaderString, readOnly: true));
        Assert.Contains($"GRANT SELECT ON ALL TABLES IN SCHEMA public TO \"{Role}\"", fault.Message, StringComparison.Ordinal);
        await PostgresTestServer.ExecuteAsync(_database, "REVOKE USAGE ON SCHEMA public FROM public");
        fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => OpenAsync(ReaderString, readOnly: true));
        Assert.Contains("GRANT USAGE ON SCHEMA", fault.Message, StringComparison.Ordinal);
    }

    [PostgresFact(OwnServer = true)]
    public async Task Open_OlderOrNewerSchema_SaysWhichAndMigratesNothing()
    {
        await (await OpenAsync(_database)).DisposeAsync();
        await GrantAsync();
        await PostgresTestServer.ExecuteAsync(_database, "DELETE FROM metricsgrains_migration WHERE version > 1");
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => OpenAsync(ReaderString, readOnly: true));
        Assert.Contains("has not been through 0002_brief_raw_blocks.sql", fault.Message, StringComparison.Ordinal);
        Assert.Contains("writing node of this version first", fault.Message, StringComparison.Ordinal);
        await PostgresTestServer.ExecuteAsync(_database, "INSERT INTO metricsgrains_migration VALUES (9999, 'x', 'x')");
        fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => OpenAsync(ReaderString, readOnly: true));
        Assert.Contains("9999", fault.Message, StringComparison.Ordinal);
        Assert.Equal(2L, await PostgresTestServer.ExecuteAsync(_database, "SELECT count(*) FROM metricsgrains_migration"));
    }

    private string ReaderString => new NpgsqlConnectionStringBuilder(_database) { Username = Role }.ConnectionString;

    /// <summary>As docs/formats/postgres-store.md says.</summary>
    private Task GrantAsync() => PostgresTestServer.ExecuteAsync(_database, $"GRANT USAGE ON SCHEMA public TO {Role}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {Role}; REVOKE SELECT ON alert_channel_secrets FROM {Role}");

    private static async Task<double> SumAsync(PostgresStore store, StoredResolution resolution) =>
        (await store.ReadAsync("requests", resolution, Query(T0, T0 + (500 * Day), Day, []), None))!.Groups.Sum(g => g.Points.Sum(p => p.Aggregate.Sum));

    private static async Task<PostgresStore> OpenAsync(string connectionString, bool readOnly = false)
    {
        var store = new PostgresStore(new PostgresStoreOptions { ConnectionString = connectionString, ReadOnly = readOnly }, TimeProvider.System);
        await store.OpenAsync(None);
        return store;
    }
}
