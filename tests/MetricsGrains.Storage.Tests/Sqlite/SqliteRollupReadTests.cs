using MetricsGrains.Contracts;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Storage.Tests.Sqlite;

/// <summary>What a read of some of a metric's series costs: the rows it meets and how often it seeks. What it answers is the contract's.</summary>
public sealed class SqliteRollupReadTests : IAsyncLifetime
{
    private const int SeriesCount = 1_000;
    private const int Minutes = 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("mg-sqlite-").FullName;
    private readonly SeriesDefinition[] _series = [.. Enumerable.Range(0, SeriesCount).Select(i =>
        Series("m", MetricKind.Gauge, ("host", $"h{i:000}"), ("tenth", $"{i % 10}"), ("half", $"{i % 2}"), ("rack", $"r{i / 100}")))];

    private string StorePath => Path.Combine(_folder, "store.db");

    public async Task InitializeAsync()
    {
        await using SqliteStore store = await OpenAsync();
        for (int minute = 0; minute < Minutes; minute++)
        {
            await store.AppendAsync([Of(_series, [.. Enumerable.Range(0, SeriesCount).Select(i => Row(i, T0 + (minute * Minute), i))])], CancellationToken.None);
        }
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public void Read_ATenthThatAreNeighbours_MeetsLittleElse()
    {
        (double count, long met, long seeks) = Read(T0, "rack", "r7");
        Assert.Equal(100 * Minutes, count);
        // In each minute the one that follows the hundred.
        Assert.InRange(met, 100 * Minutes, 102 * Minutes);
        Assert.InRange(seeks, 1, 2 * Minutes);
    }

    [Fact]
    public void Read_ATenthThatAreFarBetween_SeeksEach()
    {
        (double count, long met, long seeks) = Read(T0, "tenth", "7");
        Assert.Equal(100 * Minutes, count);
        Assert.InRange(met, 100 * Minutes, 202 * Minutes);
        Assert.InRange(seeks, 100 * Minutes, 102 * Minutes);
    }

    [Fact]
    public void Read_EveryOther_PassesOverTheRestWithoutSeeking()
    {
        (double count, long met, long seeks) = Read(T0, "half", "1");
        Assert.Equal(500 * Minutes, count);
        Assert.InRange(met, (SeriesCount * Minutes) - 1, SeriesCount * Minutes);
        Assert.Equal(1, seeks);
    }

    [Fact]
    public async Task Read_HundredsWithoutRows_CostOneSeek()
    {
        long later = T0 + Hour;
        await using (SqliteStore store = await OpenAsync())
        {
            await store.AppendAsync([Of(_series, [Row(0, later, 1), Row(999, later, 1), Row(0, later + (9 * Minute), 1)])], CancellationToken.None);
        }
        (double count, long met, long seeks) = Read(later, "tenth", "7");
        Assert.Equal(0, count);
        Assert.InRange(met, 1, 3);
        Assert.InRange(seeks, 1, 3);
    }

    private async Task<SqliteStore> OpenAsync()
    {
        var store = new SqliteStore(new SqliteStoreOptions { Path = StorePath }, TimeProvider.System);
        await store.OpenAsync(CancellationToken.None);
        return store;
    }

    private (double Count, long RowsMet, long Seeks) Read(long fromMs, string tag, string value)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = StorePath, Pooling = false }.ToString());
        connection.Open();
        var reader = new RollupReader(
            connection, new SeriesReader(SeriesCount).Find(connection, "m")!,
            Query(fromMs, fromMs + Hour, Hour, [], [new TagFilter(tag, TagMatch.Equal, value)]), CancellationToken.None);
        AggregateFrame frame = reader.Read(StoredResolution.OneMinute);
        return (frame.Groups.Sum(g => g.Points.Sum(p => p.Aggregate.Count)), reader.RowsMet, reader.Seeks);
    }
}
