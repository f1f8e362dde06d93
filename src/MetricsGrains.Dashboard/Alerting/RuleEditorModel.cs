using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>The rule editor: a draft, what is wrong with it, what it would have done, and the way into the store.</summary>
public sealed class RuleEditorModel(IMetricQueries queries, IAlertStore store, RuleRegistry edits, PreviewModel preview)
{
    private Guid _id = Guid.NewGuid();
    private RuleDraft _loaded = new();
    private bool _touched;
    private IReadOnlyList<FieldProblem> _problems = [];

    public RuleDraft Draft { get; private set; } = new();

    /// <summary>The stored version that is edited; null for a new rule.</summary>
    public AlertRule? Saved { get; private set; }

    /// <summary>A version that somebody else saved since; null when nobody has.</summary>
    public AlertRule? Theirs { get; private set; }

    /// <summary>There was such a rule, or never one.</summary>
    public bool IsMissing { get; private set; }

    /// <summary>Null until the metric is known.</summary>
    public MetricInfo? Info { get; private set; }

    public IReadOnlyList<ChannelChoice> Channels { get; private set; } = [];

    /// <summary>Newest first.</summary>
    public IReadOnlyList<AlertRuleVersion> Versions { get; private set; } = [];

    /// <summary>As the draft says it, with defaults where it can't be read.</summary>
    public AlertRule Rule { get; private set; } = new() { Id = Guid.Empty, Name = "", MetricName = "" };

    /// <summary>What is wrong with the draft; of an untouched new one only what would be warned of.</summary>
    public IReadOnlyList<FieldProblem> Problems => _touched || Saved is not null ? _problems : [.. _problems.Where(p => p.Warning)];

    public bool HasErrors => _problems.Any(p => !p.Warning);

    public bool IsDirty => Saved is null ? Draft != _loaded : RuleDiff.Between(Saved, Rule).Count > 0 || HasErrors;

    public PreviewModel Preview => preview;

    /// <summary>A new rule, from a draft or from scratch.</summary>
    public async Task BeginAsync(RuleDraft draft, CancellationToken cancel)
    {
        (_id, Saved, Theirs, IsMissing, _touched, Versions) = (Guid.NewGuid(), null, null, false, false, []);
        _loaded = draft;
        Channels = await ChannelChoice.ListAsync(store, cancel);
        await ChangeAsync(draft, cancel);
        _touched = false;
    }

    /// <summary>A stored rule. Somebody else's edit that was waiting is taken over, and the draft is gone.</summary>
    public async Task OpenAsync(Guid id, CancellationToken cancel)
    {
        AlertRule? rule = await store.FindRuleAsync(id, cancel);
        (_id, Saved, Theirs, IsMissing) = (id, rule, null, rule is null);
        Versions = await store.ListVersionsAsync(id, cancel);
        Channels = await ChannelChoice.ListAsync(store, cancel);
        if (rule is not null)
        {
            _loaded = RuleDraft.Of(rule);
            await ChangeAsync(_loaded, cancel);
        }
    }

    /// <summary>Takes in an edit of the form: reads it, checks it, and asks for its preview.</summary>
    public async Task ChangeAsync(RuleDraft draft, CancellationToken cancel)
    {
        bool otherMetric = draft.Metric.Trim() != Draft.Metric.Trim() || (Info is null && draft.Metric.Trim().Length > 0);
        Draft = draft;
        _touched = true;
        if (otherMetric)
        {
            Info = null;
            await DescribeAsync(draft.Metric.Trim(), cancel);
        }
        Check();
        _ = preview.AskAsync(Rule.MetricName.Length == 0 || _problems.Any(p => !p.Warning && p.Field is "window_minutes" or "tag_filter" or "group_by" or "statistic" or "metric_name") ? null : Rule);
    }

    /// <summary>The metric may have come since, and somebody else may have saved.</summary>
    /// <returns>Whether anything but the preview changed.</returns>
    public async Task<bool> TickAsync(AlertSnapshot snapshot, long nowMs, CancellationToken cancel)
    {
        bool changed = false;
        if (Info is null && Draft.Metric.Length > 0)
        {
            await DescribeAsync(Draft.Metric.Trim(), cancel);
            if (Info is not null)
            {
                Check();
                changed = true;
            }
        }
        if (Saved is { } saved && Theirs is null && snapshot.Rules.FirstOrDefault(r => r.Rule.Id == _id)?.Rule is { } now && now.Version > saved.Version)
        {
            Theirs = now;
            changed = true;
        }
        await preview.TickAsync(nowMs);
        return changed;
    }

    /// <returns>Null: the draft has errors, and nothing was tried.</returns>
    /// <exception cref="StoreUnavailableException"/>
    public async Task<EditResult?> SaveAsync(string by, CancellationToken cancel)
    {
        _touched = true;
        Check();
        if (HasErrors)
        {
            return null;
        }
        EditResult result = await edits.SaveAsync(Rule, Saved, by, cancel);
        switch (result)
        {
            case EditResult.Done:
                await OpenAsync(_id, cancel);
                break;
            case EditResult.Conflict:
                Theirs = await store.FindRuleAsync(_id, cancel);
                break;
            case EditResult.NameTaken:
                _problems = [.. _problems, new FieldProblem("name", $"there is another rule named '{Rule.Name}'")];
                break;
            case EditResult.NotFound:
                // Deleted meanwhile: saving again makes it anew.
                Saved = null;
                _id = Guid.NewGuid();
                Check();
                _problems = [.. _problems, new FieldProblem("name", "somebody deleted this rule meanwhile; save again to make it anew", Warning: true)];
                break;
        }
        return result;
    }

    /// <summary>Goes on with this draft as an edit of the version that somebody else saved.</summary>
    public void KeepMine()
    {
        if (Theirs is { } theirs)
        {
            (Saved, Theirs) = (theirs, null);
            Check();
        }
    }

    private void Check()
    {
        Rule = Draft.ToRule(_id, Saved, Info?.Kind, out IReadOnlyList<FieldProblem> problems);
        List<FieldProblem> all = [.. problems];
        if (Rule.MetricName.Length > 0 && Info is null && problems.All(p => p.Field != "metric_name"))
        {
            all.Add(new FieldProblem("metric_name", $"no metric named '{Rule.MetricName}' has been received yet; the rule waits for it", Warning: true));
        }
        else if (Info is { } info && Rule.Type == AlertRuleType.Threshold && !Core.Windows.StatisticRules.Has(info.Kind, Rule.Statistic.Kind))
        {
            all.Add(new FieldProblem("statistic", $"{Rule.Statistic} can't be made of a {MetricKinds.NameOf(info.Kind).Replace('_', ' ')}: choose one of {string.Join(", ", Core.Windows.StatisticRules.Fitting(info.Kind))}"));
        }
        foreach (string unknown in Rule.Channels.Where(c => Channels.All(k => !k.Is(c))))
        {
            all.Add(new FieldProblem("channels", $"there is no channel '{unknown}'", Warning: true));
        }
        _problems = all;
    }

    private async Task DescribeAsync(string metric, CancellationToken cancel)
    {
        if (metric.Length == 0)
        {
            return;
        }
        try
        {
            MetricInfo info = await queries.DescribeAsync(metric, cancel);
            if (metric == Draft.Metric.Trim())
            {
                Info = info;
            }
        }
        catch (UnknownMetricException)
        {
            // A rule may come before its metric; Check says so.
        }
    }
}
