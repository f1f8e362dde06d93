using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Core.Grains;

/// <summary>The sparklines of a rule's alerts. They are read when an alert begins or ends, and now and then in between; an alert goes out without one sooner than late.</summary>
internal sealed class RecentValues(IAlertObserver observer)
{
    /// <summary>Reads an evaluation may spend on pictures: of a hundred alerts in one message nobody looks at the hundredth's.</summary>
    private const int MaxReads = 10;

    private const long FreshMs = 300_000;

    private readonly Dictionary<TagSet, Line> _lines = [];

    public IReadOnlyList<double> Of(TagSet tags) => _lines.TryGetValue(tags, out Line line) ? line.Values : [];

    public async Task RefreshAsync(AlertRule rule, IReadOnlyList<AlertInstance> told, long toMs, CancellationToken cancel)
    {
        int reads = 0;
        foreach (AlertInstance instance in told)
        {
            if (_lines.TryGetValue(instance.Tags, out Line known) && known.Held == instance.State.Held && toMs - known.AtMs is >= 0 and < FreshMs)
            {
                continue;
            }
            if (reads++ == MaxReads)
            {
                break;
            }
            _lines[instance.Tags] = new Line(instance.State.Held, toMs, await ReadAsync(rule, instance.Tags, toMs, cancel));
        }
        if (_lines.Count > told.Count)
        {
            HashSet<TagSet> kept = [.. told.Select(t => t.Tags)];
            foreach (TagSet gone in _lines.Keys.Where(t => !kept.Contains(t)).ToList())
            {
                _lines.Remove(gone);
            }
        }
    }

    private async Task<IReadOnlyList<double>> ReadAsync(AlertRule rule, TagSet tags, long toMs, CancellationToken cancel)
    {
        try
        {
            return await observer.RecentAsync(rule, tags, toMs, cancel);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return [];
        }
    }

    private readonly record struct Line(AlertPhase Held, long AtMs, IReadOnlyList<double> Values);
}
