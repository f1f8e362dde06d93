using MetricsGrains.Dashboard.Live;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Overview;

/// <summary>A page of the metrics whose names contain what was searched, in the order of <see cref="MetricDirectory"/>. Pages go forward by cursor and back by remembering them.</summary>
/// <param name="cadence">Null: <see cref="Cadence.Memory"/>.</param>
public sealed class MetricListModel(IMetricQueries queries, int pageSize, Cadence? cadence = null)
{
    private const long RefreshMs = 3_000;

    private readonly MetricDirectory _directory = new(queries);
    private readonly Stack<string?> _before = new();
    private Dictionary<string, MetricRow> _known = [];
    private string? _after;
    private string? _next;
    private long _refreshedAt = long.MinValue / 2;

    public string Search { get; private set; } = "";

    public IReadOnlyList<MetricRow> Rows { get; private set; } = [];

    public bool HasNext => _next is not null;

    public bool HasPrevious => _before.Count > 0;

    public int PageNumber => _before.Count + 1;

    /// <summary>False until the first answer: an empty list is not yet known to be empty.</summary>
    public bool IsLoaded { get; private set; }

    public Task SearchAsync(string text, long nowMs, CancellationToken cancel)
    {
        Search = text.Trim();
        _before.Clear();
        _after = null;
        return LoadAsync(nowMs, cancel);
    }

    public Task NextAsync(long nowMs, CancellationToken cancel)
    {
        if (_next is null)
        {
            return Task.CompletedTask;
        }
        _before.Push(_after);
        _after = _next;
        return LoadAsync(nowMs, cancel);
    }

    public Task PreviousAsync(long nowMs, CancellationToken cancel)
    {
        if (!_before.TryPop(out string? after))
        {
            return Task.CompletedTask;
        }
        _after = after;
        return LoadAsync(nowMs, cancel);
    }

    /// <returns>Whether the list was read again; not at every tick.</returns>
    public async Task<bool> RefreshAsync(long nowMs, CancellationToken cancel)
    {
        if (nowMs - _refreshedAt < RefreshMs)
        {
            return false;
        }
        await LoadAsync(nowMs, cancel);
        return true;
    }

    /// <summary>Reads the lines of the rows on this page, and of no others.</summary>
    public async Task UpdateLinesAsync(long nowMs, CancellationToken cancel)
    {
        foreach (MetricRow row in Rows)
        {
            await row.UpdateAsync(nowMs, cancel);
        }
    }

    private async Task LoadAsync(long nowMs, CancellationToken cancel)
    {
        _refreshedAt = nowMs;
        (string search, string? after) = (Search, _after);
        Page<MetricInfo> page = await _directory.ListAsync(search, after, pageSize, cancel);
        if (search != Search || after != _after)
        {
            return; // The user has gone on typing: a later answer is on its way.
        }
        var rows = new Dictionary<string, MetricRow>(page.Items.Count);
        foreach (MetricInfo info in page.Items)
        {
            MetricRow row = _known.TryGetValue(info.Name, out MetricRow? known) ? known : new MetricRow(queries, info, cadence ?? Cadence.Memory);
            row.Info = info;
            rows[info.Name] = row;
        }
        _known = rows;
        Rows = [.. rows.Values];
        _next = page.Next;
        IsLoaded = true;
    }
}
