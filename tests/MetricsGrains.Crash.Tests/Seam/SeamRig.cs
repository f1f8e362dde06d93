using MetricsGrains.Contracts;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Query;
using MetricsGrains.Server.Hosting;

namespace MetricsGrains.Crash.Tests.Seam;

/// <summary>Grains, store and queries of a node, without log and process: the flushes are the test's to make, step by step. Remembers every sample.</summary>
internal sealed class SeamRig : IAsyncDisposable
{
    public const string Metric = "seam";

    /// <summary>22:40 of a day: hours and a day end while a test runs.</summary>
    public static readonly long Start = new DateTimeOffset(2026, 4, 17, 22, 40, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private readonly List<Observed> _all = [];
    private readonly InProcessGrainHost _host;
    private readonly MetricQueries _queries;
    private IReadOnlyList<RollupFlush> _handedOut = [];
    private ulong _sequence;

    private SeamRig(Func<TimeProvider, IMetricStore> store, long completeFromMs)
    {
        Time = new ManualTime(Start);
        Store = store(Time);
        _host = new InProcessGrainHost(2, new GrainLimits(new MetricGrainOptions(), new Dictionary<string, int>()), [], completeFromMs, "node-1", Time);
        Sources = new HookedSources(_host, Store, Store);
        _queries = new MetricQueries(Sources, Sources, Sources, Time);
    }

    public ManualTime Time { get; }

    public IMetricStore Store { get; }

    public HookedSources Sources { get; }

    public int Sent => _all.Count;

    /// <param name="completeFromMs">As a log says that was cut short.</param>
    public static async Task<SeamRig> NewAsync(Func<TimeProvider, IMetricStore> store, long completeFromMs)
    {
        var rig = new SeamRig(store, completeFromMs);
        await rig.Store.OpenAsync(CancellationToken.None);
        return rig;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await Store.DisposeAsync();
    }

    /// <summary>One logged record; done when the grain has it, which is when its sender would be told so.</summary>
    public async Task SendAsync(params (string Tags, long UnixMs, double Value)[] samples)
    {
        Observed[] observed = [.. samples.Select(s => Observed.Counter(Metric, s.Tags, s.UnixMs, s.Value))];
        AppendResult result = await _host.AppendAsync(Observed.Batch(observed), new BatchOrigin("node-1", ++_sequence), CancellationToken.None);
        Assert.Equal(samples.Length, result.Accepted);
        _all.AddRange(observed);
    }

    /// <summary>First step of a flush. Until <see cref="ConfirmAsync"/> it is the same flush again.</summary>
    public async Task HandOutAsync() => _handedOut = await _host.TakeFlushesAsync(everything: false, CancellationToken.None);

    /// <summary>Second step: the store has it.</summary>
    public Task CommitAsync() => Store.AppendAsync(_handedOut, CancellationToken.None);

    /// <summary>Third step: the grains know.</summary>
    public Task ConfirmAsync() => _host.ConfirmFlushesAsync([.. _handedOut.Select(f => f.Metric)], CancellationToken.None);

    public async Task FlushAsync()
    {
        await HandOutAsync();
        await CommitAsync();
        await ConfirmAsync();
    }

    /// <summary>Seals and evicts.</summary>
    public Task TickAsync() => _host.TickAsync(CancellationToken.None);

    /// <summary>Asks for any statistic, and throws the answer away.</summary>
    public Task<QueryResult> AskAsync(long fromMs, long toMs, long stepMs, StatisticKind statistic) =>
        _queries.QueryAsync(new MetricQuery(Metric, fromMs, toMs, stepMs, new Statistic(statistic), [], ["s"]), CancellationToken.None);

    public async Task<double> SumAsync(long fromMs, long toMs, long stepMs) =>
        (await _queries.QueryAsync(new MetricQuery(Metric, fromMs, toMs, stepMs, new Statistic(StatisticKind.Sum), [], []), CancellationToken.None)).Series.Sum(s => s.Points.Sum(p => p.Value));

    /// <summary>Asks and compares with the samples sent, bucket by bucket and group by group.</summary>
    public async Task<string?> DifferenceAsync(long fromMs, long toMs, long stepMs, bool byTag, StatisticKind statistic = StatisticKind.Sum)
    {
        QueryResult result = await _queries.QueryAsync(new MetricQuery(Metric, fromMs, toMs, stepMs, new Statistic(statistic), [], byTag ? ["s"] : []), CancellationToken.None);
        var got = result.Series.SelectMany(s => s.Points.Select(p => (Key: (byTag ? s.Tags[0].Value : "", p.BucketMs), p.Value))).ToDictionary(p => p.Key, p => p.Value);
        long from = Resolution.Floor(fromMs, stepMs), to = Resolution.Ceiling(toMs, stepMs);
        var want = _all.Where(o => o.UnixMs >= from && o.UnixMs < to)
            .GroupBy(o => (byTag ? o.Tags[2..] : "", Resolution.Floor(o.UnixMs, stepMs)))
            .ToDictionary(g => g.Key, g => statistic == StatisticKind.Count ? g.Count() : g.Sum(o => o.Value));
        foreach ((string, long) key in want.Keys.Union(got.Keys))
        {
            if (want.GetValueOrDefault(key) != got.GetValueOrDefault(key))
            {
                return $"{statistic} of {key} from {fromMs} to {toMs} by {stepMs}, at {Time.NowMs}: {got.GetValueOrDefault(key)}, must be {want.GetValueOrDefault(key)}; {_all.Count} samples, answered from {result.Meta.Source}";
            }
        }
        return null;
    }
}
