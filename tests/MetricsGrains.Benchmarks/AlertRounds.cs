using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Query;
using MetricsGrains.Server.Alerting;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetricsGrains.Benchmarks;

/// <summary>
/// Rules over ten thousand series (a hundred metrics of a hundred hosts in ten regions), as a node evaluates them: real grains, scheduler and SQLite store, by the wall
/// clock, in one process, so that its CPU time is all of it. Of each hundred rules eighty watch a host, ten the whole metric, ten every region; one in a hundred fires.
/// </summary>
internal sealed class AlertRounds : INotifier, IIngestContinuity
{
    private const int Metrics = 100;
    private const int Hosts = 100;

    private static readonly MetricKind[] s_kinds = [MetricKind.Gauge, MetricKind.Counter, MetricKind.Distribution];
    private static readonly string[][] s_statistics = [["avg", "max", "min", "last"], ["rate", "sum", "increase", "count"], ["p99", "p50", "avg", "max"]];

    private readonly long _startMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
    private readonly List<double> _lateness = [];
    private int _messages;

    public ChannelType Type => ChannelType.Webhook;

    public long UninterruptedSinceMs => _startMs - Resolution.OneHour;

    public string Reason => "started";

    public IReadOnlyList<FieldProblem> Check(Channel channel) => [];

    public Task<SendOutcome> SendAsync(Channel channel, Notification notification, CancellationToken cancel)
    {
        Interlocked.Increment(ref _messages);
        return Task.FromResult(SendOutcome.Delivered("200 ok"));
    }

    public static async Task RunAsync(int rules, int rounds)
    {
        string folder = Directory.CreateTempSubdirectory("metricsgrains-alerts-").FullName;
        try
        {
            await new AlertRounds().RunAsync(folder, rules, rounds);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task RunAsync(string folder, int rules, int rounds)
    {
        TimeProvider time = TimeProvider.System;
        await using var metrics = new SqliteStore(new SqliteStoreOptions { Path = Path.Combine(folder, "metrics.db") }, time);
        await metrics.OpenAsync(default);
        await using var alerts = new SqliteAlertStore(Path.Combine(folder, "alerts.db"), time);
        await alerts.OpenAsync(default);
        await using var grains = new InProcessGrainHost(Environment.ProcessorCount, new GrainLimits(new MetricGrainOptions(), new Dictionary<string, int>()), [], UninterruptedSinceMs, "bench", time);
        await MakeRulesAsync(alerts, rules);
        long loaded = Resolution.Floor(_startMs, Resolution.TenSeconds);
        for (long at = loaded - (10 * Resolution.OneMinute); at <= loaded; at += Resolution.TenSeconds)
        {
            await FeedAsync(grains, at);
        }
        using var meter = new Meter("bench");
        using MeterListener listener = Listen(meter);
        var parts = new AlertingParts(
            alerts, new StorePatience("the alert store", time), new Suppressions(alerts, time), [this], new AlertObserver(grains, metrics, metrics, new StorePatience("the store", time)), this,
            new AlertingOptions(), new AlertMeters(meter), new EvaluationMark(Path.Combine(folder, "mark")), time, NullLoggerFactory.Instance);
        long began = Stopwatch.GetTimestamp();
        EvaluationDuty duty = await EvaluationDuty.StartAsync(parts, default);
        Console.WriteLine($"{rules:N0} rules over {Metrics * Hosts:N0} series; started in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
        using var stop = new CancellationTokenSource();
        Task feeding = FeedOnAsync(grains, stop.Token);
        for (int round = 1; round <= rounds; round++)
        {
            await MeasureAsync(round, duty);
        }
        await stop.CancelAsync();
        await feeding;
        await duty.StopAsync(save: true);
    }

    private async Task MeasureAsync(int round, EvaluationDuty duty)
    {
        using Process self = Process.GetCurrentProcess();
        TimeSpan cpu = self.TotalProcessorTime;
        long allocated = GC.GetTotalAllocatedBytes();
        await Task.Delay(TimeSpan.FromSeconds(60));
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        self.Refresh();
        double[] late;
        lock (_lateness)
        {
            late = [.. _lateness.Order()];
            _lateness.Clear();
        }
        int firing = duty.Rules.Shells.Sum(s => s.Standing.State.Instances.Count(i => i.State.IsAlerting)), errors = duty.Rules.Shells.Count(s => s.Standing.Problem.Length > 0);
        string at(double quantile) => late.Length == 0 ? "-" : FormattableString.Invariant($"{late[(int)((late.Length - 1) * quantile)]:0}");
        Console.WriteLine($"round {round}: {late.Length:N0} evaluations   CPU {(self.TotalProcessorTime - cpu).TotalSeconds:0.0} s   late p50 {at(0.5)} ms, p99 {at(0.99)} ms, max {at(1)} ms   {allocated / Math.Max(1, late.Length):N0} bytes allocated an evaluation   {firing} firing, {errors} problems, {_messages} messages");
    }

    private MeterListener Listen(Meter meter)
    {
        var listener = new MeterListener { InstrumentPublished = (instrument, l) => { if (ReferenceEquals(instrument.Meter, meter)) { l.EnableMeasurementEvents(instrument); } } };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) =>
        {
            lock (_lateness)
            {
                _lateness.Add(value);
            }
        });
        listener.Start();
        return listener;
    }

    private static async Task MakeRulesAsync(SqliteAlertStore store, int rules)
    {
        var edit = new AlertEvent { AtMs = 0, Kind = AlertEventKind.RuleCreated };
        await store.SaveChannelAsync(new Channel { Id = Guid.NewGuid(), Name = "ops", Type = ChannelType.Webhook }, edit, default);
        foreach (int[] some in Enumerable.Range(0, rules).Chunk(1_000))
        {
            await store.SaveRulesAsync([.. some.Select(i => new RuleSave(RuleOf(i), edit))], default);
        }
    }

    private static AlertRule RuleOf(int number)
    {
        int metric = number % Metrics, kind = metric % s_kinds.Length, turn = number / Metrics % 100;
        Statistic.TryParse(s_statistics[kind][number / Metrics % 4], out Statistic statistic);
        return new AlertRule
        {
            Id = Guid.NewGuid(),
            Name = $"rule {number}",
            MetricName = NameOf(metric),
            Statistic = statistic,
            TagFilter = turn < 80 ? [new TagFilter("host", TagMatch.Equal, $"h{turn}")] : [],
            GroupBy = turn >= 90 ? ["region"] : [],
            Threshold = turn == 7 ? -1 : 1e9,
            For = TimeSpan.FromMinutes(turn % 3),
            Channels = ["ops"],
        };
    }

    private static async Task FeedOnAsync(InProcessGrainHost grains, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(10));
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                await FeedAsync(grains, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    private static async Task FeedAsync(InProcessGrainHost grains, long at)
    {
        var batch = new SampleBatchBuilder();
        for (int metric = 0; metric < Metrics; metric++)
        {
            byte[] name = Encoding.UTF8.GetBytes(NameOf(metric));
            MetricKind kind = s_kinds[metric % s_kinds.Length];
            batch.Clear();
            for (int host = 0; host < Hosts; host++)
            {
                byte[] tags = TagSet.Of(("host", $"h{host}"), ("region", $"r{host % 10}")).Canonical.ToArray();
                batch.Add(batch.AddSeries(name, kind, [], tags, SeriesId.Of(name, tags)), at, 1 + ((at / 1_000 * (host + 1)) % 100));
            }
            await grains.AppendAsync(batch.ToArray(), new BatchOrigin("", 0), default);
        }
    }

    private static string NameOf(int metric) => $"bench.{metric}";
}
