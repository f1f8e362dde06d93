using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Cluster;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Alerting.Cluster;

/// <summary>The channels as the store has them, and the way to their grains.</summary>
internal sealed partial class ClusterChannels(IChannelStore store, IAlertPeers peers, TimeProvider time, ILogger<ClusterChannels> logger) : IChannelDirectory
{
    private readonly SemaphoreSlim _reading = new(1, 1);
    private volatile IReadOnlyList<Channel> _channels = [];

    public IReadOnlyList<Channel> Channels => _channels;

    /// <exception cref="StoreUnavailableException">The last known ones go on.</exception>
    public async Task RefreshAsync(CancellationToken cancel)
    {
        // One after another: two readings that crossed would leave the older one.
        await _reading.WaitAsync(cancel);
        try
        {
            IReadOnlyList<Channel> read = await store.ListChannelsAsync(cancel);
            if (!read.Select(c => (c.Id, c.Version)).SequenceEqual(_channels.Select(c => (c.Id, c.Version))))
            {
                _channels = read;
            }
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>A channel that can't be reached for long is left to the rule's next evaluation, which says everything again; ends that it misses are found as orphans.</summary>
    public async ValueTask NotifyAsync(Guid channelId, IReadOnlyList<AlertNotice> notices, CancellationToken cancel)
    {
        if (notices.Count == 0)
        {
            return;
        }
        byte[] request = AlertWire.Encode(new ChannelRequest(ChannelCall.Notify, Notices: notices));
        try
        {
            await PatientCall.AskAsync($"the channel {channelId}", () => peers.AskChannelAsync(channelId, request, cancel), time, cancel);
        }
        catch (GrainUnavailableException error)
        {
            LogNotTold(logger, channelId, error.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The channel {Channel} could not be told of alerts: {Reason}. It is told again at the rule's next evaluation.")]
    private static partial void LogNotTold(ILogger logger, Guid channel, string reason);
}
