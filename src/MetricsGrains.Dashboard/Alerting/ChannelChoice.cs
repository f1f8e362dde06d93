using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>A channel as a rule's form offers it: none of its settings.</summary>
public sealed record ChannelChoice(Guid Id, string Name, ChannelType Type, bool Enabled)
{
    /// <summary>Whether a rule's entry means this channel.</summary>
    public bool Is(string idOrName) => Guid.TryParse(idOrName, out Guid id) ? id == Id : Name.Equals(idOrName.Trim(), StringComparison.OrdinalIgnoreCase);

    public static async Task<IReadOnlyList<ChannelChoice>> ListAsync(IChannelStore store, CancellationToken cancel) =>
        [.. (await store.ListChannelsAsync(cancel)).Select(c => new ChannelChoice(c.Id, c.Name, c.Type, c.Enabled))];
}
