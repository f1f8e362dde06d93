namespace MetricsGrains.Dashboard.Alerting;

/// <summary>The list of rules: searched, the gravest first, a page at a time.</summary>
public sealed class RuleListModel(AlertStandings standings)
{
    public const int PageSize = 50;

    private AlertSnapshot _snapshot = AlertSnapshot.Empty;

    public bool IsLoaded { get; private set; }

    /// <summary>Part of a name, metric or owner.</summary>
    public string Search { get; private set; } = "";

    /// <summary>0 for the first.</summary>
    public int PageIndex { get; private set; }

    public IReadOnlyList<RuleListRow> Rows { get; private set; } = [];

    /// <summary>Rules that match.</summary>
    public int Matching { get; private set; }

    public int Total => _snapshot.Rules.Count;

    public bool HasNext => (PageIndex + 1) * PageSize < Matching;

    /// <returns>Whether there is another snapshot.</returns>
    public async Task<bool> UpdateAsync(CancellationToken cancel)
    {
        AlertSnapshot snapshot = await standings.ReadAsync(cancel);
        if (ReferenceEquals(snapshot, _snapshot))
        {
            return false;
        }
        (_snapshot, IsLoaded) = (snapshot, true);
        Arrange();
        return true;
    }

    public void SearchFor(string text)
    {
        (Search, PageIndex) = (text.Trim(), 0);
        Arrange();
    }

    public void Turn(int pages)
    {
        PageIndex += pages;
        Arrange();
    }

    private void Arrange()
    {
        RuleListRow[] rows = [.. _snapshot.Rules.Where(r => Search.Length == 0 || new[] { r.Rule.Name, r.Rule.MetricName, r.Rule.Owner }.Any(t => t.Contains(Search, StringComparison.OrdinalIgnoreCase)))
            .Select(r => new RuleListRow(r)).OrderByDescending(r => r.Rank).ThenBy(r => r.Rule.Name, StringComparer.OrdinalIgnoreCase)];
        Matching = rows.Length;
        PageIndex = Math.Clamp(PageIndex, 0, Math.Max(0, (Matching - 1) / PageSize));
        Rows = [.. rows.Skip(PageIndex * PageSize).Take(PageSize)];
    }
}
