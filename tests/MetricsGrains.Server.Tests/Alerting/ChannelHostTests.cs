using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Tests.Alerting;

/// <summary>What becomes of messages: grouped, limited, retried, given up, replayed, and who hears of a channel that does not deliver.</summary>
public sealed class ChannelHostTests : IAsyncLifetime
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    private AlertingRig _rig = null!;

    public async Task InitializeAsync() => _rig = await AlertingRig.StartAsync();

    public async Task DisposeAsync() => await _rig.DisposeAsync();

    [Fact]
    public async Task Group_AlertsThatFireTogether_AreOneMessageAfterItsWaitAndThenAtMostOneAnInterval()
    {
        Channel ops = await _rig.AddChannelAsync("ops", c => c with { GroupWait = TimeSpan.FromSeconds(30), GroupInterval = TimeSpan.FromMinutes(5) });
        await FireAsync(ops, "a");
        await _rig.RunAsync(TimeSpan.FromSeconds(20));
        await FireAsync(ops, "b");
        await _rig.RunAsync(TimeSpan.FromSeconds(9));
        Assert.Empty(_rig.Receivers.Taken);
        await _rig.RunAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(["ops: Fired a, b"], _rig.Receivers.Taken);

        await FireAsync(ops, "c");
        await _rig.RunAsync(TimeSpan.FromSeconds(60));
        await FireAsync(ops, "d");
        await _rig.RunAsync(TimeSpan.FromSeconds(230));
        Assert.Single(_rig.Receivers.Taken);
        await _rig.RunAsync(TimeSpan.FromSeconds(12));
        Assert.Equal(["ops: Fired a, b", "ops: Fired c, d"], _rig.Receivers.Taken);
    }

    [Fact]
    public async Task Rate_MoreThanTheChannelMaySend_WaitsAndSaysWhy()
    {
        Channel ops = await _rig.AddChannelAsync("ops", c => c with { RatePerMinute = 2, Grouping = NotificationGrouping.Instance });
        foreach (string rule in (string[])["a", "b", "c", "d", "e"])
        {
            await FireAsync(ops, rule);
        }
        await _rig.RunAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(2, _rig.Receivers.Taken.Count);
        await _rig.RunAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(3, _rig.Receivers.Taken.Count);
        await _rig.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(["ops: Fired a", "ops: Fired b", "ops: Fired c", "ops: Fired d", "ops: Fired e"], _rig.Receivers.Taken.Order(StringComparer.Ordinal));
        IReadOnlyList<AlertEvent> events = await _rig.Store.ReadEventsAsync(new AlertEventQuery(null, null, ops.Id, [AlertEventKind.NotificationSuppressed], 0, long.MaxValue, null, 100), s_none);
        Assert.Equal(3, events.Count(e => e.Suppression == SuppressionReason.RateLimit));
    }

    [Fact]
    public async Task Receiver_AsksToBeLeftAlone_IsLeftAloneForSoLong()
    {
        Channel ops = await _rig.AddChannelAsync("ops");
        _rig.Receivers.Answers["ops"] = SendOutcome.Retry("429 too many requests", TimeSpan.FromSeconds(90));
        await FireAsync(ops, "a");
        await _rig.RunAsync(TimeSpan.FromSeconds(80));
        Assert.Equal(1, _rig.Receivers.Attempts);
        _rig.Receivers.Answers.Clear();
        await _rig.RunAsync(TimeSpan.FromSeconds(40));
        Assert.Equal(["ops: Fired a"], _rig.Receivers.Taken);
    }

    [Fact]
    public async Task Receiver_Hangs_OtherChannelsGoOn()
    {
        Channel ops = await _rig.AddChannelAsync("ops");
        Channel chat = await _rig.AddChannelAsync("chat");
        _rig.Receivers.Hanging = "ops";
        await FireAsync(ops, "a");
        await _rig.RunAsync(TimeSpan.FromSeconds(2));
        await FireAsync(chat, "b");
        await _rig.RunAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(["chat: Fired b"], _rig.Receivers.Taken);
    }

    [Fact]
    public async Task DeadLetter_IsReplayedOnceItsReceiverIsMended()
    {
        Channel ops = await _rig.AddChannelAsync("ops");
        _rig.Receivers.Answers["ops"] = SendOutcome.Rejected("403 invalid_token");
        await FireAsync(ops, "a");
        await _rig.RunAsync(TimeSpan.FromSeconds(3));
        OutboxMessage dead = Assert.Single(await _rig.Store.ListMessagesAsync(ops.Id, OutboxStatus.Dead, 10, s_none));
        Assert.Equal("403 invalid_token", dead.Answer);
        await _rig.RestartAsync();
        _rig.Receivers.Answers.Clear();
        Assert.False(await _rig.Channels.ReplayAsync(ops.Id, Guid.NewGuid(), "ann", s_none));
        Assert.True(await _rig.Channels.ReplayAsync(ops.Id, dead.Id, "ann", s_none));
        await _rig.RunAsync(TimeSpan.FromSeconds(3));
        Assert.Equal(["ops: Fired a"], _rig.Receivers.Taken);
        Assert.Equal(dead.Notification.GroupKey, _rig.Receivers.Messages[0].GroupKey);
        Assert.False(await _rig.Channels.ReplayAsync(ops.Id, dead.Id, "ann", s_none));
        await _rig.RunAsync(TimeSpan.FromHours(2));
        Assert.Single(_rig.Receivers.Taken);
    }

    [Fact]
    public async Task Outbox_ProcessDiesBeforeTheReceiverIsBack_SendsAfterTheRestart()
    {
        Channel ops = await _rig.AddChannelAsync("ops");
        _rig.Receivers.Answers["ops"] = SendOutcome.Retry("503");
        await FireAsync(ops, "a");
        await _rig.RunAsync(TimeSpan.FromSeconds(3));
        await _rig.RestartAsync();
        Assert.Equal(1, _rig.Channels.OutboxLength);
        _rig.Receivers.Answers.Clear();
        await _rig.RunAsync(TimeSpan.FromMinutes(5));
        Assert.Equal(["ops: Fired a"], _rig.Receivers.Taken);
        await _rig.RestartAsync();
        await _rig.RunAsync(TimeSpan.FromMinutes(5));
        Assert.Single(_rig.Receivers.Taken);
    }

    [Theory]
    [InlineData("none", "chat: Fired Channel ops does not deliver|night: Fired Channel ops does not deliver")]
    [InlineData("good", "night: Fired Channel ops does not deliver")]
    [InlineData("disabled", "chat: Fired Channel ops does not deliver")]
    [InlineData("deleted", "chat: Fired Channel ops does not deliver|night: Fired Channel ops does not deliver")]
    [InlineData("failing", "chat: Fired Channel ops does not deliver")]
    public async Task Channel_DoesNotDeliver_ItsFallbackOrElseSomebodyIsTold(string fallback, string told)
    {
        Channel night = await _rig.AddChannelAsync("night");
        await _rig.AddChannelAsync("chat");
        Guid? id = fallback == "none" ? null : fallback == "deleted" ? Guid.NewGuid() : night.Id;
        Channel ops = await _rig.AddChannelAsync("ops", c => c with { FallbackId = id });
        if (fallback == "disabled")
        {
            await _rig.EditChannelAsync(night with { Version = 2, Enabled = false });
        }
        if (fallback == "failing")
        {
            _rig.Receivers.Answers["night"] = SendOutcome.Rejected("403");
            await FireAsync(night, "other");
            await _rig.RunAsync(TimeSpan.FromSeconds(5));
        }
        _rig.Receivers.Answers["ops"] = SendOutcome.Rejected("404 no_service");
        await FireAsync(ops, "a");
        await _rig.RunAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(told.Split('|'), _rig.Receivers.Taken.Where(t => t.Contains("Channel ops", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(t => t.Replace("Channel night does not deliver, ", "", StringComparison.Ordinal)));
        Assert.Contains(_rig.Channels.Failing, c => c.Name == "ops");

        _rig.Receivers.Answers.Clear();
        await _rig.RunAsync(TimeSpan.FromHours(2));
        Assert.Empty(_rig.Channels.Failing);
        Assert.Contains(_rig.Receivers.Messages, m => m.Alerts.Any(a => a.RuleName == "Channel ops does not deliver" && a.Status == AlertStatus.Resolved));
    }

    [Fact]
    public async Task Channel_IsTheOnlyOneAndDoesNotDeliver_IsShownAllTheSame()
    {
        Channel ops = await _rig.AddChannelAsync("ops");
        _rig.Receivers.Answers["ops"] = SendOutcome.Rejected("404 no_service");
        await FireAsync(ops, "a");
        await _rig.RunAsync(TimeSpan.FromSeconds(5));
        Assert.Equal("ops", Assert.Single(_rig.Channels.Failing).Name);
        await _rig.RestartAsync();
        Assert.Equal("ops", Assert.Single(_rig.Channels.Failing).Name);
    }

    /// <summary>A rule of this name begins to fire, and tells the channel.</summary>
    private async Task FireAsync(Channel channel, string name)
    {
        _rig.Source.Set(name, 97);
        AlertRule rule = await _rig.AddRuleAsync(name, r => r with { MetricName = name, Channels = [channel.Name] });
        await _rig.Rules.Find(rule.Id)!.EvaluateAsync(s_none);
    }
}
