using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Wire;
using MetricsGrains.Server.Cluster;
using MetricsGrains.Server.Cluster.Copies;
using MetricsGrains.Storage.Wal;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetricsGrains.Server.Tests.Cluster.Copies;

/// <summary>A silo whose log is copied, others with real disks that keep the copies, and a network between them that loses calls and answers when told to.</summary>
internal sealed class CopyNet(int seed, string folder) : IClusterPeers, IAsyncDisposable
{
    public const string Origin = "o/1";

    private readonly Random _random = new(seed);
    private readonly Lock _gate = new();
    private readonly Dictionary<SiloId, CopyKeeper> _keepers = [];
    private int _started;

    public static SiloId Self { get; } = new("self@1");

    /// <summary>Percent of calls, and of answers, that are lost.</summary>
    public int Loss { get; set; }

    public IReadOnlyList<SiloId> Silos
    {
        get
        {
            lock (_gate)
            {
                return [Self, .. _keepers.Keys];
            }
        }
    }

    /// <summary>The silo that has the newest copy, as its disk says.</summary>
    public string NewestWholeCopy => Directory.GetDirectories(folder, "copies-*").SelectMany(d => Directory.GetDirectories(Path.Combine(d))).SelectMany(Directory.GetDirectories)
        .Select(f => (Folder: f, Label: CopyLabel.Read(f)!)).Where(f => f.Label.IsWhole).OrderByDescending(f => f.Label.Generation).First().Folder;

    /// <summary>Copies of all generations on a disk.</summary>
    public int CopiesOf(string place) => Directory.Exists(DiskOf(place)) ? Directory.GetDirectories(DiskOf(place)).SelectMany(Directory.GetDirectories).Count() : 0;

    /// <summary>Starts a silo over its disk, which outlives it.</summary>
    public SiloId Start(string place)
    {
        var silo = new SiloId($"{place}@{Interlocked.Increment(ref _started)}");
        var options = new IngestLogOptions { Directory = folder, SegmentBytes = 4_096 };
        lock (_gate)
        {
            _keepers.Add(silo, new CopyKeeper(DiskOf(place), options, TimeSpan.FromMinutes(10), TimeProvider.System, NullLoggerFactory.Instance));
        }
        return silo;
    }

    public async Task StopAsync(SiloId silo)
    {
        CopyKeeper? keeper;
        lock (_gate)
        {
            _keepers.Remove(silo, out keeper);
        }
        await keeper!.DisposeAsync();
    }

    public async Task<CopyAnswer> CopyAsync(SiloId silo, CopyRequest request, CancellationToken cancel)
    {
        CopyKeeper keeper = await TravelAsync(silo);
        CopyAnswer answer = await keeper.TakeAsync(CopyCodec.Decode(CopyCodec.Encode(request)), cancel);
        await TravelAsync(silo);
        return answer;
    }

    public async Task DropCopiesAsync(SiloId silo, string origin, ulong below, CancellationToken cancel) => await (await TravelAsync(silo)).DropAsync(origin, below, cancel);

    public SiloId HomeOf(ulong metricHash) => Self;

    public Task<byte[]> DispatchAsync(SiloId silo, byte[] dispatch, CancellationToken cancel) => throw new NotSupportedException();

    public Task<IReadOnlyList<Holding>> HoldingsAsync(SiloId silo, string origin, TimeSpan mostLookback, CancellationToken cancel) => throw new NotSupportedException();

    public Task<IReadOnlyList<OriginHolding>> AnnounceAsync(SiloId silo, IReadOnlyList<NewActivation> activations, CancellationToken cancel) => throw new NotSupportedException();

    public Task<byte[]> AskAsync(string metric, byte[] question, CancellationToken cancel) => throw new NotSupportedException();

    public Task<IReadOnlyList<MetricSummary>> ListAsync(SiloId silo, string contains, string after, int limit, CancellationToken cancel) => throw new NotSupportedException();

    public async ValueTask DisposeAsync()
    {
        foreach (SiloId silo in Silos.Skip(1))
        {
            await StopAsync(silo);
        }
    }

    private string DiskOf(string place) => Path.Combine(folder, "copies-" + place);

    private Task<CopyKeeper> TravelAsync(SiloId silo)
    {
        lock (_gate)
        {
            return !_keepers.TryGetValue(silo, out CopyKeeper? keeper) || _random.Next(100) < Loss ? Task.FromException<CopyKeeper>(new TimeoutException("the call was lost")) : Task.FromResult(keeper);
        }
    }
}
