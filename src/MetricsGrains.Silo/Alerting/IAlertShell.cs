using Orleans.Concurrency;

namespace MetricsGrains.Silo.Alerting;

/// <summary>An alert rule's grain. What crosses between silos is bytes in our own form: Server's RuleRequest and RuleReply.</summary>
[Alias("metricsgrains.alert")]
internal interface IAlertShell : IGrainWithGuidKey, IRemindable
{
    [Alias("ask"), ResponseTimeout("00:00:45")]
    Task<Immutable<byte[]>> AskAsync(Immutable<byte[]> request);
}
