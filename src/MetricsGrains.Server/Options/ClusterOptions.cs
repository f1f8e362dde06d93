using System.Net;

namespace MetricsGrains.Server.Options;

/// <summary>How a silo finds the others of its cluster. All silos of one have the same names and the same store.</summary>
public sealed record ClusterOptions
{
    /// <summary>Silos of other clusters may use the same database: they don't see each other.</summary>
    public required string ClusterId { get; init; }

    /// <summary>Whose alerts and reminders these are. Stays the same when a cluster is replaced by another.</summary>
    public required string ServiceId { get; init; }

    /// <summary>Where the other silos reach this one; empty: the address of this machine's name.</summary>
    public required string AdvertisedAddress { get; init; }

    /// <summary>Other silos talk to this one here. 0 asks for a free one.</summary>
    public required int SiloPort { get; init; }

    /// <summary>The log folder of a silo that does not come back, or its data folder; empty: none.</summary>
    public required string RecoverLog { get; init; }

    /// <summary>Of the user "admin", who may see the host's own pages; empty: there is no such user, and no such pages.</summary>
    public required string AdminPassword { get; init; }

    /// <summary>Null: each silo has a log of its own.</summary>
    public required EventHubsOptions? EventHubs { get; init; }

    private const int LeastPasswordLength = 12;

    internal static ClusterOptions Read(OptionReader reader)
    {
        string address = reader.Text("Cluster:AdvertisedAddress", "");
        if (address.Length > 0 && !IPAddress.TryParse(address, out _))
        {
            reader.Refuse("Cluster:AdvertisedAddress", $"'{address}' must be an IP address at which the other silos reach this one, or empty");
        }
        return new ClusterOptions
        {
            ClusterId = reader.Text("Cluster:ClusterId", "metricsgrains"),
            ServiceId = reader.Text("Cluster:ServiceId", "metricsgrains"),
            AdvertisedAddress = address,
            SiloPort = reader.Int("Cluster:SiloPort", 11_111, 0, 65_535),
            RecoverLog = reader.Text("Cluster:RecoverLog", ""),
            AdminPassword = ReadAdminPassword(reader),
            EventHubs = EventHubsOptions.Read(reader),
        };
    }

    /// <summary>Without the secret.</summary>
    public override string ToString() => $"{ClusterId} of {ServiceId}";

    /// <summary>The mistake does not repeat the value.</summary>
    private static string ReadAdminPassword(OptionReader reader)
    {
        string password = reader.Text("Cluster:AdminPassword", "");
        if (password.Length is > 0 and < LeastPasswordLength)
        {
            reader.Refuse("Cluster:AdminPassword", $"must have {LeastPasswordLength} characters or more, for nothing slows down who guesses it; or be empty, for no administrator's pages");
        }
        return password;
    }
}
