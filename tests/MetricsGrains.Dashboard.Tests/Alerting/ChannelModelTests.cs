using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Dashboard.Alerting;

namespace MetricsGrains.Dashboard.Tests.Alerting;

public class ChannelModelTests
{
    private const string Secret = "https://hooks.slack.test/services/T0/B0/hush";

    private readonly FakeAlertGrains _grains = new();
    private readonly FakeAlertStore _store = new();
    private readonly ChannelModel _model;
    private readonly Channel _slack = new()
    {
        Id = Guid.NewGuid(),
        Name = "ops",
        Type = ChannelType.Slack,
        Settings = new Dictionary<string, string> { ["channel"] = "#alerts" },
        Secrets = new Dictionary<string, string> { ["webhook_url"] = Secret },
    };

    public ChannelModelTests()
    {
        _store.Channels[_slack.Id] = _slack;
        _model = new ChannelModel(_store, _grains, [new PickyNotifier()], Sample.Clock());
    }

    [Fact]
    public async Task OpenAsync_StoredSecret_IsSetButNotInTheForm()
    {
        await _model.OpenAsync(_slack.Id, default);
        Assert.True(_model.IsSet("webhook_url"));
        Assert.DoesNotContain(_model.Draft.Values, v => v.Value.Contains("hush", StringComparison.Ordinal));
        Assert.DoesNotContain("hush", AlertJson.Write(_model.Saved), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SaveAsync_EmptySecret_KeepsTheStoredOneAndTheEventHasNone()
    {
        await _model.OpenAsync(_slack.Id, default);
        _model.Change(_model.Draft.With("channel", "#other") with { Name = "ops2" });
        Assert.Equal(EditResult.Done, await _model.SaveAsync("ann", default));
        Assert.Equal((Secret, "#other", 2), (_store.Channels[_slack.Id].Secrets["webhook_url"], _store.Channels[_slack.Id].Settings["channel"], _store.Channels[_slack.Id].Version));
        Assert.Equal([$"reload channel {_slack.Id}"], _grains.Calls);
        Assert.Equal("changed name, channel", _store.Events[^1].Detail);
    }

    [Fact]
    public async Task SaveAsync_NewSecret_ReplacesAndIsNamedOnly()
    {
        await _model.OpenAsync(_slack.Id, default);
        _model.Change(_model.Draft.With("webhook_url", "https://hooks.slack.test/new"));
        await _model.SaveAsync("ann", default);
        Assert.Equal("https://hooks.slack.test/new", _store.Channels[_slack.Id].Secrets["webhook_url"]);
        Assert.Equal("changed webhook_url", _store.Events[^1].Detail);
        Assert.Equal("", _model.Draft.ValueOf("webhook_url"));
    }

    [Fact]
    public async Task SaveAsync_ClearedSecret_IsGone()
    {
        await _model.OpenAsync(_slack.Id, default);
        _model.Change(_model.Draft.Clear("webhook_url").With("bot_token", "xoxb-1"));
        Assert.False(_model.IsSet("webhook_url"));
        await _model.SaveAsync("ann", default);
        Assert.Equal(["bot_token"], _store.Channels[_slack.Id].Secrets.Keys);
    }

    [Fact]
    public async Task SaveAsync_WhatTheNotifierRefuses_IsSaidAtItsField()
    {
        await _model.BeginAsync(ChannelType.Slack, default);
        _model.Change(_model.Draft with { Name = "new" });
        Assert.Empty(_model.Problems);
        Assert.Null(await _model.SaveAsync("", default));
        Assert.Equal("webhook_url", Assert.Single(_model.Problems).Field);
        _model.Change(_model.Draft.With("webhook_url", "https://x"));
        Assert.Empty(_model.Problems);
    }

    [Theory]
    [InlineData("group_wait")]
    [InlineData("rate_per_minute")]
    public async Task SaveAsync_WhatCantBeRead_IsSaidAtItsField(string field)
    {
        await _model.OpenAsync(_slack.Id, default);
        _model.Change(field == "group_wait" ? _model.Draft with { GroupWait = "a bit" } : _model.Draft with { RatePerMinute = "many" });
        Assert.Null(await _model.SaveAsync("", default));
        Assert.Equal(field, Assert.Single(_model.Problems).Field);
    }

    [Fact]
    public async Task SaveAsync_SomebodyElseSaved_IsAConflict()
    {
        await _model.OpenAsync(_slack.Id, default);
        _store.Channels[_slack.Id] = _slack with { Version = 2 };
        _model.Change(_model.Draft with { Name = "mine" });
        Assert.Equal(EditResult.Conflict, await _model.SaveAsync("", default));
    }

    [Fact]
    public async Task OpenAsync_RulesByIdOrName_AreListed()
    {
        _store.Put(Sample.Rule("by id") with { Channels = [_slack.Id.ToString()] });
        _store.Put(Sample.Rule("by name") with { Channels = ["OPS"] });
        _store.Put(Sample.Rule("not") with { Channels = ["other"] });
        await _model.OpenAsync(_slack.Id, default);
        Assert.Equal(["by id", "by name"], _model.Rules.Select(r => r.Name));
    }

    [Fact]
    public async Task ChannelList_WaitingDeadAndFailing_AreSeen()
    {
        var notification = new Notification(Guid.NewGuid(), _slack.Id, "g", NotificationReason.Fired, [], [], null, "", Sample.Now);
        _store.Messages.Add(new OutboxMessage(notification, OutboxStatus.Waiting, 2, Sample.Now, null, "503"));
        _store.Messages.Add(new OutboxMessage(notification with { Id = Guid.NewGuid() }, OutboxStatus.Dead, 9, Sample.Now, Sample.Now, "404"));
        _store.ChannelStates[_slack.Id] = ChannelState.New(_slack.Id) with { FailedInARow = 2 };
        var list = new ChannelListModel(_store);
        Assert.True(await list.UpdateAsync(Sample.Now, default));
        ChannelListRow row = Assert.Single(list.Rows);
        Assert.Equal((1, 1, "failing"), (row.Waiting, row.Dead, row.State));
        Assert.False(await list.UpdateAsync(Sample.Now + 1000, default));
    }

    /// <summary>Wants a webhook's address or a token.</summary>
    private sealed class PickyNotifier : INotifier
    {
        public ChannelType Type => ChannelType.Slack;

        public IReadOnlyList<FieldProblem> Check(Channel channel) => channel.Secrets.Count > 0 ? [] : [new FieldProblem("webhook_url", "give it, or a bot token")];

        public Task<SendOutcome> SendAsync(Channel channel, Notification notification, CancellationToken cancel) => Task.FromResult(SendOutcome.Delivered("ok"));
    }
}
