using MetricsGrains.Contracts;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Storage.Tests.Sqlite;

/// <summary>A backup is the store at one moment, or nothing.</summary>
public sealed class SqliteBackupTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly string _folder = Directory.CreateTempSubdirectory("mg-backup-").FullName;

    private string StorePath => Path.Combine(_folder, "metrics.db");

    private string BackupPath => Path.Combine(_folder, "made", "backup.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Write_WhileAppendsGoOn_HoldsOneMomentWithItsCursor()
    {
        await using SqliteStore store = await OpenAsync(StorePath);
        await new StoreFill(1) { SeriesPerMetric = 10 }.FillAsync(store);
        SeriesDefinition series = Series("ticks", MetricKind.Counter);
        ulong applied = 0;
        async Task TickAsync()
        {
            applied++;
            await store.AppendAsync([Of([series], [Row(0, StoreFill.EndMs + ((long)applied * Minute), 1)], Cursor("ticks", applied))], None);
        }
        await TickAsync();
        using var stop = new CancellationTokenSource();
        Task ticking = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await TickAsync();
            }
        });
        for (int i = 0; i < 5; i++)
        {
            long done = 0, total = 0;
            string file = $"{BackupPath}{i}";
            long bytes = await new SqliteBackup(StorePath).WriteAsync(file, (d, t) => (done, total) = (d, t), None);
            Assert.Equal((total, new FileInfo(file).Length), (done, bytes));
            // One file, and nothing left beside it.
            Assert.Equal(i + 1, Directory.GetFiles(Path.GetDirectoryName(file)!).Length);
            await using SqliteStore backup = await OpenAsync(file);
            ulong through = (await backup.ReadCursorsAsync("ticks", None)).Single().AppliedThrough;
            Assert.InRange(through, 1ul, applied);
            AggregateSum sum = await SumAsync(backup);
            Assert.Equal(((double)through, StoreFill.EndMs + ((long)through * Minute)), (sum.Sum, sum.NewestMs));
        }
        await stop.CancelAsync();
        await ticking;
    }

    [Fact]
    public async Task Write_StoreAtRest_AnswersTheSameAndIsCheckedAtItsFirstStart()
    {
        string answers;
        await using (SqliteStore store = await OpenAsync(StorePath))
        {
            await new StoreFill(2).FillAsync(store);
            answers = await StoreAnswers.OfAsync(store, T0 - Day, StoreFill.EndMs + Day);
        }
        await new SqliteBackup(StorePath).WriteAsync(BackupPath, (_, _) => { }, None);
        Assert.Equal(0, StateOf(BackupPath));
        await using (SqliteStore restored = await OpenAsync(BackupPath))
        {
            Assert.Equal(answers, await StoreAnswers.OfAsync(restored, T0 - Day, StoreFill.EndMs + Day));
        }
    }

    [Fact]
    public async Task Write_ExistingFile_IsRefused()
    {
        await (await OpenAsync(StorePath)).DisposeAsync();
        Directory.CreateDirectory(Path.GetDirectoryName(BackupPath)!);
        await File.WriteAllTextAsync(BackupPath, "precious");
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => new SqliteBackup(StorePath).WriteAsync(BackupPath, (_, _) => { }, None));
        Assert.Contains("exists already", fault.Message, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(BackupPath));
    }

    [Fact]
    public async Task Write_DamagedStoreOrCancelled_LeavesNothing()
    {
        await using (SqliteStore store = await OpenAsync(StorePath))
        {
            await new StoreFill(3).FillAsync(store);
        }
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new SqliteBackup(StorePath).WriteAsync(BackupPath, (_, _) => { }, stop.Token));
        byte[] bytes = await File.ReadAllBytesAsync(StorePath);
        bytes.AsSpan(bytes.Length - (6 * 4096)).Fill(0xFF);
        await File.WriteAllBytesAsync(StorePath, bytes);
        StoreConfigurationException fault = await Assert.ThrowsAsync<StoreConfigurationException>(() => new SqliteBackup(StorePath).WriteAsync(BackupPath, (_, _) => { }, None));
        Assert.Contains("damaged", fault.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.GetDirectoryName(BackupPath)) && Directory.GetFiles(Path.GetDirectoryName(BackupPath)!).Length > 0);
    }

    private static async Task<SqliteStore> OpenAsync(string path)
    {
        var store = new SqliteStore(new SqliteStoreOptions { Path = path }, TimeProvider.System);
        await store.OpenAsync(None);
        return store;
    }

    private static async Task<AggregateSum> SumAsync(SqliteStore store)
    {
        var points = (await store.ReadAsync("ticks", StoredResolution.OneMinute, Query(StoreFill.EndMs, StoreFill.EndMs + (100 * Day), Minute), None))!.Groups.Single().Points;
        return new AggregateSum(points.Sum(p => p.Aggregate.Sum), points[^1].BucketMs);
    }

    private static long StateOf(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        return connection.ReadState("clean", -1);
    }

    private readonly record struct AggregateSum(double Sum, long NewestMs);
}
