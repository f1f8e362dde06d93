namespace MetricsGrains.Core.Alerting;

/// <summary>A channel as it may be shown: which secrets are set, but none of them.</summary>
/// <param name="Settings">What is not secret, by the names of <see cref="ChannelSchema"/>.</param>
/// <param name="SecretsSet">Names of the secrets that have a value, in the schema's order.</param>
public sealed record ChannelView(
    Guid Id, string Name, ChannelType Type, bool Enabled, IReadOnlyDictionary<string, string> Settings, IReadOnlyList<string> SecretsSet,
    NotificationGrouping Grouping, TimeSpan GroupWait, TimeSpan GroupInterval, int RatePerMinute, Guid? FallbackId, int Version, long CreatedAtMs, long UpdatedAtMs)
{
    public static ChannelView Of(Channel channel) => new(
        channel.Id,
        channel.Name,
        channel.Type,
        channel.Enabled,
        channel.Settings,
        [.. ChannelSchema.Of(channel.Type).Where(f => f.Secret && channel.Secrets.TryGetValue(f.Name, out string? value) && value.Length > 0).Select(f => f.Name)],
        channel.Grouping,
        channel.GroupWait,
        channel.GroupInterval,
        channel.RatePerMinute,
        channel.FallbackId,
        channel.Version,
        channel.CreatedAtMs,
        channel.UpdatedAtMs);
}
