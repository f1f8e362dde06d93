namespace MetricsGrains.Core.Alerting;

/// <summary>Who hears that a channel does not deliver.</summary>
public static class ChannelFallback
{
    /// <summary>
    /// The chosen fallback, if it is enabled and delivers itself; else every other enabled channel that delivers; else every other enabled one, for
    /// it may deliver by the time it is tried. Empty: there is no other enabled channel, and only the node's own figures, log and health say so.
    /// </summary>
    /// <param name="failing">The channels that don't deliver.</param>
    public static IReadOnlyList<Channel> ListenersOf(Channel channel, IReadOnlyList<Channel> channels, IReadOnlySet<Guid> failing)
    {
        Channel[] others = [.. channels.Where(c => c.Enabled && c.Id != channel.Id)];
        Channel[] working = [.. others.Where(c => !failing.Contains(c.Id))];
        return working.FirstOrDefault(c => c.Id == channel.FallbackId) is { } chosen ? [chosen] : working.Length > 0 ? working : others;
    }
}
