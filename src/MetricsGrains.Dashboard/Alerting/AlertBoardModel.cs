using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>What the Alerts page shows: every instance that is not simply well, by section and severity.</summary>
public sealed class AlertBoardModel(AlertStandings standings, ISilenceStore silences, IMetricQueries queries)
{
    /// <summary>More alerts of one section than this are counted, not shown: they are one incident, and the page must stay quick.</summary>
    public const int MaxShown = 100;

    private const long LinesEveryMs = 10_000;

    private readonly Dictionary<AlertSection, IReadOnlyList<AlertRow>> _sections = [];
    private readonly Dictionary<AlertSection, int> _counts = [];
    private Dictionary<string, AlertRow> _known = [];
    private IReadOnlyList<Silence> _active = [];
    private bool _isNew;
    private long _linesAt = long.MinValue / 2;

    public AlertSnapshot Snapshot { get; private set; } = AlertSnapshot.Empty;

    /// <summary>False until the first answer.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Part of a rule's name, metric, owner or tags.</summary>
    public string Search { get; private set; } = "";

    /// <summary>When a rule was last evaluated, Unix ms; 0 when none was.</summary>
    public long LastEvaluationMs => Snapshot.Rules.Count == 0 ? 0 : Snapshot.Rules.Max(r => r.LastEvaluationMs);

    public IReadOnlyList<AlertRow> Of(AlertSection section) => _sections.GetValueOrDefault(section, []);

    /// <summary>Alerts of the section, shown or not.</summary>
    public int CountOf(AlertSection section) => _counts.GetValueOrDefault(section);

    /// <summary>Reads where everything stands.</summary>
    /// <returns>Whether anything that is shown changed.</returns>
    public async Task<bool> UpdateAsync(long nowMs, CancellationToken cancel)
    {
        AlertSnapshot snapshot = await standings.ReadAsync(cancel);
        if (ReferenceEquals(snapshot, Snapshot))
        {
            return false;
        }
        IReadOnlyList<Silence> active = [.. (await silences.ListSilencesAsync(nowMs, cancel)).Where(s => s.IsActive(nowMs))];
        bool first = !IsLoaded;
        (Snapshot, IsLoaded) = (snapshot, true);
        return Arrange(active) || first;
    }

    public void SearchFor(string text)
    {
        Search = text.Trim();
        Arrange(_active);
    }

    /// <summary>Reads the lines of what is shown, now and then.</summary>
    /// <returns>Whether a text changed.</returns>
    public async Task<bool> UpdateLinesAsync(long nowMs, CancellationToken cancel)
    {
        if (nowMs - _linesAt < LinesEveryMs && !_isNew)
        {
            return false;
        }
        _linesAt = nowMs;
        _isNew = false;
        bool changed = false;
        foreach (AlertRow row in _sections.Values.SelectMany(s => s).ToArray())
        {
            changed |= await row.UpdateLineAsync(nowMs, cancel);
        }
        return changed;
    }

    private bool Arrange(IReadOnlyList<Silence> active)
    {
        _active = active;
        var found = new Dictionary<string, AlertRow>();
        bool changed = false;
        foreach (AlertSection section in Enum.GetValues<AlertSection>())
        {
            Candidate[] all = [.. Candidates(section).Where(Matches)];
            changed |= _counts.GetValueOrDefault(section) != all.Length;
            _counts[section] = all.Length;
            Candidate[] shown = [.. all.OrderByDescending(c => c.Standing.Rule.Severity).ThenByDescending(c => section == AlertSection.Resolved ? c.Instance?.State.ResolvedMs : null)
                .ThenBy(c => c.Standing.Rule.Name, StringComparer.OrdinalIgnoreCase).ThenBy(c => AlertText.Tags(c.Tags), StringComparer.Ordinal).Take(MaxShown)];
            AlertRow[] rows = [.. shown.Select(c => RowOf(c, active, found, ref changed))];
            changed |= !Of(section).SequenceEqual(rows);
            _sections[section] = rows;
        }
        _known = found;
        return changed;
    }

    private AlertRow RowOf(Candidate candidate, IReadOnlyList<Silence> active, Dictionary<string, AlertRow> found, ref bool changed)
    {
        (AlertRuleStanding standing, AlertInstance? instance) = (candidate.Standing, candidate.Instance);
        string key = AlertRow.KeyOf(standing.Rule, candidate.Tags);
        // A rule whose question changed draws another line.
        if (!_known.TryGetValue(key, out AlertRow? row) || row.Rule.Version != standing.Rule.Version)
        {
            row = new AlertRow(queries, standing.Rule, candidate.Tags);
            _isNew = true;
        }
        found[key] = row;
        Silence? silence = instance is null || active.Count == 0 ? null : active.FirstOrDefault(s => SilenceMatching.Matches(s, InstanceLabels.Of(standing.Rule, instance)));
        changed |= row.Take(standing.Rule, instance, silence, instance is not null ? instance.State.Detail : standing.IsWaiting ? AlertText.Waiting(standing.Rule) : standing.Problem);
        return row;
    }

    private IEnumerable<Candidate> Candidates(AlertSection section)
    {
        foreach (AlertRuleStanding standing in Snapshot.Rules)
        {
            foreach (AlertInstance instance in standing.State.Instances.Where(i => SectionOf(i.State) == section))
            {
                yield return new Candidate(standing, instance);
            }
            if (section == AlertSection.Waiting && standing is { IsWaiting: true, Rule.Enabled: true } && !standing.State.Instances.Any(i => i.State.IsAlerting))
            {
                yield return new Candidate(standing, null);
            }
            if (section == AlertSection.Error && standing is { IsWaiting: false, Problem.Length: > 0 } && standing.State.Instances.All(i => i.State.Phase != AlertPhase.Error))
            {
                yield return new Candidate(standing, null);
            }
        }
    }

    // What fired when its data could no longer be read fires still, as far as anybody knows: it stays where it was, and says why.
    private static AlertSection? SectionOf(AlertState state) => state.Phase switch
    {
        AlertPhase.Muted => state.IsAlerting ? AlertSection.Muted : null,
        AlertPhase.Error => state.Held == AlertPhase.Firing ? AlertSection.Firing : AlertSection.Error,
        AlertPhase.Firing => AlertSection.Firing,
        AlertPhase.NoData => AlertSection.NoData,
        AlertPhase.Pending => AlertSection.Pending,
        AlertPhase.Resolved => AlertSection.Resolved,
        _ => null,
    };

    private bool Matches(Candidate candidate)
    {
        AlertRule rule = candidate.Standing.Rule;
        return Search.Length == 0 || new[] { rule.Name, rule.MetricName, rule.Owner, AlertText.Tags(candidate.Tags) }.Any(t => t.Contains(Search, StringComparison.OrdinalIgnoreCase));
    }

    private readonly record struct Candidate(AlertRuleStanding Standing, AlertInstance? Instance)
    {
        public TagSet Tags => Instance?.Tags ?? TagSet.Empty;
    }
}
