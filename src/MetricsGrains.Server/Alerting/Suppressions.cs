using System.Collections.Concurrent;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting;

/// <summary>
/// Silences as they were last read, and the alerts of inhibiting rules as they were last told. Silences are read again when one is edited through this
/// node, and every two seconds for what somebody edited elsewhere; while the store does not answer the last known ones hold.
/// </summary>
public sealed class Suppressions(ISilenceStore store, TimeProvider time) : ISuppressions
{
    private static readonly TimeSpan ReadEvery = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<Guid, IReadOnlyList<AlertNotice>> _causes = [];
    private readonly ConcurrentDictionary<string, IReadOnlyList<AlertNotice>> _elsewhere = [];
    private readonly Lock _lock = new();
    private volatile IReadOnlyList<Silence> _silences = [];
    private long _asked;
    private long _read;

    /// <summary>Silences that hold now.</summary>
    public int ActiveSilences
    {
        get
        {
            long now = NowMs;
            return _silences.Count(s => s.IsActive(now));
        }
    }

    /// <summary>The alerts that inhibit, of the rules of this process.</summary>
    public IReadOnlyList<AlertNotice> Causes => [.. _causes.Values.SelectMany(c => c)];

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    public ValueTask<Suppression?> FindAsync(AlertNotice notice, long nowMs, CancellationToken cancel) => new(Find(notice, nowMs));

    /// <summary>What a rule's instances say now; replaces what they said before.</summary>
    public void Update(Guid ruleId, IReadOnlyList<AlertNotice> notices)
    {
        AlertNotice[] causes = [.. notices.Where(n => n.Inhibits && n.IsAlerting)];
        if (causes.Length > 0)
        {
            _causes[ruleId] = causes;
        }
        else
        {
            _causes.TryRemove(ruleId, out _);
        }
    }

    /// <summary>What inhibits in another process; replaces what it said before.</summary>
    public void UpdateElsewhere(string process, IReadOnlyList<AlertNotice> causes)
    {
        if (causes.Count > 0)
        {
            _elsewhere[process] = causes;
        }
        else
        {
            _elsewhere.TryRemove(process, out _);
        }
    }

    /// <exception cref="StoreUnavailableException">The last known silences go on.</exception>
    public async Task ReloadAsync(CancellationToken cancel)
    {
        long asked = Interlocked.Increment(ref _asked);
        IReadOnlyList<Silence> silences = await store.ListSilencesAsync(NowMs, cancel);
        lock (_lock)
        {
            // Two readings may cross: the one that began later knows more.
            if (asked > _read)
            {
                (_read, _silences) = (asked, silences);
            }
        }
    }

    /// <summary>Reads the silences again and again.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(ReadEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                try
                {
                    await ReloadAsync(stop);
                }
                catch (StoreUnavailableException)
                {
                    // The last known ones hold. That the store does not answer is said by the loops that write to it.
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    private Suppression? Find(AlertNotice notice, long nowMs)
    {
        IReadOnlyDictionary<string, string>? labels = null;
        foreach (Silence silence in _silences)
        {
            if (silence.IsActive(nowMs) && SilenceMatching.Matches(silence, labels ??= AlertLabels.Of(notice)))
            {
                return new Suppression(silence.Recurrence is null ? SuppressionReason.Silence : SuppressionReason.Maintenance, $"{silence.CreatedBy}: {silence.Comment}", silence.Id);
            }
        }
        AlertNotice? cause = _causes.Values.Concat(_elsewhere.Values).SelectMany(c => c).FirstOrDefault(c => Inhibition.Quiets(c, notice));
        return cause is null ? null : new Suppression(SuppressionReason.Inhibition, $"{cause.RuleName} {{{cause.Tags}}}", cause.RuleId);
    }
}
