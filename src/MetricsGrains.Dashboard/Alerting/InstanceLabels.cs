using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>What a silence's matchers see of an instance.</summary>
public static class InstanceLabels
{
    public static IReadOnlyDictionary<string, string> Of(AlertRule rule, AlertInstance instance) => AlertLabels.Of(SampleNotice.Of(rule, instance));
}
