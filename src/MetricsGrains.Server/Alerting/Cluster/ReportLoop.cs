using System.Collections.Concurrent;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Cluster;

namespace MetricsGrains.Server.Alerting.Cluster;

/// <summary>Tells the other silos each second how this one is, and at once when what inhibits has changed.</summary>
/// <param name="own">Whether this silo takes in what is sent to it.</param>
internal sealed class ReportLoop(AlertMembers members, AlertingReports reports, IIngestContinuity own, IAlertPeers peers, TimeProvider time)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_mark = TimeSpan.FromSeconds(10);

    /// <summary>One that does not answer is told again, but never twice at a time.</summary>
    private readonly ConcurrentDictionary<SiloId, Task> _telling = [];
    private long? _reportedAt;
    private long? _markedAt;
    private HashSet<string> _causes = [];
    private int _changes;
    private volatile bool _isReady;

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(s_look, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                if (HasPassed(_reportedAt, s_every) || _changes != reports.Changes || !_causes.SetEquals(members.Parts.Suppressions.Causes.Select(KeyOf)))
                {
                    Report(_isReady);
                }
                if (HasPassed(_markedAt, s_mark))
                {
                    _markedAt = time.GetTimestamp();
                    members.Parts.Mark.Write(time.GetUtcNow().ToUnixTimeMilliseconds());
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    /// <summary>Tells everybody, this silo's own board too, and waits for nobody.</summary>
    public void Report(bool isReady)
    {
        _isReady = isReady;
        _reportedAt = time.GetTimestamp();
        _changes = reports.Changes;
        AlertingReport report = Make(isReady);
        _causes = [.. report.Causes.Select(KeyOf)];
        reports.Take(peers.Self, report);
        byte[] bytes = report.Encode();
        IReadOnlyList<SiloId> silos = peers.Silos;
        foreach (SiloId silo in silos.Where(s => s != peers.Self && (!_telling.TryGetValue(s, out Task? last) || last.IsCompleted)))
        {
            _telling[silo] = TellAsync(silo, bytes);
        }
        foreach (SiloId gone in _telling.Keys.Except(silos))
        {
            _telling.TryRemove(gone, out _);
        }
    }

    private static string KeyOf(AlertNotice notice) => $"{notice.IncidentKey}/{notice.Severity}/{notice.Muted}";

    private AlertingReport Make(bool isReady)
    {
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        RuleFigures figures = members.Figures();
        if (figures.Rules == 0)
        {
            members.Room.HasNone();
        }
        ChannelShell[] channels = [.. members.ChannelsHere.Select(c => c.Shell).OfType<ChannelShell>()];
        return new AlertingReport(
            isReady, now - own.UninterruptedSinceMs, own.Reason, Math.Max(0, now - members.Room.LastSoundMs), members.Parts.Suppressions.Causes,
            [.. channels.Select(c => c.Channel.Id)], [.. channels.Select(c => c.FailureNotice).OfType<AlertNotice>()], figures);
    }

    private async Task TellAsync(SiloId silo, byte[] report)
    {
        try
        {
            await peers.ReportAsync(silo, report, CancellationToken.None);
        }
        catch (Exception)
        {
            // It hears of it with the next report, or is gone by then.
        }
    }

    private bool HasPassed(long? since, TimeSpan every) => since is not { } at || time.GetElapsedTime(at) >= every;
}
