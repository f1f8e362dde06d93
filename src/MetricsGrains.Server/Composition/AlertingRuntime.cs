using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Notifications;
using MetricsGrains.Query;
using MetricsGrains.Server.Alerting;
using MetricsGrains.Server.Options;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Composition;

/// <summary>Alerting of a node: its store, rules, channels and loops. Started once the grains have their memory back, stopped before them.</summary>
public sealed partial class AlertingRuntime : IAsyncDisposable
{
    private static readonly TimeSpan RetainEvery = TimeSpan.FromHours(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _loops = [];
    private readonly RuleHost _rules;
    private readonly ChannelHost _channels;
    private readonly AlertScheduler _scheduler;
    private readonly IngestContinuity _continuity;
    private readonly Heartbeat _heartbeat;
    private readonly AlertingOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<AlertingRuntime> _logger;

    private AlertingRuntime(NodeParts parts, IngestRuntime ingest, IAlertStore store)
    {
        (NodeOptions node, IMetricStore metrics, TimeProvider time, ILoggerFactory loggers) = (parts.Options, parts.Store, parts.Time, parts.Loggers);
        Store = store;
        _options = node.Alerting;
        _time = time;
        _logger = loggers.CreateLogger<AlertingRuntime>();
        Notifiers = Notifications.Notifiers.Create(_options.AllowPrivateWebhooks, time);
        Previews = new RulePreviews(ingest.Grains, metrics, metrics, time);
        var meters = new AlertMeters(parts.Meters.Meter);
        long crowded = node.QueueBytes / 10 * 9;
        _continuity = new IngestContinuity(time, () => ingest.Pipeline.Refusal ?? (ingest.Pipeline.QueuedBytes >= crowded ? "more is sent than can be taken in" : null));
        Suppressions = new Suppressions(store, time);
        _channels = new ChannelHost(store, Suppressions, Notifiers, _options, meters, time, loggers.CreateLogger<ChannelHost>());
        var mark = new EvaluationMark(Path.Combine(node.DataPath, "evaluated-through"));
        _rules = new RuleHost(store, _channels, Suppressions, new AlertObserver(ingest.Grains, metrics, metrics), _continuity, _options, meters, mark, time);
        _scheduler = new AlertScheduler(_rules, _options, mark, meters, time, loggers.CreateLogger<AlertScheduler>());
        _heartbeat = new Heartbeat(_options, () => _scheduler.LastSoundMs, time, loggers.CreateLogger<Heartbeat>());
        Grains = new AlertHost(_rules, _channels);
        Observe(meters);
    }

    public IAlertStore Store { get; }

    public IAlertGrains Grains { get; }

    public IRulePreviews Previews { get; }

    public IReadOnlyList<INotifier> Notifiers { get; }

    /// <summary>What keeps alerts from being told; to be read again when a silence was edited here.</summary>
    public Suppressions Suppressions { get; }

    /// <summary>Why states are not saved; null when they are. Evaluation and notification go on in memory.</summary>
    public string? Problem => _rules.StoreProblem is { Length: > 0 } rules ? rules : _channels.Problem is { Length: > 0 } channels ? channels : null;

    /// <exception cref="StoreConfigurationException">The store can't be used as configured.</exception>
    /// <exception cref="StoreUnavailableException">The store does not answer. Without its states nobody knows what was told, so there is no start.</exception>
    internal static async Task<AlertingRuntime> StartAsync(NodeParts parts, IngestRuntime ingest, CancellationToken cancel)
    {
        IAlertStore store = StoreFactory.CreateAlertStore(parts.Options, parts.Time);
        try
        {
            await store.OpenAsync(cancel);
            var runtime = new AlertingRuntime(parts, ingest, store);
            await runtime.Suppressions.ReloadAsync(cancel);
            await runtime._channels.StartAsync(cancel);
            await runtime._rules.StartAsync(cancel);
            runtime.Run();
            return runtime;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the loops. What was not sent is in the outbox.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_loops);
        _rules.Dispose();
        _channels.Dispose();
        _heartbeat.Dispose();
        await Store.DisposeAsync();
        _stop.Dispose();
    }

    private void Run()
    {
        _loops.Add(_continuity.RunAsync(_stop.Token));
        _loops.Add(Suppressions.RunAsync(_stop.Token));
        _loops.Add(_channels.RunAsync(_stop.Token));
        _loops.Add(_scheduler.RunAsync(_stop.Token));
        _loops.Add(_heartbeat.RunAsync(_stop.Token));
        _loops.Add(RetainAsync(_stop.Token));
    }

    private void Observe(AlertMeters meters)
    {
        meters.Observe("metricsgrains.alerts.rules", "{rule}", "Alert rules", () => _rules.Shells.Count);
        meters.Observe("metricsgrains.alerts.firing", "{alert}", "Alerts that fire, or whose data is missing", () => Count(s => s.IsAlerting));
        meters.Observe("metricsgrains.alerts.pending", "{alert}", "Alerts whose condition does not hold for long enough yet", () => Count(s => s.Held == AlertPhase.Pending));
        meters.Observe("metricsgrains.alerts.errors", "{alert}", "Alerts whose last evaluation could not read its data", () => Count(s => s.Phase == AlertPhase.Error));
        meters.Observe("metricsgrains.notifications.outbox", "{message}", "Messages on their way", () => _channels.OutboxLength);
        meters.Observe("metricsgrains.silences.active", "{silence}", "Silences that hold now", () => Suppressions.ActiveSilences);
        meters.Observe("metricsgrains.heartbeat.failures", "{call}", "Heartbeats that the external dead-man's service did not take", () => _heartbeat.Failed);
    }

    private double Count(Func<AlertState, bool> which) => _rules.Shells.Sum(s => s.Standing.State.Instances.Count(i => which(i.State)));

    private async Task RetainAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(RetainEvery, _time);
        try
        {
            do
            {
                try
                {
                    await Store.RetainAsync((_time.GetUtcNow() - _options.HistoryRetention).ToUnixTimeMilliseconds(), stop);
                }
                catch (Exception error) when (error is StoreUnavailableException or StoreConfigurationException)
                {
                    LogNotRetained(_logger, error.Message);
                }
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old alert events could not be deleted: {Reason}. It is tried again in an hour.")]
    private static partial void LogNotRetained(ILogger logger, string reason);
}
