namespace MetricsGrains.Crash.Tests.Stores;

/// <summary>The file under the node's data folder.</summary>
internal sealed class SqliteCrashStore(string dataPath) : ICrashStore
{
    /// <summary>The store's journal is written at every commit: rollups, raw blocks and derived hours, one after another.</summary>
    private string Journal => Path.Combine(dataPath, "metrics.db-wal");

    public string[] Settings => [];

    public Task WaitForOpenAsync(TimeSpan most)
    {
        FileMark before = FileMark.Of(Journal);
        return Task.Run(() => FileMark.Of(Journal).WaitForChange(before, most));
    }

    public Task WaitForWritesAsync(int writes) => Task.Run(() =>
    {
        FileMark last = FileMark.Of(Journal);
        for (int i = 0; i < writes; i++)
        {
            last = last.WaitForChange(last, TimeSpan.FromSeconds(5));
        }
    });

    public async Task<string> WatchAsync(Func<Task> kill)
    {
        await kill();
        return SqliteAfterKill.Describe(dataPath);
    }

    public IStoredRows OpenRows() => new SqliteRows(dataPath);
}
