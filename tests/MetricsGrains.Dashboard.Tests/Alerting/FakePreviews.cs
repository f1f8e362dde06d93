using MetricsGrains.Core.Alerting;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Tests.Alerting;

/// <summary>Runs the real simulation over the values that a test puts in.</summary>
internal sealed class FakePreviews : IRulePreviews
{
    public List<PreviewSeries> Series { get; } = [];

    public List<AlertRule> Asked { get; } = [];

    public Exception? Failure { get; set; }

    /// <summary>An answer waits for it; null: none waits.</summary>
    public TaskCompletionSource? Gate { get; set; }

    public async Task<RulePreview> PreviewAsync(AlertRule rule, long fromMs, long toMs, CancellationToken cancel)
    {
        Asked.Add(rule);
        if (Gate is { } gate)
        {
            await gate.Task.WaitAsync(cancel);
        }
        return Failure is null ? RulePreview.Simulate(rule, Series, fromMs, toMs) : throw Failure;
    }
}
