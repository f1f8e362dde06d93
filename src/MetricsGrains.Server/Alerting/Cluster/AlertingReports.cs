using System.Collections.Concurrent;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Cluster;

namespace MetricsGrains.Server.Alerting.Cluster;

/// <summary>
/// What this silo knows of alerting in the whole cluster, itself included: what the silos said last, and when one of them was lost. Thread-safe.
/// </summary>
/// <param name="silos">Those that are up, this one among them.</param>
/// <param name="own">Whether this silo was there to take in what was sent to it.</param>
internal sealed class AlertingReports(SiloId self, Func<IReadOnlyList<SiloId>> silos, IIngestContinuity own, Suppressions suppressions, TimeProvider time) : IIngestContinuity
{
    /// <summary>Reports come each second; of a silo that says nothing for longer nobody knows whether it hears.</summary>
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(5);

    /// <summary>What inhibits goes on although its silo is lost, until its rules have spoken elsewhere: a moment's silence must not page everybody whom they keep quiet.</summary>
    private static readonly TimeSpan s_inherit = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<SiloId, (AlertingReport Report, long At)> _reports = [];
    private IReadOnlyList<SiloId> _seen = silos();
    private long _lostMs = long.MinValue;
    private string _lost = "";
    private int _changes;
    private long _changedAt = time.GetTimestamp();

    /// <summary>Moves whenever a silo comes or goes.</summary>
    public int Changes
    {
        get
        {
            Look();
            return _changes;
        }
    }

    /// <summary>How long ago that was last.</summary>
    public TimeSpan SinceChange
    {
        get
        {
            Look();
            return time.GetElapsedTime(Interlocked.Read(ref _changedAt));
        }
    }

    /// <summary>The silos that take rules and channels, in an order that is the same everywhere; empty while none is known to.</summary>
    public IReadOnlyList<SiloId> Ready => [.. silos().Where(s => _reports.TryGetValue(s, out (AlertingReport Report, long At) said) && said.Report.IsReady)];

    /// <summary>What every silo that is up said last.</summary>
    public IReadOnlyList<(SiloId Silo, AlertingReport Report)> All => [.. silos().Where(_reports.ContainsKey).Select(s => (s, _reports[s].Report))];

    /// <summary>Channels that don't deliver, as they say themselves.</summary>
    public IReadOnlyList<AlertNotice> Failing => [.. All.SelectMany(r => r.Report.Failing)];

    public long UninterruptedSinceMs => Standing().SinceMs;

    public string Reason => Standing().Reason;

    public void Take(SiloId silo, AlertingReport report)
    {
        Look();
        _reports[silo] = (report, time.GetTimestamp());
        if (silo != self)
        {
            suppressions.UpdateElsewhere(silo.Value, report.Causes);
        }
    }

    /// <summary>Whether every silo that is up has said something.</summary>
    public bool IsWhole => silos().All(_reports.ContainsKey);

    /// <summary>Notices who came and went, and forgets what the lost ones said once others must have taken their places.</summary>
    public void Look()
    {
        IReadOnlyList<SiloId> now = silos();
        lock (_lock)
        {
            if (!ReferenceEquals(now, _seen) && !now.SequenceEqual(_seen))
            {
                if (_seen.Except(now).ToArray() is { Length: > 0 } lost)
                {
                    _lostMs = time.GetUtcNow().ToUnixTimeMilliseconds();
                    _lost = $"silo {string.Join(", ", lost)} left or died";
                }
                _changes++;
                Interlocked.Exchange(ref _changedAt, time.GetTimestamp());
            }
            _seen = now;
        }
        foreach ((SiloId silo, (_, long at)) in _reports)
        {
            if (time.GetElapsedTime(at) > s_inherit && !now.Contains(silo))
            {
                _reports.TryRemove(silo, out _);
                suppressions.UpdateElsewhere(silo.Value, []);
            }
        }
    }

    /// <summary>
    /// Silence means something only if every silo was there to hear: sources may send to any. A silo that was lost may have been the one; its sources get
    /// from then on to find another. One that never said anything does not listen yet.
    /// </summary>
    private (long SinceMs, string Reason) Standing()
    {
        Look();
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        (long SinceMs, string Reason) latest = (own.UninterruptedSinceMs, own.Reason);
        if (_lostMs > latest.SinceMs)
        {
            latest = (_lostMs, _lost);
        }
        foreach (SiloId silo in silos())
        {
            if (silo == self || !_reports.TryGetValue(silo, out (AlertingReport Report, long At) said))
            {
                continue;
            }
            TimeSpan age = time.GetElapsedTime(said.At);
            (long SinceMs, string Reason) other = age > s_fresh
                ? (now + 1, $"silo {silo} does not say how it is")
                : (now - (long)age.TotalMilliseconds - said.Report.UninterruptedForMs, $"silo {silo}: {said.Report.Interruption}");
            latest = other.SinceMs > latest.SinceMs ? other : latest;
        }
        return latest;
    }
}
