namespace MetricsGrains.Core.Alerting;

/// <summary>Where a rule's alerts go.</summary>
/// <param name="Ids">Channels to tell, each once.</param>
/// <param name="Missing">Names or ids in the rule that are no channel's, as they stand there.</param>
/// <param name="StandIns">Names of the channels among <paramref name="Ids"/> that are told in the place of missing ones.</param>
public sealed record ChannelRoute(IReadOnlyList<Guid> Ids, IReadOnlyList<string> Missing, IReadOnlyList<string> StandIns)
{
    /// <summary>
    /// A channel that was deleted took its fallback with it. Its place is taken by the enabled channels that others have chosen as their fallback, for
    /// somebody wanted them to hear when all else fails; where there are none by every enabled channel.
    /// </summary>
    public static ChannelRoute Of(AlertRule rule, IReadOnlyList<Channel> channels)
    {
        var ids = new List<Guid>();
        var missing = new List<string>();
        foreach (string written in rule.Channels)
        {
            if (Find(written, channels) is not { } channel)
            {
                missing.Add(written);
            }
            else if (!ids.Contains(channel.Id))
            {
                ids.Add(channel.Id);
            }
        }
        Channel[] standIns = missing.Count > 0 ? StandInsOf(channels) : [];
        return new ChannelRoute([.. ids.Union(standIns.Select(c => c.Id))], missing, [.. standIns.Select(c => c.Name)]);
    }

    /// <summary>What there is to say of it to people; empty when every channel is there.</summary>
    public string Problem => Missing.Count == 0 ? ""
        : $"there is no channel {string.Join(", ", Missing.Select(m => $"'{m}'"))}: {(StandIns.Count == 0 ? "nobody is told instead" : $"{string.Join(", ", StandIns)} {(StandIns.Count == 1 ? "is" : "are")} told instead")}";

    private static Channel? Find(string written, IReadOnlyList<Channel> channels) =>
        channels.FirstOrDefault(c => string.Equals(c.Name, written, StringComparison.OrdinalIgnoreCase)) ?? (Guid.TryParse(written, out Guid id) ? channels.FirstOrDefault(c => c.Id == id) : null);

    private static Channel[] StandInsOf(IReadOnlyList<Channel> channels)
    {
        HashSet<Guid> fallbacks = [.. channels.Select(c => c.FallbackId).OfType<Guid>()];
        Channel[] enabled = [.. channels.Where(c => c.Enabled)];
        Channel[] chosen = [.. enabled.Where(c => fallbacks.Contains(c.Id))];
        return chosen.Length > 0 ? chosen : enabled;
    }
}
