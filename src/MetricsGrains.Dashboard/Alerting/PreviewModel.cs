using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Dashboard.Formatting;
using MetricsGrains.Dashboard.Live;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>
/// What a rule would have done over the last hour, day or week: asked anew whenever the rule changes (once it has stood still for a
/// moment) and as time goes on. Not thread-safe: it belongs to a circuit's dispatcher.
/// </summary>
public sealed class PreviewModel(IRulePreviews previews, TimeProvider time) : IDisposable
{
    public static readonly TimeSpan Debounce = TimeSpan.FromMilliseconds(350);

    /// <summary>Lines that a chart can be read with.</summary>
    public const int MaxLines = 20;

    /// <summary>Groups whose bars are shown.</summary>
    public const int MaxStrips = 30;

    private const int MaxPoints = 750;
    private static readonly long[] s_steps = [1, 2, 5, 10, 15, 30, 60];

    private CancellationTokenSource? _running;
    private AlertRule? _rule;
    private AlertRule? _shown;
    private long _askedAt;

    public static IReadOnlyList<KeyValuePair<string, TimeSpan>> Ranges { get; } =
        [new("1h", TimeSpan.FromHours(1)), new("1d", TimeSpan.FromDays(1)), new("1w", TimeSpan.FromDays(7))];

    public TimeSpan Range { get; private set; } = Ranges[0].Value;

    /// <summary>Null before the first answer.</summary>
    public RulePreview? Preview { get; private set; }

    public IReadOnlyList<FiringStrip> Strips { get; private set; } = [];

    public ChartFeed Feed { get; } = new(MaxLines);

    /// <summary>Why there is no answer; empty when there is one.</summary>
    public string Problem { get; private set; } = "";

    /// <summary>The answer shown is not yet the rule's.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>There is another answer, or one is on its way. Raised where the question was asked.</summary>
    public event Action? Changed;

    /// <summary>Asks what the rule would have done, once nothing else has been asked for <see cref="Debounce"/>.</summary>
    /// <param name="rule">Null: there is nothing to ask yet, and nothing is shown.</param>
    public Task AskAsync(AlertRule? rule) => AskAsync(rule, Debounce);

    public Task ShowRangeAsync(TimeSpan range)
    {
        Range = range;
        return AskAsync(_rule, TimeSpan.Zero);
    }

    /// <summary>Asks again when time has moved on enough to be seen.</summary>
    public Task TickAsync(long nowMs) =>
        _rule is not null && !IsRunning && nowMs - _askedAt >= EveryMs ? AskAsync(_rule, TimeSpan.Zero) : Task.CompletedTask;

    private long EveryMs => Math.Clamp((long)Range.TotalMilliseconds / 360, 10_000, 600_000);

    private async Task AskAsync(AlertRule? rule, TimeSpan after)
    {
        _running?.Cancel();
        _running?.Dispose();
        _rule = rule;
        if (rule is null)
        {
            (_running, IsRunning, Preview, Strips, Problem, _shown) = (null, false, null, [], "", null);
            Feed.Clear();
            Changed?.Invoke();
            return;
        }
        var mine = new CancellationTokenSource();
        _running = mine;
        CancellationToken cancel = mine.Token;
        IsRunning = true;
        try
        {
            if (after > TimeSpan.Zero)
            {
                await Task.Delay(after, time, cancel);
            }
            long now = time.GetUtcNow().ToUnixTimeMilliseconds();
            _askedAt = now;
            RulePreview answer = await previews.PreviewAsync(rule, now - (long)Range.TotalMilliseconds, now, cancel);
            if (!cancel.IsCancellationRequested)
            {
                Take(answer, rule);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e) when (e is QueryException or StoreUnavailableException)
        {
            if (cancel.IsCancellationRequested)
            {
                return;
            }
            Problem = e.Message;
        }
        if (_running == mine)
        {
            IsRunning = false;
            Changed?.Invoke();
        }
    }

    private void Take(RulePreview answer, AlertRule rule)
    {
        (Preview, Problem) = (answer, answer.Problem);
        bool deadMan = rule.Type == AlertRuleType.DeadMan;
        Feed.Unit = deadMan ? "s" : ValueFormat.UnitOf(answer.Unit, rule.Statistic);
        QueryResult lines = LinesOf(answer, rule);
        // The same question asked again moves the lines on; another question draws others.
        bool same = _shown is { } shown && SameQuestion(shown, rule) && Feed.StepMs == lines.Query.StepMs && Feed.LeftOut == 0 && Feed.Series.Count == lines.Series.Count;
        if (!same || !Feed.Merge(lines, answer.FromMs, answer.ToMs + 1))
        {
            Feed.Replace(lines, answer.FromMs, answer.ToMs + 1);
        }
        _shown = rule;
        Strips = [.. answer.Groups.Where(g => g.Firings.Count > 0).Take(MaxStrips).Select(g => FiringStrip.Of(g, rule.Condition, Feed.FromMs, Feed.AxisEndMs))];
    }

    private static bool SameQuestion(AlertRule a, AlertRule b) => a.MetricName == b.MetricName && a.Type == b.Type && a.Statistic == b.Statistic && a.WindowMinutes == b.WindowMinutes
        && a.Condition == b.Condition && a.TagFilter.SequenceEqual(b.TagFilter) && a.GroupBy.SequenceEqual(b.GroupBy);

    // A minute's value is seldom a pixel's: of those that share one, the value furthest into the condition is drawn, so that what fired is seen to have.
    private QueryResult LinesOf(RulePreview answer, AlertRule rule)
    {
        long step = Resolution.OneMinute * s_steps.First(m => m == s_steps[^1] || Range.TotalMinutes / m <= MaxPoints);
        bool down = rule.Type == AlertRuleType.Threshold && rule.Condition is AlertCondition.Lt or AlertCondition.Lte;
        QuerySeries[] series = [.. answer.Groups.Where(g => g.Points.Count > 0).Select(g => new QuerySeries(g.Tags.ToPairs(),
            [.. g.Points.GroupBy(p => Resolution.Floor(p.AtMs, step)).Select(b => new DataPoint(b.Key, down ? b.Min(p => p.Value) : b.Max(p => p.Value)))]))];
        var question = new MetricQuery(rule.MetricName, answer.FromMs, answer.ToMs, step, rule.Statistic, rule.TagFilter, rule.GroupBy);
        return new QueryResult(question, MetricKind.Gauge, answer.Unit, series, new QueryMeta(null, 0, false, AnswerSource.MemoryAndStore, answer.Truncated));
    }

    public void Dispose()
    {
        _running?.Cancel();
        _running?.Dispose();
        _running = null;
    }
}
