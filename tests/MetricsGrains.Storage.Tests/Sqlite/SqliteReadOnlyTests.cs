using System.Security.Cryptography;
using MetricsGrains.Contracts;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Storage.Tests.Sqlite;

/// <summary>A second process on the same file, which only reads.</summary>
public sealed class SqliteReadOnlyTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly SeriesDefinition A = Series("requests", MetricKind.Counter, ("host", "a"));

    private readonly string _folder = Directory.CreateTempSubdirectory("mg-sqlite-").FullName;

    private string StorePath => Path.Combine(_folder, "store.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Open_BesideAWriter_SeesEachCommitAndRefusesWrites()
    {
        await using SqliteStore writer = await OpenAsync(readOnly: false);
        await writer.AppendAsync([One(A, T0, 1)], None);
        await using SqliteStore reader = await OpenAsync(readOnly: true);
        Assert.Contains("read-only", reader.Description, StringComparison.Ordinal);
        Assert.Equal(1, await SumAsync(reader));
        await writer.AppendAsync([One(A, T0 + Minute, 2)], None);
        await writer.AppendRawAsync([new RawBlock(A, [T0], [7], null)], Cursor("*", 1, stream: FlushStream.Raw), None);
        await writer.AppendAnnotationsAsync([new Annotation(Guid.NewGuid(), T0, "a", "", "info", "", "", "", TagSet.Empty)], None);
        Assert.Equal(3, await SumAsync(reader));
        Assert.Equal(7, (await reader.ReadRawAsync("requests", Query(T0, T0 + Minute, Minute), None))!.Groups[0].Points[0].Aggregate.Sum);
        Assert.Single(await reader.ReadAnnotationsAsync(new AnnotationQuery(T0, T0 + 1, [], "", AnnotationPosition.End, 10), None));
        Assert.Equal((2, 1, 1), ((await reader.StatusAsync(None)).Rollups1m, (await reader.StatusAsync(None)).RawBlocks, (await reader.ListMetricsAsync("", "", 10, None)).Count));
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => reader.AppendAsync([One(A, T0, 1)], None));
        Assert.Contains("read-only", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => reader.RetainAsync(T0, Kept(), None));
    }

    /// <summary>Reads go on through everything that the writer does to the file, and each sees a whole state of it.</summary>
    [Fact]
    public async Task Read_WhileAWriterAppendsDerivesAndDrops_SeesWholeCommits()
    {
        await using SqliteStore writer = await OpenAsync(readOnly: false);
        await writer.AppendAsync([Of([A], [Row(0, T0, 1), Row(0, T0 + Hour, -1)])], None);
        await using SqliteStore reader = await OpenAsync(readOnly: true);
        Task writing = Task.Run(async () =>
        {
            for (int i = 0; i < 60; i++)
            {
                long at = T0 + (i * 6 * Hour);
                await writer.AppendAsync([Of([A], [Row(0, at, 1), Row(0, at + Hour, -1)])], None);
                await writer.RetainAsync(at + Day, Kept(days: 2), None);
            }
        });
        int reads = 0;
        while (!writing.IsCompleted || reads == 0)
        {
            AggregateFrame frame = (await reader.ReadAsync("requests", StoredResolution.OneDay, Query(T0 - Day, T0 + (30 * Day), Day, []), None))!;
            Assert.Equal(0, frame.Groups.Sum(g => g.Points.Sum(p => p.Aggregate.Sum)));
            reads++;
        }
        await writing;
    }

    [Fact]
    public async Task Open_AfterAnOrderlyStop_ReadsAndLeavesTheFileAsItIs()
    {
        await using (SqliteStore writer = await OpenAsync(readOnly: false))
        {
            await writer.AppendAsync([One(A, T0, 5)], None);
        }
        byte[] before = SHA256.HashData(await File.ReadAllBytesAsync(StorePath));
        await using (SqliteStore reader = await OpenAsync(readOnly: true))
        {
            Assert.Equal(5, await SumAsync(reader));
        }
        Assert.Equal(before, SHA256.HashData(await File.ReadAllBytesAsync(StorePath)));
        await using SqliteStore again = await OpenAsync(readOnly: false);
        Assert.Equal(5, await SumAsync(again));
    }

    [Fact]
    public async Task Open_AfterAKill_ReadsWhatIsInTheJournalAndLeavesTheFileAsItIs()
    {
        string copy = Path.Combine(_folder, "copy.db");
        await using SqliteStore writer = await OpenAsync(readOnly: false);
        await writer.AppendAsync([One(A, T0, 5)], None);
        File.Copy(StorePath, copy);
        File.Copy(StorePath + "-wal", copy + "-wal");
        byte[] before = SHA256.HashData(await File.ReadAllBytesAsync(copy));
        await using (var reader = new SqliteStore(new SqliteStoreOptions { Path = copy, ReadOnly = true }, TimeProvider.System))
        {
            await reader.OpenAsync(None);
            Assert.Equal(5, await SumAsync(reader));
        }
        Assert.Equal(before, SHA256.HashData(await File.ReadAllBytesAsync(copy)));
    }

    [Fact]
    public async Task Open_NoStoreYet_SaysSoAndMakesNone()
    {
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => OpenAsync(readOnly: true));
        Assert.Contains("start the writing node first", fault.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
        await File.WriteAllBytesAsync(StorePath, []);
        fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => OpenAsync(readOnly: true));
        Assert.Contains("start the writing node first", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INSERT INTO schema_version VALUES (9999, 0, '')", "9999", "newer program")]
    [InlineData("DELETE FROM schema_version WHERE version > 1", "schema version 1", "writing node of this version first")]
    [InlineData("UPDATE schema_version SET checksum = 'x'", "another build", "run that build")]
    [InlineData("PRAGMA application_id = 1", "not one of MetricsGrains", "another file")]
    public async Task Open_StoreOfAnotherProgram_IsRefusedWithAdvice(string change, string said, string advice)
    {
        await (await OpenAsync(readOnly: false)).DisposeAsync();
        using (var connection = new SqliteConnection($"Data Source={StorePath};Pooling=False"))
        {
            connection.Open();
            connection.Execute(change);
        }
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => OpenAsync(readOnly: true));
        Assert.Contains(said, fault.Message, StringComparison.Ordinal);
        Assert.Contains(advice, fault.Message, StringComparison.Ordinal);
    }

    private static Retention Kept(int days = 30) => new(TimeSpan.FromDays(days), TimeSpan.FromDays(days), TimeSpan.FromDays(365), TimeSpan.FromDays(1825));

    private async Task<SqliteStore> OpenAsync(bool readOnly)
    {
        var store = new SqliteStore(new SqliteStoreOptions { Path = StorePath, ReadOnly = readOnly }, TimeProvider.System);
        await store.OpenAsync(None);
        return store;
    }

    private static async Task<double> SumAsync(SqliteStore store) =>
        (await store.ReadAsync("requests", StoredResolution.OneMinute, Query(T0, T0 + Hour, Hour, []), None))!.Groups.Sum(g => g.Points.Sum(p => p.Aggregate.Sum));
}
