using System.Collections.Concurrent;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Tests.Alerting;

/// <summary>The data that rules see, put in by hand, and a note of who looked when.</summary>
internal sealed class FakeSource(TimeProvider time) : IAlertObserver, IIngestContinuity
{
    private readonly ConcurrentDictionary<(string Metric, string Host), double> _values = [];

    /// <summary>Evaluations, in their order.</summary>
    public ConcurrentQueue<(string Rule, long AtMs)> Looks { get; } = [];

    /// <summary>Thrown by the next readings; null: none.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Readings wait for this.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public long UninterruptedSinceMs { get; set; }

    public string Reason { get; set; } = "started";

    /// <param name="host">Empty: of the one instance of a rule that does not group.</param>
    public void Set(string metric, double value, string host = "") => _values[(metric, host)] = value;

    public void Remove(string metric, string host = "") => _values.TryRemove((metric, host), out _);

    public async Task<ObservedValues> ObserveAsync(AlertRule rule, long fromMs, long toMs, CancellationToken cancel)
    {
        Looks.Enqueue((rule.Name, time.GetUtcNow().ToUnixTimeMilliseconds()));
        await Gate.WaitAsync(cancel);
        if (Failure is { } failure)
        {
            throw failure;
        }
        ObservedGroup[] groups = [.. _values.Where(v => v.Key.Metric == rule.MetricName).OrderBy(v => v.Key.Host, StringComparer.Ordinal).Select(v => new ObservedGroup(v.Key.Host.Length == 0 ? TagSet.Empty : TagSet.Of(("host", v.Key.Host)), v.Value, toMs - 10_000))];
        return new ObservedValues(groups, "", groups.Length > 0);
    }

    public Task<IReadOnlyList<double>> RecentAsync(AlertRule rule, TagSet tags, long toMs, CancellationToken cancel) => Task.FromResult<IReadOnlyList<double>>([1, 2, 3]);
}
