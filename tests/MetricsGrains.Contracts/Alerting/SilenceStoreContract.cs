using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using static MetricsGrains.Contracts.Alerting.AlertSamples;

namespace MetricsGrains.Contracts.Alerting;

/// <summary>Silences and maintenance windows.</summary>
public abstract class SilenceStoreContract : AlertStoreContract
{
    [ContractFact]
    public async Task SaveSilence_EveryMember_ComesBackAsItWas()
    {
        Silence silence = Silence(T0 + Day);
        Assert.Null(await Store.FindSilenceAsync(silence.Id, None));
        Assert.Equal(EditResult.Done, await Store.SaveSilenceAsync(silence, Edit(AlertEventKind.SilenceCreated), None));
        AssertSame(silence, await Store.FindSilenceAsync(silence.Id, None));
        Silence once = Silence(long.MaxValue) with { Recurrence = null };
        await Store.SaveSilenceAsync(once, Edit(AlertEventKind.SilenceCreated, by: "bob"), None);
        AssertSame(once, await Store.FindSilenceAsync(once.Id, None));
        Assert.Equal(2, (await EventsAsync()).Count);
    }

    [ContractFact]
    public async Task SaveSilence_ExpiredEarly_IsNotListedFromThenOn()
    {
        Silence silence = Silence(T0 + Day);
        await Store.SaveSilenceAsync(silence, Edit(AlertEventKind.SilenceCreated), None);
        Assert.Equal(EditResult.Done, await Store.SaveSilenceAsync(silence with { Version = 2, ToMs = T0 + Minute }, Edit(AlertEventKind.SilenceExpired), None));
        Assert.Equal(EditResult.Conflict, await Store.SaveSilenceAsync(silence with { Version = 2, ToMs = T0 + (2 * Minute) }, Edit(AlertEventKind.SilenceExpired, by: "bob"), None));
        Assert.Equal(EditResult.NotFound, await Store.SaveSilenceAsync(Silence(T0) with { Version = 2 }, Edit(AlertEventKind.SilenceExpired), None));
        Assert.Empty(await Store.ListSilencesAsync(T0 + Minute, None));
        Assert.Equal(2, Assert.Single(await Store.ListSilencesAsync(T0 + Minute - 1, None)).Version);
    }

    [ContractFact]
    public async Task ListSilences_EndingAfter_NewestFirst()
    {
        Silence[] silences = [.. Enumerable.Range(0, 6).Select(i => Silence(T0 + (i * Minute), createdMs: T0 - (i * Day)))];
        foreach (Silence silence in silences.OrderBy(s => s.Id))
        {
            await Store.SaveSilenceAsync(silence, Edit(AlertEventKind.SilenceCreated, by: silence.Id.ToString()), None);
        }
        Assert.Equal(silences.Skip(3).Select(s => s.Id), (await Store.ListSilencesAsync(T0 + (2 * Minute), None)).Select(s => s.Id));
        Assert.Equal(6, (await Store.ListSilencesAsync(long.MinValue, None)).Count);
    }
}
