using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using Microsoft.Extensions.Logging;
namespace MetricsGrains.Server.Alerting;
internal static class ChannelFailure { public static readonly Guid RuleId = Guid.Empty; }
public sealed class ChannelHost(IChannelStore store, ISuppressions suppressions, IReadOnlyList<INotifier> notifiers, AlertingOptions options, AlertMeters meters, TimeProvider time, ILoggerFactory loggers)
{
    public object All => (store, suppressions, notifiers, options, meters, time, loggers);
    public Task StartAsync(CancellationToken c) => Task.CompletedTask;
    public Task RunAsync(CancellationToken c) => Task.CompletedTask;
    public IReadOnlyList<Channel> Channels => [];
    public ValueTask NotifyAsync(Guid channelId, IReadOnlyList<AlertNotice> notices, CancellationToken c) => default;
    public ValueTask ReloadAsync(Guid channelId, CancellationToken c) => default;
    public ValueTask<SendOutcome?> SendTestAsync(Guid channelId, CancellationToken c) => default;
    public ValueTask<bool> ReplayAsync(Guid channelId, Guid messageId, string by, CancellationToken c) => default;
    public IReadOnlyList<AlertNotice> Told() => [];
    public int OutboxLength => 0;
    public string Problem => "";
}
