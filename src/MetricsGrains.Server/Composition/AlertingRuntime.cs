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
    private readonly IAlertEvaluation _evaluation;
    private readonly Suppressions _suppressions;
    private readonly StorePatience _patience;
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
        _patience = new StorePatience("the alert store", time);
        long crowded = node.QueueBytes / 10 * 9;
        // In a cluster it takes a look at every metric to know; and what is left to the log waits as much as what is in a queue.
        var applied = new Sampled<ulong>(() => ingest.AppliedThrough, TimeSpan.FromMilliseconds(200), time);
        var lag = new IngestLag(() => ingest.LogStatus.NextSequence - 1, applied.Read, () => ingest.Pipeline.QueuedBytes + (ingest.Pipeline.DispatchedThrough > applied.Read() ? 1 : 0), time);
        _continuity = new IngestContinuity(time, () => ingest.Pipeline.Refusal ?? (ingest.Pipeline.QueuedBytes >= crowded ? "more is sent than can be taken in" : lag.Look()));
        _suppressions = new Suppressions(store, time);
        var observer = new AlertObserver(ingest.Grains, metrics, metrics, new StorePatience("the store", time));
        var meters = new AlertMeters(parts.Meters.Meter);
        var mark = new EvaluationMark(Path.Combine(node.DataPath, "evaluated-through"));
        var all = new AlertingParts(store, _patience, _suppressions, Notifiers, observer, _continuity, _options, meters, mark, time, loggers);
        _evaluation = (parts.Hosting as IAlertHosting)?.CreateEvaluation(all, ingest.Grains) ?? new LeasedEvaluation(StoreFactory.CreateEvaluationLease(node), all);
        _heartbeat = new Heartbeat(_options, () => _evaluation.LastSoundMs, time, loggers.CreateLogger<Heartbeat>());
        Observe(meters);
    }

    public IAlertStore Store { get; }

    public IAlertGrains Grains => _evaluation.Grains;

    public IRulePreviews Previews { get; }

    public IReadOnlyList<INotifier> Notifiers { get; }

    /// <summary>To be told when a silence is edited, so that it holds at once.</summary>
    public Suppressions Silences => _suppressions;

    /// <summary>Why states are not saved; null when they are. Evaluation and notification go on in memory.</summary>
    public string? Problem => _patience.Problem is { Length: > 0 } problem ? problem : null;

    /// <summary>Why another node evaluates the rules; null when this one does.</summary>
    public string? StandBy => _evaluation.StandBy;

    /// <summary>What somebody should mend although the node does its work: channels that don't deliver, rules that name channels that are gone.</summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            int incomplete = _evaluation.Rules.Count(s => s.IsMissingChannels);
            return
            [
                .. _evaluation.FailingChannels.Select(c => $"channel {c} does not deliver"),
                .. incomplete > 0 ? [$"{incomplete} {(incomplete == 1 ? "alert rule names" : "alert rules name")} a channel that does not exist"] : Array.Empty<string>(),
            ];
        }
    }

    /// <exception cref="StoreConfigurationException">The store can't be used as configured.</exception>
    /// <exception cref="StoreUnavailableException">The store does not answer. Without its states nobody knows what was told, so there is no start.</exception>
    internal static async Task<AlertingRuntime> StartAsync(NodeParts parts, IngestRuntime ingest, CancellationToken cancel)
    {
        IAlertStore store = StoreFactory.CreateAlertStore(parts.Options, parts.Time);
        AlertingRuntime? runtime = null;
        try
        {
            await store.OpenAsync(cancel);
            runtime = new AlertingRuntime(parts, ingest, store);
            await runtime._suppressions.ReloadAsync(cancel);
            await runtime._evaluation.StartAsync(cancel);
            runtime.Run();
            return runtime;
        }
        catch
        {
            await (runtime?.DisposeAsync() ?? store.DisposeAsync());
            throw;
        }
    }

    /// <summary>Ends the loops. What was not sent is in the outbox.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_loops);
        await _evaluation.DisposeAsync();
        _heartbeat.Dispose();
        await Store.DisposeAsync();
        _stop.Dispose();
    }

    private void Run()
    {
        _loops.Add(_continuity.RunAsync(_stop.Token));
        _loops.Add(_suppressions.RunAsync(_stop.Token));
        _loops.Add(_evaluation.RunAsync(_stop.Token));
        _loops.Add(_heartbeat.RunAsync(_stop.Token));
        _loops.Add(RetainAsync(_stop.Token));
    }

    private void Observe(AlertMeters meters)
    {
        meters.Observe("metricsgrains.alerts.rules", "{rule}", "Alert rules that this node evaluates", () => _evaluation.Rules.Count);
        meters.Observe("metricsgrains.alerts.standby", "{node}", "1 while another node evaluates the rules of this node's store", () => _evaluation.StandBy is null ? 0 : 1);
        meters.Observe("metricsgrains.alerts.firing", "{alert}", "Alerts that fire, or whose data is missing", () => Count(s => s.IsAlerting));
        meters.Observe("metricsgrains.alerts.pending", "{alert}", "Alerts whose condition does not hold for long enough yet", () => Count(s => s.Held == AlertPhase.Pending));
        meters.Observe("metricsgrains.alerts.errors", "{alert}", "Alerts whose last evaluation could not read its data", () => Count(s => s.Phase == AlertPhase.Error));
        meters.Observe("metricsgrains.alerts.missing_channels", "{rule}", "Alert rules that name a channel that does not exist", () => _evaluation.Rules.Count(s => s.IsMissingChannels));
        meters.Observe("metricsgrains.alerts.unsaved", "{state}", "Rules and channels whose state the store does not have", () => _evaluation.Rules.Count(s => !s.IsSaved) + _evaluation.Channels.Count(s => !s.IsSaved));
        meters.Observe("metricsgrains.alerts.save_failures", "{call}", "Attempts to save the state of alerts that failed, or took too long", () => _patience.Failures);
        meters.Observe("metricsgrains.channels.failing", "{channel}", "Channels that do not deliver", () => _evaluation.Channels.Count(s => s.IsFailing));
        meters.Observe("metricsgrains.notifications.outbox", "{message}", "Messages on their way", () => _evaluation.Channels.Sum(s => s.Waiting));
        meters.Observe("metricsgrains.silences.active", "{silence}", "Silences that hold now", () => _suppressions.ActiveSilences);
        meters.Observe("metricsgrains.heartbeat.failures", "{call}", "Heartbeats that the external dead-man's service did not take", () => _heartbeat.Failed);
    }

    private double Count(Func<AlertState, bool> which) => _evaluation.Rules.Sum(s => s.Standing.State.Instances.Count(i => which(i.State)));

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
