using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Core.Tests.Alerting;

/// <summary>Every reason for which nobody is paged, made by the real grains, and the answer it gets.</summary>
public sealed class AlertExplanationTests
{
    /// <summary>2026-04-17 09:00:00 UTC.</summary>
    private const long Start = AlertRig.Start;

    private const long Minute = 60_000;

    private static readonly AlertRule s_rule = SomeRule.Threshold() with { GroupBy = ["host"], CreatedAtMs = Start - 3_600_000, UpdatedAtMs = Start - 3_600_000, UpdatedBy = "ann" };

    private static string At(int minute, int second = 0) => $"2026-04-17 09:{minute:00}:{second:00} UTC";

    [Fact]
    public async Task Told_SaysThroughWhichChannelAndWhen()
    {
        PagingRig rig = await FiringAsync();
        await rig.RunAsync();
        Assert.Equal($"You were paged of 'host:a' of the rule 'CPU is hot' through channel 'ops' at {At(1, 30)} ('200 ok').", rig.Explain(Start + (2 * Minute), "host:a"));
    }

    [Fact]
    public async Task Told_AfterTheTime_SaysHowLateAndWhyItWaited()
    {
        PagingRig rig = await FiringAsync();
        await rig.RunAsync();
        Assert.Equal($"You were paged of 'host:a' of the rule 'CPU is hot' through channel 'ops' at {At(1, 30)} ('200 ok'), 20s after the time asked for; until then it waited for the next message of its group.", rig.Explain(Start + Minute + 10_000, "host:a"));
    }

    [Fact]
    public async Task Grouped_ASecondInstance_WaitsForTheNextMessageAndSaysWhenItWent()
    {
        PagingRig rig = await FiringAsync();
        await rig.RunAsync();
        rig.Rule.Data("b", 96);
        await rig.RunAsync(8);
        string text = rig.Explain(Start + (4 * Minute), "host:b");
        Assert.Contains($"at {At(6, 30)}", text, StringComparison.Ordinal);
        Assert.Contains("until then it waited for the next message of its group", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Disabled_SaysByWhom()
    {
        var rig = new PagingRig(s_rule);
        rig.Edit(r => r with { Enabled = false }, "ben");
        Assert.Equal($"The rule 'CPU is hot' was disabled at {At(5)}: version 2 of {At(0)} by ben is not enabled.", rig.Explain(Start + (5 * Minute)));
    }

    [Fact]
    public void NotThereYet_SaysSinceWhenItIs()
    {
        var rig = new PagingRig(s_rule with { UpdatedAtMs = Start });
        Assert.Equal($"The rule 'CPU is hot' did not exist at 2026-04-17 08:30:00 UTC: it was created by ann at {At(0)}.", rig.Explain(Start - (30 * Minute)));
    }

    [Fact]
    public void Deleted_SaysByWhom()
    {
        var rig = new PagingRig(s_rule);
        rig.Versions.Insert(0, new AlertRuleVersion(s_rule with { UpdatedAtMs = Start, UpdatedBy = "cleo" }, Deleted: true));
        Assert.Equal($"The rule 'CPU is hot' did not exist any more at {At(5)}: it was deleted by cleo at {At(0)}.", AlertExplanation.Of(null, rig.Versions, [], null, Start + (5 * Minute)).Summary);
        Assert.EndsWith("The rule was deleted since.", AlertExplanation.Of(null, rig.Versions, [], null, Start - Minute).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EditedSince_GoesByTheOldVersionAndSaysWhatChanged()
    {
        PagingRig rig = Calm();
        await rig.RunAsync(5);
        rig.Edit(r => r with { Threshold = 50 }, "ben");
        string text = rig.Explain(Start + (3 * Minute), "host:a", rig.Evidence("a", Start + (3 * Minute), 80, 85, 70));
        Assert.Equal($"At {At(3)} the condition did not hold for 'host:a' of the rule 'CPU is hot': no change is recorded before; the value nearest to > 90 in the hour before was 85 at {At(2)}."
            + " The rule was edited since: it is at version 2 now by ben (threshold 90 → 50).", text);
    }

    [Theory]
    [InlineData(AlertCondition.Gt, 90, new double[] { 70, 89.5, 80 }, "> 90 in the hour before was 89.5 at 2026-04-17 09:02:00 UTC")]
    [InlineData(AlertCondition.Lt, 10, new double[] { 70, 89.5, 80 }, "< 10 in the hour before was 70 at 2026-04-17 09:01:00 UTC")]
    [InlineData(AlertCondition.Eq, 79, new double[] { 70, 89.5, 80 }, "= 79 in the hour before was 80 at 2026-04-17 09:03:00 UTC")]
    public void DidNotHold_SaysTheValueNearestToTheThreshold(AlertCondition condition, double threshold, double[] values, string part)
    {
        var rig = new PagingRig(s_rule with { Condition = condition, Threshold = threshold });
        Assert.Contains("the value nearest to " + part, rig.Explain(Start + (3 * Minute), "host:a", rig.Evidence("a", Start + (3 * Minute), values)), StringComparison.Ordinal);
    }

    [Fact]
    public void DidNotHold_WhatIsStoredWouldHave_SaysThatItCameLate()
    {
        var rig = new PagingRig(s_rule);
        Assert.Contains("was 95 at 2026-04-17 09:03:00 UTC, of samples that came only after it was evaluated", rig.Explain(Start + (3 * Minute), "host:a", rig.Evidence("a", Start + (3 * Minute), 80, 95)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pending_SaysHowLongItHeldAndWhatWasMissing()
    {
        var rig = new PagingRig(s_rule with { For = TimeSpan.FromMinutes(10) });
        rig.Rule.Data("a", 95);
        await rig.RunAsync(5);
        rig.Rule.Data("a", 50);
        await rig.RunAsync(2);
        Assert.Equal($"At {At(4)} the condition held for 'host:a' of the rule 'CPU is hot' since {At(1)} (value 95): 3m of the 10m that the rule wants, 7m were missing; the condition was gone at {At(6)}.", rig.Explain(Start + (4 * Minute), "host:a"));
    }

    [Theory]
    [InlineData(SuppressionReason.Silence, "ann: deployment", "it was silenced by ann: deployment")]
    [InlineData(SuppressionReason.Maintenance, "ann: sunday", "it was in a maintenance window, set by ann: sunday")]
    [InlineData(SuppressionReason.Inhibition, "Rack is down {rack:7}", "it was inhibited by Rack is down {rack:7}")]
    public async Task KeptBack_SaysByWhat(SuppressionReason reason, string by, string part)
    {
        PagingRig rig = Calm();
        rig.Channel.Suppressions.Silenced["host:a"] = new Suppression(reason, by, Guid.NewGuid());
        rig.Rule.Data("a", 95);
        await rig.RunAsync(2);
        Assert.Equal($"'host:a' of the rule 'CPU is hot' was firing at {At(2)}, since {At(1)} with value 95, but nobody was paged: channel 'ops': {part} ({At(1)}).", rig.Explain(Start + (2 * Minute), "host:a"));
    }

    [Fact]
    public async Task Muted_SaysByWhomAndWhy()
    {
        PagingRig rig = Calm();
        rig.Rule.Save(rig.Rule.Grain.Mute(new RuleMute(long.MaxValue, "ann", "noisy"), "ann"));
        rig.Rule.Data("a", 95);
        await rig.RunAsync(2);
        Assert.Contains("nobody was paged: channel 'ops': the rule was muted by ann: noisy", rig.Explain(Start + (2 * Minute), "host:a"), StringComparison.Ordinal);
        Assert.Contains("was muted by ann: noisy", rig.Explain(Start + 1_000), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Acknowledged_AReminderIsKeptBack()
    {
        PagingRig rig = await FiringAsync(s_rule with { RepeatInterval = TimeSpan.FromMinutes(10) });
        await rig.RunAsync();
        rig.Rule.Save(rig.Rule.Grain.Acknowledge(AlertRig.Tags("a"), new Acknowledgement("ann", rig.Now, "on it"))!);
        await rig.RunAsync(15);
        Assert.Contains("You were paged", rig.Explain(rig.Now, "host:a"), StringComparison.Ordinal);
        Assert.Contains(AlertExplanation.Of(rig.Rule.Rule, rig.Versions, rig.Events, "host:a", rig.Now).Steps, s => s.Text.Contains("ann acknowledged it: on it", StringComparison.Ordinal));
        Assert.Equal(0, rig.Reminders);
    }

    [Fact]
    public async Task RateLimited_SaysSo()
    {
        PagingRig rig = new(s_rule, ChannelRig.Some() with { RatePerMinute = 1, Grouping = NotificationGrouping.Instance, GroupWait = TimeSpan.Zero });
        rig.Rule.Data("a", 95);
        rig.Rule.Data("b", 96);
        await rig.RunAsync();
        string late = new[] { "host:a", "host:b" }.Select(i => rig.Explain(Start + Minute + 10_000, i)).Single(t => !t.Contains("paged of", StringComparison.Ordinal));
        Assert.Contains("nobody was paged: channel 'ops': the channel had sent as many messages a minute as it may: 1 messages a minute", late, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChannelDisabled_SaysSo()
    {
        PagingRig rig = new(s_rule, ChannelRig.Some() with { Enabled = false });
        rig.Rule.Data("a", 95);
        await rig.RunAsync();
        Assert.Contains("channel 'ops': the channel was disabled", rig.Explain(rig.Now, "host:a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChannelFailed_SaysWhatTheOtherSideAnswered()
    {
        PagingRig rig = Calm();
        rig.Receiver = _ => SendOutcome.Retry("503 try later");
        rig.Rule.Data("a", 95);
        await rig.RunAsync();
        Assert.Contains($"channel 'ops': the attempt at {At(1, 30)} failed: '503 try later'", rig.Explain(rig.Now + Minute, "host:a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChannelRefused_SaysThatTheMessageWasGivenUp()
    {
        PagingRig rig = Calm();
        rig.Receiver = _ => SendOutcome.Rejected("404 no_service");
        rig.Rule.Data("a", 95);
        await rig.RunAsync();
        Assert.Contains($"channel 'ops': the message was given up at {At(1, 30)}: '404 no_service'", rig.Explain(rig.Now + Minute, "host:a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoChannel_SaysThatTheRuleNamesNone()
    {
        var rig = new PagingRig(s_rule with { Channels = [] });
        rig.Rule.Data("a", 95);
        await rig.Rule.EvaluateAsync();
        Assert.Contains("but the rule names no channel, so nobody was paged", rig.Explain(rig.Now, "host:a"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NoDataPolicy.KeepLast, "the rule leaves the state as it was")]
    [InlineData(NoDataPolicy.Ok, "the rule takes that as all right")]
    [InlineData(NoDataPolicy.Alert, "that is an alert only after 5m of it")]
    public async Task NoData_SaysSoAndWhatTheRuleMakesOfIt(NoDataPolicy policy, string part)
    {
        var rig = new PagingRig(s_rule with { NoData = policy, NoDataAfter = TimeSpan.FromMinutes(5) });
        rig.Rule.Data("a", 80);
        await rig.RunAsync(2);
        rig.Rule.Data("a", null);
        await rig.RunAsync(2);
        Assert.Equal($"At {At(4)} there were no samples for 'host:a' of the rule 'CPU is hot' in its window of 5m, and {part}; the value nearest to > 90 in the hour before was 80 at {At(2)}.",
            rig.Explain(Start + (4 * Minute), "host:a", rig.Evidence("a", Start + (2 * Minute), 80, 80)));
    }

    [Fact]
    public async Task NoData_ThatIsAnAlert_IsToldAsOne()
    {
        var rig = new PagingRig(s_rule with { NoData = NoDataPolicy.Alert, NoDataAfter = TimeSpan.FromMinutes(1), Channels = [] });
        rig.Rule.Data("a", 80);
        await rig.Rule.EvaluateAsync();
        rig.Rule.Data("a", null);
        await rig.Rule.EvaluateAsync(3);
        Assert.Contains("was firing at", rig.Explain(rig.Now, "host:a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Error_SaysWhatCouldNotBeRead()
    {
        PagingRig rig = Calm();
        await rig.RunAsync();
        rig.Rule.Failure = new StoreUnavailableException("the store does not answer");
        await rig.RunAsync(2);
        Assert.Equal($"At {At(3)} 'host:a' of the rule 'CPU is hot' could not be evaluated since {At(2)}: the store does not answer.", rig.Explain(rig.Now, "host:a"));
    }

    [Fact]
    public async Task NodeWasDown_SaysSinceWhenAndWhatWasFoundAfterwards()
    {
        PagingRig rig = Calm();
        await rig.RunAsync(2);
        rig.Rule.EvaluatedThroughMs = rig.Now;
        rig.Rule.Time.Advance(TimeSpan.FromMinutes(20));
        rig.Rule.Reason = "the node was started";
        rig.Rule.Restart();
        rig.Rule.Data("a", 95);
        await rig.RunAsync(2);
        string text = rig.Explain(Start + (10 * Minute), "host:a");
        Assert.StartsWith($"At {At(10)} 'host:a' of the rule 'CPU is hot' was not evaluated: not evaluated for 21m: the node was started; it was evaluated again at {At(23)}, and it fired. You were paged", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NeverSeen_SaysSoAndNamesThoseThatAre()
    {
        PagingRig rig = Calm();
        await rig.RunAsync(2);
        Assert.Equal("'host:z' has never been seen by the rule 'CPU is hot', which groups by host: it knows 'host:a'.", rig.Explain(rig.Now, "host:z", rig.Evidence("z", rig.Now)));
        var empty = new PagingRig(s_rule);
        Assert.EndsWith("it has seen no group at all.", empty.Explain(Start, "host:z", empty.Evidence("z", Start)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resolved_SaysWhenAndWhetherThatWasTold()
    {
        PagingRig rig = await FiringAsync();
        await rig.RunAsync(2);
        rig.Rule.Data("a", 10);
        await rig.RunAsync(8);
        Assert.Equal($"At {At(8)} 'host:a' of the rule 'CPU is hot' was not firing: it had fired from {At(1)} and resolved at {At(4)}; that was told through channel 'ops' at {At(1, 30)} ('200 ok').", rig.Explain(Start + (8 * Minute), "host:a"));
    }

    [Fact]
    public void Instance_WithItsTagsInAnotherOrder_IsTheSame()
    {
        PagingRig rig = new(s_rule with { GroupBy = ["host", "zone"], Channels = [] });
        AlertEvent fired = new() { AtMs = Start, Kind = AlertEventKind.StateChanged, Instance = "host:a,zone:eu", From = AlertPhase.Inactive, To = AlertPhase.Firing, Value = 95, IncidentMs = Start };
        Assert.Contains("'host:a,zone:eu' of the rule", AlertExplanation.Of(rig.Rule.Rule, rig.Versions, [fired], "zone:eu, host:a", Start + Minute).Summary.Replace("'Host", "'host", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutAnInstance_AnswersForTheWorstOff()
    {
        PagingRig rig = Calm();
        rig.Rule.Data("b", 95);
        await rig.RunAsync(2);
        Assert.Contains("'host:b'", rig.Explain(rig.Now), StringComparison.Ordinal);
    }

    private static PagingRig Calm()
    {
        var rig = new PagingRig(s_rule);
        rig.Rule.Data("a", 50);
        return rig;
    }

    private static async Task<PagingRig> FiringAsync(AlertRule? rule = null)
    {
        var rig = new PagingRig(rule ?? s_rule);
        rig.Rule.Data("a", 95);
        await rig.RunAsync();
        return rig;
    }
}
