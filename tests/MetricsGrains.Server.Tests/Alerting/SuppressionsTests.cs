using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Alerting;

namespace MetricsGrains.Server.Tests.Alerting;

public sealed class SuppressionsTests
{
    private readonly ManualTime _time = new(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000));
    private readonly Silences _store = new();

    [Fact]
    public async Task Find_SilenceHolds_NamesWhoAndWhy()
    {
        _store.List.Add(Silence(_time.NowMs, _time.NowMs + 60_000));
        Suppressions suppressions = await NewAsync();
        Suppression found = Assert.IsType<Suppression>(await suppressions.FindAsync(Notice("host:a"), _time.NowMs, CancellationToken.None));
        Assert.Equal((SuppressionReason.Silence, "ann: rack is moved"), (found.Reason, found.By));
        Assert.Equal(1, suppressions.ActiveSilences);
        Assert.Null(await suppressions.FindAsync(Notice("host:b"), _time.NowMs, CancellationToken.None));
        Assert.Null(await suppressions.FindAsync(Notice("host:a"), _time.NowMs + 60_000, CancellationToken.None));
    }

    [Fact]
    public async Task Find_RecurringSilence_IsMaintenance()
    {
        var recurrence = new Recurrence([.. Enum.GetValues<DayOfWeek>()], TimeOnly.MinValue, TimeSpan.FromDays(1), "UTC");
        _store.List.Add(Silence(_time.NowMs, _time.NowMs + 60_000) with { Recurrence = recurrence });
        Suppressions suppressions = await NewAsync();
        Assert.Equal(SuppressionReason.Maintenance, (await suppressions.FindAsync(Notice("host:a"), _time.NowMs, CancellationToken.None))!.Reason);
    }

    [Fact]
    public async Task Find_CriticalWithTheSameTagsFires_QuietsTheWarningUntilItEnds()
    {
        Suppressions suppressions = await NewAsync();
        AlertNotice cause = Notice("host:a") with { RuleName = "HostDown", Severity = AlertSeverity.Critical, Inhibits = true };
        suppressions.Update(cause.RuleId, [cause]);
        Suppression found = Assert.IsType<Suppression>(await suppressions.FindAsync(Notice("host:a,disk:sda"), _time.NowMs, CancellationToken.None));
        Assert.Equal((SuppressionReason.Inhibition, "HostDown {host:a}", cause.RuleId), (found.Reason, found.By, found.ById!.Value));
        Assert.Null(await suppressions.FindAsync(Notice("host:b"), _time.NowMs, CancellationToken.None));
        suppressions.Update(cause.RuleId, [cause with { Status = AlertStatus.Resolved }]);
        Assert.Null(await suppressions.FindAsync(Notice("host:a,disk:sda"), _time.NowMs, CancellationToken.None));
    }

    [Fact]
    public async Task Reload_SilenceWasMadeDuringAnOlderReading_HoldsAtOnceAndStays()
    {
        Suppressions suppressions = await NewAsync();
        // The reading that comes round every two seconds is slow, and does not see what is saved while it is under way.
        _store.Gate = new TaskCompletionSource();
        Task slow = suppressions.ReloadAsync(CancellationToken.None);
        TaskCompletionSource gate = _store.Gate;
        _store.Gate = null;
        _store.List.Add(Silence(_time.NowMs, _time.NowMs + 60_000));
        await suppressions.ReloadAsync(CancellationToken.None);
        Assert.NotNull(await suppressions.FindAsync(Notice("host:a"), _time.NowMs, CancellationToken.None));
        gate.SetResult();
        await slow;
        Assert.NotNull(await suppressions.FindAsync(Notice("host:a"), _time.NowMs, CancellationToken.None));
    }

    private async Task<Suppressions> NewAsync()
    {
        var suppressions = new Suppressions(_store, _time);
        await suppressions.ReloadAsync(CancellationToken.None);
        return suppressions;
    }

    private static Silence Silence(long from, long to) => new()
    {
        Id = Guid.NewGuid(),
        Matchers = [new AlertMatcher("host", MatchOperator.Equal, "a")],
        FromMs = from,
        ToMs = to,
        CreatedBy = "ann",
        Comment = "rack is moved",
    };

    private AlertNotice Notice(string tags) => new()
    {
        RuleId = Guid.NewGuid(),
        RuleName = "DiskSlow",
        Severity = AlertSeverity.Warning,
        MetricName = "disk.latency",
        Tags = TagSet.Of(tags.Split(',').Select(t => (t.Split(':')[0], t.Split(':')[1]))),
        Status = AlertStatus.Firing,
        IncidentMs = _time.NowMs,
        AtMs = _time.NowMs,
        Message = "slow",
    };

    private sealed class Silences : ISilenceStore
    {
        public List<Silence> List { get; } = [];

        /// <summary>Readings that begin now wait for it.</summary>
        public TaskCompletionSource? Gate { get; set; }

        public async Task<IReadOnlyList<Silence>> ListSilencesAsync(long endingAfterMs, CancellationToken cancel)
        {
            Silence[] seen = [.. List];
            await (Gate?.Task ?? Task.CompletedTask);
            return seen;
        }

        public Task<Silence?> FindSilenceAsync(Guid id, CancellationToken cancel) => Task.FromResult(List.Find(s => s.Id == id));

        public Task<EditResult> SaveSilenceAsync(Silence silence, AlertEvent edit, CancellationToken cancel) => throw new InvalidOperationException("not asked here");
    }
}
