using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>Channels by id and name: people write names, rules keep ids, so that a channel can be renamed.</summary>
internal sealed class ChannelNames(IReadOnlyList<Channel> channels)
{
    /// <param name="written">An id or a name, whatever its letters' case.</param>
    public Channel? Find(string written) =>
        Guid.TryParse(written, out Guid id) && channels.FirstOrDefault(c => c.Id == id) is { } known ? known : channels.FirstOrDefault(c => c.Name.Equals(written, StringComparison.OrdinalIgnoreCase));

    /// <summary>As rules keep it: the id of a channel that exists, else what was written.</summary>
    public string Stored(string written) => Find(written)?.Id.ToString() ?? written.Trim();

    /// <summary>Whether both mean one channel; a rule may have named it before there was one.</summary>
    public bool AreSame(string stored, string written) => Stored(stored).Equals(Stored(written), StringComparison.OrdinalIgnoreCase);

    /// <summary>As people read it.</summary>
    public string Shown(string stored) => Find(stored)?.Name ?? stored;

    public string? Shown(Guid? id) => id is { } known ? Shown(known.ToString()) : null;

    /// <summary>What is odd about the channels a rule names.</summary>
    public IEnumerable<FieldProblem> WarningsOf(AlertRule rule)
    {
        foreach (string stored in rule.Channels)
        {
            if (Find(stored) is not { } channel)
            {
                yield return new FieldProblem("channels", $"there is no channel '{stored}' yet{NearestName.Hint(stored, channels.Select(c => c.Name))}", Warning: true);
            }
            else if (!channel.Enabled)
            {
                yield return new FieldProblem("channels", $"channel '{channel.Name}' is disabled", Warning: true);
            }
        }
    }

    /// <summary>Rules that tell this channel.</summary>
    public IEnumerable<AlertRule> UsersOf(Channel channel, IEnumerable<AlertRule> rules) => rules.Where(r => r.Channels.Any(c => Find(c)?.Id == channel.Id));
}
