using Orleans.Concurrency;

namespace MetricsGrains.Silo.Alerting;

/// <summary>A notification channel's grain. What crosses between silos is bytes in our own form: Server's ChannelRequest and ChannelReply.</summary>
[Alias("metricsgrains.channel")]
internal interface IChannelShell : IGrainWithGuidKey, IRemindable
{
    [Alias("ask"), ResponseTimeout("00:01:00")]
    Task<Immutable<byte[]>> AskAsync(Immutable<byte[]> request);
}
