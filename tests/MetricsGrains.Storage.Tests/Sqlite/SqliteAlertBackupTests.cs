using MetricsGrains.Core.Alerting;
using MetricsGrains.Storage.Sqlite;
using static MetricsGrains.Contracts.Alerting.AlertSamples;

namespace MetricsGrains.Storage.Tests.Sqlite;

/// <summary>Backups of alerting, taken while a node goes on.</summary>
public sealed class SqliteAlertBackupTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly string _folder = Directory.CreateTempSubdirectory("mg-alerts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Write_BesideANode_HoldsEverythingIsForItsOwnerOnlyAndOpens()
    {
        string path = Path.Combine(_folder, "alerts.db"), backup = Path.Combine(_folder, "monday.alerts.db");
        AlertRule rule = FullRule();
        Channel channel = FullChannel("s3cret");
        OutboxMessage message = Message(channel.Id, T0);
        await using (var node = new SqliteAlertStore(path, TimeProvider.System))
        {
            await node.OpenAsync(None);
            await node.SaveRuleAsync(rule, Edit(AlertEventKind.RuleCreated), None);
            await node.SaveChannelAsync(channel, Edit(AlertEventKind.ChannelEdited), None);
            await node.SaveSilenceAsync(Silence(T0 + Day), Edit(AlertEventKind.SilenceCreated), None);
            await node.SaveRuleStateAsync(FullState(rule.Id), [FullEvent(T0, rule.Id, channel.Id)], None);
            await node.SaveChannelStateAsync(FullChannelState(channel.Id), [message], [], None);
            Assert.True(await new SqliteBackup(path).WriteAsync(backup, (_, _) => { }, None) > 0);
            await node.SaveRuleAsync(Rule("later"), Edit(AlertEventKind.RuleCreated, by: "late"), None);
        }
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(backup) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
        await using var restored = new SqliteAlertStore(backup, TimeProvider.System);
        await restored.OpenAsync(None);
        Assert.Equal(AlertJson.Write<AlertRule[]>([rule]), AlertJson.Write(await restored.ListRulesAsync(None)));
        Assert.Equal("s3cret", (await restored.FindChannelAsync(channel.Id, None))!.Secrets["routing_key"]);
        Assert.Equal(AlertJson.Write(FullState(rule.Id)), AlertJson.Write(await restored.ReadRuleStateAsync(rule.Id, None)));
        Assert.NotNull(await restored.FindMessageAsync(message.Id, None));
        Assert.Single(await restored.ListSilencesAsync(T0, None));
        Assert.Equal(4, (await restored.ReadEventsAsync(AnyEvent, None)).Count);
    }
}
