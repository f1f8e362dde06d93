using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Sqlite;

namespace MetricsGrains.Crash.Tests.Seam;

public sealed class SqliteSeamTests : SeamSuite, IDisposable
{
    private readonly DataFolder _folder = new();

    protected override int Steps => 1_500;

    public void Dispose() => _folder.Dispose();

    protected override Task<Func<TimeProvider, IMetricStore>> NewStoreAsync() =>
        Task.FromResult<Func<TimeProvider, IMetricStore>>(time => new SqliteStore(new SqliteStoreOptions { Path = Path.Combine(_folder.Path, "seam.db") }, time));
}
