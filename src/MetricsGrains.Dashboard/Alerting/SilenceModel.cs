using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>The Silences page: those that are, will be and were, and the form for another.</summary>
public sealed class SilenceModel(IAlertStore store, AlertStandings standings, TimeProvider time)
{
    private const long RefreshMs = 3_000;
    private static readonly TimeSpan s_kept = TimeSpan.FromDays(7);

    private AlertSnapshot _snapshot = AlertSnapshot.Empty;
    private IReadOnlyList<Silence> _all = [];
    private bool _touched;
    private long _readAt = long.MinValue / 2;

    public SilenceDraft Draft { get; private set; } = new();

    /// <summary>What is wrong with the draft; of an untouched one only what would be warned of.</summary>
    public IReadOnlyList<FieldProblem> Problems { get; private set; } = [];

    /// <summary>What the draft matches now.</summary>
    public SilenceMatch Match { get; private set; } = SilenceMatch.None;

    /// <summary>The draft's matchers can be read: <see cref="Match"/> means something.</summary>
    public bool CanMatch { get; private set; }

    public bool IsLoaded { get; private set; }

    public IReadOnlyList<Silence> Active { get; private set; } = [];

    /// <summary>Those whose time, or whose next window, is still to come.</summary>
    public IReadOnlyList<Silence> Upcoming { get; private set; } = [];

    /// <summary>Of the last week.</summary>
    public IReadOnlyList<Silence> Expired { get; private set; } = [];

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    public void Begin(SilenceDraft draft)
    {
        _touched = false;
        Draft = draft;
        Check();
    }

    public void Change(SilenceDraft draft)
    {
        Draft = draft;
        Check();
    }

    /// <returns>Whether anything that is shown changed.</returns>
    public async Task<bool> UpdateAsync(CancellationToken cancel)
    {
        AlertSnapshot snapshot = await standings.ReadAsync(cancel);
        bool changed = !ReferenceEquals(snapshot, _snapshot);
        _snapshot = snapshot;
        long now = NowMs;
        if (now - _readAt >= RefreshMs)
        {
            _readAt = now;
            _all = await store.ListSilencesAsync(now - (long)s_kept.TotalMilliseconds, cancel);
            (IsLoaded, changed) = (true, true);
        }
        if (changed)
        {
            Arrange(now);
            Check();
        }
        return changed;
    }

    /// <returns>Null: the form has errors, and nothing was tried.</returns>
    /// <exception cref="StoreUnavailableException"/>
    public async Task<EditResult?> SaveAsync(CancellationToken cancel)
    {
        _touched = true;
        Check();
        if (Problems.Any(p => !p.Warning))
        {
            return null;
        }
        Silence silence = Draft.ToSilence(Guid.NewGuid(), NowMs, out _);
        string detail = $"{SilenceText.Matchers(silence)}{(silence.Recurrence is { } r ? "; " + SilenceText.Of(r) : "")}: {silence.Comment}";
        EditResult result = await store.SaveSilenceAsync(silence, EventOf(AlertEventKind.SilenceCreated, silence.CreatedBy, detail), cancel);
        await ReadAgainAsync(cancel);
        return result;
    }

    /// <summary>Ends it now.</summary>
    public async Task<EditResult> ExpireAsync(Silence silence, string by, CancellationToken cancel)
    {
        long now = NowMs;
        Silence ended = silence with { ToMs = Math.Max(now, silence.FromMs + 1), Version = silence.Version + 1 };
        // One that has not begun never will.
        ended = silence.FromMs >= now ? ended with { FromMs = now - 1, ToMs = now } : ended;
        EditResult result = await store.SaveSilenceAsync(ended, EventOf(AlertEventKind.SilenceExpired, by, "ended early: " + SilenceText.Matchers(silence)), cancel);
        await ReadAgainAsync(cancel);
        return result;
    }

    private Task<bool> ReadAgainAsync(CancellationToken cancel)
    {
        _readAt = long.MinValue / 2;
        return UpdateAsync(cancel);
    }

    private void Arrange(long now)
    {
        Active = [.. _all.Where(s => s.IsActive(now)).OrderBy(s => s.ToMs)];
        Upcoming = [.. _all.Where(s => s.ToMs > now && !s.IsActive(now)).OrderBy(s => s.FromMs)];
        Expired = [.. _all.Where(s => s.ToMs <= now)];
    }

    private void Check()
    {
        Silence silence = Draft.ToSilence(Guid.Empty, NowMs, out IReadOnlyList<FieldProblem> problems);
        CanMatch = silence.Matchers.Count > 0 && problems.All(p => p.Warning || !p.Field.StartsWith("matchers", StringComparison.Ordinal));
        Match = CanMatch ? SilenceMatch.Of(silence, _snapshot) : SilenceMatch.None;
        Problems = _touched ? problems : [.. problems.Where(p => p.Warning || (p.Field.StartsWith("matchers", StringComparison.Ordinal) && Draft.Matchers.Trim().Length > 0))];
    }

    private AlertEvent EventOf(AlertEventKind kind, string by, string detail) => new() { AtMs = NowMs, Kind = kind, Detail = detail, By = by };
}
